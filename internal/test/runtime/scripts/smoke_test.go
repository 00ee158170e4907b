//go:build runtime

package scripts_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// deployed stands in for a gateway seen from the internet; broken changes one answer.
func deployed(t *testing.T, broken map[string]answer) *httptest.Server {
	t.Helper()
	good := map[string]answer{
		"/health/liveliness":    {http.StatusOK, `"I'm alive!"`},
		"/v1/models":            {http.StatusOK, `{"data": [{"id": "claude-haiku-4-5"}]}`},
		"chat":                  {http.StatusOK, `{"choices": [{"message": {"content": "ready"}}]}`},
		"stream":                {http.StatusOK, "data: {\"choices\": []}\n\ndata: [DONE]\n\n"},
		"/grafana/api/health":   {http.StatusOK, `{"database": "ok"}`},
		"/api/public/health":    {http.StatusOK, `{"status": "OK"}`},
		"everything else, /...": {http.StatusForbidden, `{"error": {"message": "not available at this address"}}`},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if r.RequestURI == "/v1/chat/completions" {
			body, _ := io.ReadAll(r.Body)
			name = "chat"
			if strings.Contains(string(body), `"stream": true`) {
				name = "stream"
			}
		}
		reply, known := broken[name]
		if !known {
			reply, known = good[name]
		}
		if !known {
			reply = good["everything else, /..."]
		}
		w.WriteHeader(reply.status)
		_, _ = io.WriteString(w, reply.body)
	}))
	t.Cleanup(server.Close)
	return server
}

func smoke(t *testing.T, broken map[string]answer) result {
	t.Helper()
	server := deployed(t, broken)
	return run(t, "", []string{"LITELLM_API_KEY=sk-user"}, "smoke-test.sh", "--url", server.URL, "--langfuse-url", server.URL)
}

func TestSmokeTestPassesOnAHealthyGateway(t *testing.T) {
	t.Parallel()
	got := smoke(t, nil)
	require.Zero(t, got.code, got.stdout+got.stderr)
	require.Contains(t, got.stdout, "0 failed")
	require.NotContains(t, got.stdout, "FAIL")
}

func TestSmokeTestSeesWhatIsBroken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		reply      answer
		says       string
	}{
		{"an administrative path is open", "/user/new", answer{http.StatusOK, "{}"}, "refused at the edge: /user/new"},
		{"a stream that breaks off", "stream", answer{http.StatusOK, "data: {}\n\n"}, "ends in [DONE]"},
		{"an empty answer", "chat", answer{http.StatusOK, `{"choices": [{"message": {"content": ""}}]}`}, "chat completion (claude-haiku-4-5)"},
		{
			"models not enabled", "chat",
			answer{http.StatusNotFound, `{"error": {"message": "Model use case details have not been submitted for this account."}}`},
			"scripts/enable-models.sh",
		},
		{
			"throttled by Bedrock", "chat",
			answer{http.StatusTooManyRequests, `{"error": {"message": "litellm.RateLimitError: BedrockException - {\"message\":\"Too many tokens per day, please wait before trying again.\"}"}}`},
			"Bedrock's quota of the account, not a budget: make doctor",
		},
		{
			"a spent budget", "chat",
			answer{http.StatusTooManyRequests, `{"error": {"message": "Budget has been exceeded! Current cost: 5.1, Max budget: 5.0", "type": "budget_exceeded"}}`},
			"the key's or user's budget is used up: scripts/litellm-users.sh set-budget",
		},
		{"Grafana without its database", "/grafana/api/health", answer{http.StatusServiceUnavailable, `{"database": "failing"}`}, "Grafana answers"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := smoke(t, map[string]answer{test.path: test.reply})
			require.Equal(t, 1, got.code, got.stdout)
			require.Contains(t, got.stdout, test.says)
			require.Contains(t, got.stdout, "FAIL")
		})
	}
}

func TestSmokeTestNeedsAKey(t *testing.T) {
	t.Parallel()
	got := run(t, "", nil, "smoke-test.sh", "--url", "http://127.0.0.1:1")
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "LITELLM_API_KEY")
}

// TestSmokeTestGoesOnWithoutAnAnswer: each check is made and counted, and what is said fits an outsider.
func TestSmokeTestGoesOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	healthy := deployed(t, nil)
	closed := httptest.NewServer(http.NotFoundHandler())
	address := closed.URL
	closed.Close()
	for _, urls := range [][2]string{{address, healthy.URL}, {healthy.URL, address}, {address, address}} {
		got := run(t, "", []string{"LITELLM_API_KEY=sk-user", "CONNECT_ATTEMPTS=1"}, "smoke-test.sh", "--url", urls[0], "--langfuse-url", urls[1])
		require.Equal(t, 1, got.code, got.stderr)
		require.NotContains(t, got.stdout+got.stderr, "--tunnel", "an outsider has no tunnel")
		require.Contains(t, got.stdout, "no connection to "+address)
		require.Regexp(t, `(?m)^\d+ passed, [1-9]\d* failed$`, got.stdout)
		require.Equal(t, 17, strings.Count(got.stdout, " pass ")+strings.Count(got.stdout, " FAIL "), got.stdout)
	}
}
