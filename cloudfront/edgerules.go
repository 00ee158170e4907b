package cloudfront

import (
	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
)

// EdgeRules are the rules of the load balancer's edge listener.
func EdgeRules(edge config.Edge, kinds []routes.Kind) []routes.Rule {
	return routes.Rules(routes.Table(PublicOptions(edge, kinds)))
}

// PublicOptions are the settings that decide what is public for whom.
func PublicOptions(edge config.Edge, kinds []routes.Kind) routes.Options {
	return routes.Options{APICidrs: edge.APICidrs, ConsoleCidrs: edge.ConsoleCidrs, PublicMetrics: edge.PublicMetrics, Kinds: kinds}
}
