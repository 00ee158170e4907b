package cloudfront

import (
	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
)

// EdgeRules are the rules of the load balancer's edge listener, in the load balancer's own package's type.
func EdgeRules(edge config.Edge, kinds []config.ModelKind) []ecs.EdgeRule {
	rules := routes.Rules(routes.Table(PublicOptions(edge, kinds)))
	out := make([]ecs.EdgeRule, 0, len(rules))
	for _, rule := range rules {
		out = append(out, ecs.EdgeRule{Priority: rule.Priority, Header: rule.Header, Paths: rule.Paths, Service: string(rule.Service)})
	}
	return out
}

// PublicOptions are the settings that decide what is public for whom.
func PublicOptions(edge config.Edge, kinds []config.ModelKind) routes.Options {
	out := routes.Options{
		APICidrs:      edge.APICidrs,
		ConsoleCidrs:  edge.ConsoleCidrs,
		PublicMetrics: edge.PublicMetrics,
	}
	for _, kind := range kinds {
		out.Kinds = append(out.Kinds, routes.Kind(kind))
	}
	return out
}
