//go:build runtime

package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/process"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// Answer is what a call got.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON is the body as an object.
func (a Answer) JSON(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.Body), &object), a.Body)
	return object
}

// Message is the message of an error in OpenAI's shape, or the whole body.
func (a Answer) Message() string {
	var refusal struct {
		Error struct{ Message string } `json:"error"`
	}
	if err := json.Unmarshal([]byte(a.Body), &refusal); err != nil || refusal.Error.Message == "" {
		return a.Body
	}
	return refusal.Error.Message
}

// Public makes a call from the internet. An empty key sends none. headers are names and values in turn.
func (g *Gateway) Public(t *testing.T, method, path, key, body string, headers ...string) Answer {
	t.Helper()
	return call(t, method, g.PublicURL+path, key, body, headers...)
}

// Internal makes a call from inside the VPC.
func (g *Gateway) Internal(t *testing.T, method, path, key, body string, headers ...string) Answer {
	t.Helper()
	return call(t, method, g.InternalURL+path, key, body, headers...)
}

// Admin makes an administrator's call, which must succeed, with the master key from inside the VPC.
func (g *Gateway) Admin(t *testing.T, method, path string, fields map[string]any) Answer {
	t.Helper()
	body := ""
	if fields != nil {
		text, err := json.Marshal(fields)
		require.NoError(t, err)
		body = string(text)
	}
	answer := g.Internal(t, method, path, MasterKey, body)
	require.Equal(t, http.StatusOK, answer.Status, "%s %s: %s", method, path, answer.Body)
	return answer
}

// Key makes a key with LiteLLM's fields for one ("user_id", "max_budget", …) and returns it.
func (g *Gateway) Key(t *testing.T, fields map[string]any) string {
	t.Helper()
	key, isText := g.Admin(t, http.MethodPost, "/key/generate", fields).JSON(t)["key"].(string)
	require.True(t, isText)
	return key
}

// User makes a user with LiteLLM's fields for one and returns its id.
func (g *Gateway) User(t *testing.T, fields map[string]any) string {
	t.Helper()
	all := map[string]any{"auto_create_key": false}
	for name, value := range fields {
		all[name] = value
	}
	id, isText := g.Admin(t, http.MethodPost, "/user/new", all).JSON(t)["user_id"].(string)
	require.True(t, isText)
	return id
}

// Models of the poc stack. A call that fails at Bedrock shuts its model for all tests for a while: tests of failures take Opus.
const (
	Haiku  = "claude-haiku-4-5"
	Sonnet = "claude-sonnet-5"
	Opus   = "claude-opus-5"
)

// Chat is the body of a completion or of a message: a model, what the user says, and more fields as JSON text, "name": value.
func Chat(model, text string, more ...string) string {
	said, _ := json.Marshal(text) // a string
	fields := append([]string{
		fmt.Sprintf(`"model": %q`, model), `"max_tokens": 50`, `"messages": [{"role": "user", "content": ` + string(said) + `}]`,
	}, more...)
	return "{" + strings.Join(fields, ", ") + "}"
}

// Stranger is a host that nobody should contact, until the test ends.
func (g *Gateway) Stranger(t *testing.T) *standin.Stranger {
	t.Helper()
	s, err := standin.NewStranger()
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

// SQL runs a query in LiteLLM's database and returns what psql prints, columns separated by |.
func (g *Gateway) SQL(t *testing.T, query string) string {
	t.Helper()
	output, err := g.server.AdminIn(g.database, query)
	require.NoError(t, err)
	return output
}

// SQLFile runs a file of SQL in LiteLLM's database as LiteLLM's own role over the network; variables are psql's, name=value.
func (g *Gateway) SQLFile(t *testing.T, file string, variables ...string) string {
	t.Helper()
	arguments := []string{"-Xq", "-v", "ON_ERROR_STOP=1", "-f", file}
	for _, variable := range variables {
		arguments = append(arguments, "-v", variable)
	}
	command := exec.CommandContext(t.Context(), "psql", arguments...)
	command.Env = g.server.Environment(role, g.secrets.DatabasePassword, g.database)
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	return string(output)
}

// Log is what LiteLLM wrote so far.
func (g *Gateway) Log() string { return g.litellm.text() }

// Script runs one of scripts/ from inside the VPC with the master key, and returns its exit code and what it printed.
func (g *Gateway) Script(t *testing.T, name string, arguments ...string) (int, string) {
	t.Helper()
	return g.ScriptWith(t, nil, name, arguments...)
}

// ScriptWith is Script with variables of the environment, NAME=value.
func (g *Gateway) ScriptWith(t *testing.T, environment []string, name string, arguments ...string) (int, string) {
	t.Helper()
	path := process.InRepository("scripts", name)
	return script(t, append([]string{"LITELLM_MASTER_KEY=" + MasterKey}, environment...), append([]string{path, "--url", g.InternalURL}, arguments...)...)
}

// RegisterMetricsKey runs what the task's side container runs.
func (g *Gateway) RegisterMetricsKey(t *testing.T, environment ...string) (int, string) {
	t.Helper()
	return script(t, append(g.metricsKeyEnvironment(), environment...), metricsKeyCommand()...)
}

func metricsKeyCommand() []string {
	return []string{"python3", process.InRepository("ecs", "litellm", "metricskey.py")}
}

func (g *Gateway) metricsKeyEnvironment() []string {
	return []string{"LITELLM_MASTER_KEY=" + g.secrets.MasterKey, "METRICS_KEY=" + g.secrets.MetricsKey, "LITELLM_URL=" + g.InternalURL}
}

func script(t *testing.T, environment []string, arguments ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// The shell to run scripts with, where it is not the machine's: an old one, say.
	if shell := os.Getenv("SCRIPTS_BASH"); shell != "" && strings.HasSuffix(arguments[0], ".sh") {
		arguments = append([]string{shell}, arguments...)
	}
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}, environment...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	require.NotContains(t, output.String(), MasterKey, "the master key is never printed")
	return command.ProcessState.ExitCode(), output.String()
}

func call(t *testing.T, method, address, key, body string, headers ...string) Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	require.Zero(t, len(headers)%2, "names and values in turn")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Timeout: 3 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(text)}
}
