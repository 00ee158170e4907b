// Package problems lists all that is wrong with a stack's settings, also what only shows when documents, policies and functions are made of them.
package problems

import (
	"slices"
	"strings"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs/litellm"
)

// Of lists every problem of the settings. What would be rendered from settings that are wrong by themselves is not looked at: that would tell the
// same again, in other words.
func Of(s *config.Settings) []config.Problem {
	list := s.Problems()
	wrong := func(keys ...string) bool {
		return slices.ContainsFunc(list, func(p config.Problem) bool {
			return slices.ContainsFunc(keys, func(key string) bool {
				return p.Key == key || strings.HasPrefix(p.Key, key+"[") || strings.HasPrefix(p.Key, key+".")
			})
		})
	}
	tags := len(s.Tags)
	if wrong("tags") {
		tags = 0
	}
	var rendered []config.Problem
	if !wrong("aws:region", "models") {
		rendered = litellm.Check(s.LiteLLM, s.Region, s.Langfuse.Content, tags)
	}
	if !wrong("edge", "langfuseDomainName", "models") {
		rendered = append(rendered, cloudfront.Check(s.Edge, s.LiteLLM.Kinds())...)
	}
	return append(list, rendered...)
}
