package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/rds"
)

// TestRenovateSeesEveryPinnedImage holds renovate.json against the images that the program pins: one that it does not see is never raised.
func TestRenovateSeesEveryPinnedImage(t *testing.T) {
	t.Parallel()
	var renovate struct {
		CustomManagers []struct {
			ManagerFilePatterns, MatchStrings []string
		}
	}
	text, err := os.ReadFile("../../renovate.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &renovate))

	var seen []string
	for _, manager := range renovate.CustomManagers {
		for _, pattern := range manager.ManagerFilePatterns {
			file := strings.NewReplacer("/^", "", "$/", "", `\`, "").Replace(pattern)
			source, err := os.ReadFile(filepath.Join("../..", file))
			require.NoError(t, err, "renovate.json names %s", file)
			for _, expression := range manager.MatchStrings {
				for _, match := range regexp.MustCompile(expression).FindAllStringSubmatch(string(source), -1) {
					seen = append(seen, match[1]+":"+match[2])
				}
			}
		}
	}
	defaults := config.Defaults()
	assert.ElementsMatch(t, []string{
		defaults.LiteLLM.Image, defaults.Langfuse.Image, defaults.Grafana.Image, defaults.VictoriaMetrics.Image, rds.InitImage,
	}, seen)
}
