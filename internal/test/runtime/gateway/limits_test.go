//go:build runtime

package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/internal/test/runtime/gateway"
)

// zeros is a body of any length without the memory for it.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// TestWhatIsTooLargeOrKeylessNeverReachesLiteLLM sends a stranger's bodies to the public address.
func TestWhatIsTooLargeOrKeylessNeverReachesLiteLLM(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	send := func(body io.Reader, length int64, key string) int {
		return send(t, g.PublicURL, body, length, key).Status
	}
	const large = routes.MaxBodyBytes + 1
	key := g.Key(t, map[string]any{"key_alias": "large"})
	require.Equal(t, http.StatusRequestEntityTooLarge, send(io.LimitReader(zeros{}, large), large, key))
	require.Equal(t, http.StatusRequestEntityTooLarge, send(io.LimitReader(zeros{}, large), large, "sk-wrong"))
	require.Equal(t, http.StatusLengthRequired, send(io.LimitReader(zeros{}, 1000), -1, key))
	require.Equal(t, http.StatusUnauthorized, send(strings.NewReader("{}"), 2, ""))
	require.Equal(t, http.StatusOK, g.Public(t, http.MethodGet, "/health/liveliness", "", "").Status, "monitors need no key")
}

// send makes a call with a body of a stated length, -1 for one that is not stated, to an address of the public path.
func send(t *testing.T, address string, body io.Reader, length int64, key string) gateway.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/v1/chat/completions", body)
	require.NoError(t, err)
	request.ContentLength = length
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return gateway.Answer{Status: response.StatusCode, Header: response.Header, Body: string(text)}
}
