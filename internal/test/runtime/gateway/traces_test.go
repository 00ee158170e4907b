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

// clientCalls makes one call of each kind that clients make, whose prompts have a word, and returns the models in them.
func clientCalls(t *testing.T, g *gateway.Gateway, key, word string) []string {
	t.Helper()
	for _, call := range []struct{ path, model, more string }{
		{"/v1/chat/completions", gateway.Haiku, `"stream": false`},
		{"/v1/chat/completions", gateway.Sonnet, `"stream": true`},
		{"/v1/messages", gateway.Opus, `"stream": false`},
		{"/v1/messages", gateway.Haiku, `"stream": true`},
	} {
		answer := g.Public(t, http.MethodPost, call.path, key, gateway.Chat(call.model, word+" a question nobody else may read", call.more))
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.Contains(t, answer.Body, standin.AnswerText)
	}
	return []string{gateway.Haiku, gateway.Sonnet, gateway.Opus, gateway.Haiku}
}

// traced waits for n traces whose content or metadata has a word, and returns them.
func traced(t *testing.T, g *gateway.Gateway, word string, n int) []map[string]any {
	t.Helper()
	require.Eventually(t, func() bool { return len(g.Langfuse.Events("generation-create", word)) >= n }, patience, interval, "%d traces of %q", n, word)
	traces := map[string]map[string]any{}
	for _, trace := range g.Langfuse.Events("trace-create", word) {
		traces[fmt.Sprint(trace["id"])] = trace
	}
	require.Len(t, traces, n, "%v", traces)
	var list []map[string]any
	for _, trace := range traces {
		list = append(list, trace)
	}
	return list
}

func TestEveryCallLeavesATrace(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	models := clientCalls(t, g, g.Key(t, map[string]any{"key_alias": "traced"}), "traced:")
	traced(t, g, "traced:", len(models))
	seen := ""
	for _, generation := range g.Langfuse.Events("generation-create", "traced:") {
		seen += fmt.Sprint(generation["model"], " ")
		usage, isObject := generation["usage"].(map[string]any)
		require.True(t, isObject)
		require.EqualValues(t, standin.InputTokens, usage["input"])
		require.EqualValues(t, standin.OutputTokens, usage["output"])
		require.Positive(t, usage["totalCost"])
		require.Contains(t, fmt.Sprint(generation["output"]), standin.AnswerText)
	}
	for _, model := range models {
		require.Contains(t, seen, model)
	}
}

// TestATraceHasItsOwner: the user is the key's, whatever the client says of itself.
func TestATraceHasItsOwner(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	user := g.User(t, map[string]any{"user_id": "owner-ada", "user_email": "owner-ada@example.com"})
	key := g.Key(t, map[string]any{"key_alias": "owner-laptop", "user_id": user})
	const claude = "user_0a1b_account_2c3d_session_11111111-2222-3333-4444-555555555555"
	for _, call := range []struct{ name, path, more string }{
		{"owner: no user", "/v1/chat/completions", `"stream": false`},
		{"owner: another user", "/v1/chat/completions", `"user": "bob"`},
		{"owner: forged", "/v1/chat/completions", `"metadata": {"user_api_key_user_id": "bob", "user_api_key_alias": "bob", "trace_user_id": "bob", "session_id": "s1"}`},
		{"owner: claude", "/v1/messages", `"metadata": {"user_id": "` + claude + `"}`},
	} {
		answer := g.Public(t, http.MethodPost, call.path, key, gateway.Chat(gateway.Haiku, call.name, call.more))
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
	}
	about := map[string]map[string]any{}
	for _, name := range []string{"owner: no user", "owner: another user", "owner: forged", "owner: claude"} {
		trace := traced(t, g, name, 1)[0]
		require.Equal(t, "owner-ada", trace["userId"], name)
		metadata, isObject := trace["metadata"].(map[string]any)
		require.True(t, isObject)
		require.Equal(t, "owner-laptop", metadata["key_alias"], name)
		about[name] = trace
	}
	require.Equal(t, "bob", about["owner: another user"]["metadata"].(map[string]any)["client_user"])
	require.Equal(t, claude, about["owner: claude"]["metadata"].(map[string]any)["client_metadata_user"])
	require.Regexp(t, `^[0-9a-f]{12}:11111111-2222-3333-4444-555555555555$`, about["owner: claude"]["sessionId"])
	require.Regexp(t, `^[0-9a-f]{12}:s1$`, about["owner: forged"]["sessionId"], "a session is one of the key's own")
}

// TestALineOfTheAccessLogLeadsToItsCall: CloudFront's id of a request is in the trace and in the spend log's row, and a client cannot put another there.
func TestALineOfTheAccessLogLeadsToItsCall(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	key := g.Key(t, map[string]any{"key_alias": "joined"})
	const forged = "FORGEDFORGEDFORGEDFORGEDFORGEDFORGEDFORGEDFORGEDFORGED=="
	own := []string{"x-litellm-spend-logs-metadata", `{"edge_request_id": "` + forged + `", "ticket": "T1"}`}
	inMetadata := `"metadata": {"spend_logs_metadata": {"edge_request_id": "` + forged + `"}}`
	row := func(condition string) string {
		return g.SQL(t, `SELECT count(*) FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token WHERE k.key_alias = 'joined' AND `+condition)
	}
	for i, path := range []string{"/v1/chat/completions", "/v1/messages"} {
		for j, stream := range []string{`"stream": false`, `"stream": true`} {
			word := fmt.Sprintf("joined %d %d", i, j)
			answer := g.Public(t, http.MethodPost, path, key, gateway.Chat(gateway.Haiku, word, inMetadata, stream), append(own, "x-amz-cf-id", forged)...)
			require.Equal(t, http.StatusOK, answer.Status, answer.Body)
			line := answer.Header.Get("x-amz-cf-id") // as in the log's x-edge-request-id
			require.Len(t, line, 52)
			require.Equal(t, line, traced(t, g, word, 1)[0]["metadata"].(map[string]any)["edge_request_id"])
			require.Eventually(t, func() bool {
				return row(`s.metadata->'spend_logs_metadata'->>'edge_request_id' = '`+line+`' AND s.metadata->'spend_logs_metadata'->>'ticket' = 'T1'`) == "1"
			}, patience, interval, "the row of %s", line)
		}
	}
	// From inside the VPC, past CloudFront: what has another shape does not count, nor does anything but the header.
	for _, header := range []string{"short", strings.Repeat("x", 200), "with spaces and more and more and more and more and more"} {
		answer := g.Internal(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(gateway.Haiku, "inside: "+header, inMetadata), append(own, "x-amz-cf-id", header)...)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.NotContains(t, traced(t, g, "inside: "+header, 1)[0]["metadata"], "edge_request_id")
	}
	// Should CloudFront send a client's header on beside its own, neither counts.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.InternalURL+"/v1/chat/completions", strings.NewReader(gateway.Chat(gateway.Haiku, "two ids")))
	require.NoError(t, err)
	request.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}, "X-Amz-Cf-Id": {forged, strings.Repeat("y", 56)}}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NotContains(t, traced(t, g, "two ids", 1)[0]["metadata"], "edge_request_id")
	require.Eventually(t, func() bool { return row("true") == "8" }, patience, interval)
	require.Equal(t, "0", row(`s.metadata::text LIKE '%FORGED%'`))
}

// TestNoCallHides sends what hides a call, its content or its name from LiteLLM's own loggers.
func TestNoCallHides(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	key := g.Key(t, map[string]any{"key_alias": "hider"})
	const other = "11111111-1111-1111-1111-111111111111"
	for name, call := range map[string]struct {
		more    string
		headers []string
	}{
		"hides by no-log":            {`"no-log": true`, nil},
		"hides by message logging":   {`"turn_off_message_logging": true`, nil},
		"hides by masks":             {`"metadata": {"mask_input": true, "mask_output": true, "no-log": true}`, nil},
		"hides by trace ids":         {`"litellm_trace_id": "` + other + `", "metadata": {"trace_id": "` + other + `", "existing_trace_id": "` + other + `", "generation_id": "` + other + `"}`, nil},
		"hides by redaction":         {`"n": 1`, []string{"x-litellm-enable-message-redaction", "true", "litellm-enable-message-redaction", "true"}},
		"hides by Langfuse headers":  {`"n": 1`, []string{"langfuse_trace_id", other, "langfuse_existing_trace_id", other, "langfuse_mask_input", "true", "langfuse_session_id", other}},
		"hides by disabled loggers":  {`"litellm_disabled_callbacks": ["gateway_traces.logger", "gateway_traces", "prometheus"]`, []string{"x-litellm-disable-callbacks", "gateway_traces,prometheus"}},
		"hides by LiteLLM's call id": {`"litellm_call_id": "` + other + `"`, []string{"x-litellm-call-id", other, "x-litellm-trace-id", other}},
	} {
		for _, path := range []string{"/v1/chat/completions", "/v1/messages"} {
			answer := g.Public(t, http.MethodPost, path, key, gateway.Chat(gateway.Haiku, name+" at "+path, call.more), call.headers...)
			// LiteLLM may refuse it; where Bedrock was called there is a trace.
			calls := len(g.Bedrock.Calls(name + " at " + path))
			require.Equal(t, answer.Status == http.StatusOK, calls == 1, "%s: %d %s", name, answer.Status, answer.Body)
			if calls == 0 {
				t.Logf("%s at %s: %d %s", name, path, answer.Status, answer.Message())
				continue
			}
			trace := traced(t, g, name+" at "+path, 1)[0]
			require.NotContains(t, fmt.Sprint(trace["id"]), other, name)
			require.NotEqual(t, other, trace["sessionId"], "%s: a session is one of the key's own", name)
			require.Contains(t, fmt.Sprint(trace["output"]), standin.AnswerText, name)
		}
	}
}

// TestFailedCallsLeaveATrace: those that LiteLLM refuses for a budget and those that Bedrock fails have a trace with their owner.
func TestFailedCallsLeaveATrace(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	key := g.Key(t, map[string]any{"key_alias": "refused-for-budget", "user_id": g.User(t, map[string]any{"user_id": "failing-ada"}), "max_budget": 0})
	require.Equal(t, http.StatusTooManyRequests, ask(t, g, key, "never seen").Status)
	trace := traced(t, g, "refused-for-budget", 1)[0]
	require.Equal(t, "failing-ada", trace["userId"])
	require.Empty(t, g.Langfuse.Received("never seen"), "what was refused is not stored")

	own := gateway.StartWith(t, map[string]string{"langfuse.content": "none"}) // a failing model is shut for all for a while
	key = own.Key(t, map[string]any{"key_alias": "failed-at-bedrock"})
	answer := own.Public(t, http.MethodPost, "/v1/messages", key, gateway.Chat(gateway.Sonnet, standin.Throttled))
	require.Equal(t, http.StatusTooManyRequests, answer.Status, answer.Body)
	require.Eventually(t, func() bool { return len(own.Langfuse.Events("generation-create", "failed-at-bedrock")) > 0 }, patience, interval)
	for _, generation := range own.Langfuse.Events("generation-create", "failed-at-bedrock") {
		require.Equal(t, "ERROR", generation["level"])
	}
}

// TestContentStaysOutOfLangfuseWhenAskedFor: nor does anything else that says who a person is.
func TestContentStaysOutOfLangfuseWhenAskedFor(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"langfuse.content": "none"})
	key := g.Key(t, map[string]any{"key_alias": "private", "user_id": g.User(t, map[string]any{"user_id": "private-ada", "user_email": "private-ada@example.com"})})
	models := clientCalls(t, g, key, "private:")
	require.Eventually(t, func() bool { return len(g.Langfuse.Events("generation-create", `"private"`)) >= len(models) }, patience, interval)
	for _, private := range []string{
		"a question nobody else may read", standin.AnswerText, "private-ada@example.com", "127.0.0.1", "Go-http-client", "user-agent", "x-forwarded-for",
		g.SQL(t, `SELECT token FROM "LiteLLM_VerificationToken" WHERE key_alias = 'private'`),
	} {
		require.Empty(t, g.Langfuse.Received(private), private)
	}
	require.NotEmpty(t, g.Langfuse.Received("private-ada"))
}
