package sim

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

// bench drives a provider as the engine does, without an engine.
type bench struct {
	*testing.T
	account  *Account
	provider *simulation
}

func newBench(t *testing.T) *bench {
	t.Helper()
	account, err := Open(filepath.Join(t.TempDir(), "account.json"))
	require.NoError(t, err)
	require.NoError(t, account.Configure(func(s *Settings) { s.Seed = "test" }))
	return (&bench{T: t, account: account}).in("us-west-1")
}

// in is the same account through a provider of another region.
func (b *bench) in(region string) *bench {
	b.Helper()
	p, err := newProvider("aws", b.account, nil)
	require.NoError(b, err)
	_, err = p.Configure(b.Context(), plugin.ConfigureRequest{Inputs: resource.PropertyMap{
		"region":      resource.NewStringProperty(region),
		"defaultTags": resource.NewStringProperty(`{"tags":{"Project":"demo"}}`),
	}})
	require.NoError(b, err)
	return &bench{b.T, b.account, p}
}

func urn(token, name string) resource.URN {
	return resource.NewURN("poc", "demo", "", tokens.Type(token), name)
}

func (b *bench) check(token, name string, inputs map[string]any) plugin.CheckResponse {
	b.Helper()
	response, err := b.provider.Check(b.Context(), plugin.CheckRequest{
		URN: urn(token, name), Type: tokens.Type(token), News: wrap(inputs).ObjectValue(), RandomSeed: []byte("seed"),
	})
	require.NoError(b, err)
	return response
}

// try checks and creates; the first thing that is wrong comes back.
func (b *bench) try(token, name string, inputs map[string]any) (map[string]any, error) {
	b.Helper()
	checked := b.check(token, name, inputs)
	for _, f := range checked.Failures {
		return nil, failure("CheckFailure", "%s: %s", f.Property, f.Reason)
	}
	created, err := b.provider.Create(
		b.Context(),
		plugin.CreateRequest{URN: urn(token, name), Type: tokens.Type(token), Properties: checked.Properties},
	)
	if err != nil {
		return nil, err
	}
	out := plainMap(created.Properties)
	out["id"] = string(created.ID)
	return out, nil
}

func (b *bench) make(token, name string, inputs map[string]any) map[string]any {
	b.Helper()
	out, err := b.try(token, name, inputs)
	require.NoError(b, err)
	return out
}

func (b *bench) destroy(token string, made map[string]any) error {
	b.Helper()
	_, err := b.provider.Delete(b.Context(), plugin.DeleteRequest{Type: tokens.Type(token), ID: resource.ID(text(made, "id"))})
	return err
}

func (b *bench) diff(token, name string, state, wanted map[string]any) plugin.DiffResponse {
	b.Helper()
	checked := b.check(token, name, wanted)
	require.Empty(b, checked.Failures)
	inputs := checked.Properties
	result, err := b.provider.Diff(b.Context(), plugin.DiffRequest{
		URN: urn(token, name), Type: tokens.Type(token), OldInputs: inputs, OldOutputs: wrap(state).ObjectValue(), NewInputs: inputs,
	})
	require.NoError(b, err)
	return result
}

func (b *bench) invoke(token string, args map[string]any) (map[string]any, error) {
	b.Helper()
	response, err := b.provider.Invoke(b.Context(), plugin.InvokeRequest{Tok: tokens.ModuleMember(token), Args: wrap(args).ObjectValue()})
	if err == nil {
		for _, f := range response.Failures {
			err = failure("CheckFailure", "%s: %s", f.Property, f.Reason)
		}
	}
	return plainMap(response.Properties), err
}

// stage is the network that most rules need.
type stage struct{ vpc, igw, a, b, group map[string]any }

func (b *bench) stage() stage {
	b.Helper()
	var s stage
	s.vpc = b.make(vpcType, "vpc", map[string]any{"cidrBlock": "10.10.0.0/16"})
	s.igw = b.make(gatewayType, "igw", map[string]any{"vpcId": s.vpc["id"]})
	s.a = b.make(subnetType, "a", map[string]any{"vpcId": s.vpc["id"], "cidrBlock": "10.10.0.0/24", "availabilityZoneId": "usw1-az1"})
	s.b = b.make(subnetType, "b", map[string]any{"vpcId": s.vpc["id"], "cidrBlock": "10.10.1.0/24", "availabilityZoneId": "usw1-az3"})
	s.group = b.make(groupType, "group", map[string]any{"vpcId": s.vpc["id"]})
	return s
}

func (b *bench) balancer(s stage, name string) map[string]any {
	b.Helper()
	return b.make(balancerType, name, map[string]any{
		"name": name, "internal": true, "subnets": []any{s.a["id"], s.b["id"]}, "securityGroups": []any{s.group["id"]},
	})
}

func (b *bench) listener(arn any, port int) map[string]any {
	b.Helper()
	return b.make(listenerType, "listener"+strconv.Itoa(port), map[string]any{
		"loadBalancerArn": arn, "port": port, "protocol": "HTTP",
		"defaultActions": []any{
			map[string]any{"type": "fixed-response", "fixedResponse": map[string]any{"contentType": "text/plain", "statusCode": "403"}},
		},
	})
}

// update changes a resource in place, as the engine does with the state it knows.
func (b *bench) update(token, name string, state, wanted map[string]any) (map[string]any, error) {
	b.Helper()
	checked := b.check(token, name, wanted)
	require.Empty(b, checked.Failures)
	updated, err := b.provider.Update(b.Context(), plugin.UpdateRequest{
		URN: urn(
			token,
			name,
		), Type: tokens.Type(token), ID: resource.ID(text(state, "id")), OldOutputs: wrap(state).ObjectValue(), NewInputs: checked.Properties,
	})
	out := plainMap(updated.Properties)
	out["id"] = state["id"]
	return out, err
}

// read refreshes a resource whose recorded inputs are given.
func (b *bench) read(token, name string, state map[string]any, inputs resource.PropertyMap) plugin.ReadResponse {
	b.Helper()
	read, err := b.provider.Read(b.Context(), plugin.ReadRequest{
		URN: urn(token, name), Type: tokens.Type(token), ID: resource.ID(text(state, "id")), Inputs: inputs, State: wrap(state).ObjectValue(),
	})
	require.NoError(b, err)
	return read
}

func plainKeys(keys []resource.PropertyKey) []string {
	var list []string
	for _, key := range keys {
		list = append(list, string(key))
	}
	return list
}
