package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/problems"
)

const repository = "../.."

func TestGeneratedPartsAreUpToDate(t *testing.T) {
	t.Parallel()
	require.NoError(t, renewAll(repository, true))
}

// TestAnyDifferenceIsFoundAndMended changes one line in each generated part of a copy.
func TestAnyDifferenceIsFoundAndMended(t *testing.T) {
	t.Parallel()
	for _, p := range parts {
		folder := t.TempDir()
		originals := map[string]string{}
		for _, other := range parts {
			content, err := os.ReadFile(filepath.Join(repository, other.file))
			require.NoError(t, err)
			originals[other.file] = string(content)
			place := filepath.Join(folder, other.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(place), 0o750))
			require.NoError(t, os.WriteFile(place, content, 0o600))
		}
		before, after, found := strings.Cut(originals[p.file], p.begin+"\n")
		require.True(t, found)
		damaged := before + p.begin + "\n# something else\n" + after
		require.NoError(t, os.WriteFile(filepath.Join(folder, p.file), []byte(damaged), 0o600))

		err := renewAll(folder, true)
		require.ErrorContains(t, err, p.file)
		require.ErrorContains(t, err, p.begin)
		require.NoError(t, renewAll(folder, false))
		mended, err := os.ReadFile(filepath.Join(folder, p.file))
		require.NoError(t, err)
		require.Equal(t, originals[p.file], string(mended))
	}
}

// TestTheStackFilesCommentsAreTheDefaults reads the comments of Pulumi.poc.yaml as settings.
func TestTheStackFilesCommentsAreTheDefaults(t *testing.T) {
	t.Parallel()
	text, err := stackComments(repository)
	require.NoError(t, err)
	var uncommented strings.Builder
	given := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimPrefix(line, "# "); strings.HasPrefix(line, "config:") || strings.HasPrefix(line, " ") {
			uncommented.WriteString(line)
			given++
		}
	}
	require.Greater(t, given, len(config.Table()))
	file := filepath.Join(t.TempDir(), "Pulumi.poc.yaml")
	require.NoError(t, os.WriteFile(file, []byte(uncommented.String()+"  aws:region: us-west-1\n"), 0o600))
	read, err := config.ReadFile(file, problems.Of)
	require.NoError(t, err)
	want := config.Defaults()
	want.Project, want.Stack, want.Region = "kong-llm-gateway", "poc", "us-west-1"
	require.Equal(t, want, read)
}
