// Package ecs makes the cluster with its load balancer and private DNS, and is the one pattern by which every Fargate service is made.
package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/network"
)

// The components' types in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const (
	ClusterTypeToken = "llmgateway:ecs:Cluster"
	ServiceTypeToken = "llmgateway:ecs:Service"
)

// Args is what the cluster is made from.
type Args struct {
	Settings *config.Settings
	Vpc      *network.Network
	// Account is the 12-digit id of the account.
	Account string
	// EdgeRules are what CloudFront's requests may reach.
	EdgeRules []routes.Rule
	// Targets are the services behind the load balancer.
	Targets []Target
}

// Cluster is where the services run, and the load balancer in front of them.
type Cluster struct {
	pulumi.ResourceState

	Name pulumi.StringOutput
	Arn  pulumi.StringOutput
	// LoadBalancerDNS is the internal load balancer's host name.
	LoadBalancerDNS pulumi.StringOutput
	LoadBalancerArn pulumi.StringOutput
	// LoadBalancerArnSuffix is the part of the ARN that CloudWatch metrics carry.
	LoadBalancerArnSuffix pulumi.StringOutput
	// TargetGroups are the places of Args.Targets.
	TargetGroups map[routes.Service]*TargetGroup
	// EdgeListener is where CloudFront's requests arrive.
	EdgeListener pulumi.Resource

	settings      *config.Settings
	vpc           *network.Network
	name          string
	account       string
	namespace     *servicediscovery.PrivateDnsNamespace
	balancerGroup pulumi.StringOutput
	// capacity is what lets services run on Fargate; it must be there before them and go after them.
	capacity pulumi.Resource
	// routes are the listeners and rules; a service's target group must be reachable before the service can be made.
	routes []pulumi.Resource
}

// New makes the cluster.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{settings: args.Settings, vpc: args.Vpc, name: name, account: args.Account, TargetGroups: map[routes.Service]*TargetGroup{}}
	if err := ctx.RegisterComponentResource(ClusterTypeToken, name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	if err := cluster.makeCluster(ctx); err != nil {
		return nil, err
	}
	if err := cluster.makeLoadBalancer(ctx, args.Targets); err != nil {
		return nil, err
	}
	if err := cluster.makeListeners(ctx, args.EdgeRules); err != nil {
		return nil, err
	}
	return cluster, ctx.RegisterResourceOutputs(cluster, pulumi.Map{"name": cluster.Name, "loadBalancerDns": cluster.LoadBalancerDNS})
}

func (c *Cluster) makeCluster(ctx *pulumi.Context) error {
	child, physical := pulumi.Parent(c), c.settings.Name(config.MaxNameDefault)
	insights, before := "disabled", []pulumi.Resource{}
	if c.settings.ContainerInsights {
		// Container Insights would make this group itself, without retention, and leave it behind.
		group, err := cloudwatch.NewLogGroup(ctx, c.name+"-insights", &cloudwatch.LogGroupArgs{
			Name:            pulumi.String("/aws/ecs/containerinsights/" + physical + "/performance"),
			RetentionInDays: pulumi.Int(c.settings.LogRetentionDays),
		}, child)
		if err != nil {
			return fmt.Errorf("log group of Container Insights: %w", err)
		}
		insights, before = "enabled", []pulumi.Resource{group}
	}
	cluster, err := ecs.NewCluster(ctx, c.name, &ecs.ClusterArgs{
		Name:     pulumi.String(physical),
		Settings: ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String(insights)}},
	}, child, pulumi.DependsOn(before))
	if err != nil {
		return fmt.Errorf("ecs cluster: %w", err)
	}
	c.capacity, err = ecs.NewClusterCapacityProviders(ctx, c.name, &ecs.ClusterCapacityProvidersArgs{
		ClusterName: cluster.Name, CapacityProviders: pulumi.ToStringArray([]string{onDemand, spot}),
	}, child)
	if err != nil {
		return fmt.Errorf("capacity providers: %w", err)
	}
	c.Name, c.Arn = cluster.Name, cluster.Arn
	c.namespace, err = servicediscovery.NewPrivateDnsNamespace(ctx, c.name, &servicediscovery.PrivateDnsNamespaceArgs{
		Name: pulumi.String(c.settings.Namespace()), Vpc: c.vpc.VpcID, Description: pulumi.String("the gateway's services find each other here"),
	}, child)
	if err != nil {
		return fmt.Errorf("private dns namespace: %w", err)
	}
	return nil
}
