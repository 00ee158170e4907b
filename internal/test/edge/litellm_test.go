package edge

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The classes of LiteLLM's routes in testdata/litellm-routes.json; see testdata/litellm-routes.py.
const (
	classPublic         = "public"
	classDataPlane      = "data-plane"
	classAdministrative = "administrative"
)

// liteLLMRoute is one of LiteLLM's routes.
type liteLLMRoute struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Class  string `json:"class"`

	// tokens and match are made from Path.
	tokens []token
	match  *regexp.Regexp
}

// liteLLM is LiteLLM's own route table, in the order in which it matches.
type liteLLM struct {
	Source string         `json:"source"`
	Routes []liteLLMRoute `json:"routes"`
	// Listed are paths in LiteLLM's lists of routes that its table does not have.
	Listed []string `json:"listed"`
}

var placeholder = regexp.MustCompile(`\{(\w+)(:path)?\}`)

func loadLiteLLM(tb testing.TB) *liteLLM {
	tb.Helper()
	content, err := os.ReadFile("testdata/litellm-routes.json")
	require.NoError(tb, err)
	loaded := &liteLLM{}
	require.NoError(tb, json.Unmarshal(content, loaded))
	require.Greater(tb, len(loaded.Routes), 900, "LiteLLM has several hundred routes; the file looks cut")
	for i := range loaded.Routes {
		route := &loaded.Routes[i]
		route.tokens = templateTokens(route.Path, route.Method == "MOUNT")
		route.match = regexp.MustCompile("(?s)^(?:" + expression(route.tokens) + ")$")
	}
	return loaded
}

// resolve is the route that answers a decoded path, as starlette finds it: the first in order whose path and method match (starlette
// routing.py, Router.app). A regular expression's $ there also matches before a last newline. nil: 404, 405 or a redirect.
func (l *liteLLM) resolve(method, path string) *liteLLMRoute {
	for i := range l.Routes {
		route := &l.Routes[i]
		if route.Method != method && route.Method != "MOUNT" {
			continue
		}
		if route.match.MatchString(path) || (strings.HasSuffix(path, "\n") && route.match.MatchString(strings.TrimSuffix(path, "\n"))) {
			return route
		}
	}
	return nil
}

// token is one step of a path template or pattern: a fixed character, or any characters (with or without slashes, from a least number on).
type token struct {
	char    byte
	wild    bool
	slashes bool
	least   int
}

// templateTokens takes a starlette path template apart: {x} is one or more characters without a slash, {x:path} any characters
// (starlette convertors.py).
func templateTokens(template string, mount bool) []token {
	var tokens []token
	rest := template
	for rest != "" {
		if place := placeholder.FindStringSubmatchIndex(rest); place != nil && place[0] == 0 {
			isPath := place[4] >= 0
			least := 1
			if isPath {
				least = 0
			}
			tokens = append(tokens, token{wild: true, slashes: isPath, least: least})
			rest = rest[place[1]:]
			continue
		}
		tokens = append(tokens, token{char: rest[0]})
		rest = rest[1:]
	}
	if mount {
		tokens = append(tokens, token{char: '/'}, token{wild: true, slashes: true})
	}
	return tokens
}

func expression(tokens []token) string {
	var out strings.Builder
	for _, t := range tokens {
		switch {
		case t.wild && t.slashes:
			out.WriteString(".*")
		case t.wild:
			out.WriteString("[^/]+")
		default:
			out.WriteString(regexp.QuoteMeta(string(t.char)))
		}
	}
	return out.String()
}

// instance fills a template's placeholders.
func instance(template, value string) string {
	return placeholder.ReplaceAllString(template, value)
}
