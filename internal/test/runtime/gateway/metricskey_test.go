//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestTheMetricsKeyReadsMetricsAndNothingElse registers the scraper's key as the side container does, twice, and tries it and others on /metrics/.
func TestTheMetricsKeyReadsMetricsAndNothingElse(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	for range 2 {
		code, output := g.RegisterMetricsKey(t)
		require.Zero(t, code, output)
	}
	answer := g.Internal(t, http.MethodGet, "/metrics/", gateway.MetricsKey, "")
	require.Equal(t, http.StatusOK, answer.Status, answer.Body)
	require.Contains(t, answer.Body, "litellm_in_flight_requests")

	for _, example := range []struct {
		method, path, body string
	}{
		{http.MethodPost, "/v1/chat/completions", gateway.Chat(gateway.Haiku, "the metrics key asks")},
		{http.MethodPost, "/v1/messages", gateway.Chat(gateway.Haiku, "the metrics key asks")},
		{http.MethodGet, "/v1/models", ""},
		{http.MethodPost, "/key/generate", "{}"},
		{http.MethodGet, "/key/info", ""},
		{http.MethodGet, "/user/info", ""},
		{http.MethodGet, "/health", ""},
	} {
		answer := g.Internal(t, example.method, example.path, gateway.MetricsKey, example.body)
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, answer.Status, "%s: %s", example.path, answer.Body)
	}
	require.Empty(t, g.Bedrock.Calls("the metrics key asks"))

	own := g.Key(t, map[string]any{"key_alias": "reads-metrics", "user_id": g.User(t, nil)})
	for name, key := range map[string]string{"no key": "", "a wrong key": "sk-wrong", "a user's key": own} {
		require.Equal(t, http.StatusUnauthorized, g.Internal(t, http.MethodGet, "/metrics/", key, "").Status, name)
	}
	require.Equal(t, http.StatusOK, g.Internal(t, http.MethodGet, "/metrics/", gateway.MasterKey, "").Status)
}

// TestTheMetricsKeyIsRotated: where the secret has a new value, the side container makes that the key, and the old one ends.
func TestTheMetricsKeyIsRotated(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"litellm.spendLogRetentionDays": "7"}) // a database of its own: others use the shared one's metrics key
	code, output := g.RegisterMetricsKey(t)
	require.Zero(t, code, output)
	const younger = "sk-metrics-after-a-rotation"
	for range 2 {
		code, output = g.RegisterMetricsKey(t, "METRICS_KEY="+younger)
		require.Zero(t, code, output)
	}
	require.Equal(t, http.StatusOK, g.Internal(t, http.MethodGet, "/metrics/", younger, "").Status)
	require.Equal(t, http.StatusUnauthorized, g.Internal(t, http.MethodGet, "/metrics/", gateway.MetricsKey, "").Status, "the old key has ended")
	require.Equal(t, "1", g.SQL(t, `SELECT count(*) FROM "LiteLLM_VerificationToken" WHERE key_alias = 'metrics-scraper'`))
}

// TestSpendLogsAreForgotten: rows older than litellm.spendLogRetentionDays are deleted, the rest stays.
func TestSpendLogsAreForgotten(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"litellm.spendLogRetentionDays": "7"})
	key := g.Key(t, map[string]any{"key_alias": "forgotten"})
	for range 2 {
		require.Equal(t, http.StatusOK, ask(t, g, key, "to be forgotten").Status)
	}
	count := func(where string) string {
		return g.SQL(t, `SELECT count(*) FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token WHERE k.key_alias = 'forgotten' `+where)
	}
	require.Eventually(t, func() bool { return count("") == "2" }, patience, interval)
	const old = `request_id = (SELECT min(request_id) FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token WHERE k.key_alias = 'forgotten')`
	g.SQL(t, `UPDATE "LiteLLM_SpendLogs" SET "startTime" = "startTime" - interval '8 days', "endTime" = "endTime" - interval '8 days' WHERE `+old)
	require.Eventually(t, func() bool { return count("") == "1" }, patience, interval, "the old row goes")
	require.Equal(t, "1", count(`AND s."startTime" > now() - interval '1 day'`), "the other stays")
}
