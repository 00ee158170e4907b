package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
)

func TestAModelsKindIsToldByItsBedrockId(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]routes.Kind{
		"us.anthropic.claude-sonnet-4-5-20250929-v1:0": routes.Chat,
		"amazon.titan-embed-text-v2:0":                 routes.Embedding,
		"cohere.embed-english-v3":                      routes.Embedding,
		"cohere.rerank-v3-5:0":                         routes.Rerank,
		"amazon.nova-canvas-v1:0":                      routes.Image,
		"stability.sd3-5-large-v1:0":                   routes.Image,
		"amazon.titan-image-generator-v2:0":            routes.Image,
	} {
		require.Equal(t, want, Model{Bedrock: id}.Kind(), id)
	}
	llm := LiteLLM{Models: []Model{{Bedrock: "cohere.rerank-v3-5:0"}, {Bedrock: "x"}, {Bedrock: "y"}}}
	require.Equal(t, []routes.Kind{routes.Chat, routes.Rerank}, llm.Kinds())
}
