package config

import (
	"fmt"
	"strings"

	"kong-llm-gateway/cloudfront/routes"
)

// claudeFamilies are the families of models that Claude Code asks for, each by a variable ANTHROPIC_DEFAULT_<FAMILY>_MODEL (Claude Code 2.1.197).
func claudeFamilies() []string { return []string{"haiku", "sonnet", "opus", "fable"} }

// claudeMaxOutputTokens is the longest answer that Claude Code asks for. Bedrock takes max_tokens from the quota per minute with each call, whatever the
// answer needs (Bedrock User Guide, Token burndown); Claude Code's own default is 32,000 and more, and with much less than this thinking leaves no room
// for a file to be written.
const claudeMaxOutputTokens = 16384

// ClaudeCodeEnv is the shell lines that point Claude Code at the gateway with this address. It is the one place that knows them: the output
// claude_code_env has them, where scripts/connect.sh and litellm-users.sh onboard read them, and `make gateway` prints them. The key is the shell's
// LITELLM_API_KEY. A family that is not configured is answered by the main model, because Claude Code would else ask for a name that the gateway does not
// have. Experimental betas are off because Bedrock refuses their flags (Claude Code documentation, LLM gateway configuration).
func (l LiteLLM) ClaudeCodeEnv(url string) string {
	main := l.mainModel()
	if main == "" {
		return "# Claude Code needs a chat model, and none is configured"
	}
	lines := []string{
		"export ANTHROPIC_BASE_URL=" + url,
		`export ANTHROPIC_AUTH_TOKEN="${LITELLM_API_KEY:?is not set: a key, made by scripts/litellm-users.sh create-key}"`,
		"export ANTHROPIC_MODEL=" + main,
	}
	for _, family := range claudeFamilies() {
		name := l.firstOfFamily(family)
		if name == "" {
			name = main
		}
		lines = append(lines, fmt.Sprintf("export ANTHROPIC_DEFAULT_%s_MODEL=%s", strings.ToUpper(family), name))
	}
	lines = append(lines,
		fmt.Sprintf("export CLAUDE_CODE_MAX_OUTPUT_TOKENS=%d", claudeMaxOutputTokens),
		"export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1")
	return strings.Join(lines, "\n")
}

// mainModel is the model for most work: the first Sonnet, else the first model that chats; empty when none does.
func (l LiteLLM) mainModel() string {
	if name := l.firstOfFamily("sonnet"); name != "" {
		return name
	}
	return l.firstOfFamily("")
}

// firstOfFamily is the first configured chat model of a Claude family, of any for the family "", empty when there is none.
func (l LiteLLM) firstOfFamily(family string) string {
	for _, model := range l.Models {
		if model.Kind() == routes.Chat && strings.Contains(model.Bedrock, family) {
			return model.Name
		}
	}
	return ""
}
