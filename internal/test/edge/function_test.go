package edge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
)

const langfuseURL = "https://d111111abcdef8.cloudfront.net"

// everyone is the default: no network is excluded, and the metrics are public.
func everyone() routes.Options { return routes.Options{PublicMetrics: true} }

func gatewayRuntime(tb testing.TB, options routes.Options) *Runtime {
	tb.Helper()
	code, err := routes.GatewayFunction(options, routes.Table(options), langfuseURL)
	require.NoError(tb, err)
	runtime, err := NewRuntime(code)
	require.NoError(tb, err)
	return runtime
}

func langfuseRuntime(tb testing.TB, options routes.Options) *Runtime {
	tb.Helper()
	code, err := routes.LangfuseFunction(options)
	require.NoError(tb, err)
	runtime, err := NewRuntime(code)
	require.NoError(tb, err)
	return runtime
}

func evaluate(tb testing.TB, runtime *Runtime, request Request) Decision {
	tb.Helper()
	decision, err := runtime.Evaluate(request)
	require.NoError(tb, err, "%+q", request)
	return decision
}

// upgraded is how a request asks for a WebSocket.
func upgraded() map[string]string {
	return map[string]string{"upgrade": "WebSocket", "connection": "Upgrade", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
}

// modelNames are names as they come in a path, with what LiteLLM reads after decoding.
var modelNames = map[string]string{
	"claude":                           "claude",
	"bedrock%2Fclaude":                 "bedrock/claude",
	"bedrock%2fclaude-haiku-4.5":       "bedrock/claude-haiku-4.5",
	"bedrock/claude":                   "bedrock/claude",
	"a/b/c":                            "a/b/c",
	"us.anthropic.claude-haiku-v1:0":   "us.anthropic.claude-haiku-v1:0",
	"us.anthropic.claude-haiku-v1%3A0": "us.anthropic.claude-haiku-v1:0",
	"my%20model":                       "my model",
	"gpt-4o@2024+x":                    "gpt-4o@2024+x",
	"%62edrock%2Fclaud%65":             "bedrock/claude",
	"what%3F%23":                       "what?#",
	"constructor":                      "constructor",
	"__proto__":                        "__proto__",
}

func TestEveryPublicRouteOfLiteLLMPassesWithEveryMethodAndModelName(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	known := loadLiteLLM(t)
	passed := 0
	for _, route := range known.Routes {
		if route.Class != classPublic || route.Method == "MOUNT" {
			continue
		}
		for encoded, name := range modelNames {
			if strings.Contains(name, "/") && !strings.Contains(route.Path, ":path}") {
				continue // LiteLLM itself accepts one segment there
			}
			for _, method := range []string{route.Method, "OPTIONS"} {
				decision := evaluate(t, runtime, Request{Method: method, URI: instance(route.Path, encoded)})
				require.True(t, decision.Forward, "%s %s with %s: %+v", method, route.Path, encoded, decision)
				seen, ok := decode(decision.URI)
				require.True(t, ok)
				require.Equal(t, instance(route.Path, name), seen, "LiteLLM decodes the path that was judged")
				passed++
			}
			if route.Method == "GET" {
				require.True(t, evaluate(t, runtime, Request{Method: "HEAD", URI: instance(route.Path, encoded)}).Forward)
			}
		}
	}
	require.Greater(t, passed, 1000)
}

func TestConsolesPassUnchanged(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for _, uri := range []string{
		"/grafana", "/grafana/", "/grafana/d/abc/my%20dashboard", "/grafana/api/ds/query", "/grafana/alerting/a%2Fb/view",
		"/api/public/health", "/api/public/ingestion", "/api/public/v2/prompts/folder%2Fname",
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			require.Equal(t, Decision{Forward: true, URI: uri}, evaluate(t, runtime, Request{Method: method, URI: uri}), method)
		}
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		require.True(t, evaluate(t, runtime, Request{Method: method, URI: "/grafana/api/dashboards/db"}).Forward, method)
		require.False(t, evaluate(t, runtime, Request{Method: method, URI: "/grafana"}).Forward, method)
	}
	for _, uri := range []string{
		"/%67rafana/", "/grafana%2f", "/grafana%2Fapi", "/api%2fpublic/health", "/%61pi/public/health",
		"/%67rafana", "/%6cangfuse/x",
	} {
		require.Equal(t, 403, evaluate(t, runtime, Request{Method: "GET", URI: uri}).Status, uri)
	}
}

func TestLangfuseAddressRedirectsToItsOwnDomain(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for uri, location := range map[string]string{
		"/langfuse": langfuseURL + "/", "/langfuse/": langfuseURL + "/", "/langfuse/project/a%20b": langfuseURL + "/project/a%20b",
		"/langfuse/@example.com": langfuseURL + "/@example.com",
	} {
		decision := evaluate(t, runtime, Request{Method: "GET", URI: uri})
		require.Equal(t, 302, decision.Status, uri)
		require.Equal(t, map[string]string{"location": location, "cache-control": "no-store"}, decision.Headers)
	}
	require.Equal(t, 403, evaluate(t, runtime, Request{Method: "GET", URI: "/langfuse.example.com"}).Status)

	kept := evaluate(t, runtime, Request{Method: "GET", URI: "/langfuse/traces", Query: map[string]string{"filter": "model%3Bany"}})
	require.Equal(t, langfuseURL+"/traces?filter=model%3Bany", kept.Headers["location"], "links from the dashboards keep their filter")
}

func TestMethodsAreDecidedRouteByRoute(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for _, refused := range []string{
		"POST /v1/models", "DELETE /v1/models/claude", "PUT /v1/files/file-1", "PATCH /v1/files/file-1", "DELETE /v1/files",
		"DELETE /v1/batches/b", "GET /v1/chat/completions",
		"HEAD /v1/chat/completions", "GET /v1/messages", "POST /health/readiness", "POST /metrics/", "TRACE /v1/models", "TRACE /grafana/",
		"CONNECT /v1/models",
		"get /v1/models", "PROPFIND /grafana/", "POST /langfuse/", " /v1/models", "constructor /v1/models", "hasOwnProperty /v1/models",
		"__proto__ /v1/models", "toString /grafana/",
	} {
		method, uri, _ := strings.Cut(refused, " ")
		require.Equal(t, 403, evaluate(t, runtime, Request{Method: method, URI: uri}).Status, refused)
	}
	require.True(t, evaluate(t, runtime, Request{Method: "DELETE", URI: "/v1/files/file-1"}).Forward, "clients clean up after themselves")
}

func TestWebSocketsAreRefused(t *testing.T) {
	t.Parallel()
	for name, runtime := range map[string]*Runtime{"gateway": gatewayRuntime(t, everyone()), "langfuse": langfuseRuntime(t, everyone())} {
		for _, uri := range []string{"/v1/models", "/grafana/api/live/ws", "/api/public/health"} {
			require.Equal(t, 403, evaluate(t, runtime, Request{Method: "GET", URI: uri, Headers: upgraded()}).Status, name)
			require.Equal(t, 403, evaluate(t, runtime, Request{
				Method: "GET", URI: uri,
				Headers: map[string]string{"upgrade": "websocket"},
			}).Status, name)
			require.Equal(t, 403, evaluate(t, runtime, Request{
				Method: "GET", URI: uri,
				Headers: map[string]string{"upgrade": "h2c, WebSocket"},
			}).Status, name)
			require.Equal(t, 403, evaluate(t, runtime, Request{
				Method: "GET", URI: uri,
				Headers: map[string]string{"sec-websocket-key": "x"},
			}).Status, name)
			require.True(t, evaluate(t, runtime, Request{Method: "GET", URI: uri, Headers: map[string]string{"upgrade": "h2c"}}).Forward, name)
		}
	}
}

func TestMalformedPathsAreRefused(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for what, paths := range map[string][]string{
		"still encoded": {"/v1/models/%2541", "/v1/models/a%25", "/grafana/%252e%252e/x", "/%2576%2531/models", "/v1/models%252f"},
		"no escape":     {"/v1/models/%", "/v1/models/%4", "/v1/models/%zz", "/v1/models/%u0041", "/v1/models/%c0%af", "/v1/models/%ff"},
		"not ASCII":     {"/v1/models/%C3%A9", "/v1/models/\u00e9", "/v1/models/\uff0fx", "/grafana/%E2%80%AE"},
		"control":       {"/v1/models/a%00", "/v1/models/a%0a", "/v1/models\n", "/v1/models/%7f", "/grafana/%0d%0aset-cookie:x"},
		"double slash": {
			"//v1/models", "/v1//models", "/v1/models//", "/v1/models/%2f", "/v1/models/a%2f%2Fb", "/grafana//x",
			"/api/public//health",
		},
		"dot segment": {
			"/v1/./models", "/v1/models/..", "/v1/models/%2e", "/v1/%2e%2e/v1/models", "/v1/models/..;/x",
			"/grafana/..%2fuser", "/v1/models/.%20",
		},
		"backslash": {"/v1\\models", "/v1/models/a%5cb", "/grafana/%5c"},
		"ends in a slash": {
			"/v1/models/", "/v1/models/a/", "/v1/models/a%2f", "/v1/chat/completions/", "/engines/a/completions/",
			"/v1/responses/x/",
		},
		"empty name": {
			"/v1/responses/", "/v1/responses//cancel", "/v1beta/models/:generateContent", "/engines//completions",
			"/engines/completions",
		},
		"no path":  {"", "v1/models", "x/v1/models", "http:/v1/models", "http://x/v1/models", "*", "?/v1/models"},
		"too long": {"/v1/models/" + strings.Repeat("a", 2048), "/grafana/" + strings.Repeat("a", 2048)},
		"not in it": {
			"/models/a/b", "/metrics", "/metrics/x", "/v1", "/v1/", "/", "/grafanax", "/api/publicx", "/health", "/health/",
			"/V1/models", "/v1/responses/a/b",
		},
	} {
		for _, path := range paths {
			for _, method := range []string{"GET", "POST"} {
				require.Equal(t, 403, evaluate(t, runtime, Request{Method: method, URI: path}).Status, "%s: %s %+q", what, method, path)
			}
		}
	}
}

func TestRefusalIsAnOpenAIErrorThatNobodyCaches(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, routes.Options{APICidrs: []string{"198.51.100.0/24"}})
	for uri, code := range map[string]string{
		"/user/new": "not_public", "/v1/../user/new": "malformed_path",
		"/v1/models": "address_refused", "/metrics/": "not_public",
	} {
		decision := evaluate(t, runtime, Request{Method: "GET", URI: uri})
		require.Equal(t, 403, decision.Status)
		require.Equal(t, map[string]string{"content-type": "application/json", "cache-control": "no-store"}, decision.Headers)
		var body struct {
			Error struct {
				Message, Type, Code string
				Param               *string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(decision.Body), &body))
		require.Equal(t, code, body.Error.Code, uri)
		require.NotEmpty(t, body.Error.Message)
		require.Equal(t, "invalid_request_error", body.Error.Type)
	}
}

func TestMetricsArePublicOnlyWhereConfigured(t *testing.T) {
	t.Parallel()
	request := Request{Method: "GET", URI: "/metrics/"}
	require.True(t, evaluate(t, gatewayRuntime(t, routes.Options{PublicMetrics: true}), request).Forward)
	require.Equal(t, 403, evaluate(t, gatewayRuntime(t, routes.Options{}), request).Status)
}

func TestViewersOutsideTheNetworksAreRefused(t *testing.T) {
	t.Parallel()
	options := routes.Options{
		APICidrs:     []string{"203.0.113.7/32", "198.51.100.64/26", "2001:db8:1::/48", "10.0.0.0/9"},
		ConsoleCidrs: []string{"2001:db8:2:8000::/49", "0.0.0.0/1"},
	}
	gateway, langfuse, reference := gatewayRuntime(t, options), langfuseRuntime(t, options), newReference(options)
	for _, ip := range []string{
		"203.0.113.7", "203.0.113.8", "198.51.100.63", "198.51.100.64", "198.51.100.127", "198.51.100.128", "10.127.255.255", "10.128.0.0",
		"2001:db8:1::", "2001:DB8:1:ffff::1",
		"2001:db8:2::1", "2001:db8:2:8000::1", "2001:db8:2:7fff::1", "::1", "1.1.1.1", "127.255.255.255", "128.0.0.0", "::ffff:1.1.1.1",
		"::ffff:203.0.113.7", "2001:db8:1:2:3:4:5:6",
	} {
		for _, uri := range []string{"/v1/models", "/grafana/", "/api/public/health", "/langfuse/"} {
			request := Request{Method: "GET", URI: uri, ViewerIP: ip}
			require.Equal(t, reference.decide(request).service != "", evaluate(t, gateway, request).Status != 403, "%s from %s", uri, ip)
		}
		request := Request{Method: "GET", URI: "/auth/sign-in", ViewerIP: ip}
		require.Equal(t, admitted(options.ConsoleCidrs, ip), evaluate(t, langfuse, request).Forward, "langfuse from %s", ip)
	}
	for _, ip := range []string{"", "x", "203.0.113.263", "1.2.3", "1::2::3", "12345::", "203.0.113.7%eth0", ":::::::::"} {
		request := Request{Method: "GET", URI: "/v1/models", ViewerIP: ip}
		if ip == "" {
			continue // the runtime's own default
		}
		require.Equal(t, 403, evaluate(t, gateway, request).Status, "%q is no address", ip)
	}
}

func TestLangfuseDistributionPassesItsPathsUnchanged(t *testing.T) {
	t.Parallel()
	runtime := langfuseRuntime(t, everyone())
	for _, uri := range []string{
		"/", "/auth/sign-in", "/_next/static/chunks/%5Bid%5D.js", "/api/public/v2/prompts/%C3%BCber%2Funs",
		"/project/a%2525", "/api/trpc/x",
	} {
		require.Equal(t, Decision{Forward: true, URI: uri}, evaluate(t, runtime, Request{Method: "POST", URI: uri}))
	}
	for _, uri := range []string{
		"", "x", "/a//b", "/a/../b", "/a/%2e%2e/b", "/a%0ab", "/%", "/%c0%af", "/a\\b", "http://x/",
		"/" + strings.Repeat("a", 2048),
	} {
		require.Equal(t, 403, evaluate(t, runtime, Request{Method: "GET", URI: uri}).Status, uri)
	}
	require.Equal(t, 403, evaluate(t, runtime, Request{Method: "TRACE", URI: "/"}).Status)
}
