package ecs

// EdgeRule is one rule of the load balancer's edge listener (port 8080, where CloudFront's requests arrive): a request whose
// X-Gateway-Edge header equals Header and whose path matches one of Paths is forwarded to Service. Package cloudfront makes
// the rules from its table of public routes; the listener's default action is 403.
type EdgeRule struct {
	// Priority is the rule's priority on the listener: 1 is evaluated first; unique.
	Priority int
	// Header is the value of the X-Gateway-Edge header, which each distribution sets: gateway or langfuse.
	Header string
	// Paths are path patterns of the load balancer: * matches any characters, slashes too, ? exactly one.
	Paths []string
	// Service is the target group's service: litellm, langfuse or grafana.
	Service string
}
