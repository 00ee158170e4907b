package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"

// one is the resource of a type whose property has the value.
func (w *workplace) one(kind, property, value string) sim.Resource {
	w.Helper()
	resources, err := w.account.Resources()
	require.NoError(w, err)
	var found []sim.Resource
	for _, r := range resources {
		if r.Type == kind && r.State[property] == value {
			found = append(found, r)
		}
	}
	require.Len(w, found, 1, "%s with %s = %s", kind, property, value)
	return found[0]
}

// refused runs an update that must fail, and returns what it said.
func (s *stack) refused() string {
	s.Helper()
	output, err := s.try("up", "--yes", "--skip-preview")
	require.Error(s, err, output)
	return output
}

// TestARolledBackDeploymentFailsTheUpdateAndLeavesWhatRuns: the circuit breaker goes back to the old revision, which the provider takes for success.
func TestARolledBackDeploymentFailsTheUpdateAndLeavesWhatRuns(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	running := s.one(ecsService, "name", "litellm").State["taskDefinition"]
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:litellm"] = map[string]any{"image": "ghcr.io/berriai/litellm-non_root:1.101.0"}
	s.set(settings)

	for range 2 {
		require.NoError(t, s.account.SetFaults(sim.Fault{Verb: "deploy", Name: "litellm", Nth: 1, Action: "fail"}))
		said := s.refused()
		require.Contains(t, said, "service litellm runs revision kong-llm-gateway-poc-litellm:1 on FARGATE, and not kong-llm-gateway-poc-litellm:2 on FARGATE as asked for")
		require.Contains(t, said, "aws logs tail /ecs/kong-llm-gateway-poc/litellm --region us-west-1")
		require.Contains(t, said, "aws ecs describe-services --region us-west-1 --cluster kong-llm-gateway-poc --services litellm")
		require.Equal(t, running, s.one(ecsService, "name", "litellm").State["taskDefinition"])
		require.NotNil(t, s.one(taskDefinition, "arn", running.(string)), "the revision that serves stays registered") //nolint:forcetypeassert // one found it by its text
		require.Contains(t, s.must("preview"), "aws:ecs:Service", "a preview is no place to fail: it shows that the service is to be updated again")
	}

	require.NoError(t, s.account.SetFaults())
	s.up()
	s.settled()
	resources, err := s.account.Resources()
	require.NoError(t, err)
	require.Equal(t, 4, count(resources, taskDefinition), "the update that succeeds deletes the revisions that were left")
	require.NotEqual(t, running, s.one(ecsService, "name", "litellm").State["taskDefinition"])

	// Taken back, the change leaves nothing either; and a service that is rolled back alone on its capacity provider is told too.
	settings["kong-llm-gateway:grafana"] = map[string]any{"spot": false}
	s.set(settings)
	require.NoError(t, s.account.SetFaults(sim.Fault{Verb: "deploy", Name: "grafana", Nth: 1, Action: "fail"}))
	require.Contains(t, s.refused(), "on FARGATE_SPOT, and not kong-llm-gateway-poc-grafana:1 on FARGATE as asked for")
	require.NoError(t, s.account.SetFaults())
	s.set(repositorySettings(t, "Pulumi.poc.yaml"))
	s.up()
	s.settled()
	s.destroy()
	require.Empty(t, s.left())
}
