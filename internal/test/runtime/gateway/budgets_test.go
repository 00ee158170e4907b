//go:build runtime

package gateway_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestBudgetsThatNobodyGave: a user made without a budget has the stack's, and all calls together have one. Both start anew with the month.
func TestBudgetsThatNobodyGave(t *testing.T) {
	t.Parallel()
	const usdPerCall, ofAll = 1.8, 5 // 11 + 7 tokens at 0.1 USD
	g := gateway.StartWith(t, map[string]string{
		"litellm.monthlyBudgetUsd": strconv.Itoa(ofAll), "litellm.userMonthlyBudgetUsd": "3",
		"models": `[{"name": "dear", "bedrock": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "inputCostPerMTok": 100000, "outputCostPerMTok": 100000}]`,
	})
	// Messages without a stream: LiteLLM has a second sum of costs for these, which no month would reset.
	call := func(key string) gateway.Answer {
		return g.Public(t, http.MethodPost, "/v1/messages", key, gateway.Chat("dear", "a dear question"))
	}
	refused := func(answer gateway.Answer, message string) {
		require.Equal(t, http.StatusTooManyRequests, answer.Status, answer.Body)
		require.Contains(t, answer.Message(), message)
		require.Contains(t, answer.Body, `"type":"budget_exceeded"`)
	}
	for user, options := range map[string][]string{"frugal": nil, "given": {"--budget", "50"}, "administrator": {"--role", "proxy_admin"}} {
		code, output := g.Script(t, "litellm-users.sh", append([]string{"create-user", "--email", user + "@example.com", "--user-id", user}, options...)...)
		require.Zero(t, code, output)
	}
	now := time.Now().UTC()
	nextMonth := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateTime)
	row := func(user string) string {
		return g.SQL(t, `SELECT max_budget, budget_duration, budget_reset_at FROM "LiteLLM_UserTable" WHERE user_id = '`+user+`'`)
	}
	require.Equal(t, "3|1mo|"+nextMonth, row("frugal"))
	require.Equal(t, "50|1mo|"+nextMonth, row("given"))
	require.Equal(t, "||", row("administrator"))
	require.Equal(t, "5|1mo|"+nextMonth, row("litellm-proxy-budget"))

	frugal := g.Key(t, map[string]any{"key_alias": "frugal", "user_id": "frugal"})
	require.Equal(t, http.StatusOK, call(frugal).Status)
	require.Eventually(t, func() bool { return call(frugal).Status == http.StatusTooManyRequests }, patience, interval)
	refused(call(frugal), "ExceededBudget: User=frugal over budget.")

	nobodys := g.Key(t, map[string]any{"key_alias": "nobodys"})
	require.Eventually(t, func() bool { return call(nobodys).Status == http.StatusTooManyRequests }, patience, interval)
	paid := len(g.Bedrock.Calls("a dear question"))
	refused(call(nobodys), "Budget has been exceeded! Current cost: ")
	require.Contains(t, call(nobodys).Message(), "Max budget: 5.0")
	refused(call(gateway.MasterKey), "Budget has been exceeded!")
	require.Len(t, g.Bedrock.Calls("a dear question"), paid, "what is refused costs nothing")
	spent := func() float64 {
		usd, err := strconv.ParseFloat(g.SQL(t, `SELECT spend FROM "LiteLLM_UserTable" WHERE user_id = 'litellm-proxy-budget'`), 64)
		require.NoError(t, err)
		return usd
	}
	require.Eventually(t, func() bool { return spent() > usdPerCall*float64(paid)-0.001 }, patience, interval, "every call counts")
	require.InDelta(t, usdPerCall*float64(paid), spent(), 0.001, "every call counts once")
	require.Equal(t, http.StatusOK, g.Public(t, http.MethodGet, "/v1/models", nobodys, "").Status)
	code, output := g.Script(t, "litellm-users.sh", "set-budget", "--user-id", "given", "--budget", "60")
	require.Zero(t, code, "administration goes on: %s", output)

	g.SQL(t, `UPDATE "LiteLLM_UserTable" SET budget_reset_at = now() - interval '1 minute' WHERE budget_reset_at IS NOT NULL`) // the month ends
	require.Eventually(t, func() bool { return call(nobodys).Status == http.StatusOK }, patience, interval)
	require.Eventually(t, func() bool { return call(frugal).Status == http.StatusOK }, patience, interval)
	require.Equal(t, "5|1mo|"+nextMonth, row("litellm-proxy-budget"))
}
