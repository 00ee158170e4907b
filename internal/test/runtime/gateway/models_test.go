//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// TestEachKindOfModelIsCalledInItsOwnWay: tokens are counted by Bedrock where it does that and by LiteLLM elsewhere, without an error line; a profile
// of a geography that LiteLLM does not know has its route and its price; a rerank model reranks.
func TestEachKindOfModelIsCalledInItsOwnWay(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, map[string]string{"models": `[
		{"name": "here", "bedrock": "us.anthropic.claude-haiku-4-5-20251001-v1:0"},
		{"name": "counted", "bedrock": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "region": "` + standin.CountingRegion + `"},
		{"name": "newest", "bedrock": "us.anthropic.claude-opus-5", "region": "` + standin.CountingRegion + `"},
		{"name": "canadian", "bedrock": "ca.amazon.nova-lite-v1:0", "region": "ca-central-1"},
		{"name": "reranks", "bedrock": "cohere.rerank-v3-5:0", "region": "us-west-2"}]`})
	key := g.Key(t, map[string]any{"key_alias": "kinds"})
	counts := map[string]float64{}
	for _, model := range []string{"here", "counted", "newest"} {
		answer := g.Public(t, http.MethodPost, "/v1/messages/count_tokens", key, `{"model": "`+model+`", "messages": [{"role": "user", "content": "count these words"}]}`)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		tokens, isNumber := answer.JSON(t)["input_tokens"].(float64)
		require.True(t, isNumber, answer.Body)
		counts[model] = tokens
	}
	require.InDelta(t, standin.CountedTokens, counts["counted"], 0)
	for _, model := range []string{"here", "newest"} {
		require.Positive(t, counts[model], model)
		require.Less(t, counts[model], 100.0, "%s: LiteLLM's own count", model)
	}
	counting := g.Bedrock.Calls("count these words")
	require.Len(t, counting, 1)
	require.Equal(t, "/model/anthropic.claude-haiku-4-5-20251001-v1:0/count-tokens", counting[0].Path)

	answer := g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat("canadian", "a Canadian question"))
	require.Equal(t, http.StatusOK, answer.Status, answer.Body)
	asked := g.Bedrock.Calls("a Canadian question")
	require.Len(t, asked, 1)
	require.Equal(t, "/model/ca.amazon.nova-lite-v1:0/converse", asked[0].Path)
	require.Regexp(t, `[1-9]`, answer.Header.Get("X-Litellm-Response-Cost"), "a price")

	answer = g.Public(t, http.MethodPost, "/v1/rerank", key, `{"model": "reranks", "query": "which one", "documents": ["b", "a"]}`)
	require.Equal(t, http.StatusOK, answer.Status, answer.Body)
	require.Equal(t, "/rerank", g.Bedrock.Calls("which one")[0].Path)
	require.NotContains(t, g.Log(), "CountTokens")
	require.NotContains(t, g.Log(), `"level": "ERROR"`)
}
