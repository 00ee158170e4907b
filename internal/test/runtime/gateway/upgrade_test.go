//go:build runtime

package gateway_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestThePinnedReleaseTakesOverTheDatabaseOfAnEarlierOne makes a team, a user and keys with an earlier release of LiteLLM, spends, and upgrades: keys work, spend is kept and
// counts on, budgets end calls. Then it rolls back: the earlier release works on the newer tables, with keys of both.
func TestThePinnedReleaseTakesOverTheDatabaseOfAnEarlierOne(t *testing.T) {
	t.Parallel()
	const budget = 6e-5 // a call costs less, two cost more
	call := func(g *gateway.Gateway, key string) gateway.Answer {
		return g.Internal(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(gateway.Haiku, "over an upgrade"))
	}
	spent := func(g *gateway.Gateway, calls int) func() bool {
		return func() bool {
			return g.SQL(t, `SELECT (SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE status = 'success' AND spend > 0) || ' ' || (SELECT spend > 0 FROM "LiteLLM_VerificationToken" WHERE key_alias = 'upgraded')`) ==
				fmt.Sprintf("%d true", calls)
		}
	}
	var key, poor string
	g, again := gateway.StartFromPrevious(t, func(previous *gateway.Gateway) {
		team := previous.Admin(t, http.MethodPost, "/team/new", map[string]any{"team_alias": "upgraded-team", "max_budget": 9}).JSON(t)["team_id"]
		user := previous.User(t, map[string]any{"user_id": "upgraded@example.com", "user_email": "upgraded@example.com", "max_budget": 7, "budget_duration": "1mo"})
		key = previous.Key(t, map[string]any{"key_alias": "upgraded", "user_id": user, "team_id": team})
		poor = previous.Key(t, map[string]any{"key_alias": "upgraded-poor", "user_id": user, "max_budget": budget})
		require.Equal(t, http.StatusOK, call(previous, key).Status)
		require.Equal(t, http.StatusOK, call(previous, poor).Status)
		require.Eventually(t, spent(previous, 2), patience, interval)
	})
	require.Equal(t, http.StatusOK, g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(gateway.Haiku, "over an upgrade")).Status)
	require.Equal(t, http.StatusOK, call(g, poor).Status)
	require.Eventually(t, spent(g, 4), patience, interval, "what was spent before is there, and counts on")
	require.Eventually(t, func() bool { return call(g, poor).Status == http.StatusTooManyRequests }, patience, interval, "the budget counts what was spent before")
	require.Contains(t, g.Admin(t, http.MethodGet, "/user/info?user_id=upgraded@example.com", nil).Body, `"max_budget":7.0`)
	require.Contains(t, g.Admin(t, http.MethodGet, "/team/list", nil).Body, "upgraded-team")
	younger := g.Key(t, map[string]any{"key_alias": "younger"})

	previous := again()
	for name, kept := range map[string]string{"of before": key, "of the newer release": younger} {
		require.Equal(t, http.StatusOK, call(previous, kept).Status, "after a roll-back a key %s works", name)
	}
	require.Eventually(t, func() bool { return call(previous, poor).Status == http.StatusTooManyRequests }, patience, interval)
}
