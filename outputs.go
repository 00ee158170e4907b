package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/cost"
	"kong-llm-gateway/network"
	"kong-llm-gateway/observability"
)

// parts are the finished components whose values the stack's outputs show.
type parts struct {
	vpc        *network.Network
	cluster    *ecs.Cluster
	edge       *cloudfront.Edge
	langfuse   *langfuse.Langfuse
	litellm    *litellm.LiteLLM
	monitoring *observability.Observability
}

// export writes the stack's outputs: addresses first, then what a user needs next. No output holds a secret's value.
func export(ctx *pulumi.Context, settings *config.Settings, built parts) {
	target := tunnelTarget(settings, built.vpc)
	outputs := map[string]pulumi.Input{
		"cloudfront_domain": built.edge.GatewayDomain,
		"gateway_url":       built.edge.GatewayURL,
		"grafana_url":       built.edge.GrafanaURL,
		"langfuse_url":      built.edge.LangfuseURL,
		"alb_dns_name":      built.cluster.LoadBalancerDNS,
		"ecs_cluster_name":  built.cluster.Name,
		"region":            pulumi.String(settings.Region),

		"master_key_secret":              built.litellm.MasterKey.Name,
		"grafana_admin_password_secret":  built.monitoring.GrafanaAdminPassword.Name,
		"langfuse_admin_password_secret": built.langfuse.AdminPassword.Name,
		"langfuse_admin_email":           pulumi.String(settings.Langfuse.AdminEmail),

		"tunnel_target":          target,
		"tunnel_command":         tunnelCommand(settings, target, built.cluster.LoadBalancerDNS),
		"claude_code_env":        claudeCodeEnv(settings, built.edge.GatewayURL),
		"models":                 modelNames(settings),
		"bedrock_models":         bedrockModels(settings),
		"grafana_repository":     built.monitoring.GrafanaRepositoryURL,
		"estimated_monthly_cost": pulumi.String(cost.Summary(settings)),
	}
	for name, value := range outputs {
		ctx.Export(name, value)
	}
}

// tunnelTarget is what a Systems Manager session to the VPC goes through: an instance's id, "ecs" for a running task, or nothing.
func tunnelTarget(settings *config.Settings, vpc *network.Network) pulumi.StringOutput {
	switch {
	case vpc.HasNatInstance:
		return vpc.NatInstanceID
	case settings.ExecuteCommand:
		return pulumi.String("ecs").ToStringOutput()
	default:
		return pulumi.String(settings.TunnelInstanceID).ToStringOutput()
	}
}

// tunnelCommand is the command that brings the admin API to http://localhost:4000, or what to set so that there is one.
func tunnelCommand(settings *config.Settings, target, loadBalancer pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.All(target, loadBalancer).ApplyT(func(values []any) string {
		instance, host := values[0], values[1]
		switch instance {
		case "":
			return "no tunnel in this network mode: set tunnel.instanceId to an instance in the VPC that Systems Manager manages, or ecs.executeCommand to true"
		case "ecs":
			return "scripts/litellm-users.sh --tunnel health (finds a running task and goes through it)"
		default:
			return fmt.Sprintf("aws ssm start-session --region %s --target %s --document-name AWS-StartPortForwardingSessionToRemoteHost"+
				" --parameters host=%s,portNumber=80,localPortNumber=4000", settings.Region, instance, host)
		}
	}).(pulumi.StringOutput)
}

// claudeCodeEnv is the shell lines that point Claude Code at the gateway.
func claudeCodeEnv(settings *config.Settings, url pulumi.StringOutput) pulumi.StringOutput {
	return url.ApplyT(settings.LiteLLM.ClaudeCodeEnv).(pulumi.StringOutput)
}

// modelNames are all names that clients may ask for, each with the Bedrock model that answers. By name, so that a preview shows which go and which come.
func modelNames(settings *config.Settings) pulumi.StringMap {
	names := pulumi.StringMap{}
	for _, model := range settings.LiteLLM.Models {
		for _, name := range append([]string{model.Name}, model.Aliases...) {
			names[name] = pulumi.String(model.Bedrock)
		}
	}
	return names
}

// bedrockModels lists what scripts/enable-models.sh enables: each model or inference profile with the region it is called in.
func bedrockModels(settings *config.Settings) pulumi.ArrayOutput {
	list := pulumi.Array{}
	for _, model := range settings.LiteLLM.Models {
		call := model.Call(settings.Region)
		list = append(list, pulumi.StringMap{"model": pulumi.String(call.ID), "region": pulumi.String(call.Region)})
	}
	return list.ToArrayOutput()
}
