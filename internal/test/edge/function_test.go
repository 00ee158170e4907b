package edge

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
)

const langfuseURL = "https://d111111abcdef8.cloudfront.net"

// everyone excludes no network, publishes the metrics, and has a model of each kind.
func everyone() routes.Options {
	return routes.Options{PublicMetrics: true, Kinds: []routes.Kind{routes.Chat, routes.Embedding, routes.Rerank, routes.Image}}
}

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

// carrying adds a key and a body of two bytes, where the request does not say anything else: what the tests of paths leave out.
func carrying(request Request) Request {
	headers := map[string]string{"authorization": "Bearer sk-x", "content-length": "2"}
	maps.Copy(headers, request.Headers)
	request.Headers = headers
	return request
}

func evaluate(tb testing.TB, runtime *Runtime, request Request) Decision {
	tb.Helper()
	return evaluateBare(tb, runtime, carrying(request))
}

// evaluateBare gives the function the request as it stands.
func evaluateBare(tb testing.TB, runtime *Runtime, request Request) Decision {
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
	require.Greater(t, passed, 800)
}

func TestConsolesPassUnchanged(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for _, uri := range []string{
		"/grafana", "/grafana/", "/grafana/d/abc/my%20dashboard", "/grafana/api/ds/query", "/grafana/alerting/a%2Fb/view",
		"/api/public/health",
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
	repeated := evaluate(t, runtime, Request{
		Method: "GET", URI: "/langfuse/traces", Query: map[string]string{"page": "2"}, Repeated: map[string][]string{"filter": {"user%3Bada", "model%3Bany"}},
	})
	_, query, _ := strings.Cut(repeated.Headers["location"], "?")
	require.ElementsMatch(t, []string{"page=2", "filter=user%3Bada", "filter=model%3Bany"}, strings.Split(query, "&"), "all values of a repeated parameter")
}

func TestMethodsAreDecidedRouteByRoute(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for _, refused := range []string{
		"POST /v1/models", "DELETE /v1/models/claude", "PUT /v1/models/claude", "PATCH /v1/models", "DELETE /v1/responses/r",
		"GET /v1/responses/r", "GET /v1/chat/completions",
		"HEAD /v1/chat/completions", "GET /v1/messages", "POST /health/readiness", "POST /metrics/", "TRACE /v1/models", "TRACE /grafana/",
		"CONNECT /v1/models",
		"get /v1/models", "PROPFIND /grafana/", "POST /langfuse/", " /v1/models", "constructor /v1/models", "hasOwnProperty /v1/models",
		"__proto__ /v1/models", "toString /grafana/",
	} {
		method, uri, _ := strings.Cut(refused, " ")
		require.Equal(t, 403, evaluate(t, runtime, Request{Method: method, URI: uri}).Status, refused)
	}
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
	inside := "198.51.100.1"
	for _, test := range []struct {
		request Request
		status  int
		code    string
	}{
		{Request{Method: "GET", URI: "/user/new"}, 403, "not_public"},
		{Request{Method: "GET", URI: "/v1/../user/new"}, 403, "malformed_path"},
		{Request{Method: "GET", URI: "/v1/models"}, 403, "address_refused"},
		{Request{Method: "GET", URI: "/metrics/"}, 403, "not_public"},
		{Request{Method: "GET", URI: "/v1/models", ViewerIP: inside}, 401, "no_key"},
		{Request{Method: "POST", URI: "/v1/messages", ViewerIP: inside}, 411, "length_required"},
		{Request{Method: "POST", URI: "/v1/messages", ViewerIP: inside, Headers: map[string]string{"content-length": "99999999"}}, 413, "body_too_large"},
	} {
		decision := evaluateBare(t, runtime, test.request)
		require.Equal(t, test.status, decision.Status)
		require.Equal(t, map[string]string{"content-type": "application/json", "cache-control": "no-store"}, decision.Headers)
		var body struct {
			Error struct {
				Message, Type, Code string
				Param               *string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(decision.Body), &body))
		require.Equal(t, test.code, body.Error.Code, "%+v", test.request)
		require.NotEmpty(t, body.Error.Message)
		require.Equal(t, "invalid_request_error", body.Error.Type)
	}
}

// Of Langfuse's API only the health check is on the gateway's domain.
func TestLangfusesAPIIsNotOnTheGatewaysDomain(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for _, uri := range []string{
		"/api/public/traces", "/api/public/ingestion", "/api/public/", "/api/public", "/api/public/health/x", "/api/public/projects", "/api/trpc/x",
	} {
		for _, method := range []string{"GET", "POST"} {
			require.Equal(t, 403, evaluate(t, runtime, Request{Method: method, URI: uri}).Status, "%s %s", method, uri)
		}
	}
	require.Equal(t, 403, evaluate(t, runtime, Request{Method: "POST", URI: "/api/public/health"}).Status)
}

func TestRoutesFollowTheKindsOfTheModels(t *testing.T) {
	t.Parallel()
	paths := map[routes.Kind][]string{
		routes.Chat: {
			"/v1/chat/completions", "/chat/completions", "/v1/responses", "/v1/messages", "/v1/completions",
			"/engines/x/chat/completions", "/openai/deployments/x/completions", "/v1beta/models/x:generateContent",
		},
		routes.Embedding: {"/embeddings", "/v1/embeddings", "/engines/x/embeddings", "/openai/deployments/x/embeddings"},
		routes.Rerank:    {"/rerank", "/v1/rerank", "/v2/rerank"},
		routes.Image:     {"/v1/images/generations", "/images/edits", "/openai/deployments/x/images/generations"},
	}
	never := []string{"/v1/files", "/files", "/v1/batches", "/v1/moderations", "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/responses/compact"}
	for configured := range paths {
		runtime := gatewayRuntime(t, routes.Options{Kinds: []routes.Kind{configured}})
		for kind, list := range paths {
			for _, path := range list {
				got := evaluate(t, runtime, Request{Method: "POST", URI: path})
				require.Equal(t, kind == routes.Chat || kind == configured, got.Forward, "%s with a model for %s", path, configured)
			}
		}
		for _, path := range never {
			require.Equal(t, 403, evaluate(t, runtime, Request{Method: "POST", URI: path}).Status, path)
		}
	}
}

func TestLargeBodiesAreRefusedBeforeAServerReadsThem(t *testing.T) {
	t.Parallel()
	most := strconv.Itoa(routes.MaxBodyBytes)
	gateway, langfuse := gatewayRuntime(t, everyone()), langfuseRuntime(t, everyone())
	for _, test := range []struct {
		length string
		status int
	}{
		{"0", 0},
		{most, 0},
		{strconv.Itoa(routes.MaxBodyBytes + 1), 413},
		{"157286400", 413},
		{"999999999999999999999999", 413},
		{"-1", 0}, // CloudFront itself refuses what is no number; here it counts as small
		{"x", 413},
	} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
			for uri, runtime := range map[string]*Runtime{"/v1/chat/completions": gateway, "/grafana/api/ds/query": gateway, "/api/public/ingestion": langfuse} {
				decision := evaluate(t, runtime, Request{Method: method, URI: uri, Headers: map[string]string{"content-length": test.length}})
				if uri == "/v1/chat/completions" && method != "POST" {
					require.Equal(t, 403, decision.Status, "%s %s", method, uri)
					continue
				}
				require.Equal(t, test.status, decision.Status, "%s %s with %s bytes", method, uri, test.length)
			}
		}
	}
}

// A body without a length is sent in chunks, or over HTTP/2 without the header. What an API client sends has a length; consoles are let be.
func TestAPIRequestsWithoutALengthAreRefused(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	key := map[string]string{"authorization": "Bearer sk-x"}
	chunked := map[string]string{"authorization": "Bearer sk-x", "transfer-encoding": "chunked"}
	for _, test := range []struct {
		method, uri string
		headers     map[string]string
		status      int
	}{
		{"POST", "/v1/messages", key, 411},
		{"POST", "/v1/messages", chunked, 411},
		{"GET", "/v1/models", key, 0},
		{"GET", "/v1/models", chunked, 411},
		{"OPTIONS", "/v1/messages", nil, 0},
		{"GET", "/health/liveliness", nil, 0},
		{"GET", "/health/liveliness", chunked, 411},
		{"POST", "/grafana/api/ds/query", nil, 0},
	} {
		decision := evaluateBare(t, runtime, Request{Method: test.method, URI: test.uri, Headers: test.headers})
		require.Equal(t, test.status, decision.Status, "%s %s %v", test.method, test.uri, test.headers)
	}
}

func TestAPIRequestsWithoutAKeyAreRefused(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	for _, name := range []string{"authorization", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key", "x-litellm-api-key"} {
		headers := map[string]string{name: "sk-x", "content-length": "2"}
		require.True(t, evaluateBare(t, runtime, Request{Method: "POST", URI: "/v1/messages", Headers: headers}).Forward, name)
	}
	require.True(t, evaluateBare(t, runtime, Request{
		Method: "POST", URI: "/v1beta/models/x:generateContent", Query: map[string]string{"key": "sk-x"}, Headers: map[string]string{"content-length": "2"},
	}).Forward, "Gemini's clients send the key in the query")
	for _, headers := range []map[string]string{nil, {"cookie": "token=x"}, {"x-mcp-auth": "x"}, {"x-amz-security-token": "x"}} {
		for uri, method := range map[string]string{"/v1/models": "GET", "/metrics/": "GET", "/v1/chat/completions": "POST"} {
			request := Request{Method: method, URI: uri, Headers: map[string]string{"content-length": "2"}}
			maps.Copy(request.Headers, headers)
			require.Equal(t, 401, evaluateBare(t, runtime, request).Status, "%s %s %v", method, uri, headers)
		}
	}
	for _, uri := range []string{"/health/liveliness", "/health/liveness", "/health/readiness", "/grafana/", "/api/public/health"} {
		require.True(t, evaluateBare(t, runtime, Request{Method: "GET", URI: uri}).Forward, "%s needs no key", uri)
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
