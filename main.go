// Program kong-llm-gateway deploys a low-cost LLM gateway into one AWS account. This file is the architecture; each part is a package.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/network"
	"kong-llm-gateway/observability"
	"kong-llm-gateway/rds"
)

func main() {
	pulumi.Run(program)
}

// program reads the settings and, only if all of them are right, makes the gateway.
func program(ctx *pulumi.Context) error {
	settings, err := config.Load(ctx, ecs.Check)
	if err != nil {
		return err
	}
	for _, warning := range settings.Warnings() {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return err
		}
	}
	return gateway(ctx, settings)
}

// gateway composes the parts, in the order in which they need each other.
func gateway(ctx *pulumi.Context, settings *config.Settings) error {
	providers, err := newProviders(ctx, settings)
	if err != nil {
		return err
	}
	local := pulumi.Providers(providers.region)

	vpc, err := network.New(ctx, "network", &network.Args{Settings: settings, Provider: providers.region}, local)
	if err != nil {
		return err
	}
	database, err := rds.New(ctx, "database", &rds.Args{Settings: settings, Vpc: vpc}, local)
	if err != nil {
		return err
	}
	cluster, err := ecs.New(ctx, "cluster", &ecs.Args{
		Settings: settings, Vpc: vpc, EdgeRules: cloudfront.EdgeRules(settings.Edge, settings.LiteLLM.Kinds()),
	}, local)
	if err != nil {
		return err
	}
	edge, err := cloudfront.New(ctx, "edge", &cloudfront.Args{
		Settings: settings, Vpc: vpc, Cluster: cluster, UsEast1: providers.usEast1,
	}, local)
	if err != nil {
		return err
	}
	langfuse, err := ecs.NewLangfuse(ctx, "langfuse", &ecs.LangfuseArgs{
		Cluster: cluster, Database: database, URL: edge.LangfuseURL,
	}, local)
	if err != nil {
		return err
	}
	litellm, err := ecs.NewLiteLLM(ctx, "litellm", &ecs.LiteLLMArgs{
		Cluster: cluster, Database: database, Langfuse: langfuse,
	}, local)
	if err != nil {
		return err
	}
	monitoring, err := observability.New(ctx, "observability", &observability.Args{
		Settings: settings, Vpc: vpc, Database: database, Cluster: cluster, LiteLLM: litellm, Langfuse: langfuse,
		GrafanaURL: edge.GrafanaURL, UsEast1: providers.usEast1,
		Distributions: map[string]pulumi.StringOutput{"gateway": edge.GatewayDistributionID, "langfuse": edge.LangfuseDistributionID},
	}, local)
	if err != nil {
		return err
	}
	export(ctx, settings, parts{vpc, cluster, edge, langfuse, litellm, monitoring})
	return nil
}
