// Package pulumitest runs Pulumi programs without an engine: a Recorder answers as AWS would, with made-up values, and keeps what the
// program registered and looked up. Render makes a golden file of it, and Explain says what a changed one means to a deployed stack.
package pulumitest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// Resource is one resource as the program gave it to the engine.
type Resource struct {
	Type string
	Name string
	// URN is what the engine knows the resource by: a changed one is another resource.
	URN string
	// Parent is the parent's URN; the stack's own resources have none.
	Parent string
	// Provider is the logical name of the provider; empty: the default one.
	Provider string
	// Custom is false for a component.
	Custom bool

	Protect             bool
	RetainOnDelete      bool
	DeleteBeforeReplace bool
	IgnoreChanges       []string
	ReplaceOnChanges    []string
	// Aliases are the URNs, or descriptions, under which a deployed stack may know the resource.
	Aliases []string
	// Timeouts are those of the option pulumi.Timeouts, by operation.
	Timeouts map[string]string
	// DependsOn are the resources it waits for without using a value of theirs, each as "type name", sorted.
	DependsOn []string
	// Uses are the resources of whose values an input is made, by input, each as "type name", sorted.
	Uses map[string][]string

	Inputs resource.PropertyMap
}

// Key is the resource's type and name.
func (r Resource) Key() string { return r.Type + " " + r.Name }

// ParentKey is the type and name of the parent, empty where there is none.
func (r Resource) ParentKey() string { return key(r.Parent) }

// Map is the inputs as plain Go values; secrets stand for themselves.
func (r Resource) Map() map[string]any { return r.Inputs.Mappable() }

// Text is a text input.
func (r Resource) Text(t testing.TB, name string) string {
	t.Helper()
	value := r.Inputs[resource.PropertyKey(name)]
	require.True(t, value.IsString(), "%s: %s is no text but %v", r.Key(), name, value)
	return value.StringValue()
}

// Lookup is one call of a data source.
type Lookup struct {
	Token string
	Args  resource.PropertyMap
}

// Answer is how a data source answers.
type Answer func(args resource.PropertyMap) (map[string]any, error)

// Recorder stands in for the engine and for AWS. The zero value is ready.
type Recorder struct {
	// Outputs replace or add to the made-up outputs: by type, then by property.
	Outputs map[string]map[string]any
	// Answers replace or add to those of the data sources, by token.
	Answers map[string]Answer

	mutex   sync.Mutex
	made    []Resource
	lookups []Lookup
}

// Run runs a program as a stack of the project kong-llm-gateway.
func (r *Recorder) Run(stack string, program pulumi.RunFunc) error {
	return pulumi.RunErr(program, pulumi.WithMocks("kong-llm-gateway", stack, r))
}

// computed are outputs that the provider makes and programs read. Where a resource has no such input, its value says where it comes from,
// for instance "ec2.Vpc(network).arn".
var computed = []string{
	"address", "arn", "arnSuffix", "dnsName", "domainName", "hex", "hostedZoneId", "primaryNetworkInterfaceId", "repositoryUrl", "result",
}

// shaped are outputs of which a program expects a certain form.
var shaped = map[string]map[string]func(name string) string{
	"aws:cloudfront/distribution:Distribution": {"domainName": func(name string) string { return "d-" + name + ".cloudfront.net" }},
}

// NewResource is called by the SDK for every resource.
func (r *Recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	made := record(args)
	outputs := args.Inputs.Copy()
	if args.Custom {
		for _, property := range computed {
			value := made.value(property)
			if form := shaped[made.Type][property]; form != nil {
				value = form(made.Name)
			}
			if _, given := outputs[resource.PropertyKey(property)]; !given {
				outputs[resource.PropertyKey(property)] = resource.NewStringProperty(value)
			}
		}
	}
	for property, value := range r.Outputs[made.Type] {
		outputs[resource.PropertyKey(property)] = resource.NewPropertyValue(value)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.made = append(r.made, made)
	return made.value("id"), outputs, nil
}

// Call is called by the SDK for every data source.
func (r *Recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mutex.Lock()
	r.lookups = append(r.lookups, Lookup{args.Token, args.Args})
	r.mutex.Unlock()
	answer, known := r.Answers[args.Token]
	if !known {
		answer, known = answers[args.Token]
	}
	if !known {
		return nil, fmt.Errorf("pulumitest: no answer for the data source %s", args.Token)
	}
	values, err := answer(args.Args)
	if err != nil {
		return nil, err
	}
	return resource.NewPropertyMapFromMap(values), nil
}

// record is a resource of what the SDK sends to the engine.
func record(args pulumi.MockResourceArgs) Resource {
	made := Resource{Type: args.TypeToken, Name: args.Name, Provider: providerName(args.Provider), Custom: args.Custom, Inputs: args.Inputs}
	rpc := args.RegisterRPC
	if rpc == nil {
		return made
	}
	made.Parent = rpc.GetParent()
	made.URN = urn(made.Parent, made.Type, made.Name)
	made.Protect, made.RetainOnDelete, made.DeleteBeforeReplace = rpc.GetProtect(), rpc.GetRetainOnDelete(), rpc.GetDeleteBeforeReplace()
	made.IgnoreChanges = slices.Sorted(slices.Values(rpc.GetIgnoreChanges()))
	made.ReplaceOnChanges = slices.Sorted(slices.Values(rpc.GetReplaceOnChanges()))
	made.Aliases = aliases(rpc)
	made.Timeouts = timeouts(rpc.GetCustomTimeouts())
	used := map[string]bool{}
	made.Uses = map[string][]string{}
	for property, dependencies := range rpc.GetPropertyDependencies() {
		for _, urn := range dependencies.GetUrns() {
			used[urn] = true
			made.Uses[property] = append(made.Uses[property], key(urn))
		}
		slices.Sort(made.Uses[property])
	}
	for _, urn := range rpc.GetDependencies() {
		if !used[urn] {
			made.DependsOn = append(made.DependsOn, key(urn))
		}
	}
	slices.Sort(made.DependsOn)
	return made
}

// value names an output: "ec2.Vpc(network).arn".
func (r Resource) value(property string) string {
	return shortType(r.Type) + "(" + r.Name + ")." + property
}

// shortType turns aws:ec2/vpc:Vpc into ec2.Vpc.
func shortType(token string) string {
	parts := strings.Split(token, ":")
	module, _, _ := strings.Cut(parts[len(parts)/2], "/")
	if module == "index" {
		module = parts[0]
	}
	return module + "." + parts[len(parts)-1]
}

// urn is what the engine calls a resource. The stack's own resources have no parent in it.
func urn(parent, token, name string) string {
	var above tokens.Type
	if of := resource.URN(parent); parent != "" && of.QualifiedType() != resource.RootStackType {
		above = of.QualifiedType()
	}
	return string(resource.NewURN("stack", "project", above, tokens.Type(token), name))
}

// key is "type name" of a URN, empty for none and for the stack.
func key(of string) string {
	if of == "" || resource.URN(of).QualifiedType() == resource.RootStackType {
		return ""
	}
	return string(resource.URN(of).Type()) + " " + resource.URN(of).Name()
}

// providerName is the logical name in a reference "urn::id".
func providerName(reference string) string {
	at := strings.LastIndex(reference, "::")
	if at < 0 {
		return ""
	}
	return resource.URN(reference[:at]).Name()
}

func aliases(rpc *pulumirpc.RegisterResourceRequest) []string {
	list := slices.Clone(rpc.GetAliasURNs())
	for _, alias := range rpc.GetAliases() {
		if alias.GetUrn() != "" {
			list = append(list, alias.GetUrn())
			continue
		}
		spec := alias.GetSpec()
		var parts []string
		for _, part := range []struct{ what, value string }{
			{"type", spec.GetType()},
			{"name", spec.GetName()},
			{"parent", key(spec.GetParentUrn())},
		} {
			if part.value != "" {
				parts = append(parts, part.what+" "+part.value)
			}
		}
		if spec.GetNoParent() {
			parts = append(parts, "no parent")
		}
		list = append(list, strings.Join(parts, ", "))
	}
	return slices.Sorted(slices.Values(list))
}

func timeouts(given *pulumirpc.RegisterResourceRequest_CustomTimeouts) map[string]string {
	all := map[string]string{"create": given.GetCreate(), "update": given.GetUpdate(), "delete": given.GetDelete()}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// Resources are all resources in the order in which they were registered.
func (r *Recorder) Resources() []Resource {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.made)
}

// Lookups are all calls of data sources, in their order.
func (r *Recorder) Lookups() []Lookup {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.lookups)
}

// Of are the resources of a type.
func (r *Recorder) Of(token string) []Resource {
	var found []Resource
	for _, made := range r.Resources() {
		if made.Type == token {
			found = append(found, made)
		}
	}
	return found
}

// Has says whether there is a resource of the type and name.
func (r *Recorder) Has(token, name string) bool {
	return slices.ContainsFunc(r.Of(token), func(made Resource) bool { return made.Name == name })
}

// One is the resource of a type with a name; the test fails where there is none.
func (r *Recorder) One(t testing.TB, token, name string) Resource {
	t.Helper()
	for _, made := range r.Of(token) {
		if made.Name == name {
			return made
		}
	}
	require.Failf(t, "not registered", "%s %s", token, name)
	return Resource{}
}

// Only is the single resource of a type; the test fails where there is not exactly one.
func (r *Recorder) Only(t testing.TB, token string) Resource {
	t.Helper()
	found := r.Of(token)
	require.Len(t, found, 1, token)
	return found[0]
}
