package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAModelsKindIsToldByItsBedrockId(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]ModelKind{
		"us.anthropic.claude-sonnet-4-5-20250929-v1:0": KindChat,
		"amazon.titan-embed-text-v2:0":                 KindEmbedding,
		"cohere.embed-english-v3":                      KindEmbedding,
		"cohere.rerank-v3-5:0":                         KindRerank,
		"amazon.nova-canvas-v1:0":                      KindImage,
		"stability.sd3-5-large-v1:0":                   KindImage,
		"amazon.titan-image-generator-v2:0":            KindImage,
	} {
		require.Equal(t, want, Model{Bedrock: id}.Kind(), id)
	}
	llm := LiteLLM{Models: []Model{{Bedrock: "cohere.rerank-v3-5:0"}, {Bedrock: "x"}, {Bedrock: "y"}}}
	require.Equal(t, []ModelKind{KindChat, KindRerank}, llm.Kinds())
}
