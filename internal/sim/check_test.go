package sim

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

func TestCheckRefusesWhatTheProviderWould(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token    string
		inputs   map[string]any
		property string
		reason   string
	}{
		"unknown property":        {vpcType, map[string]any{"cidr": "10.0.0.0/16"}, "cidr", "unknown property"},
		"property of a later SDK": {vpcType, map[string]any{"region": "us-west-1"}, "region", "unknown property"},
		"output as input":         {vpcType, map[string]any{"arn": "x"}, "arn", "unknown property"},
		"wrong type":              {vpcType, map[string]any{"enableDnsSupport": "yes"}, "enableDnsSupport", "type bool"},
		"missing required":        {subnetType, map[string]any{"cidrBlock": "10.0.0.0/24"}, "vpcId", "missing required"},
		"conflict":                {subnetType, map[string]any{"vpcId": "vpc-1", "availabilityZone": "us-west-1a", "availabilityZoneId": "usw1-az1"}, "availabilityZone", "conflicts"},
		"nested unknown":          {clusterType, map[string]any{"settings": []any{map[string]any{"name": "a", "value": "b", "c": "d"}}}, "settings[0].c", "unknown property"},
		"nested missing":          {clusterType, map[string]any{"settings": []any{map[string]any{"name": "a"}}}, "settings[0].value", "missing required"},
		"name too long":           {targetsType, map[string]any{"name": "kong-llm-gateway-poc-a-very-long-name"}, "name", "32 characters"},
		"name's characters":       {targetsType, map[string]any{"name": "a_b"}, "name", "must match"},
		"log retention":           {logType, map[string]any{"retentionInDays": 31}, "retentionInDays", "must be one of"},
		"Fargate pair": {taskType, map[string]any{
			"family": "a", "cpu": "256", "memory": "4096", "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"}, "containerDefinitions": `[{"name":"a","image":"b"}]`,
		}, "", "No Fargate configuration"},
		"policy JSON": {roleType, map[string]any{"assumeRolePolicy": "{"}, "", "MalformedPolicyDocument"},
		"VPC range":   {vpcType, map[string]any{"cidrBlock": "10.0.0.0/8"}, "", "InvalidVpc.Range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures := newBench(t).check(c.token, "x", c.inputs).Failures
			require.Len(t, failures, 1)
			require.Equal(t, resource.PropertyKey(c.property), failures[0].Property)
			require.Contains(t, failures[0].Reason, c.reason)
		})
	}
}

func TestCheckNamesByTheLogicalName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.check(targetsType, "a-logical-name-that-is-too-long-for-it", map[string]any{}).Properties["name"].StringValue()
	require.Regexp(t, `^a-logical-name-that-is-t-[0-9a-f]{7}$`, name)
	require.Len(t, name, 32)
}

func TestCheckKeepsSecretsAndUnknowns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	response, err := b.provider.Check(t.Context(), plugin.CheckRequest{URN: urn(databaseType, "db"), Type: databaseType, News: resource.PropertyMap{
		"instanceClass": resource.NewStringProperty("db.t4g.micro"), "dbSubnetGroupName": resource.MakeComputed(resource.NewStringProperty("")),
		"password": resource.MakeSecret(resource.NewStringProperty("a-long-password")),
	}})
	require.NoError(t, err)
	require.Empty(t, response.Failures)
	require.True(t, response.Properties["password"].IsSecret())
	require.True(t, response.Properties["dbSubnetGroupName"].IsComputed())
}

func TestProviderRefusesUnknownSettings(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"accessKey": "AKIA", "region": "nowhere"} {
		response, err := newBench(t).provider.CheckConfig(t.Context(), plugin.CheckConfigRequest{News: resource.PropertyMap{resource.PropertyKey(name): resource.NewStringProperty(value)}})
		require.NoError(t, err)
		require.Len(t, response.Failures, 1)
	}
}

func TestPreviewKnowsInputsAndNothingElse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	inputs := b.check(vpcType, "vpc", map[string]any{"cidrBlock": "10.10.0.0/16"}).Properties
	response, err := b.provider.Create(t.Context(), plugin.CreateRequest{Type: vpcType, Properties: inputs, Preview: true})
	require.NoError(t, err)
	require.True(t, response.Properties["arn"].IsComputed())
	require.Equal(t, "10.10.0.0/16", response.Properties["cidrBlock"].StringValue())
	require.Equal(t, map[string]any{"Project": "demo"}, plain(response.Properties["tagsAll"]))
	resources, err := b.account.Resources()
	require.NoError(t, err)
	require.Empty(t, resources)
}
