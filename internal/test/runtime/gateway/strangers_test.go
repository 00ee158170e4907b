//go:build runtime

package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// everywhere counts a word in every table of LiteLLM's database, as "table count" lines of those that have it.
const everywhere = `SELECT string_agg(name || ' ' || n, E'\n') FROM (
	SELECT table_name AS name, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I t WHERE t::text LIKE %L', table_name, '%WORD%'), false, true, '')))[1]::text::int AS n
	FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE') AS found WHERE n > 0`

// TestNothingOfAStrangerIsStored sends calls without a valid key, and looks for their words, and for rows that they made, in the database and in Langfuse.
func TestNothingOfAStrangerIsStored(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	blocked := g.Key(t, map[string]any{"key_alias": "stranger-blocked"})
	g.Admin(t, http.MethodPost, "/key/block", map[string]any{"key": blocked})
	expired := g.Key(t, map[string]any{"key_alias": "stranger-expired", "duration": "1s"})
	require.Eventually(t, func() bool { return ask(t, g, expired, "waits").Status == http.StatusUnauthorized }, patience, interval)

	const failed = `SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE api_key NOT IN (SELECT token FROM "LiteLLM_VerificationToken") AND status = 'failure'`
	for name, key := range map[string]string{"none": "", "wrong": "sk-stranger-wrong", "no LiteLLM key": "Basic c3RyYW5nZXI6", "blocked": blocked, "expired": expired} {
		for _, path := range []string{"/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings", "/v1/models"} {
			method, body := http.MethodPost, gateway.Chat(gateway.Haiku, "strangerword", `"user": "strangerword"`, `"metadata": {"tags": ["strangerword"]}`, `"input": "strangerword"`)
			if path == "/v1/models" {
				method, body = http.MethodGet, ""
			}
			for _, by := range []func(*testing.T, string, string, string, string, ...string) gateway.Answer{g.Public, g.Internal} {
				answer := by(t, method, path, key, body, "x-strangerword", "strangerword")
				// 403 is the edge's, where no model of the stack answers the route.
				require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, answer.Status, "%s at %s: %s", name, path, answer.Body)
			}
		}
	}
	// What comes later has been stored when this is there.
	key := g.Key(t, map[string]any{"key_alias": "after-strangers"})
	require.Equal(t, http.StatusOK, ask(t, g, key, "knownword").Status)
	traced(t, g, "knownword", 1)
	require.Eventually(t, func() bool {
		return g.SQL(t, `SELECT count(*) FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token WHERE k.key_alias = 'after-strangers'`) == "1"
	}, patience, interval)

	require.Empty(t, g.Langfuse.Received("strangerword"))
	require.Empty(t, g.SQL(t, strings.ReplaceAll(everywhere, "WORD", "strangerword")))
	require.NotEmpty(t, g.SQL(t, strings.ReplaceAll(everywhere, "WORD", "after-strangers")), "the search finds what is there")
	require.Equal(t, "0", g.SQL(t, failed), "no row of a call without a valid key")
	for _, alias := range []string{"stranger-blocked", "stranger-expired"} {
		for _, generation := range g.Langfuse.Events("generation-create", alias) {
			require.Equal(t, "DEFAULT", generation["level"], "%s: only calls from before the key expired: %v", alias, generation)
		}
	}
	metrics := g.Internal(t, http.MethodGet, "/metrics/", gateway.MasterKey, "")
	require.Regexp(t, `litellm_proxy_failed_requests_metric_total\{[^}]*exception_class="[^"]+"[^}]*\} [1-9]`, metrics.Body, "strangers' calls are counted")
}

// TestHealthTellsAStrangerThatTheGatewayLives: the public health checks name neither the release, nor what LiteLLM sends to, nor a model.
func TestHealthTellsAStrangerThatTheGatewayLives(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	for _, path := range []string{"/health/liveliness", "/health/liveness", "/health/readiness"} {
		answer := g.Public(t, http.MethodGet, path, "", "")
		require.Equal(t, http.StatusOK, answer.Status, path)
		t.Logf("%s: %s", path, answer.Body)
		for _, word := range []string{"1.102", "gateway_traces", "prometheus", gateway.Haiku} {
			require.NotContains(t, answer.Body, word, path)
		}
	}
}
