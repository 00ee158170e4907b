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
