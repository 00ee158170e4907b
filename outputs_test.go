package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/pulumitest"
)

// clientLines is the output claude_code_env of a stack with the given models.
func clientLines(t *testing.T, models ...config.Model) string {
	t.Helper()
	settings := config.Defaults()
	settings.LiteLLM.Models = models
	var lines string
	r := &pulumitest.Recorder{}
	require.NoError(t, r.Run("poc", func(ctx *pulumi.Context) error {
		output := claudeCodeEnv(settings, pulumi.String("https://d1.cloudfront.net").ToStringOutput())
		ctx.Export("lines", output.ApplyT(func(text string) string { lines = text; return text }))
		return nil
	}))
	return lines
}

// shells are the shells that people paste into; .ci/run installs zsh.
func shells(t *testing.T) []string {
	t.Helper()
	found := []string{"bash"}
	for _, name := range []string{"sh", "zsh"} {
		if _, err := exec.LookPath(name); err == nil {
			found = append(found, name)
		}
	}
	return found
}

// evaluate runs the lines in a shell that has the key or not, and returns the variables that Claude Code reads.
func evaluate(t *testing.T, shell, lines string, environment ...string) (map[string]string, error) {
	t.Helper()
	run := exec.Command(shell, "-c", `eval "$PASTED" && env`)
	run.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PASTED=" + lines}, environment...)
	output, err := run.CombinedOutput()
	if err != nil {
		return map[string]string{"": string(output)}, err
	}
	variables := map[string]string{}
	for line := range strings.Lines(string(output)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if strings.HasPrefix(name, "ANTHROPIC_") || strings.HasPrefix(name, "CLAUDE_") {
			variables[name] = value
		}
	}
	return variables, nil
}

func TestClaudeCodesLinesWorkInEveryShell(t *testing.T) {
	t.Parallel()
	lines := clientLines(t, config.Defaults().LiteLLM.Models...)
	for _, shell := range shells(t) {
		variables, err := evaluate(t, shell, lines, "LITELLM_API_KEY=sk-it's a \"key\"")
		require.NoError(t, err, shell)
		require.Equal(t, map[string]string{
			"ANTHROPIC_BASE_URL": "https://d1.cloudfront.net", "ANTHROPIC_AUTH_TOKEN": "sk-it's a \"key\"", "ANTHROPIC_MODEL": "claude-sonnet-5",
			"ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5", "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5", "ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-opus-5",
			"ANTHROPIC_DEFAULT_FABLE_MODEL": "claude-sonnet-5", "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "16384", "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1",
		}, variables, shell)
		said, err := evaluate(t, shell, lines)
		require.Error(t, err, "%s: without a key", shell)
		require.Contains(t, said[""], "LITELLM_API_KEY", shell)
		require.Contains(t, said[""], "scripts/litellm-users.sh create-key", shell)
	}
}

func TestClaudeCodesMissingFamiliesAreAnsweredByTheMainModel(t *testing.T) {
	t.Parallel()
	embedding := config.Model{Name: "sonnet-embeddings", Bedrock: "amazon.titan-embed-text-v2:0"}
	nova := config.Model{Name: "nova", Bedrock: "us.amazon.nova-lite-v1:0"}
	haiku := config.Model{Name: "small", Bedrock: "us.anthropic.claude-haiku-4-5-20251001-v1:0"}
	sonnet := config.Model{Name: "large", Bedrock: "us.anthropic.claude-sonnet-5"}
	for name, test := range map[string]struct {
		models                           []config.Model
		main, haiku, sonnet, opus, fable string
	}{
		"no Claude at all":       {[]config.Model{embedding, nova}, "nova", "nova", "nova", "nova", "nova"},
		"Haiku alone":            {[]config.Model{embedding, haiku}, "small", "small", "small", "small", "small"},
		"a Sonnet is the main":   {[]config.Model{nova, haiku, sonnet}, "large", "small", "large", "large", "large"},
		"the first chat is main": {[]config.Model{nova, haiku}, "nova", "small", "nova", "nova", "nova"},
	} {
		variables, err := evaluate(t, "bash", clientLines(t, test.models...), "LITELLM_API_KEY=sk-1")
		require.NoError(t, err, name)
		require.Equal(t, []string{test.main, test.haiku, test.sonnet, test.opus, test.fable}, []string{
			variables["ANTHROPIC_MODEL"], variables["ANTHROPIC_DEFAULT_HAIKU_MODEL"], variables["ANTHROPIC_DEFAULT_SONNET_MODEL"],
			variables["ANTHROPIC_DEFAULT_OPUS_MODEL"], variables["ANTHROPIC_DEFAULT_FABLE_MODEL"],
		}, name)
	}
	variables, err := evaluate(t, "bash", clientLines(t, embedding), "LITELLM_API_KEY=sk-1")
	require.NoError(t, err)
	require.Empty(t, variables, "embeddings alone are nothing for Claude Code")
}
