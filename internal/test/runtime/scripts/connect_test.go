//go:build runtime

package scripts_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// sentLines are what a colleague is sent: a key, and the stack's output claude_code_env.
const sentLines = `export LITELLM_API_KEY=sk-of-ada

# OpenAI SDKs
export OPENAI_BASE_URL=https://d1.cloudfront.net/v1

# Claude Code, Anthropic SDKs
` + stackLines

const stackLines = `export ANTHROPIC_BASE_URL=https://d1.cloudfront.net
export ANTHROPIC_AUTH_TOKEN="${LITELLM_API_KEY:?is not set}"
export ANTHROPIC_MODEL=claude-sonnet-5
export ANTHROPIC_DEFAULT_HAIKU_MODEL=claude-haiku-4-5
export CLAUDE_CODE_MAX_OUTPUT_TOKENS=16384
`

// home is a person's home folder, in which the script is run.
type home struct {
	*testing.T
	folder string
	fakes  string
	env    []string
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{T: t, folder: filepath.Join(t.TempDir(), "Ada's home")}
	require.NoError(t, os.MkdirAll(h.folder, 0o700))
	h.write("lines", sentLines)
	return h
}

func (h *home) path(name string) string { return filepath.Join(h.folder, name) }

func (h *home) write(name, content string) {
	h.Helper()
	require.NoError(h, os.MkdirAll(filepath.Dir(h.path(name)), 0o700))
	require.NoError(h, os.WriteFile(h.path(name), []byte(content), 0o600))
}

func (h *home) read(name string) string {
	h.Helper()
	content, err := os.ReadFile(h.path(name))
	require.NoError(h, err)
	return string(content)
}

func (h *home) connect(args ...string) result {
	h.Helper()
	got := run(h.T, h.fakes, append([]string{"HOME=" + h.folder, "XDG_CONFIG_HOME=", "CLAUDE_CONFIG_DIR="}, h.env...), "connect.sh", args...)
	require.NotContains(h, got.stdout+got.stderr, "sk-of-ada", "the key is never shown")
	return got
}

func (h *home) settings() map[string]any {
	h.Helper()
	settings := map[string]any{}
	require.NoError(h, json.Unmarshal([]byte(h.read(".claude/settings.json")), &settings))
	return settings
}

func TestConnectWritesClaudeCodesSettingsAndTakesThemBack(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	const before = `{"theme":"dark","permissions":{"allow":["Bash(ls:*)"]},"env":{"EDITOR":"vi","ANTHROPIC_API_KEY":"sk-ant-own","ANTHROPIC_MODEL":"opus"}}`
	h.write(".claude/settings.json", before)
	got := h.connect("claude-code", "--lines", h.path("lines"))
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, map[string]any{
		"theme": "dark", "permissions": map[string]any{"allow": []any{"Bash(ls:*)"}},
		"apiKeyHelper": h.settings()["apiKeyHelper"],
		"env": map[string]any{
			"EDITOR": "vi", "ANTHROPIC_BASE_URL": "https://d1.cloudfront.net", "ANTHROPIC_MODEL": "claude-sonnet-5",
			"ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5", "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "16384",
		},
	}, h.settings())
	require.Equal(t, before, h.read(".claude/settings.json.before-llm-gateway"), "the backup")
	key, err := exec.Command("sh", "-c", h.settings()["apiKeyHelper"].(string)).Output()
	require.NoError(t, err)
	require.Equal(t, "sk-of-ada\n", string(key), "what the helper prints, also in a home with a quote and a space")
	require.NotContains(t, h.read(".claude/settings.json"), "sk-of-ada")
	mode, err := os.Stat(h.path(".config/llm-gateway/key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), mode.Mode().Perm())

	// Another gateway without a Haiku; what it does not set goes, and the person changed something meanwhile.
	changed := h.settings()
	changed["theme"] = "light"
	text, err := json.Marshal(changed)
	require.NoError(t, err)
	h.write(".claude/settings.json", string(text))
	h.write("lines", "export ANTHROPIC_BASE_URL=https://d2.cloudfront.net\nexport ANTHROPIC_MODEL=nova\n")
	got = h.connect("claude-code", "--lines", h.path("lines"))
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, map[string]any{"EDITOR": "vi", "ANTHROPIC_BASE_URL": "https://d2.cloudfront.net", "ANTHROPIC_MODEL": "nova"}, h.settings()["env"])

	changed = h.settings()
	changed["env"].(map[string]any)["ANTHROPIC_MODEL"] = "nova-of-mine"
	text, err = json.Marshal(changed)
	require.NoError(t, err)
	h.write(".claude/settings.json", string(text))
	got = h.connect("claude-code", "--undo")
	require.Zero(t, got.code, got.stderr)
	after := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(before), &after))
	after["theme"] = "light"
	after["env"].(map[string]any)["ANTHROPIC_MODEL"] = "nova-of-mine"
	require.Equal(t, after, h.settings(), "as before, with what the person changed")
	require.NoDirExists(t, h.path(".config/llm-gateway"))
	require.Equal(t, 1, h.connect("claude-code", "--undo").code, "nothing to undo")
}

func TestConnectPrintsWithoutWriting(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, client := range []string{"claude-code", "openai"} {
		got := h.connect(client, "--print", "--lines", h.path("lines"))
		require.Zero(t, got.code, got.stderr)
		require.Contains(t, got.stdout, "https://d1.cloudfront.net")
	}
	entries, err := os.ReadDir(h.folder)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing but the lines")
}

func TestConnectReadsTheStacksOutputs(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.fakes, _ = stack(t, map[string]any{"claude_code_env": stackLines, "gateway_url": "https://d1.cloudfront.net"})
	h.env = []string{"LITELLM_API_KEY=sk-of-ada", "ANTHROPIC_API_KEY=sk-ant-own"}
	got := h.connect("claude-code")
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, "https://d1.cloudfront.net", h.settings()["env"].(map[string]any)["ANTHROPIC_BASE_URL"])
	require.Contains(t, got.stderr, "ANTHROPIC_API_KEY, which comes before these settings")
	h.fakes, _ = stack(t, map[string]any{"claude_code_env": "# Claude Code needs a chat model, and none is configured", "gateway_url": "https://d1.cloudfront.net"})
	got = h.connect("claude-code")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "no chat model")
	require.Zero(t, h.connect("openai").code, "OpenAI's SDKs need no Claude")
}

func TestConnectMakesAFileForOpenAIsSDKs(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	got := h.connect("openai", "--lines", h.path("lines"))
	require.Zero(t, got.code, got.stderr)
	variables, err := exec.Command("sh", "-c", got.stdout+`echo "$OPENAI_BASE_URL $OPENAI_API_KEY"`).CombinedOutput()
	require.NoError(t, err, string(variables))
	require.Equal(t, "https://d1.cloudfront.net/v1 sk-of-ada\n", string(variables))
	require.NotContains(t, h.read(".config/llm-gateway/openai.sh"), "sk-of-ada")
	require.Zero(t, h.connect("claude-code", "--lines", h.path("lines")).code)
	require.Zero(t, h.connect("openai", "--undo").code)
	require.FileExists(t, h.path(".config/llm-gateway/key"), "Claude Code still reads it")
	require.Zero(t, h.connect("claude-code", "--undo").code)
	require.NoDirExists(t, h.path(".config/llm-gateway"), "the key goes with the last client")
}

func TestConnectRefusesWhatItCannotUseAndChangesNothing(t *testing.T) {
	t.Parallel()
	const noJSON = `{"theme": "dark",}`
	for name, test := range map[string]struct {
		prepare func(h *home)
		args    []string
		code    int
		says    string
	}{
		"settings that are no JSON":   {func(h *home) { h.write(".claude/settings.json", noJSON) }, nil, 1, "is not a JSON object of settings"},
		"settings that are no object": {func(h *home) { h.write(".claude/settings.json", `["theme"]`) }, nil, 1, "is not a JSON object of settings"},
		"no key":                      {func(h *home) { h.write("lines", stackLines) }, nil, 1, "scripts/litellm-users.sh create-key"},
		"a key with a space":          {func(h *home) { h.write("key", "sk-of ada") }, []string{"--key-file", "key"}, 1, "that is no key"},
		"a missing key file":          {func(*home) {}, []string{"--key-file", "/no/such"}, 1, "cannot read the key file /no/such"},
		"no address":                  {func(h *home) { h.write("lines", "export ANTHROPIC_MODEL=a\n") }, nil, 1, "ANTHROPIC_BASE_URL"},
		"lines are not run":           {func(h *home) { h.write("lines", "export ANTHROPIC_BASE_URL=https://$(touch "+h.path("run")+")\n") }, nil, 1, "no address"},
		"two actions":                 {func(*home) {}, []string{"--print", "--undo"}, 2, "do not go together"},
		"an unknown option":           {func(*home) {}, []string{"--force"}, 2, "--force is neither"},
	} {
		h := newHome(t)
		test.prepare(h)
		args := append([]string{"claude-code", "--lines", h.path("lines")}, test.args...)
		for i, arg := range args {
			if arg == "key" {
				args[i] = h.path("key")
			}
		}
		got := h.connect(args...)
		require.Equal(t, test.code, got.code, "%s: %s", name, got.stderr)
		require.Contains(t, got.stderr, test.says, name)
		require.NoFileExists(t, h.path("run"), name)
		require.NoDirExists(t, h.path(".config"), name)
		if _, err := os.Stat(h.path(".claude/settings.json")); err == nil {
			require.Contains(t, []string{noJSON, `["theme"]`}, h.read(".claude/settings.json"), name)
		}
	}
}
