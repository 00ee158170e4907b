package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

const ecsService = "aws:ecs/service:Service"

// A replaced service would be deleted before the new one is made, and be away for minutes.
func TestCapacityProvidersChangeInPlace(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:grafana"] = map[string]any{"spot": false}
	settings["kong-llm-gateway:litellm"] = map[string]any{"spot": true}
	s.set(settings)
	require.ElementsMatch(t, []change{{"update", ecsService, "grafana"}, {"update", ecsService, "litellm"}}, s.changes())
	s.up()
	s.settled()
	// ECS may leave an instance in Cloud Map for a while; destroy goes through all the same.
	require.NoError(t, s.account.SetFaults(sim.Fault{Verb: "deregister", Name: "grafana", Nth: 1, Action: "fail"}))
	s.destroy()
	require.Empty(t, s.left())
}

func TestARefreshFindsNoChangeThatNobodyMade(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	for range 3 {
		s.must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	}
	s.settled()
}
