package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

func TestPocGoesFromAnEmptyAccountToOutputsAndBackTwice(t *testing.T) {
	t.Parallel()
	s := poc(t)
	quiet(t, s.must("preview"))
	require.Empty(t, s.left(), "a preview creates nothing")
	quiet(t, s.up())
	quiet(t, s.settled())
	s.must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	outputs := s.outputs()
	for _, name := range []string{
		"cloudfront_domain", "gateway_url", "alb_dns_name", "grafana_url", "langfuse_url", "ecs_cluster_name",
		"master_key_secret", "grafana_admin_password_secret", "langfuse_admin_password_secret", "tunnel_command", "claude_code_env",
	} {
		require.NotEmpty(t, outputs[name], name)
	}
	require.Equal(t, "https://"+outputs["cloudfront_domain"].(string), outputs["gateway_url"])
	require.Equal(t, "kong-llm-gateway-poc", outputs["ecs_cluster_name"])
	s.destroy()
	require.Empty(t, s.left())
	s.up()
	s.destroy()
	require.Empty(t, s.left())
}

func TestAnUpdateThatFailedHalfWayIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.checkpointed()
	require.NoError(t, s.account.SetFaults(sim.Fault{Verb: "create", Nth: 60, Action: "fail"}))
	output, err := s.try("up", "--yes", "--skip-preview")
	require.Error(t, err, output)
	require.Contains(t, output, "fault on demand")
	require.NotEmpty(t, s.left(), "half of it is there")
	require.NoError(t, s.account.SetFaults())
	s.up()
	s.settled()
	require.NoError(t, s.account.SetFaults(sim.Fault{Verb: "delete", Nth: 20, Action: "fail"}))
	output, err = s.try("destroy", "--yes", "--skip-preview")
	require.Error(t, err, output)
	require.NoError(t, s.account.SetFaults())
	s.destroy()
	require.Empty(t, s.left())
}
