//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestKeysThatMayNot pins what a client gets for a key that may not do what it asks: README.md's table of errors rests on it.
func TestKeysThatMayNot(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	changed := func(alias, path, field string) string {
		key := g.Key(t, map[string]any{"key_alias": alias})
		require.Equal(t, http.StatusOK, ask(t, g, key, alias+" asks first").Status)
		var value any = key
		if field == "keys" {
			value = []string{key}
		}
		g.Admin(t, http.MethodPost, path, map[string]any{field: value})
		return key
	}
	for _, example := range []struct {
		name, key, kind, message string
		status                   int
	}{
		{"none", "", "invalid_request_error", "The request carries no API key.", http.StatusUnauthorized},
		{"wrong", "sk-wrong", "token_not_found_in_db", "Invalid proxy server token passed.", http.StatusUnauthorized},
		{"blocked", changed("blocked", "/key/block", "key"), "auth_error", "Key is blocked.", http.StatusUnauthorized},
		{"deleted", changed("deleted", "/key/delete", "keys"), "token_not_found_in_db", "Invalid proxy server token passed.", http.StatusUnauthorized},
		{"for another model", g.Key(t, map[string]any{"key_alias": "other-model", "models": []string{gateway.Opus}}), "key_model_access_denied", "key not allowed to access model", http.StatusForbidden},
		{"with a budget of nothing", g.Key(t, map[string]any{"key_alias": "nothing", "max_budget": 0}), "budget_exceeded", "Budget has been exceeded!", http.StatusTooManyRequests},
		{"of a user with a budget of nothing", g.Key(t, map[string]any{"key_alias": "poor", "user_id": g.User(t, map[string]any{"max_budget": 0})}), "budget_exceeded", "ExceededBudget: User=", http.StatusTooManyRequests},
	} {
		answer := ask(t, g, example.key, "a key "+example.name+" asks")
		require.Equal(t, example.status, answer.Status, "%s: %s", example.name, answer.Body)
		require.Contains(t, answer.Message(), example.message, example.name)
		refusal, isObject := answer.JSON(t)["error"].(map[string]any)
		require.True(t, isObject, answer.Body)
		require.Equal(t, example.kind, refusal["type"], example.name)
		require.Empty(t, g.Bedrock.Calls("a key "+example.name+" asks"), "nothing that is refused costs anything")
	}
}

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
