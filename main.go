// Program kong-llm-gateway deploys a low-cost LLM gateway into one AWS account. This file is the architecture; each part is a package.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/problems"
	"kong-llm-gateway/network"
	"kong-llm-gateway/observability"
	"kong-llm-gateway/rds"
)

func main() {
	pulumi.Run(program)
}

// program reads the settings and, only if all of them are right, makes the gateway.
func program(ctx *pulumi.Context) error {
	settings, err := config.Load(ctx, problems.Of)
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

// gateway composes the parts, in the order in which they need each other; sections.go says what each reads of the settings.
func gateway(ctx *pulumi.Context, settings *config.Settings) error {
	providers, err := newProviders(ctx, settings)
	if err != nil {
		return err
	}
	local, of := pulumi.Providers(providers.region), sections{settings, providers}

	vpc, err := network.New(ctx, "network", of.network(), local)
	if err != nil {
		return err
	}
	database, err := rds.New(ctx, "database", of.database(vpc), local)
	if err != nil {
		return err
	}
	cluster, err := ecs.New(ctx, "cluster", of.cluster(vpc), local)
	if err != nil {
		return err
	}
	edge, err := cloudfront.New(ctx, "edge", of.edge(vpc, cluster), local)
	if err != nil {
		return err
	}
	traces, err := langfuse.New(ctx, "langfuse", of.langfuse(cluster, database, edge), local)
	if err != nil {
		return err
	}
	proxy, err := litellm.New(ctx, "litellm", of.litellm(cluster, database, traces), local)
	if err != nil {
		return err
	}
	built := parts{vpc: vpc, cluster: cluster, edge: edge, langfuse: traces, litellm: proxy}
	built.monitoring, err = observability.New(ctx, "observability", of.observability(vpc, database, built), local)
	if err != nil {
		return err
	}
	export(ctx, settings, built)
	return nil
}
