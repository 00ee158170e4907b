package sim

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// fargate is a service with a first and a second revision, ready to run in a seeded VPC.
type fargate struct {
	*bench
	cluster, registry map[string]any
	subnet            string
	inputs            map[string]any
}

func newFargate(t *testing.T) *fargate {
	t.Helper()
	b := newBench(t)
	vpc, subnets, err := b.account.SeedVpc("us-west-1", "10.50.0.0/16", map[string]string{"usw1-az1": "10.50.0.0/24"}, []string{"usw1-az1"})
	require.NoError(t, err)
	f := &fargate{bench: b, subnet: subnets[0]}
	f.cluster = b.make(clusterType, "c", map[string]any{"name": "c"})
	b.make(
		"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
		"c",
		map[string]any{"clusterName": "c", "capacityProviders": []any{"FARGATE", "FARGATE_SPOT"}},
	)
	b.make(roleType, "r", map[string]any{"name": "r", "assumeRolePolicy": trust})
	group := b.make(groupType, "g", map[string]any{"vpcId": vpc})
	space := b.make(namespaceType, "n", map[string]any{"name": "n.internal", "vpc": vpc})
	f.registry = b.make(discoveryType, "s", f.registryInputs(space["id"], false))
	f.inputs = map[string]any{
		"name": "litellm", "cluster": f.cluster["arn"], "taskDefinition": f.revision("1"), "desiredCount": 1, "waitForSteadyState": true,
		"deploymentCircuitBreaker":   map[string]any{"enable": true, "rollback": true},
		"capacityProviderStrategies": []any{map[string]any{"capacityProvider": "FARGATE", "weight": 1}},
		"networkConfiguration":       map[string]any{"subnets": []any{f.subnet}, "securityGroups": []any{group["id"]}},
		"serviceRegistries":          map[string]any{"registryArn": f.registry["arn"]},
	}
	return f
}

func (f *fargate) registryInputs(space any, force bool) map[string]any {
	return map[string]any{"name": "litellm", "forceDestroy": force, "dnsConfig": map[string]any{
		"namespaceId": space, "routingPolicy": "MULTIVALUE", "dnsRecords": []any{map[string]any{"type": "A", "ttl": 10}},
	}}
}

func (f *fargate) revision(image string) any {
	f.Helper()
	return f.make(taskType, "t", map[string]any{
		"family": "a", "executionRoleArn": "arn:aws:iam::111122223333:role/r", "containerDefinitions": `[{"name":"a","image":"` + image + `"}]`,
	})["arn"]
}

// with is the service's inputs with changes.
func (f *fargate) with(changes map[string]any) map[string]any {
	out := maps.Clone(f.inputs)
	for name, value := range changes {
		out[name] = value
	}
	return out
}

func TestARolledBackDeploymentLooksLikeASuccess(t *testing.T) {
	t.Parallel()
	f := newFargate(t)
	service := f.make(serviceType, "s", f.inputs)
	require.NoError(t, f.account.SetFaults(Fault{Verb: "deploy", Name: "litellm", Nth: 1, Action: "fail"}))
	wanted := f.with(map[string]any{
		"taskDefinition": f.revision("2"), "desiredCount": 2, "forceNewDeployment": true,
		"capacityProviderStrategies": []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}},
	})
	updated, err := f.update(serviceType, "s", service, wanted)
	require.NoError(t, err, "the provider takes the old revision's steady state for the new one's")
	require.Equal(t, service["taskDefinition"], updated["taskDefinition"])
	require.Equal(t, "FARGATE", text(updated, "capacityProviderStrategies.capacityProvider"))
	require.InDelta(t, 2, updated["desiredCount"], 0, "the number of tasks is no part of a revision")
	require.Contains(t, plainKeys(f.diff(serviceType, "s", updated, wanted).ChangedKeys), "taskDefinition", "the next up tries again")

	updated, err = f.update(serviceType, "s", updated, wanted)
	require.NoError(t, err)
	require.Equal(t, wanted["taskDefinition"], updated["taskDefinition"], "the fault hits once")
}

func TestTagsDoNotDeployAndOtherServicesAreNotHit(t *testing.T) {
	t.Parallel()
	f := newFargate(t)
	f.inputs["forceNewDeployment"] = true
	service := f.make(serviceType, "s", f.inputs)
	require.NoError(
		t,
		f.account.SetFaults(
			Fault{Verb: "deploy", Name: "grafana", Nth: 1, Action: "fail"},
			Fault{Verb: "deploy", Name: "litellm", Nth: 2, Action: "fail"},
		),
	)
	tagged, err := f.update(serviceType, "s", service, f.with(map[string]any{"tags": map[string]any{"a": "b"}}))
	require.NoError(t, err)
	wanted := f.with(map[string]any{"tags": map[string]any{"a": "b"}, "taskDefinition": f.revision("2")})
	updated, err := f.update(serviceType, "s", tagged, wanted)
	require.NoError(t, err)
	require.Equal(t, wanted["taskDefinition"], updated["taskDefinition"], "this is the first deployment of litellm that counts")
}

func TestADeploymentWithNothingToGoBackToFails(t *testing.T) {
	t.Parallel()
	f := newFargate(t)
	require.NoError(t, f.account.SetFaults(Fault{Verb: "deploy", Name: "litellm", Nth: 1, Times: 2, Action: "fail"}))
	_, err := f.try(serviceType, "s", f.inputs)
	require.ErrorContains(t, err, "tfSTABLE", "the first deployment")
	resources, err := f.account.Resources()
	require.NoError(t, err)
	for _, r := range resources {
		if r.Type == serviceType {
			made := maps.Clone(r.State)
			made["id"] = r.ID
			_, err = f.update(serviceType, "s", made, f.with(map[string]any{
				"taskDefinition": f.revision("2"), "deploymentCircuitBreaker": map[string]any{"enable": true, "rollback": false},
			}))
			require.ErrorContains(t, err, "tfSTABLE", "a circuit breaker without rollback")
			return
		}
	}
	t.Fatal("a service that did not come up exists nevertheless")
}

func TestCapacityProvidersReplaceTheServiceUnlessItIsDeployedAnew(t *testing.T) {
	t.Parallel()
	f := newFargate(t)
	spot := []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}}
	service := f.make(serviceType, "s", f.inputs)
	for name, c := range map[string]struct {
		changes  map[string]any
		replaced bool
	}{
		"changed":                   {map[string]any{"capacityProviderStrategies": spot}, true},
		"changed, deployed anew":    {map[string]any{"capacityProviderStrategies": spot, "forceNewDeployment": true}, false},
		"taken away, deployed anew": {map[string]any{"capacityProviderStrategies": nil, "forceNewDeployment": true}, true},
		"something else":            {map[string]any{"desiredCount": 2}, false},
	} {
		result := f.diff(serviceType, "s", service, f.with(c.changes))
		require.Equal(t, c.replaced, len(result.ReplaceKeys) > 0, name)
		require.Equal(t, c.replaced, result.DeleteBeforeReplace, name)
	}
}

func TestACloudMapServiceStaysWhileAnInstanceIsRegistered(t *testing.T) {
	t.Parallel()
	f := newFargate(t)
	require.NoError(t, f.account.SetFaults(Fault{Verb: "deregister", Name: "litellm", Nth: 1, Action: "fail"}))
	service := f.make(serviceType, "s", f.inputs)
	require.ErrorContains(t, f.destroy(discoveryType, f.registry), "ResourceInUse", "the ECS service uses it")
	require.NoError(t, f.destroy(serviceType, service))
	require.ErrorContains(t, f.destroy(discoveryType, f.registry), "registered instances")
	updated, err := f.update(discoveryType, "s", f.registry, f.registryInputs(text(f.registry, "dnsConfig.namespaceId"), true))
	require.NoError(t, err)
	require.NoError(t, f.destroy(discoveryType, updated))
}

func TestARevisionThatIsNotDestroyedStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	task := b.make(taskType, "t", map[string]any{"family": "a", "skipDestroy": true, "containerDefinitions": `[{"name":"a","image":"b"}]`})
	require.NoError(t, b.destroy(taskType, task))
	resources, err := b.account.Resources()
	require.NoError(t, err)
	require.Len(t, resources, 1)
}
