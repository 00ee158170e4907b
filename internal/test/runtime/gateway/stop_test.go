//go:build runtime

package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// TestAStopLosesNeitherSpendNorTraces: a deployment, a scale-in or a Spot stop ends a task that has just answered calls, has streams under way, one whose
// client has gone, and one that never ends.
func TestAStopLosesNeitherSpendNorTraces(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	other := g.BesideWith(t, map[string]string{"GATEWAY_STOP_SECONDS": "10"})
	key := g.Key(t, map[string]any{"key_alias": "last-calls"})

	// begin makes a call that streams, and returns what is left of the answer once its first line has come.
	begin := func(path, text string) io.ReadCloser {
		body := gateway.Chat(gateway.Haiku, "last calls: "+text, `"stream": true`)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, other.PublicURL+path, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		t.Cleanup(func() { _ = response.Body.Close() })
		require.Equal(t, http.StatusOK, response.StatusCode)
		_, err = bufio.NewReader(response.Body).ReadString('\n')
		require.NoError(t, err)
		return response.Body
	}
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() { clientCalls(t, other, key, "last calls: answered") })
	}
	callers.Wait()
	var streams []io.ReadCloser
	for _, path := range []string{"/v1/chat/completions", "/v1/messages"} {
		begin(path, "never ends "+standin.Stuck)
		require.NoError(t, begin(path, "client gone "+standin.Slow).Close())
		streams = append(streams, begin(path, "goes on "+standin.Slow))
	}
	for range 6 {
		callers.Go(func() { assert.Equal(t, http.StatusOK, ask(t, other, key, "last calls: answered last").Status) })
	}
	callers.Wait()

	var readers sync.WaitGroup
	for _, stream := range streams {
		readers.Go(func() {
			rest, err := io.ReadAll(stream)
			assert.NoError(t, err, "a stream under way goes on")
			assert.Regexp(t, `message_stop|\[DONE\]`, string(rest))
		})
	}
	began := time.Now()
	require.True(t, other.Terminate(), "LiteLLM ends before ECS kills it")
	// 10 seconds for requests, 30 at most for what follows; LiteLLM itself gives up a silent model after 90.
	require.Less(t, time.Since(began), 75*time.Second)
	readers.Wait()

	calls := 0
	for text, least := range map[string]int{"answered": 18, "goes on": 2, "client gone": 2, "never ends": 2} {
		made := len(g.Bedrock.Calls("last calls: " + text))
		require.GreaterOrEqual(t, made, least, text)
		require.Len(t, g.Langfuse.Events("generation-create", "last calls: "+text), made, "a trace of each call: %s", text)
		calls += made
	}
	// The second is the spend that the key's budget counts; a stream of Claude's route that was cut off is a failed call of 0.
	require.Equal(t, fmt.Sprintf("%d|1|t", calls), g.SQL(t, `SELECT count(*), count(*) FILTER (WHERE s.spend = 0), abs(sum(s.spend) - max(k.spend)) < 1e-9
		FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token WHERE k.key_alias = 'last-calls'`), "a row of each call, with its spend")
}
