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
)

// The components' types in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const (
	ClusterTypeToken = "llmgateway:ecs:Cluster"
	ServiceTypeToken = "llmgateway:ecs:Service"
)

// Args is what the cluster is made from. Every field is required unless it says otherwise; services share what stands here.
type Args struct {
	// Names makes the physical names.
	Names config.Names
	// Region is the AWS region, Account the 12-digit id of the account.
	Region  string
	Account string
	// LogRetentionDays is how long CloudWatch keeps the services' logs.
	LogRetentionDays int
	// ContainerInsights switches the cluster's Container Insights metrics on.
	ContainerInsights bool
	// ExecuteCommand switches ECS Exec on, for which roots are writable.
	ExecuteCommand bool
	// Schedule is when all services run.
	Schedule config.Schedule
	// Protect makes AWS refuse to delete the load balancer.
	Protect bool
	// VpcID is where the services live, VpcCidrs are its IPv4 ranges, SubnetIDs two or more private subnets in different zones.
	VpcID     pulumi.StringInput
	VpcCidrs  []string
	SubnetIDs pulumi.StringArrayInput
	// Internet is what a task needs before it can reach the internet; empty: nothing.
	Internet []pulumi.Resource
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

	args          *Args
	name          string
	namespace     *servicediscovery.PrivateDnsNamespace
	balancerGroup pulumi.StringOutput
	// capacity is what lets services run on Fargate; it must be there before them and go after them.
	capacity pulumi.Resource
	// routes are the listeners and rules; a service's target group must be reachable before the service can be made.
	routes []pulumi.Resource
}

// New makes the cluster.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	cluster := &Cluster{args: args, name: name, TargetGroups: map[routes.Service]*TargetGroup{}}
	if err := ctx.RegisterComponentResource(ClusterTypeToken, name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	if err := cluster.createCluster(ctx); err != nil {
		return nil, err
	}
	if err := cluster.createLoadBalancer(ctx); err != nil {
		return nil, err
	}
	if err := cluster.createListeners(ctx); err != nil {
		return nil, err
	}
	return cluster, ctx.RegisterResourceOutputs(cluster, pulumi.Map{"name": cluster.Name, "loadBalancerDns": cluster.LoadBalancerDNS})
}

func (c *Cluster) createCluster(ctx *pulumi.Context) error {
	child, physical := pulumi.Parent(c), c.args.Names.Name(config.MaxNameDefault)
	insights, before := "disabled", []pulumi.Resource{}
	if c.args.ContainerInsights {
		// Container Insights would make this group itself, without retention, and leave it behind.
		group, err := cloudwatch.NewLogGroup(ctx, c.name+"-insights", &cloudwatch.LogGroupArgs{
			Name:            pulumi.String("/aws/ecs/containerinsights/" + physical + "/performance"),
			RetentionInDays: pulumi.Int(c.args.LogRetentionDays),
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
		Name: pulumi.String(c.args.Names.Namespace()), Vpc: c.args.VpcID, Description: pulumi.String("the gateway's services find each other here"),
	}, child)
	if err != nil {
		return fmt.Errorf("private dns namespace: %w", err)
	}
	return nil
}
