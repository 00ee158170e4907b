package ecs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// revision is the revision that the service runs, and an error where that is not the one that was asked for. ECS rolls a deployment back whose
// tasks do not come up, and the provider takes the old revision's steady state for the new one's (terraform-provider-aws 5.100,
// internal/service/ecs/service.go, statusServiceWaitForStable): only what it read back tells. The error ends the program before the engine
// deletes anything, so the revision that serves stays registered; the next update that succeeds deletes what is left over. Somebody must
// consume the output: Pulumi stores the error of one that nobody reads.
func (b *serviceBuilder) revision(ctx *pulumi.Context, service *ecs.Service, definition *ecs.TaskDefinition) pulumi.Output {
	if ctx.DryRun() {
		return definition.Arn
	}
	return pulumi.All(service.TaskDefinition.Elem(), definition.Arn, service.CapacityProviderStrategies).ApplyT(func(known []any) (string, error) {
		running, isText := known[0].(string)
		wanted, isTextToo := known[1].(string)
		strategies, isList := known[2].([]ecs.ServiceCapacityProviderStrategy)
		if !isText || !isTextToo || !isList {
			return "", fmt.Errorf("service %s: read back %T, %T and %T", b.args.Name, known[0], known[1], known[2])
		}
		onWanted := slices.ContainsFunc(strategies, func(s ecs.ServiceCapacityProviderStrategy) bool { return s.CapacityProvider == b.capacityProvider() })
		if running == wanted && onWanted {
			return running, nil
		}
		return "", b.rolledBack(running, wanted, strategies)
	})
}

// rolledBack says what the operator needs to know of a deployment that was rolled back.
func (b *serviceBuilder) rolledBack(revision, wanted string, strategies []ecs.ServiceCapacityProviderStrategy) error {
	var providers []string
	for _, strategy := range strategies {
		providers = append(providers, strategy.CapacityProvider)
	}
	service := b.args.Name
	return fmt.Errorf("service %s runs revision %s on %s, and not %s on %s as asked for: its new tasks did not come up and ECS rolled back, so clients are "+
		"still served as before this update and nothing was deleted. Why: aws logs tail %s --region %s --since 1h, and aws ecs describe-services --region %s "+
		"--cluster %s --services %s --query 'services[0].events[:10].message'. Then mend the cause or take the change back, and run pulumi up again",
		service, lastPart(revision), strings.Join(providers, ", "), lastPart(wanted), b.capacityProvider(),
		b.shared.Names.LogGroup(service), b.shared.Region, b.shared.Region, b.shared.Names.Name(config.MaxNameDefault), service)
}

// lastPart is family:revision of a task definition's ARN.
func lastPart(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
