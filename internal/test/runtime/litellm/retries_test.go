//go:build runtime

// Package litellm_test starts the real LiteLLM without a database, to see how often it calls a model and how it ends. What needs a database is
// tested in package gateway.
package litellm_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs/litellm"
)

const masterKey = "sk-master"

// command is LiteLLM, listening on a port of 127.0.0.1, and its address. It ends with the context.
func command(ctx context.Context, t *testing.T, environment []string, arguments ...string) (*exec.Cmd, string) {
	t.Helper()
	program := os.Getenv("LITELLM")
	require.NotEmpty(t, program, "set LITELLM to the program (make test-runtime does)")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	c := exec.CommandContext(ctx, program, append([]string{"--host", "127.0.0.1", "--port", port}, arguments...)...)
	c.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PYTHONDONTWRITEBYTECODE=1", "LITELLM_MODE=PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP=True",
		"LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS=True", "LITELLM_LOCAL_BLOG_POSTS=True", "LITELLM_LOCAL_POLICY_TEMPLATES=True", "LITELLM_MASTER_KEY=" + masterKey,
	}, environment...)
	return c, "http://" + address
}

// start runs LiteLLM with the settings' own document, edited, until the test ends.
func start(t *testing.T, models *httptest.Server, edit func(string) string, values map[string]string) string {
	t.Helper()
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", values)
	require.NoError(t, err)
	document, err := litellm.Config(settings.LiteLLM, settings.Region, settings.Langfuse.Content)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "litellm.yaml")
	require.NoError(t, os.WriteFile(file, []byte(edit(string(document))), 0o600))
	for name, content := range litellm.Files() {
		require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte(content), 0o600))
	}
	c, url := command(context.Background(), t, []string{
		"AWS_ACCESS_KEY_ID=stand-in", "AWS_SECRET_ACCESS_KEY=stand-in", "AWS_BEDROCK_RUNTIME_ENDPOINT=" + models.URL,
		litellm.TracesURLVariable + "=" + models.URL, litellm.TracesPublicKeyVariable + "=stand-in", litellm.TracesSecretKeyVariable + "=stand-in",
		litellm.TracesContentVariable + "=full",
	}, "--config", file)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	require.Eventually(t, func() bool {
		response, err := http.Get(url + "/health/liveliness")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 3*time.Minute, 250*time.Millisecond, "LiteLLM did not start")
	return url
}

// post sends a body with the master key and returns status and answer.
func post(t *testing.T, address, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+masterKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// reluctant is a Bedrock that refuses its first calls with the given statuses, never answers the rest, and counts them all.
type reluctant struct {
	*httptest.Server
	mutex    sync.Mutex
	refusals []int
	calls    int
}

func newReluctant(t *testing.T) *reluctant {
	t.Helper()
	r, over := &reluctant{}, make(chan struct{})
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if !strings.HasPrefix(request.URL.Path, "/model/") {
			http.NotFound(w, request) // not Bedrock's: Langfuse's
			return
		}
		if status := r.next(); status != 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, `{"message": "refused by the stand-in"}`)
			return
		}
		select {
		case <-request.Context().Done():
		case <-over:
		}
	}))
	t.Cleanup(func() {
		close(over)
		r.Close()
	})
	return r
}

// next counts a call and is the status to refuse it with, or 0.
func (r *reluctant) next() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.calls++
	if r.calls > len(r.refusals) {
		return 0
	}
	return r.refusals[r.calls-1]
}

// script sets the refusals and counts anew; it returns the count so far.
func (r *reluctant) script(refusals []int) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	counted := r.calls
	r.refusals, r.calls = refusals, 0
	return counted
}

// TestACallThatTimesOutIsMadeOnce counts what reaches Bedrock: every further call would be paid for after the client got its 504. A throttled
// call is tried once more, and never a third time, because the second attempt may be the one that times out. LiteLLM gives up
// after two seconds here, and each case has a model's name of its own, so that no failure of one case makes LiteLLM spare the next one's model.
func TestACallThatTimesOutIsMadeOnce(t *testing.T) {
	t.Parallel()
	models := newReluctant(t)
	url := start(t, models.Server, func(document string) string {
		long := fmt.Sprintf("timeout: %d", config.RequestTimeoutSeconds)
		require.Contains(t, document, long)
		return strings.ReplaceAll(document, long, "timeout: 2")
	}, map[string]string{"models": `[` + strings.Join(each("m1", "m2", "m3", "m4", "m5", "m6"), ", ") + `]`})
	for _, one := range []struct {
		path, model string
		refusals    []int
		calls       int
	}{
		{"/v1/chat/completions", "m1", nil, 1},
		{"/v1/messages", "m2", nil, 1},
		{"/v1/chat/completions", "m3", []int{429}, 2},
		{"/v1/chat/completions", "m4", []int{503}, 1},
		{"/v1/chat/completions", "m5", []int{429, 429, 429}, 2},
		{"/v1/chat/completions", "m6", []int{500}, 1},
	} {
		models.script(one.refusals)
		began := time.Now()
		body := fmt.Sprintf(`{"model": %q, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 50}`, one.model)
		status, text := post(t, url+one.path, body)
		require.GreaterOrEqual(t, status, 400, text)
		require.Equal(t, one.calls, models.script(nil), "%+v: calls that reached Bedrock; LiteLLM said %d after %s: %s", one, status, time.Since(began), text)
	}
}

// each is a model of that name.
func each(names ...string) []string {
	var models []string
	for _, name := range names {
		models = append(models, fmt.Sprintf(`{"name": %q, "bedrock": "us.anthropic.claude-haiku-4-5-20251001-v1:0"}`, name))
	}
	return models
}
