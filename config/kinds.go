package config

import (
	"slices"
	"strings"

	"kong-llm-gateway/cloudfront/routes"
)

// kindsByName tells a kind by a part of the Bedrock id; any other id is a chat model. It agrees with the mode of each of the 497 Bedrock models
// in LiteLLM 1.102.4's price map that can be configured here (model_prices_and_context_window_backup.json).
var kindsByName = []struct {
	part string
	kind routes.Kind
}{
	{"embed", routes.Embedding},
	{"rerank", routes.Rerank},
	{"titan-image", routes.Image},
	{"nova-canvas", routes.Image},
	{"stability.", routes.Image},
}

// Kind is what the model is for; it decides which routes are public.
func (m Model) Kind() routes.Kind {
	for _, entry := range kindsByName {
		if strings.Contains(m.Bedrock, entry.part) {
			return entry.kind
		}
	}
	return routes.Chat
}

// Kinds are the kinds of the configured models, each once, sorted.
func (l LiteLLM) Kinds() []routes.Kind {
	var kinds []routes.Kind
	for _, model := range l.Models {
		kinds = append(kinds, model.Kind())
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}
