package main

import (
	"fmt"
	"sort"
	"strings"

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

// claudeCodeEnv is the lines that point Claude Code at the gateway. Experimental betas are off because Bedrock refuses their flags
// (Claude Code documentation, LLM gateway configuration).
func claudeCodeEnv(settings *config.Settings, url pulumi.StringOutput) pulumi.StringOutput {
	lines := []string{
		"export ANTHROPIC_AUTH_TOKEN=<a key made by scripts/litellm-users.sh create-key>",
		"export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1",
	}
	main := settings.LiteLLM.Models[0].Name
	for _, family := range []string{"haiku", "sonnet", "opus"} {
		name := firstOfFamily(settings.LiteLLM.Models, family)
		if name == "" {
			continue
		}
		lines = append(lines, fmt.Sprintf("export ANTHROPIC_DEFAULT_%s_MODEL=%s", strings.ToUpper(family), name))
		if family == "sonnet" {
			main = name
		}
	}
	lines = append(lines, "export ANTHROPIC_MODEL="+main)
	sort.Strings(lines)
	return pulumi.Sprintf("export ANTHROPIC_BASE_URL=%s\n%s", url, strings.Join(lines, "\n"))
}

// firstOfFamily is the first configured model of a Claude family, empty when there is none.
func firstOfFamily(models []config.Model, family string) string {
	for _, model := range models {
		if strings.Contains(model.Bedrock, family) {
			return model.Name
		}
	}
	return ""
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
