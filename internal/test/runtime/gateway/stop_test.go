//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestAStopLosesNeitherSpendNorTraces: a deployment, a Spot stop or a scale-in comes within the second after a call.
func TestAStopLosesNeitherSpendNorTraces(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"litellm.spendLogRetentionDays": "7"}) // a gateway of its own
	key := g.Key(t, map[string]any{"key_alias": "last-call"})
	require.Equal(t, http.StatusOK, ask(t, g, key, "the last call").Status)
	g.Terminate(t)
	require.Len(t, g.Langfuse.Events("generation-create", "the last call"), 1)
	require.Equal(t, "1", g.SQL(t, `SELECT count(*) FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token WHERE k.key_alias = 'last-call'`))
}
