package edge

import "kong-llm-gateway/cloudfront/routes"

// LoadBalancer is the edge listener, written independently of what makes its rules: rules in order of priority, header and path, else 403.
type LoadBalancer []routes.Rule

// Forward is the service that gets a request; empty: the default action, 403.
func (l LoadBalancer) Forward(header, path string) routes.Service {
	service, best := routes.Service(""), 0
	for _, rule := range l {
		if rule.Header != header || (best != 0 && rule.Priority > best) {
			continue
		}
		for _, pattern := range rule.Paths {
			if glob(pattern, path) {
				service, best = rule.Service, rule.Priority
			}
		}
	}
	return service
}

// glob matches as the load balancer does: case-sensitive, * is any characters (also none, also slashes), ? exactly one
// (Elastic Load Balancing, "Condition types for listener rules").
func glob(pattern, path string) bool {
	reached := make([]bool, len(pattern)+1)
	reached[0] = true
	spread := func() {
		for i := range len(pattern) {
			if reached[i] && pattern[i] == '*' {
				reached[i+1] = true
			}
		}
	}
	spread()
	for _, char := range []byte(path) {
		next := make([]bool, len(pattern)+1)
		for i := range len(pattern) {
			if !reached[i] {
				continue
			}
			switch pattern[i] {
			case '*':
				next[i] = true
			case '?', char:
				next[i+1] = true
			}
		}
		reached = next
		spread()
	}
	return reached[len(pattern)]
}
