package main

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/observability"
	"kong-llm-gateway/observability/alarms"
	"kong-llm-gateway/rds"
)

// sections hand each part what it reads of the settings, and of the parts before it. No part sees the whole of either.
type sections struct {
	settings  *config.Settings
	providers *providers
}

func (s sections) network() *network.Args {
	return &network.Args{
		Names:       s.settings.Names,
		Region:      s.settings.Region,
		Settings:    s.settings.Network,
		TasksAtMost: s.settings.TasksAtMost(),
		Provider:    s.providers.region,
	}
}

// secrets makes what is generated, for every part.
func (s sections) secrets() secrets.Maker {
	return secrets.Maker{Names: s.settings.Names, Protect: s.settings.Database.DeletionProtection}
}

func (s sections) database(vpc *network.Network) *rds.Args {
	return &rds.Args{
		Names:            s.settings.Names,
		Region:           s.settings.Region,
		Settings:         s.settings.Database,
		LogRetentionDays: s.settings.LogRetentionDays,
		VpcID:            vpc.VpcID,
		SubnetIDs:        vpc.PrivateSubnetIDs,
		Secrets:          s.secrets(),
	}
}

func (s sections) cluster(vpc *network.Network) *ecs.Args {
	return &ecs.Args{
		Names:             s.settings.Names,
		Region:            s.settings.Region,
		Account:           s.providers.account,
		LogRetentionDays:  s.settings.LogRetentionDays,
		ContainerInsights: s.settings.ContainerInsights,
		ExecuteCommand:    s.settings.ExecuteCommand,
		Schedule:          s.settings.Schedule,
		Protect:           s.settings.Database.DeletionProtection,
		VpcID:             vpc.VpcID,
		VpcCidrs:          vpc.VpcCidrs,
		SubnetIDs:         vpc.PrivateSubnetIDs,
		Internet:          vpc.Internet,
		EdgeRules:         cloudfront.EdgeRules(s.settings.Edge, s.settings.LiteLLM.Kinds()),
		Targets:           []ecs.Target{litellm.Target, langfuse.Target, observability.GrafanaTarget},
	}
}

func (s sections) edge(vpc *network.Network, cluster *ecs.Cluster) *cloudfront.Args {
	return &cloudfront.Args{
		Names:            s.settings.Names,
		Account:          s.providers.account,
		Settings:         s.settings.Edge,
		Kinds:            s.settings.LiteLLM.Kinds(),
		WAF:              s.settings.WAF,
		LogRetentionDays: s.settings.LogRetentionDays,
		Protect:          s.settings.Database.DeletionProtection,
		LoadBalancerArn:  cluster.LoadBalancerArn,
		LoadBalancerDNS:  cluster.LoadBalancerDNS,
		OriginNeeds:      slices.Concat([]pulumi.Resource{cluster.EdgeListener}, vpc.Gateway),
		UsEast1:          s.providers.usEast1,
	}
}

func (s sections) langfuse(cluster *ecs.Cluster, database *rds.Database, edge *cloudfront.Edge) *langfuse.Args {
	return &langfuse.Args{
		Cluster:       cluster,
		Database:      database,
		Settings:      s.settings.Langfuse,
		AdminPassword: s.settings.Secrets.LangfuseAdminPassword,
		Secrets:       s.secrets(),
		URL:           edge.LangfuseURL,
	}
}

func (s sections) litellm(cluster *ecs.Cluster, database *rds.Database, traces *langfuse.Langfuse) *litellm.Args {
	return &litellm.Args{
		Cluster:   cluster,
		Database:  database,
		Langfuse:  traces,
		Content:   s.settings.Langfuse.Content,
		Settings:  s.settings.LiteLLM,
		Region:    s.settings.Region,
		Account:   s.providers.account,
		MasterKey: s.settings.Secrets.MasterKey,
		Secrets:   s.secrets(),
	}
}

// observability is what the parts that are finished give to watch.
func (s sections) observability(vpc *network.Network, database *rds.Database, built parts) *observability.Args {
	return &observability.Args{
		Names:             s.settings.Names,
		Region:            s.settings.Region,
		Account:           s.providers.account,
		Secrets:           s.secrets(),
		VpcID:             vpc.VpcID,
		SubnetIDs:         vpc.PrivateSubnetIDs,
		Subnets:           vpc.PrivateSubnets,
		HasNatInstance:    vpc.HasNatInstance,
		NatInstanceID:     vpc.NatInstanceID,
		NATInstanceType:   s.settings.Network.NATInstanceType,
		Database:          database,
		DatabaseSettings:  s.settings.Database,
		UsableConnections: s.settings.Connections().Usable,
		Schedule:          s.settings.Schedule,
		Grafana:           s.settings.Grafana,
		VictoriaMetrics:   s.settings.VictoriaMetrics,
		Alarms:            s.settings.Alarms,
		Budget:            s.settings.Budget,
		AdminPassword:     s.settings.Secrets.GrafanaAdminPassword,
		Cluster:           built.cluster,
		LiteLLM:           built.litellm,
		LiteLLMSettings:   s.settings.LiteLLM.Service,
		Langfuse:          built.langfuse,
		LangfuseSettings:  s.settings.Langfuse.Service,
		GrafanaURL:        built.edge.GrafanaURL,
		Distributions:     map[alarms.Watched]pulumi.StringOutput{alarms.Gateway: built.edge.GatewayDistributionID, alarms.Langfuse: built.edge.LangfuseDistributionID},
		UsEast1:           s.providers.usEast1,
	}
}
