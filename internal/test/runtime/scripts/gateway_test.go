//go:build runtime

// Package scripts_test runs the operators' scripts as their user would, without a gateway: bad use, missing programs and credentials, tunnels, and the
// scripts that ask AWS. What they do to LiteLLM is tested with the real one, in ../gateway.
package scripts_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// masterKey is what no output may show.
const masterKey = "sk-master-0f1e2d3c4b5a69788796a5b4c3d2e1f0"

// gateway answers by "METHOD path" and notes what it was asked. What is not in the table is {}.
type gateway struct {
	*httptest.Server
	answers map[string]answer

	mutex    sync.Mutex
	requests []request
}

type request struct {
	Method, Path, Authorization string
	Body                        map[string]any
}

// answer is what the gateway says to one method and path.
type answer struct {
	status int
	body   string
}

func newGateway(t *testing.T, answers map[string]answer) *gateway {
	t.Helper()
	g := &gateway{answers: answers}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := request{Method: r.Method, Path: r.URL.Path, Authorization: r.Header.Get("Authorization")}
	if text, err := io.ReadAll(r.Body); err == nil && len(text) > 0 {
		_ = json.Unmarshal(text, &seen.Body) // what is no JSON is no body
	}
	g.mutex.Lock()
	g.requests = append(g.requests, seen)
	g.mutex.Unlock()
	reply, known := g.answers[r.Method+" "+r.URL.Path]
	if !known {
		reply = answer{http.StatusOK, "{}"}
	}
	w.WriteHeader(reply.status)
	_, _ = io.WriteString(w, reply.body)
}

// seen are the requests so far, without the tunnel's look whether LiteLLM lives.
func (g *gateway) seen() []request {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	var list []request
	for _, one := range g.requests {
		if one.Path != "/health/liveliness" {
			list = append(list, one)
		}
	}
	return list
}
