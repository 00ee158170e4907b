//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// TestAdministrationIsOpenInsideAndShutOutside asks for the same with the master key on both ways.
func TestAdministrationIsOpenInsideAndShutOutside(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	for _, example := range []struct{ method, path, body string }{
		{http.MethodPost, "/user/new", `{"user_email": "inside@example.com", "auto_create_key": false}`},
		{http.MethodGet, "/user/list", ""},
		{http.MethodPost, "/key/generate", "{}"},
		{http.MethodGet, "/key/list", ""},
		{http.MethodGet, "/spend/logs", ""},
		{http.MethodGet, "/routes", ""},
		{http.MethodGet, "/v1/model/info", ""},
	} {
		require.Equal(t, http.StatusOK, g.Internal(t, example.method, example.path, gateway.MasterKey, example.body).Status, example.path)
		for _, path := range []string{example.path, "/%" + "75" + example.path[2:], "/v1/.." + example.path, example.path + "%0a", example.path + "/"} {
			answer := g.Public(t, example.method, path, gateway.MasterKey, example.body)
			require.Equal(t, http.StatusForbidden, answer.Status, "%s: %s", path, answer.Body)
			require.NotEmpty(t, answer.JSON(t)["error"], path)
		}
	}
	require.Equal(t, "1", g.SQL(t, `SELECT count(*) FROM "LiteLLM_UserTable" WHERE user_email = 'inside@example.com'`), "the calls from outside changed nothing")

	// LiteLLM redirects its bare metrics path; the address it names is the one the viewer used, because Host is forwarded.
	answer := g.Internal(t, http.MethodGet, "/metrics", gateway.MasterKey, "", "Host", "llm.example.com")
	require.Equal(t, "http://llm.example.com/metrics/", answer.Header.Get("Location"))
}

// TestFailuresOfBedrock pins what a client gets when Bedrock fails, and that nobody waits longer than the time asked for.
func TestFailuresOfBedrock(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"langfuse.content": "none"}) // a gateway of its own: a failing model is shut for all for a while
	key := g.Key(t, map[string]any{"key_alias": "unlucky"})
	for _, example := range []struct {
		model, prompt string
		status        int
		// calls is how often Bedrock is asked: only what it throttles is tried again.
		calls int
	}{
		{gateway.Haiku, standin.Silent, http.StatusRequestTimeout, 1},
		{gateway.Sonnet, standin.Throttled, http.StatusTooManyRequests, 2},
		{gateway.Opus, standin.Broken, http.StatusServiceUnavailable, 1},
	} {
		answer := g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(example.model, "unlucky: "+example.prompt), "x-litellm-timeout", "2")
		require.Equal(t, example.status, answer.Status, answer.Body)
		require.NotEmpty(t, answer.JSON(t)["error"])
		require.Len(t, g.Bedrock.Calls("unlucky: "+example.prompt), example.calls, example.prompt)
	}
}
