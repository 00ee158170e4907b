package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/cloudfront/routes"
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

// claudeFamilies are the families of models that Claude Code asks for, each by a variable ANTHROPIC_DEFAULT_<FAMILY>_MODEL (Claude Code 2.1.197).
func claudeFamilies() []string { return []string{"haiku", "sonnet", "opus", "fable"} }

// claudeMaxOutputTokens is the longest answer that Claude Code asks for. Bedrock takes max_tokens from the quota per minute with each call, whatever the
// answer needs (Bedrock User Guide, Token burndown); Claude Code's own default is 32,000 and more, and with much less than this thinking leaves no room
// for a file to be written.
const claudeMaxOutputTokens = 16384

// claudeCodeEnv is the shell lines that point Claude Code at the gateway. It is the one place that knows them: scripts/connect.sh and litellm-users.sh
// onboard read them here. The key is the shell's LITELLM_API_KEY. A family that is not configured is answered by the main model, because Claude Code
// would else ask for a name that the gateway does not have. Experimental betas are off because Bedrock refuses their flags (Claude Code documentation,
// LLM gateway configuration).
func claudeCodeEnv(settings *config.Settings, url pulumi.StringOutput) pulumi.StringOutput {
	main := mainModel(settings.LiteLLM.Models)
	if main == "" {
		return pulumi.String("# Claude Code needs a chat model, and none is configured").ToStringOutput()
	}
	lines := []string{
		"export ANTHROPIC_BASE_URL=%s",
		`export ANTHROPIC_AUTH_TOKEN="${LITELLM_API_KEY:?is not set: a key, made by scripts/litellm-users.sh create-key}"`,
		"export ANTHROPIC_MODEL=" + main,
	}
	for _, family := range claudeFamilies() {
		name := firstOfFamily(settings.LiteLLM.Models, family)
		if name == "" {
			name = main
		}
		lines = append(lines, fmt.Sprintf("export ANTHROPIC_DEFAULT_%s_MODEL=%s", strings.ToUpper(family), name))
	}
	lines = append(lines,
		fmt.Sprintf("export CLAUDE_CODE_MAX_OUTPUT_TOKENS=%d", claudeMaxOutputTokens),
		"export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1")
	return pulumi.Sprintf(strings.Join(lines, "\n"), url)
}

// mainModel is the model for most work: the first Sonnet, else the first model that chats; empty when none does.
func mainModel(models []config.Model) string {
	if name := firstOfFamily(models, "sonnet"); name != "" {
		return name
	}
	return firstOfFamily(models, "")
}

// firstOfFamily is the first configured chat model of a Claude family, of any for the family "", empty when there is none.
func firstOfFamily(models []config.Model, family string) string {
	for _, model := range models {
		if model.Kind() == routes.Chat && strings.Contains(model.Bedrock, family) {
			return model.Name
		}
	}
	return ""
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
