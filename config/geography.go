package config

import (
	"fmt"
	"slices"
	"strings"
)

// geography is where inference profiles whose ids begin with prefix can be called and where they send a request to.
type geography struct {
	prefix string
	// sources are the regions of this program from which its profiles can be called; empty: from every region.
	sources []string
	// destinations are the regions that answer, beside the source itself. The lists are those of the newest models: older ones use fewer.
	destinations []string
	// defaults are the regions whose default models are of this geography; the rest use global profiles.
	defaults []string
	// route is what LiteLLM must be told in front of an id whose prefix it does not know (litellm 1.102.4, llms/bedrock/common_utils.py,
	// get_bedrock_cross_region_inference_regions); the price then comes from the id without prefix.
	route string
}

// geographies are the kinds of cross-Region inference profiles. Source: Amazon Bedrock User Guide, Supported Regions and models for inference profiles
// (a copy of December 2025: us, eu, apac, jp, au, ca, us-gov and global), which says that the destinations of a geography's profile never change.
// That ca-central-1 is a source of the us profiles is second-hand. Not every model has a profile in each geography; Bedrock itself tells
// (scripts/enable-models.sh --check, make doctor).
var geographies = []geography{
	{
		prefix:       "us",
		sources:      []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1"},
		destinations: []string{"us-east-1", "us-east-2", "us-west-2"},
		defaults:     []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1"},
	},
	{
		prefix:       "eu",
		sources:      []string{"eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"},
		destinations: []string{"eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"},
		defaults:     []string{"eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"},
	},
	{
		prefix: "apac",
		sources: []string{
			"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
			"ap-southeast-4", "me-central-1",
		},
		destinations: []string{
			"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
			"ap-southeast-4",
		},
	},
	{
		prefix:       "jp",
		sources:      []string{"ap-northeast-1", "ap-northeast-3"},
		destinations: []string{"ap-northeast-1", "ap-northeast-3"},
		defaults:     []string{"ap-northeast-1", "ap-northeast-3"},
	},
	{
		prefix:       "au",
		sources:      []string{"ap-southeast-2", "ap-southeast-4"},
		destinations: []string{"ap-southeast-2", "ap-southeast-4"},
		defaults:     []string{"ap-southeast-2", "ap-southeast-4"},
	},
	{
		prefix:       "ca",
		sources:      []string{"ca-central-1"},
		destinations: []string{"ca-central-1", "ca-west-1"},
		route:        "converse/",
	},
	{
		// GovCloud is a partition of its own, where this program does not run.
		prefix:  "us-gov",
		sources: []string{"us-gov-east-1", "us-gov-west-1"},
	},
	{prefix: globalPrefix},
}

// globalPrefix begins the ids of profiles that may send a request to every commercial region.
const globalPrefix = "global"

// bedrockProviders are the first parts of model ids, which tell an unknown geography from a model's own id. Source: LiteLLM 1.102.4's price map,
// the ids whose litellm_provider begins with bedrock.
var bedrockProviders = []string{
	"ai21", "amazon", "anthropic", "cohere", "deepseek", "google", "meta", "minimax", "mistral", "moonshot", "moonshotai", "nvidia", "openai", "qwen",
	"stability", "twelvelabs", "writer", "xai", "zai",
}

// profile splits a Bedrock id into its geography and the model's own id; geo is nil for a model that is called without a profile.
func profile(id string) (geo *geography, model string) {
	prefix, rest, _ := strings.Cut(id, ".")
	for i := range geographies {
		if geographies[i].prefix == prefix && rest != "" {
			return &geographies[i], rest
		}
	}
	return nil, id
}

// callable says whether profiles of the geography can be called in the region.
func (g *geography) callable(region string) bool {
	return len(g.sources) == 0 || slices.Contains(g.sources, region)
}

// checkGeography says what is wrong with calling a Bedrock id in a region; empty: nothing that the table knows of.
func checkGeography(id, region string) string {
	geo, model := profile(id)
	provider, _, _ := strings.Cut(model, ".")
	if geo == nil {
		_, rest, _ := strings.Cut(id, ".")
		if second, _, more := strings.Cut(rest, "."); more && slices.Contains(bedrockProviders, second) && !slices.Contains(bedrockProviders, provider) {
			return "an id that begins with a known geography (" + strings.Join(prefixes(""), ", ") + ") or with the model's provider"
		}
		return ""
	}
	if geo.callable(region) {
		return ""
	}
	return fmt.Sprintf("a profile that can be called in %s, whose geographies are %s; %s profiles are called from %s (the model's region)",
		region, strings.Join(prefixes(region), ", "), geo.prefix, strings.Join(geo.sources, ", "))
}

// prefixes are the geographies that can be called in a region; in an empty one: all.
func prefixes(region string) []string {
	var list []string
	for _, g := range geographies {
		if region == "" || g.callable(region) {
			list = append(list, g.prefix)
		}
	}
	return list
}

// defaultModels are the newest Claude models that LiteLLM 1.102.4 has a Bedrock price for, called by the profiles of the region's geography, so that
// an answer stays there. Anthropic's own pages call Sonnet 5 superseded (by 5.5, for which this LiteLLM has no price, so that budgets would not
// count it); on Bedrock a model stays for at least twelve months, and new accounts may call it until it is Legacy there (Amazon Bedrock User Guide,
// model lifecycle). Launched on Bedrock: Haiku 4.5 on 2025-10-16, Sonnet 5 on 2026-06-30, Opus 5 in July 2026 (second-hand). That none is Legacy
// today, and that us-west-1 is a source of each, was not verified: scripts/enable-models.sh --check and make doctor ask Bedrock.
func defaultModels(region string) []Model {
	prefix := globalPrefix
	for _, g := range geographies {
		if slices.Contains(g.defaults, region) {
			prefix = g.prefix
		}
	}
	return []Model{
		{Name: "claude-haiku-4-5", Bedrock: prefix + ".anthropic.claude-haiku-4-5-20251001-v1:0", Aliases: []string{"claude-haiku-4-5-20251001"}},
		{Name: "claude-sonnet-5", Bedrock: prefix + ".anthropic.claude-sonnet-5"},
		{Name: "claude-opus-5", Bedrock: prefix + ".anthropic.claude-opus-5"},
	}
}
