package edge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
)

// emptyFunction is the least a viewer-request function can do.
const emptyFunction = "function handler(event) { return event.request; }"

func benchmark(b *testing.B, code string, request Request) {
	b.Helper()
	runtime, err := NewRuntime(code)
	require.NoError(b, err)
	for b.Loop() {
		if _, err := runtime.Evaluate(request); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(code)), "bytes")
}

// BenchmarkFunction is the function's cost per request, to be read against BenchmarkEmptyFunction in the same engine.
func BenchmarkFunction(b *testing.B) {
	code, err := routes.GatewayFunction(everyone(), routes.Table(everyone()), langfuseURL)
	require.NoError(b, err)
	for _, request := range []string{
		"POST /v1/chat/completions", "GET /v1/models/bedrock%2Fclaude",
		"POST /openai/deployments/a/b/images/edits", "GET /grafana/d/x/y", "POST /user/new", "GET /v1/%2e%2e/x",
	} {
		method, uri, _ := strings.Cut(request, " ")
		b.Run(strings.ReplaceAll(request, " ", "_"), func(b *testing.B) { benchmark(b, code, Request{Method: method, URI: uri}) })
	}
}

func BenchmarkEmptyFunction(b *testing.B) {
	benchmark(b, emptyFunction, Request{Method: "POST", URI: "/v1/chat/completions"})
}

// BenchmarkGrowth shows how cost and size grow with the number of routes, for the tree and for a list of regular expressions.
func BenchmarkGrowth(b *testing.B) {
	for _, count := range []int{10, 40, 160} {
		table := manyRoutes(count)
		code, err := routes.GatewayFunction(everyone(), table, langfuseURL)
		require.NoError(b, err)
		last := Request{Method: "POST", URI: strings.ReplaceAll(table[len(table)-1].Pattern, "{id}", "x1")}
		b.Run(fmt.Sprintf("tree/%d", count), func(b *testing.B) { benchmark(b, code, last) })
		b.Run(fmt.Sprintf("regexps/%d", count), func(b *testing.B) { benchmark(b, regexpFunction(table), last) })
	}
}

func manyRoutes(count int) []routes.Route {
	table := make([]routes.Route, 0, count)
	for i := range count {
		table = append(table, routes.Route{Methods: []string{"POST"}, Pattern: fmt.Sprintf("/v1/n%d/{id}", i), Service: routes.LiteLLM})
	}
	return table
}

// regexpFunction is the usual way to write such a function, for comparison.
func regexpFunction(table []routes.Route) string {
	var list []string
	for _, route := range table {
		list = append(list, "/^"+strings.ReplaceAll(strings.ReplaceAll(route.Pattern, "/", `\/`), "{id}", `[^\/]+`)+"$/")
	}
	return "var list = [" + strings.Join(list, ",") + "];\nfunction handler(event) { var p = decodeURIComponent(event.request.uri), k;\n" +
		"for (k = 0; k < list.length; k++) { if (list[k].test(p)) { return event.request; } } return { statusCode: 403 }; }"
}

// TestCostDoesNotGrowWithRoutes counts what the engine does instead of measuring time: with sixteen times the routes, the function
// takes as many steps.
func TestCostDoesNotGrowWithRoutes(t *testing.T) {
	t.Parallel()
	steps := func(count int) int {
		table := manyRoutes(count)
		code, err := routes.GatewayFunction(everyone(), table, langfuseURL)
		require.NoError(t, err)
		// Each visit of a node of the tree calls find once.
		runtime, err := NewRuntime(strings.Replace(code, "var code, child,", "calls++; var code, child,",
			1) + "\nvar calls = 0;\nfunction count() { return calls; }")
		require.NoError(t, err)
		require.True(t, evaluate(t, runtime, Request{Method: "POST", URI: fmt.Sprintf("/v1/n%d/x1", count-1)}).Forward)
		return int(runtime.vm.Get("calls").ToInteger())
	}
	require.Equal(t, steps(10), steps(160))
	require.Positive(t, steps(10))
}
