package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/problems"
)

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(content)
}

func TestDocumentedSettingsAreAccepted(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		require.True(t, strings.HasPrefix(block[1], "config:\n"), "a block that can be pasted into an empty stack file: %s", block[1])
		file := filepath.Join(t.TempDir(), "Pulumi.poc.yaml")
		require.NoError(t, os.WriteFile(file, []byte(strings.Replace(block[1], "config:\n", "config:\n  aws:region: us-west-1\n", 1)), 0o600))
		_, err := config.ReadFile(file, problems.Of)
		require.NoError(t, err, block[1])
	}
}

func TestDocumentedReplacementsNameOneResource(t *testing.T) {
	t.Parallel()
	golden := read(t, "testdata/golden/poc.yaml")
	names := regexp.MustCompile(`'\*\*(\w+)::([\w-]+)'`).FindAllStringSubmatch(read(t, "docs/operations.md"), -1)
	require.Greater(t, len(names), 8)
	for _, name := range names {
		resource := regexp.MustCompile(`(?m)^\S+:` + name[1] + ` ` + name[2] + `:$`)
		require.Len(t, resource.FindAllString(golden, -1), 1, name[0])
	}
}
