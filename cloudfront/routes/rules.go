package routes

import "strings"

// Rule is one rule of the edge listener: a request with this header value and one of these paths goes to this service.
type Rule struct {
	// Priority is unique; the lowest is evaluated first.
	Priority int
	// Header is the value of the X-Gateway-Edge header.
	Header string
	// Paths are path patterns as the load balancer understands them: * is anything, slashes too.
	Paths []string
	// Service is the target.
	Service Service
}

// The X-Gateway-Edge header and its values, by which the load balancer tells the two distributions apart. It is no secret: either value
// leads only to what is public there.
const (
	HeaderName     = "X-Gateway-Edge"
	HeaderGateway  = "gateway"
	HeaderLangfuse = "langfuse"
)

// ListenerPort is the port of the load balancer's edge listener, where CloudFront's requests arrive.
const ListenerPort = 8080

// pathsPerRule is how many path patterns one rule holds. The load balancer takes 5 values per rule over all its conditions (Elastic Load
// Balancing quotas) and 3 per condition (Elastic Load Balancing user guide, "Listener rules": up to three comparison strings per
// condition, up to five per rule); the header takes one. No pattern of ours has more than one wildcard, so 5 per rule is kept too.
const pathsPerRule = 3

// prioritySpacing leaves room between rules for one made by hand in an emergency.
const prioritySpacing = 10

// Rules are the rules of the load balancer's edge listener, made from the same table as the viewer-request function. They match paths
// only and are wider than the function (* spans slashes), but cover no administrative route of LiteLLM: a test computes that against
// LiteLLM's own route table. The listener's default action is 403.
func Rules(table []Route) []Rule {
	var rules []Rule
	add := func(header string, service Service, paths []string) {
		for len(paths) > 0 {
			n := min(pathsPerRule, len(paths))
			rules = append(rules, Rule{
				Priority: (len(rules) + 1) * prioritySpacing, Header: header, Paths: paths[:n:n], Service: service,
			})
			paths = paths[n:]
		}
	}
	for _, service := range []Service{LiteLLM, Grafana, Langfuse} {
		add(HeaderGateway, service, wildcards(table, service))
	}
	add(HeaderLangfuse, Langfuse, []string{"/*"})
	return rules
}

// wildcards are the load balancer patterns of one service's routes, without those that another one covers.
func wildcards(routes []Route, service Service) []string {
	var all []string
	for _, route := range routes {
		if route.Service != service {
			continue
		}
		// A pattern that does not parse is reported by the function's generator, which reads the same table.
		if parsed, err := parsePattern(route.Pattern); err == nil {
			all = append(all, parsed.wildcard())
		}
	}
	var kept []string
	for i, candidate := range all {
		covered := false
		for j, other := range all {
			if i != j && covers(other, candidate) && (other != candidate || j < i) {
				covered = true
			}
		}
		if !covered {
			kept = append(kept, candidate)
		}
	}
	return kept
}

// covers says whether every path that matches the narrow pattern matches the wide one. Each has at most one wildcard.
func covers(wide, narrow string) bool {
	before, after, isWild := strings.Cut(wide, "*")
	if !isWild {
		return wide == narrow
	}
	return len(narrow) >= len(before)+len(after) && strings.HasPrefix(narrow, before) && strings.HasSuffix(narrow, after)
}
