//go:build runtime

package gateway

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/runtime/process"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// previousConfig is enough for keys, users, budgets and calls. The stack's own configuration is the pinned release's.
const previousConfig = `model_list:
  - model_name: claude-haiku-4-5
    litellm_params: {model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0, aws_region_name: us-west-1}
general_settings: {master_key: os.environ/LITELLM_MASTER_KEY, proxy_batch_write_at: 1}
`

// StartFromPrevious starts the earlier release of requirements-previous.txt on an empty database, which it gives its own tables, lets fill use it, and ends it. Then it
// starts the gateway on that database, which the pinned release brings up to date. again ends that and starts the earlier release once more: a roll-back.
func StartFromPrevious(t *testing.T, fill func(previous *Gateway)) (g *Gateway, again func() *Gateway) {
	t.Helper()
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", nil)
	require.NoError(t, err)
	shared.mutex.Lock()
	require.NoError(t, shared.prepare())
	shared.started++
	g = &Gateway{
		settings: settings, secrets: benchSecrets, confined: os.Getuid() == 0, server: shared.server, database: fmt.Sprintf("litellm_%d", shared.started),
		Bedrock: standin.NewBedrock(), Langfuse: standin.NewLangfuse(),
	}
	shared.mutex.Unlock()
	_, err = g.server.AdminIn("postgres", fmt.Sprintf("CREATE DATABASE %s OWNER %s", g.database, role))
	require.NoError(t, err)
	directory := t.TempDir()
	// LiteLLM runs as another user.
	for folder := directory; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		require.NoError(t, os.Chmod(folder, 0o755))
	}
	start := func(name string) *Gateway {
		previous := *g
		own := filepath.Join(directory, name)
		require.NoError(t, os.Mkdir(own, 0o755))
		previous.litellm, err = startPrevious(t.Context(), &previous, own)
		require.NoError(t, err)
		previous.InternalURL = previous.litellm.url
		t.Cleanup(previous.litellm.kill)
		return &previous
	}
	previous := start("previous")
	fill(previous)
	previous.litellm.stop()

	pinned := filepath.Join(directory, "pinned")
	require.NoError(t, os.Mkdir(pinned, 0o755))
	require.NoError(t, g.start(t.Context(), pinned, nil))
	t.Cleanup(func() {
		g.public.Close()
		g.litellm.kill()
		g.end()
	})
	return g, func() *Gateway {
		g.litellm.stop()
		return start("again")
	}
}

func startPrevious(ctx context.Context, g *Gateway, directory string) (*liteLLM, error) {
	program, err := program("venv-previous", "bin", "litellm")
	if err != nil {
		return nil, err
	}
	environment, err := benchEnvironment(g.Bedrock, directory)
	if err != nil {
		return nil, err
	}
	for i, variable := range environment {
		if path, isPath := strings.CutPrefix(variable, "PATH="); isPath {
			environment[i] = "PATH=" + filepath.Dir(program) + ":" + path
		}
	}
	database := url.URL{
		Scheme: "postgresql", User: url.UserPassword(role, g.secrets.DatabasePassword), Host: "127.0.0.1:" + g.server.Port, Path: "/" + g.database,
		RawQuery: "sslmode=require&sslaccept=strict&sslcert=" + url.QueryEscape(g.server.CA),
	}
	environment = append(environment, "DATABASE_URL="+database.String(), "LITELLM_MASTER_KEY="+g.secrets.MasterKey, "LITELLM_SALT_KEY="+g.secrets.SaltKey,
		"LITELLM_MODE=PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP=True", "LITELLM_MIGRATION_DIR="+filepath.Join(directory, "migrations"), "HOME="+directory)
	file := filepath.Join(directory, "litellm.yaml")
	if err := os.WriteFile(file, []byte(previousConfig), 0o600); err != nil {
		return nil, fmt.Errorf("configuration of the earlier LiteLLM: %w", err)
	}
	port, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	return g.run(ctx, []string{program, "--host", "127.0.0.1", "--port", port, "--config", file}, environment, directory, "http://127.0.0.1:"+port)
}
