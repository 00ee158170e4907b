package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryTestThatTheThreatsNameExists: each row of the table of threats names the tests that show it, and each of them is in the repository.
func TestEveryTestThatTheThreatsNameExists(t *testing.T) {
	t.Parallel()
	security, err := os.ReadFile(filepath.Join(repository, "docs/security.md"))
	require.NoError(t, err)
	_, threats, found := strings.Cut(string(security), "## Threats\n")
	require.True(t, found)
	threats, _, _ = strings.Cut(threats, "\n## ")

	tests := map[string]bool{}
	require.NoError(t, filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == ".local" || entry.Name() == ".git") {
			return errOr(err, fs.SkipDir)
		}
		if entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			tests[match[1]] = true
		}
		return err
	}))
	rows := 0
	for line := range strings.Lines(threats) {
		if !strings.HasPrefix(line, "| a ") {
			continue
		}
		rows++
		names := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(line, -1)
		assert.NotEmpty(t, names, "no test shows: %s", line)
		for _, name := range names {
			assert.True(t, tests[name[1]], "no test is called %s: %s", name[1], line)
		}
	}
	assert.Greater(t, rows, 10)
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
