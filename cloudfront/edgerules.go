package cloudfront

import (
	"strings"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
)

// The values of the X-Gateway-Edge header, by which the load balancer tells the two distributions apart. It is no secret: either value
// leads only to what is public there.
const (
	headerName     = "X-Gateway-Edge"
	headerGateway  = "gateway"
	headerLangfuse = "langfuse"
)

// pathsPerRule is how many path patterns one rule holds. The load balancer takes 5 values per rule over all its conditions (Elastic Load
// Balancing quotas) and 3 per condition (Elastic Load Balancing user guide, "Listener rules": up to three comparison strings per
// condition, up to five per rule); the header takes one. No pattern of ours has more than one wildcard, so 5 per rule is kept too.
const pathsPerRule = 3

// prioritySpacing leaves room between rules for one made by hand in an emergency.
const prioritySpacing = 10

// EdgeRules are the rules of the load balancer's edge listener, made from the same table as the viewer-request function. They match paths
// only and are wider than the function (* spans slashes), but cover no administrative route of LiteLLM: a test computes that against LiteLLM's
// own route table. The listener's default action is 403.
func EdgeRules(edge config.Edge) []ecs.EdgeRule {
	var rules []ecs.EdgeRule
	add := func(header string, service Service, paths []string) {
		for len(paths) > 0 {
			n := min(pathsPerRule, len(paths))
			rules = append(rules, ecs.EdgeRule{
				Priority: (len(rules) + 1) * prioritySpacing, Header: header, Paths: paths[:n:n], Service: string(service),
			})
			paths = paths[n:]
		}
	}
	for _, service := range []Service{LiteLLM, Grafana, Langfuse} {
		add(headerGateway, service, wildcards(Routes(edge), service))
	}
	add(headerLangfuse, Langfuse, []string{"/*"})
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
