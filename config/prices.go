package config

import (
	_ "embed" // for the list of models
	"fmt"
	"slices"
	"strings"

	"kong-llm-gateway/cloudfront/routes"
)

// pricesText lists the Bedrock models that LiteLLM 1.102.4 has a price for (litellm/model_prices_and_context_window_backup.json);
// internal/test/runtime/prices/generate.py writes it and holds it against the release.
//
//go:embed prices.txt
var pricesText string

// PricedModels are the Bedrock models that the pinned LiteLLM has a price for, sorted; each has it also as a profile.
func PricedModels() []string {
	var models []string
	for _, line := range strings.Split(strings.TrimSpace(pricesText), "\n") {
		if !strings.HasPrefix(line, "#") {
			models = append(models, line)
		}
	}
	return models
}

// priced says whether spend on the model is counted: by the map's price, or by prices of its own.
func priced(model Model) bool {
	_, id := profile(model.Bedrock)
	known := PricedModels()
	return slices.Contains(known, id) || slices.Contains(known, model.Bedrock) ||
		model.InputCostPerMTok > 0 && (model.OutputCostPerMTok > 0 || model.Kind() != routes.Chat)
}

// unpriced says what to do about a model without a price.
func unpriced(model Model) string {
	prefix, id := "", model.Bedrock
	if geo, own := profile(id); geo != nil {
		prefix, id = geo.prefix+".", own
	}
	near := PricedModels()
	away := map[string]int{}
	for _, name := range near {
		away[name] = distance(id, name)
	}
	slices.SortStableFunc(near, func(a, b string) int { return away[a] - away[b] })
	return fmt.Sprintf("an id that LiteLLM %s has a price for (%s%s, %s%s), or inputCostPerMTok and outputCostPerMTok: else its spend is 0 and no budget ever stops it",
		liteLLMTagPattern.FindString(liteLLMImage)[1:], prefix, near[0], prefix, near[1])
}

// pinnedLiteLLM says whether the image's tag is the release whose prices are known here.
func (s *Settings) pinnedLiteLLM() bool {
	return slices.Equal(liteLLMTagPattern.FindStringSubmatch(s.LiteLLM.Image), liteLLMTagPattern.FindStringSubmatch(liteLLMImage))
}

// Warnings are what a user should know of settings that are allowed.
func (s *Settings) Warnings() []string {
	var warnings []string
	for i, model := range s.LiteLLM.Models {
		if !s.pinnedLiteLLM() && !priced(model) {
			warnings = append(warnings, fmt.Sprintf("models[%d].bedrock = %s: unless this litellm.image knows its price, %s", i, model.Bedrock, unpriced(model)))
		}
	}
	return warnings
}
