//go:build runtime

package metrics_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/test/runtime/process"
	"kong-llm-gateway/internal/test/runtime/victoriametrics"
)

// people are the callers: key, user, team, alias.
var people = [][4]string{{"sk-ada", "ada", "research", "ada-laptop"}, {"sk-bob", "bob", "product", "bob-ci"}}

const metricsKey = "sk-metrics"

var goodModels = []string{"claude-haiku-4-5", "claude-sonnet-5"}

// failingModel answers every call with a throttling error.
const failingModel = "claude-opus-5"

type gateway struct {
	port int
	log  *process.Output
}

type store struct {
	url     string
	log     *process.Output
	process *exec.Cmd
	ended   chan struct{}
}

// program is the path of a program that the environment names; without it there is nothing to test.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	require.NotEmpty(t, path, "set %s to the program", variable)
	return path
}

func freePort(t *testing.T) int {
	t.Helper()
	text, err := process.FreePort()
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}

// start runs a program until the test ends.
func start(t *testing.T, command *exec.Cmd) (*process.Output, chan struct{}) {
	t.Helper()
	log, ended := &process.Output{}, make(chan struct{})
	command.Stdout, command.Stderr = log, log
	require.NoError(t, command.Start())
	go func() {
		defer close(ended)
		// How it ended is for the test to judge.
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = command.Process.Kill()
			<-ended
		}
	})
	return log, ended
}

// startLiteLLM runs the proxy with the configuration that the program renders, but that models answer by themselves, that callers are known
// without a database, and that no trace is sent.
func startLiteLLM(t *testing.T) *gateway {
	t.Helper()
	rendered, err := litellm.Config(config.Defaults().LiteLLM, "us-west-1", config.ContentFull)
	require.NoError(t, err)
	var document map[string]any
	require.NoError(t, yaml.Unmarshal(rendered, &document))
	for _, entry := range document["model_list"].([]any) {
		model := entry.(map[string]any)
		parameters := model["litellm_params"].(map[string]any)
		parameters["mock_response"] = "Hello there."
		if model["model_name"] == failingModel {
			parameters["mock_response"] = "litellm.RateLimitError"
		}
	}
	settings := document["litellm_settings"].(map[string]any)
	settings["callbacks"] = []string{"prometheus"} // without the one that sends traces
	// Without the one that looks keys up in the database.
	settings["custom_provider_map"] = settings["custom_provider_map"].([]any)[:1]
	document["general_settings"] = map[string]any{"custom_auth": "callers.user_api_key_auth"}
	document["router_settings"].(map[string]any)["num_retries"], settings["num_retries"] = 0, 0
	text, err := yaml.Marshal(document)
	require.NoError(t, err)
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "config.yaml"), text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "callers.py"), []byte(callers()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(directory, litellm.TokenCounterFile), []byte(litellm.TokenCounterScript), 0o600))

	port := freePort(t)
	command := exec.Command(program(t, "LITELLM"), "--config", "config.yaml", "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	command.Dir = directory
	command.Env = append(os.Environ(), "PYTHONPATH="+directory+":"+os.Getenv("PYTHONPATH"), "LITELLM_MODE=PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP=True",
		"LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS=True", "LITELLM_LOCAL_BLOG_POSTS=True", "LITELLM_LOCAL_POLICY_TEMPLATES=True")
	g := &gateway{port: port}
	g.log, _ = start(t, command)
	require.Eventually(t, func() bool {
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/health/liveliness", port))
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 3*time.Minute, 250*time.Millisecond, "LiteLLM did not start")
	return g
}

// callers is LiteLLM's hook that knows the callers.
func callers() string {
	var text strings.Builder
	text.WriteString("from litellm.proxy._types import UserAPIKeyAuth\nKEYS = {\n")
	for _, person := range append(people, [4]string{metricsKey, "metrics", "", "metrics-scraper"}) {
		fmt.Fprintf(&text, "    %q: (%q, %q, %q),\n", person[0], person[1], person[2], person[3])
	}
	text.WriteString("}\n\n\nasync def user_api_key_auth(request, api_key):\n    user, team, alias = KEYS[api_key]\n" +
		"    return UserAPIKeyAuth(api_key=api_key, user_id=user, team_id=team or None, team_alias=team or None, key_alias=alias)\n")
	return text.String()
}

// calls has everyone call every model, streamed and not.
func (g *gateway) calls(t *testing.T) {
	t.Helper()
	for _, person := range people {
		for _, model := range append([]string{failingModel}, goodModels...) {
			for _, stream := range []string{"false", "true"} {
				body := fmt.Sprintf(`{"model":%q,"stream":%s,"messages":[{"role":"user","content":"Hello"}]}`, model, stream)
				status := g.post(t, "/v1/chat/completions", person[0], body)
				if model == failingModel {
					require.Equal(t, http.StatusTooManyRequests, status)
				} else {
					require.Equal(t, http.StatusOK, status, tail(g.log.String()))
				}
			}
		}
	}
}

func (g *gateway) post(t *testing.T, path, key, body string) int {
	t.Helper()
	return g.send(t, http.MethodPost, path, key, body)
}

func (g *gateway) get(t *testing.T, path, key string) int {
	t.Helper()
	return g.send(t, http.MethodGet, path, key, "")
}

func (g *gateway) send(t *testing.T, method, path, key, body string) int {
	t.Helper()
	request, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", g.port, path), strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var all bytes.Buffer
	_, err = all.ReadFrom(response.Body)
	require.NoError(t, err)
	return response.StatusCode
}

// scrapeFile writes the rendered scrape configuration, with the addresses of this test.
func scrapeFile(t *testing.T, gatewayPort, ownPort int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scrape.yaml")
	require.NoError(t, victoriametrics.WriteScrape(path, gatewayPort, ownPort, 1, 100))
	return path
}

// storeCommand is VictoriaMetrics with the flags and the start script of the deployment, on a port of this test.
func storeCommand(t *testing.T, directory, scrape string, port int) *exec.Cmd {
	t.Helper()
	return victoriametrics.Command(program(t, "VICTORIAMETRICS"), directory, scrape, port, metricsKey)
}

func startVictoriaMetrics(t *testing.T, gatewayPort int) *store {
	t.Helper()
	port := freePort(t)
	s := startStore(t, t.TempDir(), scrapeFile(t, gatewayPort, port), port)
	require.Eventually(t, s.up, 30*time.Second, 100*time.Millisecond, "VictoriaMetrics did not start")
	return s
}

func startStore(t *testing.T, directory, scrape string, port int) *store {
	t.Helper()
	s := &store{url: fmt.Sprintf("http://127.0.0.1:%d", port), process: storeCommand(t, directory, scrape, port)}
	s.log, s.ended = start(t, s.process)
	return s
}

func (s *store) up() bool {
	response, err := http.Get(s.url + "/health")
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}
