package sim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kind is what AWS does with resources of one type, as far as the schema does not say it.
type kind struct {
	// id and arn are templates (see expand); an id "{arn}" is the ARN.
	id, arn string
	// outputs are templates of computed values; inputs win.
	outputs map[string]any
	// global types have no region.
	global bool
	naming naming
	// unique is the property that no two resources of a region share, taken the error of the second.
	unique, taken string
	refs          []reference
	// inUse is the error of deleting what another resource refers to.
	inUse string
	// replaceFirst deletes before it creates: AWS has no room for both.
	replaceFirst bool
	// replaces are properties whose change replaces the resource only under a condition on the old and the new values.
	replaces map[string]func(old, wanted map[string]any) bool
	// static rules need nothing but the inputs: they run at preview too. A rule skips what is still unknown.
	static []func(in map[string]any) error
	// rules need the account and run on create and update.
	rules []func(*op) error
	// after does what AWS does by itself once a resource was created or updated.
	after []func(*op) error
	// remove checks and does what belongs to a delete.
	remove []func(*op) error
	// gone is what AWS does once the resource is deleted.
	gone []func(*op) error
}

// reference is a property that names another resource.
type reference struct {
	path   string   // dotted, lists are walked
	types  []string // what it may name
	by     string   // the property of the target: id, arn, name
	code   string   // AWS's error where the target is missing
	weak   bool     // the target may be deleted nevertheless
	prefix bool     // the value may go on after the target's: a secret's ARN and a JSON key
}

// op is one operation on the account.
type op struct {
	*state
	kind   *kind
	shape  *shape
	limits *limits
	token  string
	region string
	id     string
	in     map[string]any
	out    map[string]any
	old    map[string]any    // what the account has; nil on create
	last   map[string]any    // what the engine knows of it; nil on create
	words  map[string]string // what rules found out for templates
	// incomplete says why a resource is there but not as it was asked for, "" if it is; the engine keeps it and is told.
	incomplete string
}

// awsError is an error as AWS names it.
type awsError struct{ code, message string }

func (e *awsError) Error() string {
	return "api error " + e.code + ": " + e.message + " (" + notice + ")"
}

func failure(code, format string, args ...any) error {
	return &awsError{code, fmt.Sprintf(format, args...)}
}

// kinds is the table of all services.
func kinds() map[string]*kind {
	table := map[string]*kind{}
	for _, service := range []map[string]*kind{
		randomKinds(), vpcKinds(), groupKinds(), instanceKinds(), ecsKinds(), lbKinds(), rdsKinds(), cloudfrontKinds(), iamKinds(), storageKinds(), miscKinds(),
	} {
		maps.Copy(table, service)
	}
	return table
}

// expand fills in a template: {region}, {account}, {id}, {arn}, {uuid}, {hexN}, {HEXN} and {decN} (N generated digits), {a.b} (a property).
func (o *op) expand(template any) any {
	if s, ok := template.(string); ok {
		return o.expandText(s)
	}
	return template
}

func (o *op) expandText(template string) string {
	return regexp.MustCompile(`\{[A-Za-z0-9.]+\}`).ReplaceAllStringFunc(template, func(word string) string {
		word = word[1 : len(word)-1]
		if found, ok := o.words[word]; ok {
			return found
		}
		digits, _ := strconv.Atoi(strings.TrimLeft(word, "hexHEXdc"))
		switch {
		case word == "region":
			return o.region
		case word == "account":
			return o.Settings.AccountID
		case word == "id":
			return o.id
		case word == "uuid":
			return o.uuid()
		case digits > 0 && strings.HasPrefix(word, "hex"):
			return o.digest(digits)
		case digits > 0 && strings.HasPrefix(word, "HEX"):
			return strings.ToUpper(o.digest(digits))
		case digits > 0 && strings.HasPrefix(word, "dec"):
			return o.decimal(digits)
		}
		return text(o.out, word)
	})
}

// fill computes what AWS computes of a new resource.
func (o *op) fill(s *shape) {
	k := o.kind
	if k.arn != "" && k.id == "{arn}" {
		o.out["arn"] = o.expand(k.arn)
	}
	template := k.id
	if template == "" {
		template = "{hex20}"
	}
	o.id = o.expandText(template)
	if k.arn != "" && k.id != "{arn}" {
		o.out["arn"] = o.expand(k.arn)
	}
	for _, name := range slices.Sorted(maps.Keys(k.outputs)) {
		if p := s.properties[name]; p != nil && zero(o.out[name]) && (p.output || p.computed) {
			o.out[name] = o.expand(k.outputs[name])
		}
	}
	o.complete(s.properties, o.out)
}

// complete gives every computed property a value, as the provider does.
func (o *op) complete(fields map[string]*property, values map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p := fields[name]
		if _, set := values[name]; set || (!p.output && !p.computed) {
			continue
		}
		switch {
		case name == "ownerId" || name == "registryId":
			values[name] = o.Settings.AccountID
		case p.kind == "string":
			values[name] = ""
		case p.kind == "bool":
			values[name] = false
		case p.kind == "int" || p.kind == "float":
			values[name] = float64(0)
		case p.kind == "list" || p.kind == "set":
			values[name] = []any{}
		case p.kind == "map":
			values[name] = map[string]any{}
		}
	}
}

// refer checks that what the properties name exists in the region.
func (o *op) refer() error {
	for _, r := range o.kind.refs {
		for _, value := range texts(o.out, r.path) {
			if o.target(r, value) == nil && !o.implied(r, value) {
				return failure(r.code, "%s: %s %q does not exist", o.token, r.path, value)
			}
		}
	}
	return nil
}

// scope is the region in which references are looked up; global things refer to any.
func (o *op) scope() string {
	if o.kind.global {
		return ""
	}
	return o.region
}

// here lists what there is of a type in the region.
func (o *op) here(token string) []*Resource {
	var found []*Resource
	for _, r := range o.all(token) {
		if r.Region == o.region {
			found = append(found, r)
		}
	}
	return found
}

// target is the resource that a reference names; nil for none.
func (o *op) target(r reference, value string) *Resource {
	for _, token := range r.types {
		if found := o.find(token, o.scope(), r.by, value); found != nil {
			return found
		}
		if !r.prefix {
			continue
		}
		for _, candidate := range o.all(token) {
			if strings.HasPrefix(value, candidate.attribute(r.by)+":") && candidate.Region == o.scope() {
				return candidate
			}
		}
	}
	return nil
}

// implied tells what exists with another resource: a VPC's default group and table, AWS's own policies.
func (o *op) implied(r reference, value string) bool {
	if strings.HasPrefix(value, "arn:aws:iam::aws:policy/") {
		return true
	}
	for _, vpc := range o.all("aws:ec2/vpc:Vpc") {
		if value == text(vpc.State, "defaultSecurityGroupId") || value == text(vpc.State, "mainRouteTableId") {
			return true
		}
	}
	return r.path == "capacityProviders" || strings.HasSuffix(r.path, "capacityProvider") && strings.HasPrefix(value, "FARGATE")
}

// users lists what refers to a resource and keeps it from being deleted.
func (s *state) users(table map[string]*kind, victim *Resource) []string {
	var found []string
	for _, k := range slices.Sorted(maps.Keys(s.Resources)) {
		r := s.Resources[k]
		if r == victim || table[r.Type] == nil {
			continue
		}
		for _, ref := range table[r.Type].refs {
			if ref.weak || !slices.Contains(ref.types, victim.Type) || (victim.Region != "" && r.Region != "" && victim.Region != r.Region) {
				continue
			}
			for _, value := range texts(r.State, ref.path) {
				name := victim.attribute(ref.by)
				if name != "" && (value == name || (ref.prefix && strings.HasPrefix(value, name+":"))) {
					found = append(found, r.Type+" "+r.ID)
				}
			}
		}
	}
	return found
}

// decimal is like digest, in decimal digits that do not start with 0.
func (s *state) decimal(digits int) string {
	out := []byte(s.digest(digits))
	for i, c := range out {
		if c > '9' {
			out[i] = '0' + (c-'a')%10
		}
	}
	if out[0] == '0' {
		out[0] = '1'
	}
	return string(out)
}
