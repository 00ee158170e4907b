package edge

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
)

// FuzzFunctionAgreesWithReference holds the function's verdict against the one written independently in Go. The seeds below
// run with every `go test`; `make fuzz` searches on, and what it finds wrong becomes a seed.
func FuzzFunctionAgreesWithReference(f *testing.F) {
	for _, uri := range []string{
		"/v1/chat/completions", "/v1/models/bedrock%2Fclaude", "/models/x:generateContent", "/openai/deployments/a/b/chat/completions",
		"/v1/files/a/content",
		"/%75ser/new", "/user%2fnew", "/user/new%0a", "/user/new/", "/v1//models", "/grafana/..%2f", "/langfuse/x", "/api/public/health",
		"/metrics/", "/%", "/%c3%a9", "/v1/models/%3f",
	} {
		f.Add("GET", uri, "192.0.2.1", "")
		f.Add("POST", uri, "2001:db8::1", "websocket")
	}
	type pair struct {
		runtime   *Runtime
		reference *reference
	}
	var pairs []pair
	for _, options := range optionSets() {
		pairs = append(pairs, pair{gatewayRuntime(f, options), newReference(options)})
	}
	f.Fuzz(func(t *testing.T, method, uri, ip, upgrade string) {
		if !utf8.ValidString(method) || !utf8.ValidString(uri) || !utf8.ValidString(upgrade) || !isAddress(ip) {
			return // JavaScript strings hold no invalid UTF-8, and CloudFront gives a valid address
		}
		request := Request{Method: method, URI: uri, ViewerIP: ip}
		if upgrade != "" {
			request.Headers = map[string]string{"upgrade": upgrade}
		}
		for _, p := range pairs {
			requireAgreement(t, p.reference.decide(request), evaluate(t, p.runtime, request), request)
		}
	})
}

// FuzzLangfuseFunction says what Langfuse's own function forwards: everything well-formed, unchanged.
func FuzzLangfuseFunction(f *testing.F) {
	f.Add("GET", "/project/%C3%BC/x")
	f.Add("POST", "/a/%2e%2e/b")
	f.Add("GET", "/api/public/health")
	f.Add("POST", "/api/public/ingestion")
	f.Add("GET", "/_next/static/a%20b.js")
	f.Add("GET", "/a//b")
	f.Add("GET", "/a%5cb")
	f.Add("GET", "/%")
	f.Add("GET", "*")
	f.Add("TRACE", "/")
	runtime := langfuseRuntime(f, everyone())
	f.Fuzz(func(t *testing.T, method, uri string) {
		if !utf8.ValidString(method) || !utf8.ValidString(uri) {
			return
		}
		decision := evaluate(t, runtime, Request{Method: method, URI: uri})
		path, ok := decode(uri)
		if decision.Forward {
			require.True(t, ok)
			require.Equal(t, uri, decision.URI)
			require.True(t, strings.HasPrefix(path, "/"))
			require.NotContains(t, path, "//")
			require.NotContains(t, path+"/", "/../")
			require.NotContains(t, path, "\\")
			require.Equal(t, routes.Langfuse, gatewayRules().Forward(routes.HeaderLangfuse, uri))
			return
		}
		require.Equal(t, 403, decision.Status)
	})
}

func isAddress(ip string) bool {
	return admitted([]string{"0.0.0.0/0", "::/0"}, ip) && !strings.ContainsAny(ip, "%")
}
