//go:build runtime

package gateway_test

import (
	"fmt"
	"net/http"
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

func TestEveryCallLeavesATrace(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	models := clientCalls(t, g, g.Key(t, map[string]any{"key_alias": "traced"}), "traced:")
	require.Eventually(t, func() bool { return len(g.Langfuse.Events("generation-create", "traced:")) == len(models) }, patience, interval)
	seen := ""
	for _, generation := range g.Langfuse.Events("generation-create", "traced:") {
		seen += fmt.Sprint(generation["model"], " ")
		usage, isObject := generation["usage"].(map[string]any)
		require.True(t, isObject)
		require.EqualValues(t, standin.InputTokens, usage["input"])
		require.EqualValues(t, standin.OutputTokens, usage["output"])
		require.Positive(t, usage["totalCost"])
	}
	for _, model := range models {
		require.Contains(t, seen, model)
	}
	require.Len(t, g.Langfuse.Events("trace-create", "traced:"), len(models))
}

func TestContentStaysOutOfLangfuseWhenAskedFor(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"langfuse.content": "none"})
	models := clientCalls(t, g, g.Key(t, map[string]any{"key_alias": "private"}), "private:")
	require.Eventually(t, func() bool { return len(g.Langfuse.Events("generation-create", "")) >= len(models) }, patience, interval)
	require.Empty(t, g.Langfuse.Received("a question nobody else may read"))
	require.Empty(t, g.Langfuse.Received(standin.AnswerText))
}
