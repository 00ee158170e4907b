//go:build runtime

package scripts_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const metricsKey = "sk-metrics-9a8b7c6d5e4f"

// register runs the side container's script against the stand-in for LiteLLM.
func register(t *testing.T, g *gateway) (int, string) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "ecs", "litellm", "metricskey.py"))
	require.NoError(t, err)
	command := exec.Command("python3", script)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "LITELLM_URL=" + g.URL, "LITELLM_MASTER_KEY=" + masterKey, "METRICS_KEY=" + metricsKey, "WAIT_SECONDS=5"}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	_ = command.Run() // the exit code is looked at
	require.NotContains(t, output.String(), masterKey)
	require.NotContains(t, output.String(), metricsKey)
	return command.ProcessState.ExitCode(), output.String()
}

func TestMetricsKeyThatIsRefusedEndsWithTheServersMessage(t *testing.T) {
	t.Parallel()
	refusal := answer{http.StatusInternalServerError, `{"error": {"message": "database is down, key ` + metricsKey + `"}}`}
	g := newGateway(t, map[string]answer{"POST /key/update": refusal, "POST /key/generate": refusal})
	code, output := register(t, g)
	require.Equal(t, 1, code)
	require.Contains(t, output, "database is down")
}
