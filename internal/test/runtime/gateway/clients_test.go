//go:build runtime

package gateway_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// pixel is a PNG of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// client runs a program of a client's, with a home of its own, and returns what it printed.
func client(t *testing.T, environment []string, program string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = t.TempDir()
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CLIENTS=" + os.Getenv("CLIENTS"), "NO_PROXY=127.0.0.1"}, environment...)
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	return string(output)
}

// TestTheSDKsWork runs the pinned SDKs of OpenAI and Anthropic through the edge function, the listener's rules and LiteLLM: plain, streamed, with tools, with an image, with
// the prompt cache, with a count of tokens, with a stream that is quiet for a minute, and with one that they break off.
func TestTheSDKsWork(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, os.Getenv("CLIENTS"), "set CLIENTS to the folder of the clients")
	g := gateway.Start(t)
	key := g.Key(t, map[string]any{"key_alias": "of-the-sdks"})
	environment := []string{
		"GATEWAY_URL=" + g.PublicURL, "GATEWAY_KEY=" + key, "MODEL=" + gateway.Haiku, "MARK=sdk", "IMAGE=" + pixel,
		"TOOL=" + standin.UseTool("weather", "city", "Oslo"), "CACHED=" + standin.Cached, "QUIET=" + standin.Quiet, "STUCK=" + standin.Stuck,
	}
	here, err := filepath.Abs("../clients")
	require.NoError(t, err)
	for _, example := range []struct {
		language, program, script string
		works                     int
	}{
		{"python", filepath.Join(os.Getenv("CLIENTS"), "python/bin/python"), "client.py", 19},
		{"javascript", "node", "client.cjs", 13},
	} {
		t.Run(example.language, func(t *testing.T) {
			t.Parallel()
			output := client(t, environment, example.program, filepath.Join(here, example.script))
			require.Equal(t, example.works, strings.Count(output, "works: "), output)
			require.NotContains(t, output, "FAILS")
			mark := "sdk " + example.language + " "
			for _, what := range []string{"openai image", "anthropic image"} {
				for _, call := range g.Bedrock.Calls(mark + what) {
					require.Contains(t, call.Body, pixel, "Bedrock gets the picture")
				}
			}
			cached := g.Bedrock.Calls(mark + "anthropic " + standin.Cached)
			require.Len(t, cached, 1)
			require.Contains(t, cached[0].Body, "ephemeral", "Bedrock is asked to cache")
			for _, who := range []string{"openai", "anthropic"} {
				require.Eventually(t, func() bool { return g.Bedrock.Left(mark+who+" leaves") == 1 }, patience, interval, "%s: a stream that the client breaks off ends at Bedrock too", who)
			}
		})
	}
}

// TestClaudeCodeWorks runs the pinned Claude Code with the variables that README.md names: it answers, and it uses a tool and hands its result back.
func TestClaudeCodeWorks(t *testing.T) {
	t.Parallel()
	// The program is in a package of each platform's own, which the install script, not run here, would link.
	programs, err := filepath.Glob(filepath.Join(os.Getenv("CLIENTS"), "node_modules/@anthropic-ai/claude-code-*/claude"))
	require.NoError(t, err)
	require.Len(t, programs, 1, "set CLIENTS to the folder of the clients")
	g := gateway.Start(t)
	environment := []string{
		"ANTHROPIC_BASE_URL=" + g.PublicURL, "ANTHROPIC_AUTH_TOKEN=" + g.Key(t, map[string]any{"key_alias": "of-claude-code"}),
		"ANTHROPIC_MODEL=" + gateway.Opus, "ANTHROPIC_DEFAULT_HAIKU_MODEL=" + gateway.Haiku, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
	}
	for _, example := range []struct {
		prompt string
		calls  int
	}{
		{"claude-code-plain: say something", 1},
		{"claude-code-tool: " + standin.UseTool("Bash", "command", "echo 6 times 7 is $((6*7))"), 2},
	} {
		var answer struct {
			Result  string `json:"result"`
			IsError bool   `json:"is_error"`
			Turns   int    `json:"num_turns"`
		}
		output := client(t, environment, programs[0], "-p", example.prompt, "--output-format", "json", "--allowedTools", "Bash")
		require.NoError(t, json.Unmarshal([]byte(output), &answer), output)
		require.False(t, answer.IsError, output)
		require.Equal(t, standin.AnswerText, answer.Result, output)
		require.Equal(t, example.calls, answer.Turns, output)
	}
	results := 0
	for _, call := range g.Bedrock.Calls("claude-code-tool") {
		if strings.Contains(call.Body, "6 times 7 is 42") {
			results++
		}
	}
	require.Positive(t, results, "the tool's result reaches the model")
}
