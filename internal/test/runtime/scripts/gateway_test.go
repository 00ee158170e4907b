//go:build runtime

// Package scripts_test runs the operator scripts as their user would, against a local server that accepts only what LiteLLM's published
// OpenAPI description allows.
package scripts_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// masterKey is what no process list, output or log may show.
const masterKey = "sk-master-0f1e2d3c4b5a69788796a5b4c3d2e1f0"

// request is one request the scripts made, after it was found valid.
type request struct {
	Method, Path string
	Query        url.Values
	Body         map[string]any
}

// gateway stands in for LiteLLM's admin API: it checks each request against the description and answers from a table.
type gateway struct {
	*httptest.Server
	openAPI  map[string]any
	compiler *jsonschema.Compiler

	mu       sync.Mutex
	requests []request
	problems []string
	answers  map[string]answer
}

// answer is what the gateway says to one method and path.
type answer struct {
	status int
	body   string
}

func newGateway(t *testing.T, answers map[string]answer) *gateway {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "litellm-openapi.json"))
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	openAPI, ok := document.(map[string]any)
	require.True(t, ok, "the description is an object")
	forbidUnknownFields(openAPI["components"])
	g := &gateway{openAPI: openAPI, compiler: jsonschema.NewCompiler(), answers: answers}
	require.NoError(t, g.compiler.AddResource("openapi.json", openAPI))
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	t.Cleanup(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		require.Empty(t, g.problems, "requests that LiteLLM's description does not allow, or a visible key")
	})
	return g
}

// forbidUnknownFields makes every object schema refuse fields it does not name: LiteLLM ignores them silently, which hides typing errors.
func forbidUnknownFields(node any) {
	switch typed := node.(type) {
	case map[string]any:
		if _, isObject := typed["properties"].(map[string]any); isObject {
			if _, open := typed["additionalProperties"]; !open {
				typed["additionalProperties"] = false
			}
		}
		for _, child := range typed {
			forbidUnknownFields(child)
		}
	case []any:
		for _, child := range typed {
			forbidUnknownFields(child)
		}
	}
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query()}
	if err := g.check(r, &seen); err != nil {
		g.problems = append(g.problems, fmt.Sprintf("%s %s: %v", r.Method, r.URL, err))
	}
	if where := processShowing(masterKey); where != "" {
		g.problems = append(g.problems, "the master key stands in the arguments of: "+where)
	}
	g.requests = append(g.requests, seen)
	reply, known := g.answers[r.Method+" "+r.URL.Path]
	if !known {
		reply = answer{status: http.StatusOK, body: "{}"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(reply.status)
	_, _ = io.WriteString(w, reply.body)
}

func (g *gateway) check(r *http.Request, seen *request) error {
	if got := r.Header.Get("Authorization"); got != "Bearer "+masterKey {
		return fmt.Errorf("authorization is %q", got)
	}
	paths, _ := g.openAPI["paths"].(map[string]any)
	path, known := paths[r.URL.Path].(map[string]any)
	if !known {
		return fmt.Errorf("LiteLLM has no such path")
	}
	method := strings.ToLower(r.Method)
	operation, known := path[method].(map[string]any)
	if !known {
		return fmt.Errorf("LiteLLM has no such method there")
	}
	pointer := "openapi.json#/paths/" + strings.ReplaceAll(strings.ReplaceAll(r.URL.Path, "~", "~0"), "/", "~1") + "/" + method
	if err := g.checkQuery(operation, pointer, r.URL.Query()); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, &seen.Body); err != nil {
		return fmt.Errorf("body is not a JSON object: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	schema, err := g.compiler.Compile(pointer + "/requestBody/content/application~1json/schema")
	if err != nil {
		return fmt.Errorf("schema of the body: %w", err)
	}
	return schema.Validate(value)
}

// checkQuery holds each query parameter against the description: its name, and its value read as JSON where the type is not text.
func (g *gateway) checkQuery(operation map[string]any, pointer string, query url.Values) error {
	parameters, _ := operation["parameters"].([]any)
	for name, values := range query {
		index := -1
		for i, parameter := range parameters {
			if fields, ok := parameter.(map[string]any); ok && fields["name"] == name && fields["in"] == "query" {
				index = i
			}
		}
		if index < 0 {
			return fmt.Errorf("no query parameter %q", name)
		}
		schema, err := g.compiler.Compile(fmt.Sprintf("%s/parameters/%d/schema", pointer, index))
		if err != nil {
			return fmt.Errorf("schema of %q: %w", name, err)
		}
		if schema.Validate(values[0]) == nil {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(values[0]))
		if err != nil {
			return fmt.Errorf("query parameter %s=%q: %w", name, values[0], err)
		}
		if err := schema.Validate(value); err != nil {
			return fmt.Errorf("query parameter %s=%q: %w", name, values[0], err)
		}
	}
	return nil
}

// seen returns the requests in order.
func (g *gateway) seen() []request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]request(nil), g.requests...)
}

// processShowing names the first process, other than this test, whose arguments contain the text.
func processShowing(text string) string {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return "no /proc to look at: " + err.Error()
	}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err != nil || pid == os.Getpid() {
			continue
		}
		arguments, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err == nil && bytes.Contains(arguments, []byte(text)) {
			return strings.ReplaceAll(string(arguments), "\x00", " ")
		}
	}
	return ""
}
