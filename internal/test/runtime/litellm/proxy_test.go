//go:build runtime

package litellm_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/edge"
)

const masterKey = "sk-master"

// proxy is a running LiteLLM.
type proxy struct {
	url      string
	langfuse *langfuse
	log      *bytes.Buffer
}

// start runs LiteLLM with the settings' own document until the test ends; wrap goes before the command.
func start(t *testing.T, values map[string]string, wrap ...string) *proxy {
	t.Helper()
	program := os.Getenv("LITELLM")
	require.NotEmpty(t, program, "set LITELLM to the program (make test-runtime does)")
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", values)
	require.NoError(t, err)
	document, err := settings.LiteLLMConfig()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "litellm.yaml")
	require.NoError(t, os.Chmod(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, document, 0o644))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)

	p := &proxy{url: "http://" + address, langfuse: newLangfuse(t), log: &bytes.Buffer{}}
	arguments := append(append([]string{}, wrap...), program, "--config", file, "--host", "127.0.0.1", "--port", port)
	command := exec.Command(arguments[0], arguments[1:]...)
	// The variables of ecs/litellm.go that need no database, and stand-ins for AWS and Langfuse.
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/tmp", "LITELLM_MODE=PRODUCTION", "LITELLM_LOG=ERROR", "LITELLM_LOCAL_MODEL_COST_MAP=True",
		"LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS=True", "LITELLM_LOCAL_BLOG_POSTS=True", "LITELLM_LOCAL_POLICY_TEMPLATES=True",
		"DISABLE_ADMIN_UI=True", "NO_DOCS=True", "NO_REDOC=True", "NO_OPENAPI=True", "LITELLM_MASTER_KEY=" + masterKey, "PYTHONDONTWRITEBYTECODE=1",
		"AWS_ACCESS_KEY_ID=stand-in", "AWS_SECRET_ACCESS_KEY=stand-in", "AWS_BEDROCK_RUNTIME_ENDPOINT=" + bedrock(t).URL,
		"LANGFUSE_HOST=" + p.langfuse.URL, "LANGFUSE_PUBLIC_KEY=" + publicKey, "LANGFUSE_SECRET_KEY=" + secretKey, "LANGFUSE_FLUSH_INTERVAL=1",
	}
	command.Stdout, command.Stderr = p.log, p.log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		_ = command.Wait()
	})
	require.Eventually(t, func() bool {
		response, err := http.Get(p.url + "/health/liveliness")
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 3*time.Minute, 250*time.Millisecond, "LiteLLM did not start")
	return p
}

// call makes one request with a key and returns status, header and body.
func call(t *testing.T, method, address, key, body string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	require.NoError(t, err)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(text)
}

// clientCalls are what clients do; each must succeed wherever it is sent.
func clientCalls(t *testing.T, base string) {
	t.Helper()
	message := `"messages": [{"role": "user", "content": "a question nobody else may read"}], "max_tokens": 50`
	status, _, text := call(t, "GET", base+"/v1/models", masterKey, "")
	require.Equal(t, http.StatusOK, status, text)
	for _, name := range []string{"claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-opus-5"} {
		require.Contains(t, text, `"`+name+`"`)
	}
	status, _, text = call(t, "POST", base+"/v1/chat/completions", masterKey, `{"model": "claude-haiku-4-5", "user": "ada", `+message+`}`)
	require.Equal(t, http.StatusOK, status, text)
	require.Contains(t, text, answerText)
	status, header, text := call(t, "POST", base+"/v1/chat/completions", masterKey, `{"model": "claude-sonnet-5", "user": "ada", "stream": true, `+message+`}`)
	require.Equal(t, http.StatusOK, status, text)
	require.Contains(t, header.Get("Content-Type"), "text/event-stream")
	require.Contains(t, text, "data: [DONE]")
	status, _, text = call(t, "POST", base+"/v1/messages", masterKey, `{"model": "claude-opus-5", `+message+`}`)
	require.Equal(t, http.StatusOK, status, text)
	require.Contains(t, text, answerText)
}

func TestProxyServesClientsAndTracesEveryCall(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	clientCalls(t, p.url)

	status, _, _ := call(t, "GET", p.url+"/metrics/", "", "")
	require.Equal(t, http.StatusUnauthorized, status, "metrics need a key")
	status, _, text := call(t, "GET", p.url+"/metrics/", masterKey, "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "litellm_proxy_total_requests_metric_total")

	require.Eventually(t, func() bool {
		return len(p.langfuse.of("trace-create")) >= 3 && len(p.langfuse.of("generation-create")) >= 3
	}, time.Minute, 250*time.Millisecond, "a trace and a generation for each call")
	models, traced := "", ""
	for _, generation := range p.langfuse.of("generation-create") {
		if generation["model"] == nil || generation["usage"] == nil {
			continue // the refused call above leaves a trace without a model
		}
		models += fmt.Sprint(generation["model"], " ")
		usage, isObject := generation["usage"].(map[string]any)
		require.True(t, isObject)
		require.EqualValues(t, inputTokens, usage["input"])
		require.EqualValues(t, outputTokens, usage["output"])
		require.Positive(t, usage["totalCost"])
	}
	for _, trace := range p.langfuse.of("trace-create") {
		traced += fmt.Sprint(trace["userId"], " ")
	}
	for _, model := range []string{"claude-haiku-4-5", "claude-sonnet-5", "claude-opus-5"} {
		require.Contains(t, models, model)
	}
	require.Contains(t, traced, "ada")
	require.Contains(t, p.langfuse.text(), "a question nobody else may read")
}

func TestContentStaysOutOfLangfuseWhenAskedFor(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"langfuse.content": "none"})
	clientCalls(t, p.url)
	require.Eventually(t, func() bool { return len(p.langfuse.of("generation-create")) >= 3 }, time.Minute, 250*time.Millisecond)
	require.NotContains(t, p.langfuse.text(), "a question nobody else may read")
	require.NotContains(t, p.langfuse.text(), answerText)
}

// TestPublicPathIsOpenAndTheRestShut puts the real edge function in front of the real proxy, as CloudFront does, Host forwarded.
func TestPublicPathIsOpenAndTheRestShut(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	options := routes.Options{PublicMetrics: true}
	code, err := routes.GatewayFunction(options, routes.Table(options), "https://traces.example.com")
	require.NoError(t, err)
	function, err := edge.NewRuntime(code)
	require.NoError(t, err)
	target, err := url.Parse(p.url)
	require.NoError(t, err)
	passed := 0
	origin := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		passed++
		r.SetURL(target)
		r.Out.URL.Path, r.Out.URL.RawPath = r.In.URL.Path, r.In.URL.RawPath
		r.Out.Host = r.In.Host
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		decision, err := function.Evaluate(edge.Request{Method: r.Method, URI: strings.Split(r.RequestURI, "?")[0], ViewerIP: "203.0.113.7"})
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		if !decision.Forward {
			w.WriteHeader(decision.Status)
			_, _ = io.WriteString(w, decision.Body)
			return
		}
		if judged, err := url.ParseRequestURI(decision.URI); err == nil {
			r.URL.Path, r.URL.RawPath = judged.Path, judged.RawPath
		}
		origin.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	clientCalls(t, front.URL)
	status, _, _ := call(t, "GET", front.URL+"/metrics/", masterKey, "")
	require.Equal(t, http.StatusOK, status)

	before := passed
	for _, path := range []string{"/user/new", "/%75ser/new", "/user%2fnew", "/user/new%0a", "/key/generate", "/v1/../user/new", "/ui/", "/config/yaml", "/health", "/routes", "/", "/metrics"} {
		status, _, text := call(t, "POST", front.URL+path, masterKey, "{}")
		require.Equal(t, http.StatusForbidden, status, path)
		require.NotEmpty(t, requireJSON(t, text)["error"], path)
	}
	require.Equal(t, before, passed, "nothing administrative reached LiteLLM")

	// LiteLLM redirects its bare metrics path; the address it names is the one the viewer used, because Host is forwarded.
	request, err := http.NewRequest("GET", p.url+"/metrics", nil)
	require.NoError(t, err)
	request.Host = "llm.example.com"
	request.Header.Set("Authorization", "Bearer "+masterKey)
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, "http://llm.example.com/metrics/", response.Header.Get("Location"))
}

// TestProxyRunsReadOnlyAndUnprivileged starts it as its task does: a read-only root, uid 65534, and /tmp the only place to write to. It may read
// everywhere, because the Python of a test machine may lie in a home that is closed to others.
func TestProxyRunsReadOnlyAndUnprivileged(t *testing.T) {
	t.Parallel()
	require.Zero(t, os.Getuid(), "needs root to make a read-only root")
	p := start(t, nil, "unshare", "--mount", "--propagation", "private", "sh", "-c",
		`mount --rbind / /mnt && mount -o remount,bind,ro /mnt && mount -t proc proc /mnt/proc && mount --rbind /dev /mnt/dev && mount -t tmpfs tmpfs /mnt/run &&
		 mount --bind /tmp /mnt/tmp && exec chroot /mnt setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
		   --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search -- sh -c 'if touch /probe 2>/dev/null; then exit 9; fi; exec "$@"' sh "$@"`, "sh")
	status, _, text := call(t, "GET", p.url+"/v1/models", masterKey, "")
	require.Equal(t, http.StatusOK, status, text)
}
