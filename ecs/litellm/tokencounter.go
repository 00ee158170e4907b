package litellm

import (
	_ "embed"
	"slices"
	"strings"

	"kong-llm-gateway/config"
)

// TokenCounterScript keeps LiteLLM from asking Bedrock for counts that it does not give; see tokencounter.py. LiteLLM finds it beside its
// configuration, by the name TokenCounterFile.
//
//go:embed tokencounter.py
var TokenCounterScript string

// TokenCounterFile is the script's file; the configuration names its module.
const TokenCounterFile = "tokencounter.py"

// countTokensRegions are the regions in which Bedrock has CountTokens (Amazon Bedrock User Guide, Monitor your token usage by counting tokens before
// running inference); us-west-1 is not among them.
var countTokensRegions = []string{
	"us-east-1", "us-east-2", "us-west-2", "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-central-2", "eu-west-1",
	"eu-west-2", "sa-east-1",
}

// countTokensModels begin the ids of the models that Bedrock counts for. The same page names the older ones and says that models which are called
// through cross-Region inference only are not counted; that 4.5 and 4.6 are counted and Opus 4.7 and later, Sonnet 5 and Opus 5 are not was measured by
// others in 2026 (BerriAI/litellm#37102).
var countTokensModels = []string{
	"anthropic.claude-3-5-", "anthropic.claude-3-7-", "anthropic.claude-sonnet-4-", "anthropic.claude-haiku-4-5-", "anthropic.claude-opus-4-20",
	"anthropic.claude-opus-4-1-", "anthropic.claude-opus-4-5-", "anthropic.claude-opus-4-6-",
}

// bedrockCounts says whether Bedrock counts the tokens of a call.
func bedrockCounts(call config.BedrockCall) bool {
	return slices.Contains(countTokensRegions, call.Region) &&
		slices.ContainsFunc(countTokensModels, func(begin string) bool { return strings.HasPrefix(call.Model, begin) })
}
