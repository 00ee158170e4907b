package routes

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// MaxFunctionBytes is the largest function CloudFront takes, in bytes (CloudFront quotas, "Maximum function size": 10 KB, not adjustable).
const MaxFunctionBytes = 10 * 1024

// MaxBodyBytes is the largest request body that the edge lets in, in bytes. It is above the 25,000,000 bytes that Bedrock takes for a request
// with its images (bedrock-runtime API model 2023-09-30, InvokeModel, shape Body).
const MaxBodyBytes = 25 << 20

//go:embed viewer-request.js
var viewerRequest string

// settings is what viewer-request.js reads.
type settings struct {
	// Strict refuses what is still encoded after one decoding, and characters outside ASCII.
	Strict bool `json:"strict"`
	// Langfuse is where /langfuse leads, an address without a trailing slash.
	Langfuse string `json:"langfuse,omitempty"`
	// API and Console are the networks that may use LiteLLM, and Grafana and Langfuse; empty: everyone.
	API     []network `json:"api"`
	Console []network `json:"console"`
	// Body is the largest request body, in bytes.
	Body   int  `json:"body"`
	Routes tree `json:"routes"`
}

// network is one CIDR: the address family and the whole hexadecimal digits of the prefix, how many bits of the next digit do not
// count (4: none of them does), and the value of those that do.
type network [3]any

// tree maps a segment's key to a tree, keyEnd and keyRest to a code, keyModel to a list of suffixes and codes. A tree with nothing except
// a keyEnd is written as its code alone.
type tree map[string]any

// MarshalJSON writes the tree as the function reads it.
func (t tree) MarshalJSON() ([]byte, error) {
	if code, ends := t[keyEnd]; ends && len(t) == 1 {
		return json.Marshal(code)
	}
	return json.Marshal(map[string]any(t))
}

// suffixCode is one way to go on after a {model...}.
type suffixCode [2]any

// What the function does with an allowed request; 32 times this is part of a route's code.
const (
	actionJudged    = 0 // forward the canonical form of the path that was judged
	actionUnchanged = 1 // forward the path as it came
	actionRedirect  = 2 // answer with the address on Langfuse's own domain
	actionOpen      = 3 // like actionJudged, for viewers without a key too
)

// GatewayFunction is the viewer-request function of the gateway's distribution, made from the table of public routes. langfuseURL is where
// /langfuse leads. An error names the settings that make the function too large.
func GatewayFunction(options Options, table []Route, langfuseURL string) (string, error) {
	routes, err := newTree(table)
	if err != nil {
		return "", err
	}
	return render(options, settings{Strict: true, Langfuse: langfuseURL, Routes: routes})
}

// LangfuseFunction is the viewer-request function of Langfuse's distribution: everything there is Langfuse's, so it refuses only
// malformed paths, WebSockets, TRACE, and viewers outside edge.consoleCidrs. Names in Langfuse's paths may hold any character.
func LangfuseFunction(options Options) (string, error) {
	routes, err := newTree([]Route{{
		Methods: []string{"GET", "POST", "PUT", "PATCH", "DELETE"},
		Pattern: "/*",
		Service: Langfuse,
		Why:     "Langfuse's own domain",
	}})
	if err != nil {
		return "", err
	}
	return render(options, settings{Routes: routes})
}

func render(options Options, data settings) (string, error) {
	var err error
	data.Body = MaxBodyBytes
	if data.API, err = networks("edge.apiCidrs", options.APICidrs); err != nil {
		return "", err
	}
	if data.Console, err = networks("edge.consoleCidrs", options.ConsoleCidrs); err != nil {
		return "", err
	}
	line, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("viewer-request function: %w", err)
	}
	program := Compact(viewerRequest)
	code := "var settings = " + string(line) + ";\n" + program
	if len(code) > MaxFunctionBytes {
		routes, err := json.Marshal(data.Routes)
		if err != nil {
			return "", fmt.Errorf("viewer-request function: %w", err)
		}
		return "", fmt.Errorf("viewer-request function has %d bytes, CloudFront takes %d: %d of program, %d of public routes, %d of the %d networks "+
			"in edge.apiCidrs and edge.consoleCidrs; join networks, or use waf", len(code), MaxFunctionBytes, len(program), len(routes),
			len(line)-len(routes), len(data.API)+len(data.Console))
	}
	return code, nil
}

// Compact leaves out a program's comments, indentation and empty lines, which count against CloudFront's limit.
func Compact(program string) string {
	var out strings.Builder
	for line := range strings.Lines(program) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}

// newTree makes the tree by whose segments the function finds a route: its cost grows with a path's depth, not with the number of routes.
func newTree(routes []Route) (tree, error) {
	root := tree{}
	for _, route := range routes {
		parsed, err := parsePattern(route.Pattern)
		if err != nil {
			return nil, err
		}
		code, err := routeCode(route)
		if err != nil {
			return nil, err
		}
		root.add(parsed, code)
	}
	return root, nil
}

func (t tree) add(p pattern, code int) {
	key := p.segments[0]
	switch key {
	case keyRest:
		t.or(keyRest, code)
	case keyModel:
		suffixes, _ := t[keyModel].([]suffixCode)
		t[keyModel] = append(suffixes, suffixCode{p.suffix, code})
	default:
		child, ok := t[key].(tree)
		if !ok {
			child = tree{}
			t[key] = child
		}
		if len(p.segments) == 1 {
			child.or(keyEnd, code)
			return
		}
		child.add(pattern{p.segments[1:], p.suffix}, code)
	}
}

// or joins the methods of two routes with one pattern.
func (t tree) or(key string, code int) {
	before, _ := t[key].(int)
	t[key] = before | code
}

func routeCode(route Route) (int, error) {
	bits := map[string]int{"GET": 1, "POST": 2, "PUT": 4, "PATCH": 8, "DELETE": 16}
	actions := map[Service]int{LiteLLM: actionJudged, Grafana: actionUnchanged, Langfuse: actionUnchanged, LangfuseRedirect: actionRedirect}
	action, ok := actions[route.Service]
	if !ok {
		return 0, fmt.Errorf("route %s: unknown service %q", route.Pattern, route.Service)
	}
	if route.Open {
		action = actionOpen
	}
	code := action << len(bits)
	for _, method := range route.Methods {
		bit, ok := bits[method]
		if !ok {
			return 0, fmt.Errorf("route %s: method %q is none that a route may list", route.Pattern, method)
		}
		code |= bit
	}
	return code, nil
}

// networks turns CIDRs into what the function compares, each once, in order. IPv4 networks written as IPv6 are IPv4.
func networks(key string, cidrs []string) ([]network, error) {
	out := make([]network, 0, len(cidrs))
	for _, cidr := range cidrs {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a CIDR: %w", key, cidr, err)
		}
		address, length := prefix.Masked().Addr(), prefix.Bits()
		if address.Is4In6() && length >= 96 {
			address, length = address.Unmap(), length-96
		}
		family := "6"
		if address.Is4() {
			family = "4"
		}
		digits := fmt.Sprintf("%x", address.AsSlice())
		whole, bits := length/4, length%4
		entry := network{family + digits[:whole], 4 - bits, 0}
		if bits > 0 {
			next, err := strconv.ParseUint(digits[whole:whole+1], 16, 8)
			if err != nil {
				return nil, fmt.Errorf("%s: %q: %w", key, cidr, err)
			}
			entry[2] = int(next >> (4 - bits)) //nolint:gosec // one hexadecimal digit
		}
		if !slices.Contains(out, entry) {
			out = append(out, entry)
		}
	}
	return out, nil
}
