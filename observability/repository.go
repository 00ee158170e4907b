package observability

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// keptImages is how many Grafana images stay in the repository.
const keptImages = 10

type (
	lifecyclePolicy struct {
		Rules []lifecycleRule `json:"rules"`
	}
	lifecycleRule struct {
		Priority    int                `json:"rulePriority"`
		Description string             `json:"description"`
		Selection   lifecycleSelection `json:"selection"`
		Action      map[string]string  `json:"action"`
	}
	lifecycleSelection struct {
		TagStatus   string `json:"tagStatus"`
		CountType   string `json:"countType"`
		CountNumber int    `json:"countNumber"`
	}
)

// createRepository makes the ECR repository that scripts/grafana-image.sh pushes to. A tag is made of the content and never moves.
// Destroying the stack deletes the images with it.
func (b *builder) createRepository(ctx *pulumi.Context) error {
	name := b.name + "-grafana"
	made, err := ecr.NewRepository(ctx, name, &ecr.RepositoryArgs{
		Name: pulumi.String(b.args.Names.GrafanaRepository()), ForceDelete: pulumi.Bool(true), ImageTagMutability: pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
	}, b.child())
	if err != nil {
		return fmt.Errorf("grafana's image repository: %w", err)
	}
	policy, err := json.Marshal(lifecyclePolicy{Rules: []lifecycleRule{{
		Priority: 1, Description: "keep the newest images", Action: map[string]string{"type": "expire"},
		Selection: lifecycleSelection{TagStatus: "any", CountType: "imageCountMoreThan", CountNumber: keptImages},
	}}})
	if err != nil {
		return fmt.Errorf("life cycle of grafana's images: %w", err)
	}
	if _, err := ecr.NewLifecyclePolicy(ctx, name, &ecr.LifecyclePolicyArgs{Repository: made.Name, Policy: pulumi.String(policy)}, b.child()); err != nil {
		return fmt.Errorf("life cycle of grafana's images: %w", err)
	}
	b.made.GrafanaRepositoryURL = made.RepositoryUrl
	return nil
}
