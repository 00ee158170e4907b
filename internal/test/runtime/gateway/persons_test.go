//go:build runtime

package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// TestOfAPersonOnlyTheUserIDLeavesLiteLLM makes calls that succeed, fail and are refused, and looks through everything that Langfuse and a scrape of the
// metrics got, and through LiteLLM's log and database, for what else it knows of the caller.
func TestOfAPersonOnlyTheUserIDLeavesLiteLLM(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"full", "none"} {
		g := gateway.StartWith(t, map[string]string{"langfuse.content": content})
		user := g.User(t, map[string]any{"user_id": "person-id", "user_email": "person-mail@example.com", "user_alias": "Person Name"})
		key := g.Key(t, map[string]any{"key_alias": "person-key", "user_id": user, "metadata": map[string]any{"note": "person-note"}})
		poor := g.Key(t, map[string]any{"key_alias": "person-poor-key", "user_id": user, "max_budget": 0})
		headers := []string{
			"User-Agent", "person-agent/1.0", "X-Person", "person-header", "Cookie", "session=person-cookie",
			"X-Forwarded-For", "198.51.100.77", "X-Real-Ip", "198.51.100.78", "Forwarded", "for=198.51.100.79",
		}
		call := func(path, key, model, text, more string, status int) {
			answer := g.Public(t, http.MethodPost, path+"?person=person-query", key, gateway.Chat(model, text, more), headers...)
			require.Equal(t, status, answer.Status, answer.Body)
		}
		for _, path := range []string{"/v1/chat/completions", "/v1/messages"} {
			call(path, key, gateway.Haiku, "person asks", `"metadata": {"session_id": "person-session"}`, http.StatusOK)
			call(path, key, gateway.Haiku, "person asks", `"stream": true`, http.StatusOK)
			call(path, key, "no-such-model", "person asks", `"n": 1`, http.StatusBadRequest)
			call(path, key, gateway.Opus, standin.Throttled, `"n": 1`, http.StatusTooManyRequests)
			call(path, poor, gateway.Haiku, "person asks", `"n": 1`, http.StatusTooManyRequests)
			call(path, "sk-person-wrong", gateway.Haiku, "person asks", `"n": 1`, http.StatusUnauthorized)
		}
		require.Eventually(t, func() bool { return len(g.Langfuse.Events("generation-create", "person-")) >= 10 }, patience, interval)
		sent := ""
		for _, request := range g.Langfuse.Received("") {
			sent += fmt.Sprint(request.Method, request.Path, request.Header, request.Body, "\n")
		}
		scraped := g.Internal(t, http.MethodGet, "/metrics/", gateway.MasterKey, "").Body
		for place, text := range map[string]string{"Langfuse": sent, "metrics": scraped} {
			require.Contains(t, text, "person-id", place)
			require.Contains(t, text, "person-key", place)
		}
		require.Contains(t, sent, ":person-session")
		require.Contains(t, g.Log(), "Key=person-poor-key")
		hashes := strings.Split(g.SQL(t, `SELECT token FROM "LiteLLM_VerificationToken" WHERE key_alias LIKE 'person-%'`), "\n")
		require.Len(t, hashes, 2)
		personal := append(hashes, hashes[0][:12], hashes[1][:12], key, poor, "person-mail", "Person Name", "person-note", "person-agent", "person-header", "person-cookie", "198.51.100.", "person-query")
		for place, text := range map[string]string{"Langfuse": sent, "metrics": scraped, "LiteLLM's log": g.Log()} {
			for _, value := range personal {
				require.NotContains(t, strings.ToLower(text), strings.ToLower(value), "%s in %s with content %s", value, place, content)
			}
		}
		require.Contains(t, g.SQL(t, strings.ReplaceAll(everywhere, "WORD", "person-mail")), "LiteLLM_UserTable", "LiteLLM knows what was looked for")
		for _, word := range []string{"person asks", "person-agent", "person-header", "person-cookie", "person-query", "198.51.100."} {
			require.Empty(t, g.SQL(t, strings.ReplaceAll(everywhere, "WORD", word)), "%s in LiteLLM's database", word)
		}
	}
}
