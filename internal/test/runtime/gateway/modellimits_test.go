//go:build runtime

package gateway_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// TestAModelsRequestsPerMinuteAreLimitedByAllItsNamesTogether: LiteLLM counts by the clock's minute, and the calls may fall into two.
func TestAModelsRequestsPerMinuteAreLimitedByAllItsNamesTogether(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, ownModels)
	key := g.Key(t, map[string]any{"key_alias": "limited-model"})
	const perMinute = 2
	answered, refused := 0, 0
	for _, name := range []string{"limited", "by-another-name", "limited", "by-another-name", "limited"} {
		began := time.Now()
		answer := g.Public(t, http.MethodPost, "/v1/messages", key, gateway.Chat(name, "within the limit of a model"))
		require.Less(t, time.Since(began), 50*time.Second, "LiteLLM must not wait for the next minute")
		switch answer.Status {
		case http.StatusOK:
			answered++
		case http.StatusTooManyRequests:
			require.Contains(t, answer.Message(), "Model rate limit exceeded. RPM limit=2", answer.Body)
			refused++
		default:
			require.Fail(t, "neither answered nor refused", "%d: %s", answer.Status, answer.Body)
		}
	}
	require.Positive(t, refused, "five calls touch two minutes at most")
	require.GreaterOrEqual(t, answered, perMinute)
	require.LessOrEqual(t, answered, 2*perMinute)
	require.Len(t, g.Bedrock.Calls("within the limit of a model"), answered, "what is refused costs nothing")
}

// TestAnAliasIsTheModel: it is listed, a key that may call the model may call it by any of its names, and its tokens are counted.
func TestAnAliasIsTheModel(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, ownModels)
	key := g.Key(t, map[string]any{"key_alias": "of-one-model", "models": []string{"plain"}})
	for _, name := range []string{"plain", "plain-alias"} {
		answer := g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(name, "asked as "+name))
		require.Equal(t, http.StatusOK, answer.Status, "%s: %s", name, answer.Body)
		require.Len(t, g.Bedrock.Calls("asked as "+name), 1)
		answer = g.Public(t, http.MethodPost, "/v1/messages/count_tokens", key, `{"model": "`+name+`", "messages": [{"role": "user", "content": "count"}]}`)
		require.Equal(t, http.StatusOK, answer.Status, "%s: %s", name, answer.Body)
	}
	answer := g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat("by-another-name", "another model's alias"))
	require.Equal(t, http.StatusForbidden, answer.Status, answer.Body)
	require.Contains(t, g.Public(t, http.MethodGet, "/v1/models", g.Key(t, map[string]any{"key_alias": "of-all-models"}), "").Body, `"plain-alias"`)
}

// TestOwnPricesCountCachedTokens compares the cost that LiteLLM computes with one computed by hand.
func TestOwnPricesCountCachedTokens(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, ownModels)
	key := g.Key(t, map[string]any{"key_alias": "cached"})
	for model, usd := range map[string]float64{
		"priced":               0.0825,  // 1,000 x 3.3 + 90,000 x 0.33 + 10,000 x 4.125 + 500 x 16.5, for a million each
		"priced-without-cache": 0.34155, // 101,000 x 3.3 + 500 x 16.5
	} {
		answer := g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(model, standin.Cached))
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		cost, err := strconv.ParseFloat(answer.Header.Get("X-Litellm-Response-Cost"), 64)
		require.NoError(t, err)
		require.InDelta(t, usd, cost, 1e-9, model)
	}
}

// ownModels are the models of tests about models' settings.
var ownModels = map[string]string{"models": `[
	{"name": "limited", "bedrock": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "aliases": ["by-another-name"], "rpm": 2},
	{"name": "limited-to-one", "bedrock": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "rpm": 1},
	{"name": "priced", "bedrock": "us.anthropic.claude-new-9-20990101-v1:0",
		"inputCostPerMTok": 3.3, "outputCostPerMTok": 16.5, "cacheReadCostPerMTok": 0.33, "cacheWriteCostPerMTok": 4.125},
	{"name": "priced-without-cache", "bedrock": "us.anthropic.claude-newer-9-20990101-v1:0", "inputCostPerMTok": 3.3, "outputCostPerMTok": 16.5},
	{"name": "plain", "bedrock": "us.anthropic.claude-sonnet-5", "aliases": ["plain-alias"]}]`}
