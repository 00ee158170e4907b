package edge

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requestFor is a request of one of LiteLLM's routes with a given path.
func requestFor(method, uri string) Request {
	switch method {
	case "MOUNT":
		return Request{Method: "GET", URI: uri}
	case "WEBSOCKET":
		return Request{Method: "GET", URI: uri, Headers: upgraded()}
	default:
		return Request{Method: method, URI: uri}
	}
}

// closed are all routes of LiteLLM's that must be refused, by method and path, with placeholders filled.
func closed(tb testing.TB) []Request {
	tb.Helper()
	known := loadLiteLLM(tb)
	var out []Request
	public := map[string]bool{}
	for _, route := range known.Routes {
		if route.Class == classPublic {
			public[instance(route.Path, "x1")] = true
		}
	}
	for _, route := range known.Routes {
		if route.Class == classPublic {
			continue
		}
		out = append(out, requestFor(route.Method, instance(route.Path, "x1")))
		if route.Method == "MOUNT" {
			out = append(out, requestFor("GET", instance(route.Path, "x1")+"/x2"))
		}
	}
	for _, path := range known.Listed {
		if filled := instance(path, "x1"); !public[filled] {
			out = append(out, requestFor("GET", filled), requestFor("POST", filled))
		}
	}
	return out
}

// requireClosed says that a request reached nothing of LiteLLM's that is not public: the function refused it (or redirected
// /langfuse, which no service sees), or what it let through is another service's path, or one that LiteLLM answers with a public
// route.
func requireClosed(tb testing.TB, known *liteLLM, request Request, decision Decision) {
	tb.Helper()
	if !decision.Forward {
		if decision.Status != 403 && (decision.Status != 302 || !strings.HasPrefix(request.URI, "/langfuse")) {
			require.Failf(tb, "neither refused nor the redirect", "%+q: %+v", request, decision)
		}
		return
	}
	if strings.HasPrefix(decision.URI, "/grafana/") || strings.HasPrefix(decision.URI, "/api/public/") {
		for _, view := range views(decision.URI) {
			if !strings.HasPrefix(view, "/grafana/") && !strings.HasPrefix(view, "/api/public") {
				require.Failf(tb, "a console's path leads elsewhere", "%+q: %+v", request, decision)
			}
		}
		return
	}
	path, ok := decode(decision.URI)
	require.True(tb, ok)
	if route := known.resolve(request.Method, path); route != nil && route.Class != classPublic {
		require.Failf(tb, "the function let through what is not public", "%+q: %+v reaches %+v", request, decision, route.Path)
	}
}

func TestEveryRouteThatIsNotPublicIsRefused(t *testing.T) {
	t.Parallel()
	runtime := gatewayRuntime(t, everyone())
	requests := closed(t)
	require.Greater(t, len(requests), 900)
	for _, request := range requests {
		decision := evaluate(t, runtime, request)
		require.False(t, decision.Forward, "%+v", request)
	}
}

// TestVariantsOfClosedRoutesAreRefused runs 100,000 variants with a recorded seed; `make -C internal/test/edge million` 1,000,000 and more.
// EDGE_VARIANTS is the total, EDGE_SEED the seed.
func TestVariantsOfClosedRoutesAreRefused(t *testing.T) {
	t.Parallel()
	total, seed := setting(t, "EDGE_VARIANTS", 100_000), setting(t, "EDGE_SEED", 20261123)
	requests := closed(t)
	each := (total + len(requests) - 1) / len(requests)
	if total >= 1_000_000 {
		each = max(each, 1000)
	}
	t.Logf("seed %d: %d routes, %d variants each, %d in all", seed, len(requests), each, each*len(requests))
	const workers = 4
	for worker := range workers {
		t.Run(fmt.Sprintf("part %d", worker), func(t *testing.T) {
			t.Parallel()
			runtime, known := gatewayRuntime(t, everyone()), loadLiteLLM(t)
			for i := worker; i < len(requests); i += workers {
				variant := variants{rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
				for range each {
					request := requests[i]
					request.URI = variant.one(request.URI)
					requireClosed(t, known, request, evaluate(t, runtime, request))
				}
			}
		})
	}
}

func setting(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	value, err := strconv.Atoi(text)
	require.NoError(tb, err, name)
	return value
}
