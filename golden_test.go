package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/internal/problems"
	"kong-llm-gateway/internal/pulumitest"
)

// update writes the golden files anew (make golden).
var update = flag.Bool("update", false, "write the golden files anew")

// goldenStacks are the stack files whose registrations are held fast, by the name of the golden file.
var goldenStacks = map[string]string{
	"poc": "Pulumi.poc.yaml", "prod": "Pulumi.prod.example.yaml", "existing": "testdata/Pulumi.existing.yaml",
}

// goldenFolder is where the golden files are.
const goldenFolder = "testdata/golden"

// render runs the program and writes down what it registered.
func render(t *testing.T, settings *config.Settings) string {
	t.Helper()
	files, err := pulumitest.ReadFiles(".", "cloudfront", "config", "ecs", "grafana", "observability", "rds")
	require.NoError(t, err)
	r, err := deploy(settings)
	require.NoError(t, err)
	rendered, err := pulumitest.Render(r, files)
	require.NoError(t, err)
	for _, generated := range []string{"random.RandomPassword(", "random.RandomBytes("} {
		require.NotContains(t, rendered, generated, "a generated value is registered without being marked secret")
	}
	return rendered
}

// hold compares with a golden file, or writes it.
func hold(t *testing.T, name, rendered string) {
	t.Helper()
	file := filepath.Join(goldenFolder, name+".yaml")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(rendered), 0o600))
		return
	}
	committed, err := os.ReadFile(file)
	require.NoError(t, err)
	if string(committed) != rendered {
		t.Errorf("%s is not what the program registers. What the next `pulumi up` does to a stack deployed from it:\n%s\n\n"+
			"If that is meant: `make golden`, and commit the golden files with the line in CHANGELOG.md that says so (docs/decisions.md).",
			file, pulumitest.Explain(string(committed), rendered))
	}
}

// TestGoldenRegistrations holds every resource of each stack against the committed golden file: its name, parent and options, which are
// deployed stacks' state, and its inputs. A changed line is a change of deployed stacks; the failure says which.
func TestGoldenRegistrations(t *testing.T) {
	t.Parallel()
	for name, file := range goldenStacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, err := config.ReadFile(file, problems.Of)
			require.NoError(t, err)
			hold(t, name, render(t, settings))
		})
	}
}

// TestGoldenManyModels holds what else stack poc has with so many models that LiteLLM's documents go through S3.
func TestGoldenManyModels(t *testing.T) {
	t.Parallel()
	models, err := json.Marshal(configtest.Models(800, 43))
	require.NoError(t, err)
	parse := func(values map[string]string) string {
		settings, err := config.Parse("kong-llm-gateway", "poc", configtest.Region, values)
		require.NoError(t, err)
		return render(t, settings)
	}
	hold(t, "models", pulumitest.Beyond(parse(nil), parse(map[string]string{"models": string(models)})))
}
