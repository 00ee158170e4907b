// Package observability is what watches the gateway: VictoriaMetrics, Grafana, the alarms and the budget.
package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

// repositoryName is the ECR repository's in stack poc; elsewhere the stack is appended.
const repositoryName = "grafana-llm-gateway"

// Args is what the observability is made from.
type Args struct {
	Settings *config.Settings
	Vpc      *network.Network
	Database *rds.Database
	Cluster  *ecs.Cluster
	LiteLLM  *ecs.LiteLLM
	Langfuse *ecs.Langfuse
	// GrafanaURL is the address people open, with a slash at its end.
	GrafanaURL pulumi.StringOutput
	// Distributions are the CloudFront distributions' ids, by what they serve.
	Distributions map[string]pulumi.StringOutput
	// UsEast1 is where CloudFront's metrics are.
	UsEast1 *aws.Provider
}

// Observability is what others need to know of it.
type Observability struct {
	pulumi.ResourceState

	GrafanaAdminPassword *secrets.Secret
	// GrafanaRepositoryURL is where scripts/grafana-image.sh pushes to.
	GrafanaRepositoryURL pulumi.StringOutput
}

// builder holds what the steps share.
type builder struct {
	*Args
	*Observability
	name string

	files           *fileSystem
	victoriaMetrics *ecs.Service
	grafana         *ecs.Service
	// topic and edgeTopic are where alarms go, in the stack's region and in us-east-1; nil without alarms.
	topic     *topic
	edgeTopic *topic
}

// New makes the observability.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Observability, error) {
	made := &Observability{}
	if err := ctx.RegisterComponentResource("llmgateway:observability:Observability", name, made, opts...); err != nil {
		return nil, fmt.Errorf("observability %s: %w", name, err)
	}
	b := &builder{Args: args, Observability: made, name: name}
	for _, step := range []func(*pulumi.Context) error{b.makeTopics, b.makeVictoriaMetrics, b.makeRepository, b.makeGrafana, b.makeAlarms, b.makeBudget} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return made, ctx.RegisterResourceOutputs(made, pulumi.Map{"grafanaRepositoryUrl": made.GrafanaRepositoryURL})
}

func (b *builder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.Observability)}, more...)
}

// makeRepository makes the place for a Grafana image of the user's own.
func (b *builder) makeRepository(ctx *pulumi.Context) error {
	name := repositoryName
	if b.Settings.Stack != "poc" {
		name += "-" + b.Settings.Stack
	}
	repository, err := ecr.NewRepository(ctx, b.name+"-grafana", &ecr.RepositoryArgs{
		Name:                       pulumi.String(name),
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ForceDelete:                pulumi.Bool(true),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("grafana repository: %w", err)
	}
	_, err = ecr.NewLifecyclePolicy(ctx, b.name+"-grafana", &ecr.LifecyclePolicyArgs{
		Repository: repository.Name,
		Policy: pulumi.String(`{"rules":[{"rulePriority":1,"description":"keep the last ten images",` +
			`"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}`),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("lifecycle of the grafana repository: %w", err)
	}
	b.GrafanaRepositoryURL = repository.RepositoryUrl
	return nil
}
