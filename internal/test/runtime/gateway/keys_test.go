//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestABudgetEnds spends a key's budget and sees the next call refused.
func TestABudgetEnds(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	key := g.Key(t, map[string]any{"key_alias": "small-budget", "max_budget": 0.00001})
	require.Equal(t, http.StatusOK, ask(t, g, key, "within the budget").Status)
	require.Eventually(t, func() bool {
		answer := ask(t, g, key, "over the budget")
		return answer.Status == http.StatusTooManyRequests && answer.JSON(t)["error"].(map[string]any)["type"] == "budget_exceeded"
	}, patience, interval)
}

// ask makes a small call with a key.
func ask(t *testing.T, g *gateway.Gateway, key, text string) gateway.Answer {
	t.Helper()
	return g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(gateway.Haiku, text))
}
