//go:build runtime

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/process"
)

const patience, interval = 60 * time.Second, 200 * time.Millisecond

// clone is a folder that looks like a clone of the repository to the program, with a state of its own.
type clone struct {
	directory, program string
	port               int
}

func newClone(t *testing.T) clone {
	t.Helper()
	c := clone{directory: t.TempDir()}
	c.program = filepath.Join(c.directory, "program")
	output, err := exec.Command("go", "build", "-tags", "runtime", "-o", c.program, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	require.NoError(t, os.Mkdir(filepath.Join(c.directory, ".local"), 0o755))
	for _, name := range []string{"Pulumi.yaml", "scripts", "rds", "ecs", ".local/venv", ".local/prisma", ".local/bin"} {
		require.NoError(t, os.Symlink(process.InRepository(name), filepath.Join(c.directory, name)))
	}
	for c.port = 21000; !free(c.port) || !free(c.port+1) || !free(c.port+2); c.port += 3 {
		require.Less(t, c.port, 30000, "no three free ports")
	}
	t.Cleanup(func() { _, _ = c.run(t, "stop") })
	return c
}

func free(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	return err == nil && listener.Close() == nil
}

func (c clone) command(arguments ...string) *exec.Cmd {
	command := exec.Command(c.program, arguments...)
	command.Dir = c.directory
	return command
}

func (c clone) run(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	output, err := c.command(arguments...).CombinedOutput()
	return string(output), err
}

func (c clone) start(t *testing.T) string {
	t.Helper()
	output, err := c.run(t, "start", strconv.Itoa(c.port))
	require.NoError(t, err, output)
	return output
}

// bash runs what a newcomer pastes.
func (c clone) bash(t *testing.T, script string) string {
	t.Helper()
	command := exec.Command("bash", "-c", script)
	command.Dir = c.directory
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	return string(output)
}

func (c clone) running() running {
	return state{directory: filepath.Join(c.directory, ".local", "gateway")}.read()
}

// nothingLeft asserts that of what ran before no process, no listener and no file below /tmp is left.
func (c clone) nothingLeft(t *testing.T, before running) {
	t.Helper()
	require.Empty(t, before.alive())
	require.Empty(t, c.running().Processes)
	for i := range 3 {
		require.True(t, free(c.port+i), "port %d", c.port+i)
	}
	require.NoDirExists(t, before.Scratch)
	// Not even a child of a child: each has the clone's folder, or its database's, in its arguments or environment.
	found, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, file := range found {
		text, err := os.ReadFile(file)
		if err == nil {
			require.NotContains(t, string(text), c.directory, "still running: %s", bytes.ReplaceAll(text, []byte{0}, []byte{' '}))
		}
	}
}

// pasted are the lines for a shell in what start printed.
func pasted(output string) string {
	var script strings.Builder
	for _, line := range regexp.MustCompile(`(?m)^  \S.*$`).FindAllString(output, -1) {
		script.WriteString(strings.TrimSpace(line) + "\n")
	}
	return script.String()
}

// TestTheGatewayCanBeTried starts the gateway as `make gateway` does, pastes every line that it prints, and ends it.
func TestTheGatewayCanBeTried(t *testing.T) { //nolint:paralleltest // It has its ports for itself.
	c := newClone(t)
	output := c.start(t)
	require.Contains(t, output, "STAND-IN: Amazon Bedrock")
	secrets, err := state{directory: filepath.Join(c.directory, ".local", "gateway")}.secrets()
	require.NoError(t, err)
	require.NotContains(t, output, secrets.MasterKey)

	script := pasted(output)
	require.Greater(t, strings.Count(script, "\n"), 15, script)
	said := c.bash(t, "set -eu\n"+script)
	require.Equal(t, 2, strings.Count(said, `not a model.] You said "Say hello.", and here`), said)
	require.Regexp(t, `(?s)no_key.*\n401\n.*not_public.*\n403\n.*"user_id":"inside".*\n200\n`, said, "a call without a key, then the same path from both sides")
	require.Contains(t, said, "User ada@example.com created.")
	require.Contains(t, said, "Key ada-laptop created.")
	require.NotContains(t, said, secrets.MasterKey)
	c.shows(t, "spend --by key", `(?m) first +you@example\.com +- +0\.\d*[1-9]`)
	metrics := regexp.MustCompile(`(?m)^curl .*litellm_spend_metric_total.*$`).FindString(script)
	require.Eventually(t, func() bool { return strings.Contains(c.bash(t, metrics), `"api_key_alias":"first"`) }, patience, interval)
	c.wordByWord(t)

	require.Contains(t, c.start(t), "It runs already.")
	other := newClone(t)
	taken, err := other.run(t, "start", strconv.Itoa(c.port+1))
	require.Error(t, err)
	require.Contains(t, taken, fmt.Sprintf("port %d of 127.0.0.1 is taken by another program", c.port+1))
	require.Empty(t, other.running().Processes)

	// Its own process is killed, the others stay: the next start ends them, and knows users, keys and spend.
	before := c.running()
	require.Len(t, before.alive(), 4)
	require.NoError(t, syscall.Kill(before.Processes[0].PID, syscall.SIGKILL))
	require.Eventually(t, func() bool { return len(before.alive()) == 3 }, patience, interval)
	require.Contains(t, c.start(t), "An earlier start left PostgreSQL, LiteLLM, VictoriaMetrics running")
	require.Empty(t, before.alive())
	require.NoDirExists(t, before.Scratch)
	c.shows(t, "spend --by key", `(?m) first +you@example\.com +- +0\.\d*[1-9]`)
	c.shows(t, "list-keys", `(?m) ada-laptop +ada@example\.com `)
	c.wordByWord(t)

	before = c.running()
	output, err = c.run(t, "stop")
	require.NoError(t, err, output)
	require.Contains(t, output, "Stopped.")
	c.nothingLeft(t, before)
	output, err = c.run(t, "stop")
	require.NoError(t, err, output)
	require.Contains(t, output, "Nothing is running.")

	c.interrupted(t)
}

// interrupted presses Ctrl-C while LiteLLM starts.
func (c clone) interrupted(t *testing.T) {
	t.Helper()
	starting := c.command("start", strconv.Itoa(c.port))
	var output process.Output
	starting.Stdout, starting.Stderr = &output, &output
	require.NoError(t, starting.Start())
	var before running
	require.Eventually(t, func() bool {
		before = c.running()
		return len(before.Processes) == 3
	}, patience, interval, "gateway, PostgreSQL and LiteLLM are there: %s", &output)
	require.NoError(t, starting.Process.Signal(os.Interrupt))
	require.Error(t, starting.Wait())
	require.Contains(t, output.String(), "interrupted; nothing is left running")
	c.nothingLeft(t, before)
}

// shows waits until a command of litellm-users.sh shows a row.
func (c clone) shows(t *testing.T, command, row string) {
	t.Helper()
	script := fmt.Sprintf("scripts/litellm-users.sh --url http://127.0.0.1:%d --key-file .local/gateway/master-key %s", c.port+1, command)
	wanted, shown := regexp.MustCompile(row), ""
	for deadline := time.Now().Add(patience); !wanted.MatchString(shown); {
		require.True(t, time.Now().Before(deadline), "%s: %s", command, shown)
		shown = c.bash(t, script)
	}
}

// wordByWord asserts that a streamed answer comes in pieces over time.
func (c clone) wordByWord(t *testing.T) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(c.directory, ".local", "gateway", "key"))
	require.NoError(t, err)
	body, err := json.Marshal(map[string]any{
		"model": "claude-opus-5", "stream": true, "max_tokens": 100, "messages": []any{map[string]string{"role": "user", "content": "word by word"}},
	})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/v1/messages", c.port), bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	begun, reads, all := time.Now(), 0, ""
	for buffer := make([]byte, 1<<16); ; reads++ {
		n, err := response.Body.Read(buffer)
		all += string(buffer[:n])
		if err != nil {
			break
		}
	}
	require.Contains(t, all, `"[Stand-in `)
	require.Greater(t, reads, 10) // some arrive together
	require.Greater(t, time.Since(begun), 20*pauseOfWords)
}

// TestWhatTheMachineLacksIsTold runs scripts/gateway.sh where jq and Node are missing.
func TestWhatTheMachineLacksIsTold(t *testing.T) {
	t.Parallel()
	programs := t.TempDir()
	for _, name := range []string{"bash", "sh", "env", "dirname", "uname", "cat", "go", "python3", "npm", "psql", "curl"} {
		path, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(programs, name)))
	}
	command := exec.Command(process.InRepository("scripts", "gateway.sh"), "start")
	command.Env = []string{"PATH=" + programs, "HOME=" + t.TempDir()}
	output, err := command.CombinedOutput()
	require.Error(t, err)
	require.Regexp(t, `^error: make gateway needs more than this machine has:\n  Node 18 or later is missing: .*\n  jq is missing: .*\n$`, string(output))

	command = exec.Command(process.InRepository("scripts", "gateway.sh"), "start")
	command.Env = append(os.Environ(), "GATEWAY_PORT=80")
	output, err = command.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), `error: GATEWAY_PORT is "80": it takes a number from 1024 to 65533`)
}
