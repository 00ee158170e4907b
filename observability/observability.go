// Package observability is how the gateway is seen and who is told: VictoriaMetrics, Grafana, alarms and the budget.
package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/observability/alarms"
	"kong-llm-gateway/rds"
)

// TypeToken is the component's type in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const TypeToken = "llmgateway:observability:Observability"

// Args is what there is to observe; every field is required unless it says otherwise.
type Args struct {
	// Names makes the physical names.
	Names config.Names
	// Region is the AWS region.
	Region string
	// Account is the 12-digit id of the account.
	Account string
	// VpcID is where everything lives, SubnetIDs are its private subnets, Subnets is their number.
	VpcID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayOutput
	Subnets   int
	// NatInstanceID is watched where HasNatInstance says so; NATInstanceType is its EC2 type.
	HasNatInstance  bool
	NatInstanceID   pulumi.StringOutput
	NATInstanceType string
	// Database has Grafana's state. DatabaseSettings and UsableConnections are what its alarms hold its metrics against.
	Database          *rds.Database
	DatabaseSettings  config.Database
	UsableConnections int
	// Schedule is when the services run; without one an alarm may take no data for a fault.
	Schedule config.Schedule
	// Grafana, VictoriaMetrics, Alarms and Budget are the settings of what is made here.
	Grafana         config.Grafana
	VictoriaMetrics config.VictoriaMetrics
	Alarms          config.Alarms
	Budget          config.Budget
	// AdminPassword is the name of an existing secret for Grafana's admin; empty: generated.
	AdminPassword string
	// LiteLLMSettings and LangfuseSettings say how many tasks there are to watch.
	LiteLLMSettings  config.Service
	LangfuseSettings config.Service
	Cluster          *ecs.Cluster
	LiteLLM          *litellm.LiteLLM
	Langfuse         *langfuse.Langfuse
	// Secrets makes what is generated.
	Secrets secrets.Maker
	// GrafanaURL is the address people open, with a slash at its end.
	GrafanaURL pulumi.StringOutput
	// Distributions are the ids of the CloudFront distributions, by what they serve.
	Distributions map[alarms.Watched]pulumi.StringOutput
	// UsEast1 is a provider for us-east-1, where CloudFront's metrics are.
	UsEast1 *aws.Provider
}

// Observability is what the rest of the program needs of it.
type Observability struct {
	pulumi.ResourceState

	// GrafanaAdminPassword is the first password of Grafana's user admin.
	GrafanaAdminPassword *secrets.Secret
	// GrafanaRepositoryURL is the ECR repository for an image of one's own.
	GrafanaRepositoryURL pulumi.StringOutput
}

// builder holds what the steps share.
type builder struct {
	args *Args
	made *Observability
	name string
}

// New makes it all.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Observability, error) {
	made := &Observability{}
	if err := ctx.RegisterComponentResource(TypeToken, name, made, opts...); err != nil {
		return nil, fmt.Errorf("observability %s: %w", name, err)
	}
	b := &builder{args: args, made: made, name: name}
	topics, err := b.createTopics(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.createRepository(ctx); err != nil {
		return nil, err
	}
	files, err := b.createMetricsFiles(ctx)
	if err != nil {
		return nil, err
	}
	metrics, err := b.createVictoriaMetrics(ctx, files)
	if err != nil {
		return nil, err
	}
	grafana, err := b.createGrafana(ctx, metrics, topics)
	if err != nil {
		return nil, err
	}
	if err := b.createAlarms(ctx, topics, watched{fileSystem: files.ID, services: map[alarms.Watched]*ecs.Service{
		alarms.LiteLLM: args.LiteLLM.Service, alarms.Langfuse: args.Langfuse.Service, alarms.Grafana: grafana, alarms.VictoriaMetrics: metrics,
	}}); err != nil {
		return nil, err
	}
	if err := b.createBudget(ctx, topics); err != nil {
		return nil, err
	}
	return made, ctx.RegisterResourceOutputs(made, pulumi.Map{
		"grafanaAdminPassword": made.GrafanaAdminPassword.Name, "grafanaRepositoryUrl": made.GrafanaRepositoryURL,
	})
}

// child makes a resource part of this component.
func (b *builder) child() pulumi.ResourceOption { return pulumi.Parent(b.made) }
