package edge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"kong-llm-gateway/cloudfront/routes"
)

// reviewed are the routes of LiteLLM's that are not public and yet share a path with a pattern of the load balancer, which cannot
// tell methods or segments apart. The function refuses each; this table says why it may be reached with the function absent. A new
// release of LiteLLM that adds another one fails the test.
var reviewed = map[string]string{
	"/openai/{endpoint:path}":                       "the public routes come first for POST; others need OpenAI's key",
	"/v1/responses/{response_id}":                   "a stored response called input_tokens: data plane, and Bedrock stores none",
	"/{mcp_server_name}/mcp":                        "an MCP server called models; there is none, and /models/{model_id} comes first for GET",
	"/{mcp_server_name}/authorize":                  "as above",
	"/{mcp_server_name}/token":                      "as above",
	"/{mcp_server_name}/register":                   "as above",
	"/{provider}/v1/files":                          "a provider called models: a key's own files, data plane",
	"/{provider}/v1/files/{file_id:path}":           "a provider called models or engines: a key's own files, data plane",
	"/{provider}/v1/files/{file_id:path}/content":   "as above",
	"/{provider}/v1/batches":                        "as above, batches",
	"/{provider}/v1/batches/{batch_id:path}":        "as above, batches",
	"/{provider}/v1/batches/{batch_id:path}/cancel": "as above, batches",
}

// gatewayRules are what the internet can reach through the gateway's distribution.
func gatewayRules() LoadBalancer { return routes.Rules(routes.Table(everyone())) }

// liteLLMPatterns are the patterns that lead to LiteLLM, whatever the header.
func liteLLMPatterns(rules LoadBalancer) []string {
	var patterns []string
	for _, rule := range rules {
		if rule.Service == routes.LiteLLM {
			patterns = append(patterns, rule.Paths...)
		}
	}
	return patterns
}

func TestLoadBalancerAloneForwardsNoAdministrativeRoute(t *testing.T) {
	t.Parallel()
	known, patterns := loadLiteLLM(t), liteLLMPatterns(gatewayRules())
	public, used := map[string]bool{}, map[string]bool{}
	for _, route := range known.Routes {
		if route.Class == classPublic {
			public[route.Path] = true
		}
	}
	for _, route := range known.Routes {
		if public[route.Path] {
			continue // the same path with another method: the load balancer matches paths only
		}
		for _, pattern := range patterns {
			witness, meets := overlap(route.tokens, pattern)
			if !meets {
				continue
			}
			require.Contains(t, reviewed, route.Path, "%s %s (%s) meets the load balancer's %s, for instance at %s", route.Method, route.Path,
				route.Class, pattern, witness)
			used[route.Path] = true
		}
	}
	for path := range reviewed {
		require.True(t, used[path], "%s is reviewed but meets no pattern any more", path)
	}
}

// TestReviewedRoutesAreNotAdministration pins what each reviewed route resolves to: no management route of LiteLLM's, which all have
// a fixed first segment.
func TestReviewedRoutesAreNotAdministration(t *testing.T) {
	t.Parallel()
	known := loadLiteLLM(t)
	for path := range reviewed {
		require.True(t, strings.HasPrefix(path, "/{") || path == "/openai/{endpoint:path}" || path == "/v1/responses/{response_id}", path)
	}
	for request, want := range map[string]string{
		"GET /models/mcp": "/models/{model_id}", "GET /models/authorize": "/models/{model_id}",
		"POST /openai/deployments/a/b/chat/completions": "/openai/deployments/{model:path}/chat/completions",
		"POST /models/token":                            "/{mcp_server_name}/token", "GET /models/v1/files": "/{provider}/v1/files",
	} {
		method, uri, _ := strings.Cut(request, " ")
		route := known.resolve(method, uri)
		require.NotNil(t, route, request)
		require.Equal(t, want, route.Path)
	}
}

func TestLoadBalancerAloneRefusesWhatNoPatternNames(t *testing.T) {
	t.Parallel()
	rules := gatewayRules()
	for _, path := range []string{
		"/", "/openai/deployments/a/assistants", "/openai/v1/files", "/engines/a", "/engines/a/models", "/v1beta/models/a", "/v1beta/agents",
		"/v1/responses", "/v1/chat/completions/x",
		"/metrics", "/metrics/x", "/health", "/v1/model/info", "/model/info", "/V1/models", "/grafanax", "/api/publicx", "/langfuse",
		"/user/new", "/responses/register", "/files/mcp",
	} {
		want := routes.Service("")
		if path == "/v1/responses" {
			want = routes.LiteLLM // so that the test can fail
		}
		require.Equal(t, want, rules.Forward(routes.HeaderGateway, path), path)
	}
}

func TestOverlapIsExact(t *testing.T) {
	t.Parallel()
	for _, example := range []struct {
		template, pattern string
		meets             bool
	}{
		{"/user/new", "/user/new", true},
		{"/user/new", "/user/*", true},
		{"/user/new", "/v1/*", false},
		{"/{a}/v1/files", "/v1/files/*", false},
		{"/{a}/v1/files", "/models/*", true},
		{"/{a}/mcp", "/models/*", true},
		{"/{a}/mcp", "/v1/models/*", false},
		{
			"/{a:path}/x", "/v1/*:y",
			false,
		},
		{"/{a:path}:x", "/v1/*:x", true},
		{"/a{b}", "/a", false},
		{"/a{b:path}", "/a", true},
		{"/a/{b}", "/a/*", true},
		{
			"/a/{b}/c", "/a/*/c",
			true,
		},
		{"/a/{b}", "/a/*/c", false},
	} {
		witness, meets := overlap(templateTokens(example.template, false), example.pattern)
		require.Equal(t, example.meets, meets, "%s and %s: %q", example.template, example.pattern, witness)
		if meets {
			require.True(t, glob(example.pattern, witness), witness)
		}
	}
}

// TestLoadBalancerAloneRefusesVariants walks the variants of administrative routes past the function: each is refused by every way
// in which a load balancer may read the path, or LiteLLM answers it with something public, reviewed, or nothing.
func TestLoadBalancerAloneRefusesVariants(t *testing.T) {
	t.Parallel()
	known, rules := loadLiteLLM(t), gatewayRules()
	each := max(20, setting(t, "EDGE_VARIANTS", 100_000)/5000)
	for i, request := range closed(t) {
		variant := variants{rand.New(rand.NewPCG(7, uint64(i)))}
		for n := range each {
			uri := request.URI
			if n > 0 {
				uri = variant.one(uri)
			}
			for _, header := range []string{routes.HeaderGateway, routes.HeaderLangfuse, "", "Gateway"} {
				requireHarmless(t, known, rules, header, request.Method, uri)
			}
		}
	}
}

// requireHarmless says that the load balancer sends a path to no administrative route of LiteLLM's.
func requireHarmless(t require.TestingT, known *liteLLM, rules LoadBalancer, header, method, uri string) {
	path, ok := decode(uri)
	if !ok || rules.Forward(header, uri) != routes.LiteLLM && rules.Forward(header, path) != routes.LiteLLM {
		return
	}
	route := known.resolve(method, path)
	if route == nil || route.Class == classPublic || reviewed[route.Path] != "" {
		return
	}
	// The same path as a public route, with a method that is not public: paths are all the load balancer knows.
	for _, other := range known.Routes {
		if other.Class == classPublic && other.match.MatchString(path) {
			return
		}
	}
	require.Fail(t, "an administrative route is reachable from the edge", "%s %+q with header %q reaches %s", method, uri, header, route.Path)
}

// randomRequest draws paths near the public ones and near the closed ones, whole and in pieces, plain and changed.
func randomRequest(t *rapid.T, pieces, whole []string) Request {
	var uri string
	if rapid.Bool().Draw(t, "whole") {
		uri = rapid.SampledFrom(whole).Draw(t, "path")
	} else {
		for range rapid.IntRange(1, 6).Draw(t, "segments") {
			uri += "/" + rapid.OneOf(rapid.SampledFrom(pieces), rapid.StringMatching(`[a-zA-Z0-9._:%2Ff@ ~-]{0,6}`)).Draw(t, "segment")
		}
	}
	if rapid.Bool().Draw(t, "changed") {
		uri = variants{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}.one(uri)
	}
	return Request{
		Method:   rapid.SampledFrom([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"}).Draw(t, "method"),
		URI:      strings.ToValidUTF8(uri, "?"),
		ViewerIP: rapid.SampledFrom([]string{"192.0.2.1", "198.51.100.9", "2001:db8::1", "2001:db9::1"}).Draw(t, "ip"),
	}
}

func vocabulary(tb testing.TB) (pieces, whole []string) {
	tb.Helper()
	seen := map[string]bool{}
	add := func(path string) {
		whole = append(whole, path)
		for segment := range strings.SplitSeq(path, "/") {
			seen[segment] = true
		}
	}
	for _, route := range loadLiteLLM(tb).Routes {
		add(instance(route.Path, "x1"))
		add(instance(route.Path, "models"))
	}
	for _, route := range routes.Table(everyone()) {
		name := strings.NewReplacer("{model...}", "bedrock%2Fclaude", "{id...}", "a/b", "{id}", "resp_1", "{model}", "claude", "*",
			"d/1").Replace(route.Pattern)
		for range 20 { // as often as all of LiteLLM's
			add(name)
		}
	}
	for segment := range seen {
		pieces = append(pieces, segment)
	}
	sort.Strings(pieces)
	return pieces, whole
}

// TestLayersAgree holds the function, the reference and the load balancer against each other over generated paths.
func TestLayersAgree(t *testing.T) {
	t.Parallel()
	pieces, whole := vocabulary(t)
	known := loadLiteLLM(t)
	for name, options := range optionSets() {
		runtime, reference := gatewayRuntime(t, options), newReference(options)
		rules := LoadBalancer(routes.Rules(routes.Table(options)))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				request := randomRequest(t, pieces, whole)
				decision, err := runtime.Evaluate(carrying(request))
				require.NoError(t, err)
				requireAgreement(t, reference.decide(request), decision, request)
				if !decision.Forward {
					return
				}
				service := reference.decide(request).service
				require.Equal(t, service, rules.Forward(routes.HeaderGateway, decision.URI), "the load balancer sends %q elsewhere", decision.URI)
				require.Equal(t, routes.Langfuse, rules.Forward(routes.HeaderLangfuse, decision.URI))
				require.Empty(t, rules.Forward("", decision.URI), "without the header nothing is forwarded")
				for method := range strings.SplitSeq("GET POST PUT PATCH DELETE", " ") {
					requireHarmless(t, known, rules, routes.HeaderGateway, method, decision.URI)
				}
				if again, err := runtime.Evaluate(carrying(Request{
					Method: request.Method, URI: decision.URI,
					ViewerIP: request.ViewerIP,
				})); err != nil || again.URI != decision.URI {
					require.Fail(t, "the forwarded path is not canonical", "%q: %+v %v", decision.URI, again, err)
				}
			})
		})
	}
}

func optionSets() map[string]routes.Options {
	return map[string]routes.Options{
		"everyone": everyone(),
		"networks": {APICidrs: []string{"192.0.2.0/24", "2001:db8::/32"}, ConsoleCidrs: []string{"198.51.100.8/31", "2001:db9::/33"}},
	}
}

func requireAgreement(t require.TestingT, want verdict, got Decision, request Request) {
	switch want.service {
	case "":
		require.Equal(t, 403, got.Status, "%+q: the reference refuses", request)
	case routes.LangfuseRedirect:
		require.Equal(t, 302, got.Status, "%+q: the reference redirects", request)
	case routes.LiteLLM, routes.Grafana, routes.Langfuse:
		require.True(t, got.Forward, "%+q: the reference forwards to %s", request, want.service)
		require.Equal(t, want.uri, got.URI, "%+q", request)
	}
}

// TestAnyPartMayBeMissing takes away one part after the other. With the function gone, the listener stands alone; with one rule, one
// pattern or one header condition gone, it forwards nothing administrative that it did not forward before.
func TestAnyPartMayBeMissing(t *testing.T) {
	t.Parallel()
	known, whole := loadLiteLLM(t), gatewayRules()
	lessers := map[string]LoadBalancer{}
	for i, rule := range whole {
		lessers[fmt.Sprintf("without rule %d", rule.Priority)] = slices.Delete(slices.Clone(whole), i, i+1)
		for j := range rule.Paths {
			lesser := slices.Clone(whole)
			lesser[i].Paths = slices.Delete(slices.Clone(rule.Paths), j, j+1)
			lessers[fmt.Sprintf("without %s of rule %d", rule.Paths[j], rule.Priority)] = lesser
		}
		for _, header := range []string{routes.HeaderGateway, routes.HeaderLangfuse, ""} {
			lesser := slices.Clone(whole)
			lesser[i].Header = header
			lessers[fmt.Sprintf("rule %d with header %q", rule.Priority, header)] = lesser
		}
	}
	// A header condition that is missing everywhere: every rule answers every distribution.
	for _, header := range []string{routes.HeaderGateway, routes.HeaderLangfuse, ""} {
		lesser := slices.Clone(whole)
		for i := range lesser {
			lesser[i].Header = header
		}
		lessers[fmt.Sprintf("all headers %q", header)] = lesser
	}
	requests := closed(t)
	for name, rules := range lessers {
		for _, request := range requests {
			for _, header := range []string{routes.HeaderGateway, routes.HeaderLangfuse, ""} {
				path, _ := decode(request.URI)
				if rules.Forward(header, path) == routes.LiteLLM {
					requireHarmless(t, known, rules, header, request.Method, request.URI)
				}
			}
		}
		_ = name
	}
}

// The load balancer's limits (Elastic Load Balancing, "Quotas for your Application Load Balancers" and "Condition types for listener
// rules").
func TestRulesKeepTheLoadBalancersLimitsWithHeadroom(t *testing.T) {
	t.Parallel()
	const rulesPerLoadBalancer, valuesPerRule, wildcardsPerRule, patternLength, headroom = 100, 5, 5, 128, 50
	rules := gatewayRules()
	require.LessOrEqual(t, len(rules), rulesPerLoadBalancer-headroom, "half of the load balancer's rules stay free")
	priorities := map[int]bool{}
	for _, rule := range rules {
		require.False(t, priorities[rule.Priority], "priority %d is given twice", rule.Priority)
		priorities[rule.Priority] = true
		require.True(t, rule.Priority >= 1 && rule.Priority <= 50000)
		require.LessOrEqual(t, 1+len(rule.Paths), valuesPerRule, "values of rule %d, header included", rule.Priority)
		require.LessOrEqual(t, len(rule.Paths), 3, "values of one condition")
		require.LessOrEqual(t, strings.Count(strings.Join(rule.Paths, ""), "*")+strings.Count(strings.Join(rule.Paths, ""), "?"),
			wildcardsPerRule)
		for _, pattern := range rule.Paths {
			require.LessOrEqual(t, len(pattern), patternLength)
			require.Regexp(t, `^/[a-zA-Z0-9_.$/~"'@:+*-]*$`, pattern, "characters a path pattern may hold")
		}
	}
	t.Logf("%d rules of %d, %d paths", len(rules), rulesPerLoadBalancer, len(liteLLMPatterns(rules)))
}
