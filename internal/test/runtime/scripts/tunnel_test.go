//go:build runtime

package scripts_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/process"
)

// tunnelled is what a run through a tunnel to the gateway needs: fakes for the PATH, the environment, and the tunnel's port.
func tunnelled(t *testing.T, gateway string) (fakes string, environment []string, port string) {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	fakes, _ = stack(t, map[string]any{"alb_dns_name": "internal-kong", "region": "us-west-1", "tunnel_target": "i-0123456789abcdef0"})
	port, err = process.FreePort()
	require.NoError(t, err)
	return fakes, []string{
		"LITELLM_MASTER_KEY=" + masterKey, "FORWARDER=" + executable, "FORWARD_TO=" + strings.TrimPrefix(gateway, "http://"), "TUNNEL_PORT=" + port,
	}, port
}

func requireClosed(t *testing.T, port string) {
	t.Helper()
	_, err := net.Dial("tcp", "127.0.0.1:"+port)
	require.Error(t, err, "the tunnel is closed")
}

func TestTunnelIsClosedAfterAFailure(t *testing.T) {
	t.Parallel()
	g := newGateway(t, map[string]answer{"GET /v1/models": {http.StatusUnauthorized, `{"error": {"message": "not this key"}}`}})
	fakes, environment, port := tunnelled(t, g.URL)
	got := run(t, fakes, environment, "litellm-users.sh", "--tunnel", "models")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "not this key")
	requireClosed(t, port)
}

// TestTunnelIsClosedAtAnInterrupt presses Ctrl-C while LiteLLM has not answered yet: a terminal sends it to the whole group.
func TestTunnelIsClosedAtAnInterrupt(t *testing.T) {
	t.Parallel()
	asked, done := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			asked <- struct{}{}
			<-done
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	fakes, environment, port := tunnelled(t, server.URL)
	command := exec.CommandContext(t.Context(), process.InRepository("scripts", "litellm-users.sh"), "--tunnel", "models")
	command.Env = append([]string{"PATH=" + fakes + ":" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()}, environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	select {
	case <-asked:
	case <-time.After(30 * time.Second):
		t.Fatal("the script did not ask for the models")
	}
	require.NoError(t, syscall.Kill(-command.Process.Pid, syscall.SIGINT))
	_ = command.Wait() // the exit code is looked at
	require.Equal(t, 130, command.ProcessState.ExitCode(), output.String())
	requireClosed(t, port)
}

// TestAnotherProgramIsNoTunnel: what listens on the port already would be handed the master key.
func TestAnotherProgramIsNoTunnel(t *testing.T) {
	t.Parallel()
	other := newGateway(t, nil)
	fakes, environment, _ := tunnelled(t, other.URL)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(other.URL, "http://"))
	require.NoError(t, err)
	got := run(t, fakes, append(environment, "TUNNEL_PORT="+port), "litellm-users.sh", "--tunnel", "models")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, fmt.Sprintf("port %s (TUNNEL_PORT) is in use", port))
	for _, seen := range other.seen() {
		require.Empty(t, seen.Authorization, "no key was sent")
	}
}
