//go:build runtime

package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/internal/test/runtime/gateway"
)

// bodies is the gateway of these tests; few others call it, so its memory is theirs.
func bodies(t *testing.T) *gateway.Gateway {
	t.Helper()
	return gateway.StartWith(t, map[string]string{"langfuse.content": "none"})
}

// objects is a body of the largest length that the edge lets in, made of what takes most memory when it is parsed.
func objects() string {
	begin, end := `{"model": "`+gateway.Haiku+`", "max_tokens": 9, "messages": [{"role": "user", "content": "many objects"}], "objects": [`, `{}]}`
	return begin + strings.Repeat("{},", (routes.MaxBodyBytes-len(begin)-len(end))/3) + end
}

// words is a valid call of exactly the largest length.
func words(more string) string {
	call := gateway.Chat(gateway.Haiku, "@@", `"temperature": 0`)
	return strings.Replace(call, "@@", more+strings.Repeat("a", routes.MaxBodyBytes-len(call)+len("@@")-len(more)), 1)
}

// post sends a body and returns the status, 0 where the connection ended before the body was sent and the answer read: a server may do so.
func post(t *testing.T, address, key, body string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if !assert.NoError(t, err) {
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

// TestStrangersBodiesFillNoMemory: one body of objects takes LiteLLM 1.5 GB where it reads it before it looks at the key.
func TestStrangersBodiesFillNoMemory(t *testing.T) { //nolint:paralleltest // It measures memory.
	g := bodies(t)
	blocked := g.Key(t, map[string]any{"key_alias": "bodies-blocked"})
	g.Admin(t, http.MethodPost, "/key/block", map[string]any{"key": blocked})
	expired := g.Key(t, map[string]any{"key_alias": "bodies-expired", "duration": "1s"})
	require.Eventually(t, func() bool { return ask(t, g, expired, "waits").Status == http.StatusUnauthorized }, patience, interval)
	key := g.Key(t, map[string]any{"key_alias": "bodies-beside"})
	require.Equal(t, http.StatusOK, ask(t, g, key, "before the bodies").Status)

	body, before := objects(), g.Memory(t)
	const atOnce, most = 96, 200 // MiB
	peak := g.PeakMemory(t, func() {
		var senders sync.WaitGroup
		for i := range atOnce {
			senders.Go(func() {
				path := []string{"/v1/chat/completions", "/v1/messages"}[i%2]
				status := post(t, g.PublicURL+path, []string{"sk-wrong", "wrong", blocked, expired}[i/2%4], body)
				assert.Contains(t, []int{http.StatusUnauthorized, 0}, status)
			})
		}
		for range 5 {
			answer := g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(gateway.Haiku, "beside the bodies"))
			assert.Equal(t, http.StatusOK, answer.Status, answer.Body)
		}
		senders.Wait()
	})
	t.Logf("LiteLLM's memory: %d MiB before, at most %d MiB with %d bodies of %d bytes", before, peak, atOnce, routes.MaxBodyBytes)
	require.Less(t, peak, before+most)
	answer := g.Public(t, http.MethodPost, "/v1/chat/completions", "sk-wrong", gateway.Chat(gateway.Haiku, "x"))
	require.Equal(t, http.StatusUnauthorized, answer.Status)
	require.Contains(t, answer.Message(), "Authentication Error, Invalid proxy server token passed", "the answer is LiteLLM's own")
}

// TestSlowSendersHoldNobodyUp opens more connections than LiteLLM handles requests at once. They announce a body and send none.
func TestSlowSendersHoldNobodyUp(t *testing.T) { //nolint:paralleltest // It fills the room for bodies.
	g := bodies(t)
	key := g.Key(t, map[string]any{"key_alias": "bodies-slow"})
	const strangers = 450 // max_in_flight_requests_per_worker is 400
	answers := make(chan string, strangers)
	for range strangers {
		connection := announce(t, g, "sk-wrong", 1000)
		go func() {
			line, err := bufio.NewReader(connection).ReadString('\n')
			answers <- strings.TrimSpace(line) + fmt.Sprint(err)
		}()
	}
	for range strangers {
		require.Contains(t, <-answers, "HTTP/1.1 401", "answered without the body")
	}
	// Five of a valid key take the room for large bodies, a sixteenth of the task's 2,048 MiB, until they go.
	var connections []net.Conn
	for range 5 {
		connections = append(connections, announce(t, g, key, routes.MaxBodyBytes))
	}
	small := func() {
		require.Equal(t, http.StatusOK, ask(t, g, key, "small beside large").Status, "a small body has room")
	}
	small() // LiteLLM has seen the five when it answers
	large := make(chan int)
	go func() { large <- post(t, g.PublicURL+"/v1/chat/completions", key, words("waits for room: ")) }()
	require.Never(t, func() bool { return len(g.Bedrock.Calls("waits for room")) > 0 }, 3*time.Second, interval, "a large body waits")
	small()
	for _, connection := range connections {
		require.NoError(t, connection.Close())
	}
	require.Equal(t, http.StatusOK, <-large)
}

// announce sends the head of a call, and no body.
func announce(t *testing.T, g *gateway.Gateway, key string, length int) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(g.InternalURL, "http://")
	connection, err := net.Dial("tcp", host)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	require.NoError(t, connection.SetDeadline(time.Now().Add(time.Minute)))
	_, err = fmt.Fprintf(connection, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", host, key, length)
	require.NoError(t, err)
	return connection
}

// TestLargeBodiesOfAValidKeyWork, at once and by every header that LiteLLM takes a key from.
func TestLargeBodiesOfAValidKeyWork(t *testing.T) { //nolint:paralleltest // It measures memory.
	g := bodies(t)
	key := g.Key(t, map[string]any{"key_alias": "bodies-large"})
	body, before := words("large: "), g.Memory(t)
	const atOnce, most = 8, 1638 // MiB: four fifths of the task's
	peak := g.PeakMemory(t, func() {
		var senders sync.WaitGroup
		for range atOnce {
			senders.Go(func() { assert.Equal(t, http.StatusOK, post(t, g.PublicURL+"/v1/chat/completions", key, body)) })
		}
		senders.Wait()
	})
	t.Logf("LiteLLM's memory: %d MiB before, at most %d MiB with %d calls of %d bytes", before, peak, atOnce, routes.MaxBodyBytes)
	require.Less(t, peak, most)
	require.Equal(t, http.StatusRequestEntityTooLarge, post(t, g.InternalURL+"/v1/chat/completions", key, body+" "), "inside the VPC too")

	for name, value := range map[string]string{
		"Authorization": "Bearer " + key, "authorization": "bearer " + key, "x-api-key": key, "api-key": key, "x-goog-api-key": key,
		"Ocp-Apim-Subscription-Key": key, "x-litellm-api-key": "Bearer " + key,
	} {
		answer := g.Public(t, http.MethodPost, "/v1/chat/completions", "", gateway.Chat(gateway.Haiku, "by "+name), name, value)
		require.Equal(t, http.StatusOK, answer.Status, "%s: %s", name, answer.Body)
	}
	// LiteLLM drops a setting of this kind that it does not take, and counts nothing then.
	require.Contains(t, g.Internal(t, http.MethodGet, "/metrics/", gateway.MasterKey, "").Body, "litellm_admission_admitted_requests ")
}

// TestTheLayerThatReadsBodies runs ecs/litellm/gateway_requests.py by itself, with short times.
func TestTheLayerThatReadsBodies(t *testing.T) {
	t.Parallel()
	python, err := filepath.Abs(filepath.Join("..", "..", "..", "..", ".local", "venv", "bin", "python"))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), python, "testdata/layer.py")
	command.Env = append(os.Environ(), "LITELLM_LOCAL_MODEL_COST_MAP=True")
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), "all of the layer holds")
}
