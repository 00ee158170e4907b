package config

import (
	"slices"
	"strings"
)

// ModelKind is what a model is for; it decides which routes are public.
type ModelKind string

// The kinds of models.
const (
	KindChat      ModelKind = "chat"
	KindEmbedding ModelKind = "embedding"
	KindRerank    ModelKind = "rerank"
	KindImage     ModelKind = "image"
)

// kindsByName tells a kind by a part of the Bedrock id; any other id is a chat model. It agrees with the mode of each of the 497 Bedrock models
// in LiteLLM 1.102.4's price map that can be configured here (model_prices_and_context_window_backup.json).
var kindsByName = []struct {
	part string
	kind ModelKind
}{
	{"embed", KindEmbedding},
	{"rerank", KindRerank},
	{"titan-image", KindImage},
	{"nova-canvas", KindImage},
	{"stability.", KindImage},
}

// Kind is what the model is for.
func (m Model) Kind() ModelKind {
	for _, entry := range kindsByName {
		if strings.Contains(m.Bedrock, entry.part) {
			return entry.kind
		}
	}
	return KindChat
}

// Kinds are the kinds of the configured models, each once, sorted.
func (l LiteLLM) Kinds() []ModelKind {
	var kinds []ModelKind
	for _, model := range l.Models {
		kinds = append(kinds, model.Kind())
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}
