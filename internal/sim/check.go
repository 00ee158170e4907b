package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// checker walks inputs along a shape, fills in defaults and collects what is wrong.
type checker struct {
	failures []plugin.CheckFailure
	warnings []string
}

func (c *checker) fail(path, format string, args ...any) {
	c.failures = append(c.failures, plugin.CheckFailure{Property: resource.PropertyKey(path), Reason: fmt.Sprintf(format, args...)})
}

// object checks the values of one object and returns them with defaults.
func (c *checker) object(path string, fields map[string]*property, values resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for key, value := range values {
		name := string(key)
		if name == "__defaults" {
			continue
		}
		p, ok := fields[name]
		if !ok || p.output {
			c.fail(join(path, name), "unknown property %q: the provider has no such input", join(path, name))
			continue
		}
		if value.IsNull() {
			continue
		}
		if p.deprecated {
			c.warnings = append(c.warnings, fmt.Sprintf("property %q is deprecated", join(path, name)))
		}
		out[key] = c.value(join(path, name), p, value)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		c.presence(path, name, fields, out)
	}
	return out
}

// presence checks that what is required is there and what excludes each other is not, and fills in a default.
func (c *checker) presence(path, name string, fields map[string]*property, out resource.PropertyMap) {
	p := fields[name]
	_, set := out[resource.PropertyKey(name)]
	if !set && p.required {
		c.fail(join(path, name), "missing required property %q", join(path, name))
	}
	conflict := false
	for _, other := range p.conflictsWith {
		if value, both := out[resource.PropertyKey(other)]; both && other != name && !isStandard(fields[other], value) {
			conflict = true
		}
		if set && conflict && !isStandard(p, out[resource.PropertyKey(name)]) && name < other {
			c.fail(join(path, name), "%q conflicts with %q: only one of them may be set", join(path, name), join(path, other))
		}
	}
	if count, siblings := 0, len(p.exactlyOneOf) > 0; siblings && name == p.exactlyOneOf[0] {
		for _, other := range p.exactlyOneOf {
			if fields[other] == nil {
				return
			}
			if _, there := out[resource.PropertyKey(other)]; there {
				count++
			}
		}
		if count != 1 {
			c.fail(join(path, name), "exactly one of %v must be set, %d are", p.exactlyOneOf, count)
		}
	}
	if !set && !conflict && p.standard != nil && !p.output && !p.deprecated {
		out[resource.PropertyKey(name)] = wrap(p.standard)
	}
}

func isStandard(p *property, value resource.PropertyValue) bool {
	return p != nil && p.standard != nil && canonical(p.standard) == canonical(plain(value))
}

// value checks one value against its property; wrappers stay where they are.
func (c *checker) value(path string, p *property, value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return resource.MakeSecret(c.value(path, p, value.SecretValue().Element))
	case value.IsOutput():
		output := value.OutputValue()
		if output.Known {
			output.Element = c.value(path, p, output.Element)
		}
		return resource.NewOutputProperty(output)
	case value.IsComputed():
		return value
	}
	switch p.kind {
	case "list", "set":
		return c.list(path, p, value)
	case "map":
		return c.mapping(path, p, value)
	case "object":
		if !value.IsObject() {
			c.fail(path, "%q must be an object, not %s", path, value.TypeString())
			return value
		}
		return resource.NewObjectProperty(c.object(path, p.fields, value.ObjectValue()))
	}
	c.scalar(path, p.kind, value)
	return value
}

func (c *checker) list(path string, p *property, value resource.PropertyValue) resource.PropertyValue {
	if !value.IsArray() {
		c.fail(path, "%q must be a list, not %s", path, value.TypeString())
		return value
	}
	items := value.ArrayValue()
	if p.max > 0 && len(items) > p.max {
		c.fail(path, "%q has %d items, at most %d are allowed", path, len(items), p.max)
	}
	if len(items) < p.min {
		c.fail(path, "%q has %d items, at least %d are needed", path, len(items), p.min)
	}
	element := &property{kind: p.elem, fields: p.fields}
	out := make([]resource.PropertyValue, 0, len(items))
	for i, item := range items {
		out = append(out, c.value(fmt.Sprintf("%s[%d]", path, i), element, item))
	}
	return resource.NewArrayProperty(out)
}

func (c *checker) mapping(path string, p *property, value resource.PropertyValue) resource.PropertyValue {
	if !value.IsObject() {
		c.fail(path, "%q must be a map, not %s", path, value.TypeString())
		return value
	}
	element := &property{kind: p.elem, fields: p.fields}
	out := resource.PropertyMap{}
	for key, item := range value.ObjectValue() {
		out[key] = c.value(join(path, string(key)), element, item)
	}
	return resource.NewObjectProperty(out)
}

func (c *checker) scalar(path, kind string, value resource.PropertyValue) {
	right := true
	switch kind {
	case "string":
		right = value.IsString() || value.IsResourceReference()
	case "bool":
		right = value.IsBool()
	case "float":
		right = value.IsNumber()
	case "int":
		right = value.IsNumber() && value.NumberValue() == math.Trunc(value.NumberValue())
	case "asset":
		right = value.IsAsset() || value.IsArchive()
	}
	if !right {
		c.fail(path, "%q must be of type %s, not %s", path, kind, value.TypeString())
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
