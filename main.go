// Program kong-llm-gateway deploys a low-cost LLM gateway into one AWS account. This file is the architecture; each part is a package.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/observability"
	"kong-llm-gateway/rds"
)

func main() {
	pulumi.Run(program)
}

// program reads the settings and, only if all of them are right, makes the gateway.
func program(ctx *pulumi.Context) error {
	settings, err := config.Load(ctx, rendered)
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
	generated := secrets.Maker{Names: settings.Names, Protect: settings.Database.DeletionProtection}
	database, err := rds.New(ctx, "database", &rds.Args{Settings: settings, Vpc: vpc, Secrets: generated}, local)
	if err != nil {
		return err
	}
	cluster, err := ecs.New(ctx, "cluster", &ecs.Args{
		Settings: settings, Vpc: vpc, Account: providers.account, EdgeRules: cloudfront.EdgeRules(settings.Edge, settings.LiteLLM.Kinds()),
		Targets: []ecs.Target{litellm.Target, langfuse.Target, observability.GrafanaTarget},
	}, local)
	if err != nil {
		return err
	}
	edge, err := cloudfront.New(ctx, "edge", &cloudfront.Args{
		Settings: settings, Vpc: vpc, Account: providers.account, Cluster: cluster, UsEast1: providers.usEast1,
	}, local)
	if err != nil {
		return err
	}
	traces, err := langfuse.New(ctx, "langfuse", &langfuse.Args{
		Cluster: cluster, Database: database, Settings: settings.Langfuse, AdminPassword: settings.Secrets.LangfuseAdminPassword, Secrets: generated,
		URL: edge.LangfuseURL,
	}, local)
	if err != nil {
		return err
	}
	proxy, err := litellm.New(ctx, "litellm", &litellm.Args{
		Cluster: cluster, Database: database, Langfuse: traces, Content: settings.Langfuse.Content, Settings: settings.LiteLLM,
		Region: settings.Region, Account: providers.account, MasterKey: settings.Secrets.MasterKey, Secrets: generated,
	}, local)
	if err != nil {
		return err
	}
	monitoring, err := observability.New(ctx, "observability", &observability.Args{
		Settings: settings, Account: providers.account, Vpc: vpc, Database: database, Cluster: cluster, LiteLLM: proxy, Langfuse: traces, Secrets: generated,
		GrafanaURL: edge.GrafanaURL, UsEast1: providers.usEast1,
		Distributions: map[string]pulumi.StringOutput{"gateway": edge.GatewayDistributionID, "langfuse": edge.LangfuseDistributionID},
	}, local)
	if err != nil {
		return err
	}
	export(ctx, settings, parts{vpc, cluster, edge, traces, proxy, monitoring})
	return nil
}

// rendered says what of the settings only shows when documents are made of them.
func rendered(s *config.Settings) []config.Problem {
	return litellm.Check(s.LiteLLM, s.Region, s.Langfuse.Content, len(s.Tags))
}
