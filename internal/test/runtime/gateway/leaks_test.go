//go:build runtime

package gateway_test

import (
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// fields are what the pinned LiteLLM reads from a request as a destination, a credential or a control of its logging; testdata/fields.py lists them.
//
//go:embed testdata/fields.txt
var fields string

// loggers are names of LiteLLM's own loggers, for fields that take such.
var loggers = []string{
	"langfuse", "langfuse_otel", "langsmith", "braintrust", "lunary", "opik", "otel", "arize", "arize_phoenix", "helicone", "lago", "generic_api",
	"traceloop", "logfire", "datadog", "gcs_bucket", "s3", "humanloop", "posthog", "webhook",
}

// TestListOfFieldsIsThatOfTheInstalledLiteLLM names fields that an upgrade brings: each must be looked at, then the list is written anew.
func TestListOfFieldsIsThatOfTheInstalledLiteLLM(t *testing.T) {
	t.Parallel()
	python, err := filepath.Abs(filepath.Join("..", "..", "..", "..", ".local", "venv", "bin", "python"))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), python, "testdata/fields.py")
	command.Env = append(os.Environ(), "LITELLM_LOCAL_MODEL_COST_MAP=True")
	output, err := command.Output()
	require.NoError(t, err)
	require.Equal(t, strings.Fields(fields), strings.Fields(string(output)), "write testdata/fields.txt anew with testdata/fields.py, after a look at what is new")
}

// sender posts a body and does not care what comes back: LiteLLM may close the connection before it has read it all.
type sender func(t *testing.T, path, key, body string, headers ...string)

func senderTo(base string) sender {
	client := &http.Client{Timeout: time.Minute}
	return func(t *testing.T, path, key, body string, headers ...string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
		if !assert.NoError(t, err) {
			return
		}
		request.Header.Set("Content-Type", "application/json")
		if key != "" {
			request.Header.Set("Authorization", "Bearer "+key)
		}
		for pair := range slices.Chunk(headers, 2) {
			request.Header.Set(pair[0], pair[1])
		}
		if response, err := client.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	}
}

// attack is the requests of one caller: each field in each place where LiteLLM may look for it, so many fields at once.
func attack(target string, atOnce int, companions map[string]any) []func(send sender, t *testing.T, key string) {
	value := func(name string) any {
		switch {
		case strings.HasSuffix(name, "callback") || strings.HasSuffix(name, "callbacks"):
			return loggers
		case strings.HasSuffix(name, "host") || strings.HasSuffix(name, "url") || strings.HasSuffix(name, "base") || strings.HasSuffix(name, "endpoint"):
			return target
		default:
			return map[string]any{"url": target, "api_base": target, "langfuse_host": target}
		}
	}
	text := func(value any) string {
		whole, _ := json.Marshal(value) // plain maps
		return string(whole)
	}
	ask := func(path string, more map[string]any, headers ...string) func(send sender, t *testing.T, key string) {
		body := map[string]any{"model": gateway.Haiku, "max_tokens": 9, "messages": []any{map[string]string{"role": "user", "content": "an attack"}}}
		for name, value := range companions {
			body[name] = value
		}
		for name, value := range more {
			body[name] = value
		}
		return func(send sender, t *testing.T, key string) {
			t.Helper()
			send(t, path, key, text(body), headers...)
		}
	}
	var calls []func(send sender, t *testing.T, key string)
	all, query := map[string]any{}, url.Values{}
	var headers []string
	for names := range slices.Chunk(strings.Fields(fields), atOnce) {
		own := map[string]any{}
		for _, name := range names {
			own[name], all[name] = value(name), value(name)
			query.Set(name, target)
			headers = append(headers, name, target, strings.ReplaceAll(name, "_", "-"), target, "x-litellm-"+strings.ReplaceAll(name, "_", "-"), target)
		}
		calls = append(calls, ask("/v1/chat/completions", own), ask("/v1/messages", map[string]any{"metadata": own, "litellm_metadata": own, "extra_body": own, "litellm_params": own}))
	}
	for len(headers) > 0 {
		n := min(60, len(headers))
		calls = append(calls, ask("/v1/chat/completions", nil, headers[:n]...))
		headers = headers[n:]
	}
	form := func(send sender, t *testing.T, key string) {
		t.Helper()
		send(t, "/v1/audio/transcriptions", key, query.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	return append(calls, form,
		ask("/v1/chat/completions?"+query.Encode(), nil),
		ask("/v1/chat/completions", map[string]any{"metadata": text(all), "litellm_metadata": text(all), "extra_body": text(all), "litellm_params": text(all)}),
		ask("/v1/responses", all), ask("/v1/embeddings", all), ask("/v1/rerank", all), ask("/v1/files", all), ask("/v1/moderations", all),
		ask("/engines/x/chat/completions", all), ask("/v1beta/models/x:generateContent", all), ask("/v1/messages/count_tokens", all),
	)
}

// TestNoRequestMakesLiteLLMContactAnotherHost sends every field of LiteLLM's that may name a host, a credential or a logger, in every place, with no key,
// a wrong one and a right one.
func TestNoRequestMakesLiteLLMContactAnotherHost(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	stranger := g.Stranger(t)
	own := map[string]any{"langfuse_host": stranger.URL, "langfuse_public_key": "pk-lf-own", "langfuse_secret_key": "sk-lf-own"}
	before := len(g.OtherHosts.Contacts())
	inside, outside := senderTo(g.InternalURL), senderTo(g.PublicURL)
	for _, caller := range []struct {
		name, key string
		// by is the way: the edge refuses a request without a key, so such a one comes from inside.
		by sender
		// atOnce is how many fields one request has: LiteLLM refuses a valid key's request at the first that it knows, so there it is one.
		atOnce     int
		companions map[string]any
	}{
		{"no key", "", inside, 6, own},
		{"no key and a host alone", "", inside, 12, map[string]any{"langfuse_host": stranger.URL}},
		{"a wrong key", "sk-wrong", outside, 6, own},
		{"a wrong key and no host", "sk-wrong", outside, 12, nil},
		{"a right key", g.Key(t, map[string]any{"key_alias": "attacker"}), outside, 1, nil},
		{"a right key and its own Langfuse", g.Key(t, map[string]any{"key_alias": "attacker-langfuse"}), outside, 12, own},
	} {
		calls, workers := make(chan func(sender, *testing.T, string)), sync.WaitGroup{}
		for range 4 {
			workers.Go(func() {
				for call := range calls {
					call(caller.by, t, caller.key)
				}
			})
		}
		for _, call := range attack(stranger.URL, caller.atOnce, caller.companions) {
			calls <- call
		}
		close(calls)
		workers.Wait()
		require.Empty(t, stranger.Contacts(), caller.name)
		require.Len(t, g.OtherHosts.Contacts(), before, "%s: %v", caller.name, g.OtherHosts.Contacts())
	}
	// Loggers send in the background, within seconds.
	require.Never(t, func() bool { return len(stranger.Contacts())+len(g.OtherHosts.Contacts()) > before }, 8*time.Second, interval,
		"%v %v", stranger.Contacts, g.OtherHosts.Contacts)
	clientCalls(t, g, g.Key(t, map[string]any{"key_alias": "after-the-attack"}), "after the attack:")
}

// TestNothingThatARequestNamesIsFetched: neither pictures, documents and tool servers at private addresses nor such at public ones, which show themselves
// at the proxy for other hosts. The public one is a number, so that it needs no name server.
func TestNothingThatARequestNamesIsFetched(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	stranger := g.Stranger(t)
	key := g.Key(t, map[string]any{"key_alias": "fetcher"})
	_, port, found := strings.Cut(stranger.Address, ":")
	require.True(t, found)
	before := len(g.OtherHosts.Contacts())
	for _, host := range []string{"http://93.184.215.14", "https://93.184.215.14", "http://127.0.0.1:" + port, "http://localhost:" + port} {
		address := host + "/picture.png"
		tool := `{"type": "mcp", "server_label": "x", "server_url": "` + address + `", "require_approval": "never"}`
		for _, call := range []struct {
			path, part, more string
			// fetched says that LiteLLM would fetch it itself; else the address goes to Bedrock as it came, or nowhere.
			fetched bool
		}{
			{"/v1/chat/completions", `{"type": "image_url", "image_url": {"url": "` + address + `"}}`, "", true},
			{"/v1/chat/completions", `{"type": "image_url", "image_url": "` + address + `"}`, `, "stream": true`, true},
			{"/v1/chat/completions", `{"type": "file", "file": {"file_id": "` + address + `", "format": "application/pdf"}}`, "", true},
			{"/v1/responses", `{"type": "input_image", "image_url": "` + address + `"}`, "", true},
			{"/v1/responses", `{"type": "input_file", "file_url": "` + address + `"}`, "", true},
			{"/v1/responses", `{"type": "input_text", "text": "a tool server"}`, `, "tools": [` + tool + `]`, false},
			{"/v1/messages", `{"type": "image", "source": {"type": "url", "url": "` + address + `"}}`, "", false},
			{"/v1/messages", `{"type": "document", "source": {"type": "url", "url": "` + address + `"}}`, "", false},
			{"/v1/messages", `{"type": "text", "text": "a tool server"}`, `, "mcp_servers": [{"type": "url", "url": "` + address + `", "name": "x"}]`, false},
			{"/v1/messages/count_tokens", `{"type": "image", "source": {"type": "url", "url": "` + address + `"}}`, "", false},
			{"/v1/chat/completions", `{"type": "text", "text": "a tool server"}`, `, "tools": [` + tool + `]`, false},
		} {
			messages := "messages"
			if call.path == "/v1/responses" {
				messages = "input"
			}
			answer := g.Public(t, http.MethodPost, call.path, key, `{"model": "`+gateway.Opus+`", "max_tokens": 9, "`+messages+`": [{"role": "user", "content": [`+call.part+`]}]`+call.more+`}`)
			require.Empty(t, stranger.Contacts(), "%s to %s: %s%s", call.path, host, call.part, call.more)
			require.Len(t, g.OtherHosts.Contacts(), before, "%s to %s: %s%s: %v", call.path, host, call.part, call.more, g.OtherHosts.Contacts())
			if call.fetched {
				require.Equal(t, http.StatusBadRequest, answer.Status, "%s%s: %s", call.part, call.more, answer.Body)
				require.Contains(t, answer.Message(), "fetches nothing that a request names", "README.md's words")
			} else {
				require.Equal(t, http.StatusOK, answer.Status, "%s%s: %s", call.part, call.more, answer.Body)
			}
		}
	}
}
