package sim

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}`

func TestDiffOfUnchangedInputsIsEmpty(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.stage()
	role := map[string]any{"assumeRolePolicy": trust}
	task := map[string]any{
		"family": "a", "cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"},
		"containerDefinitions": `[{"name":"a","image":"b","environment":[{"name":"Z","value":"1"},{"name":"A","value":"2"}],"portMappings":[{"containerPort":80}]}]`,
	}
	balancer := map[string]any{"internal": true, "subnets": []any{s.b["id"], s.a["id"]}}
	for token, inputs := range map[string]map[string]any{
		roleType: role, taskType: task, balancerType: balancer, vpcType: {"cidrBlock": "10.20.0.0/16", "tags": map[string]any{"Name": "x"}},
		logType: {"name": "/a"}, secretType: {"name": "s", "recoveryWindowInDays": 0},
	} {
		made := b.make(token, "x", inputs)
		require.Equal(t, plugin.DiffNone, b.diff(token, "x", made, inputs).Changes, token)
	}
}

func TestDiffReplacesWhatAWSCannotChange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	vpc := b.make(vpcType, "vpc", map[string]any{"cidrBlock": "10.10.0.0/16"})
	result := b.diff(vpcType, "vpc", vpc, map[string]any{"cidrBlock": "10.11.0.0/16"})
	require.Len(t, result.ReplaceKeys, 1)
	require.False(t, result.DeleteBeforeReplace)
	result = b.diff(vpcType, "vpc", vpc, map[string]any{"cidrBlock": "10.10.0.0/16", "tags": map[string]any{"a": "b"}})
	require.Empty(t, result.ReplaceKeys)
	require.Equal(t, plugin.DiffSome, result.Changes)
}

// A name that the program gives makes a replacement begin with the deletion, whether the name changes or not; an automatic one does not.
func TestDiffDeletesFirstWhereTheNameIsGiven(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.stage()
	targets := func(name string, port int) map[string]any {
		inputs := map[string]any{"port": port, "protocol": "HTTP", "targetType": "ip", "vpcId": s.vpc["id"]}
		if name != "" {
			inputs["name"] = name
		}
		return inputs
	}
	for name, c := range map[string]struct {
		before, after map[string]any
		first         bool
	}{
		"the name stays":      {targets("fixed", 80), targets("fixed", 81), true},
		"the name changes":    {targets("one", 80), targets("two", 80), true},
		"the name is dropped": {targets("fixed", 80), targets("", 81), false},
		"automatic":           {targets("", 80), targets("", 81), false},
	} {
		made := b.make(targetsType, "t", c.before)
		result := b.diff(targetsType, "t", made, c.after)
		require.NotEmpty(t, result.ReplaceKeys, name)
		require.Equal(t, c.first, result.DeleteBeforeReplace, name)
		require.NoError(t, b.destroy(targetsType, made))
	}
}

func TestReadShowsDriftAndAbsence(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	inputs := b.check(vpcType, "vpc", map[string]any{"cidrBlock": "10.10.0.0/16"}).Properties
	vpc := b.make(vpcType, "vpc", map[string]any{"cidrBlock": "10.10.0.0/16"})
	id := text(vpc, "id")
	read := func() plugin.ReadResponse {
		response, err := b.provider.Read(t.Context(), plugin.ReadRequest{Type: tokens.Type(vpcType), ID: resource.ID(id), Inputs: inputs, State: wrap(vpc).ObjectValue()})
		require.NoError(t, err)
		return response
	}
	require.Equal(t, plainMap(inputs), plainMap(read().Inputs))
	require.NoError(t, b.account.Drift(vpcType, id, map[string]any{"enableDnsSupport": false}))
	require.Equal(t, false, plain(read().Inputs["enableDnsSupport"]))
	require.NoError(t, b.account.Remove(vpcType, id))
	require.Empty(t, read().ID)
}
