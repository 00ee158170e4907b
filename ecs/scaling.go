package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

func (b *serviceBuilder) grows() bool  { return b.args.Settings.MaxCount > b.args.Settings.MinCount }
func (b *serviceBuilder) rests() bool  { return b.shared.Schedule.On() }
func (b *serviceBuilder) scales() bool { return b.grows() || b.rests() }

// createScaling lets the number of tasks follow the load between the settings' bounds, and the clock where there is a schedule.
func (b *serviceBuilder) createScaling(ctx *pulumi.Context, service *ecs.Service) error {
	if !b.scales() {
		return nil
	}
	child := pulumi.Parent(b.made)
	target, err := appautoscaling.NewTarget(ctx, b.name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.args.Cluster.Name, service.Name),
		MinCapacity:       pulumi.Int(b.args.Settings.MinCount),
		MaxCapacity:       pulumi.Int(b.args.Settings.MaxCount),
		// A scheduled action changes both bounds; the next deploy must not take that back.
	}, child, pulumi.IgnoreChanges(b.setBySchedule()))
	if err != nil {
		return fmt.Errorf("scaling target: %w", err)
	}
	if b.grows() {
		_, err := appautoscaling.NewPolicy(ctx, b.name, &appautoscaling.PolicyArgs{
			Name:              pulumi.String(b.shared.Names.Name(config.MaxPolicyName, b.args.Name, "cpu")),
			PolicyType:        pulumi.String("TargetTrackingScaling"),
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
				PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
					PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
				},
				TargetValue: pulumi.Float64(float64(b.args.Settings.TargetCPUPercent)), ScaleInCooldown: pulumi.Int(300), ScaleOutCooldown: pulumi.Int(60),
			},
		}, child)
		if err != nil {
			return fmt.Errorf("scaling policy: %w", err)
		}
	}
	if !b.rests() {
		return nil
	}
	schedule := b.shared.Schedule
	for _, action := range []struct {
		name, when  string
		least, most int
	}{{"start", schedule.Start, b.args.Settings.MinCount, b.args.Settings.MaxCount}, {"stop", schedule.Stop, 0, 0}} {
		_, err := appautoscaling.NewScheduledAction(ctx, b.name+"-"+action.name, &appautoscaling.ScheduledActionArgs{
			Name:              pulumi.String(b.shared.Names.Name(config.MaxActionName, b.args.Name, action.name)),
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			Schedule:          pulumi.String(action.when),
			Timezone:          pulumi.String(schedule.Timezone),
			ScalableTargetAction: &appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(action.least), MaxCapacity: pulumi.Int(action.most),
			},
		}, child)
		if err != nil {
			return fmt.Errorf("scheduled %s: %w", action.name, err)
		}
	}
	return nil
}

// setBySchedule are the properties of the scaling target that a schedule sets.
func (b *serviceBuilder) setBySchedule() []string {
	if b.rests() {
		return []string{"minCapacity", "maxCapacity"}
	}
	return nil
}
