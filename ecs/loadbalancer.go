package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
)

const (
	// internalListenerPort is where the VPC's requests arrive; CloudFront's do on routes.ListenerPort.
	internalListenerPort = 80
	// originPrefixList is AWS's list of CloudFront's addresses towards origins. It weighs 55 of the 60 rules a security group may have
	// (Amazon VPC User Guide, AWS-managed prefix lists), so it is used once.
	originPrefixList = "com.amazonaws.global.cloudfront.origin-facing"
)

func (c *Cluster) createLoadBalancer(ctx *pulumi.Context) error {
	group, err := c.createBalancerSecurityGroup(ctx)
	if err != nil {
		return err
	}
	balancer, err := lb.NewLoadBalancer(ctx, c.name, &lb.LoadBalancerArgs{
		Name:                     pulumi.String(c.args.Names.Name(config.MaxLoadBalancerName, "alb")),
		Internal:                 pulumi.Bool(true),
		LoadBalancerType:         pulumi.String("application"),
		SecurityGroups:           pulumi.StringArray{group.ID()},
		Subnets:                  c.args.SubnetIDs,
		IdleTimeout:              pulumi.Int(config.LoadBalancerIdleSeconds),
		DropInvalidHeaderFields:  pulumi.Bool(true),
		DesyncMitigationMode:     pulumi.String("defensive"),
		EnableDeletionProtection: pulumi.Bool(c.args.Protect),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("load balancer: %w", err)
	}
	c.LoadBalancerArn, c.LoadBalancerDNS, c.LoadBalancerArnSuffix = balancer.Arn, balancer.DnsName, balancer.ArnSuffix
	for _, to := range c.args.Targets {
		service := string(to.Service)
		made, err := lb.NewTargetGroup(ctx, c.name+"-"+service, &lb.TargetGroupArgs{
			Name:                pulumi.String(c.args.Names.Name(config.MaxLoadBalancerName, service)),
			VpcId:               c.args.VpcID,
			Port:                pulumi.Int(to.Port),
			Protocol:            pulumi.String("HTTP"),
			TargetType:          pulumi.String("ip"),
			DeregistrationDelay: pulumi.Int(config.DrainSeconds),
			HealthCheck: &lb.TargetGroupHealthCheckArgs{
				Path: pulumi.String(to.Health), Matcher: pulumi.String("200"), Protocol: pulumi.String("HTTP"), Port: pulumi.String("traffic-port"),
				Interval: pulumi.Int(30), Timeout: pulumi.Int(10), HealthyThreshold: pulumi.Int(2), UnhealthyThreshold: pulumi.Int(3),
			},
		}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("target group %s: %w", service, err)
		}
		c.TargetGroups[to.Service] = &TargetGroup{Arn: made.Arn, ArnSuffix: made.ArnSuffix}
	}
	return nil
}

// createBalancerSecurityGroup tells the two listeners apart by where a request comes from: only CloudFront reaches the edge listener, only the VPC
// the internal one. What the load balancer may reach is said by each service.
func (c *Cluster) createBalancerSecurityGroup(ctx *pulumi.Context) (*ec2.SecurityGroup, error) {
	child, physical := pulumi.Parent(c), c.args.Names.Name(config.MaxNameDefault, "alb")
	group, err := ec2.NewSecurityGroup(ctx, c.name+"-alb", &ec2.SecurityGroupArgs{
		VpcId: c.args.VpcID, Name: pulumi.String(physical), Description: pulumi.String("Load balancer: CloudFront to the edge listener, the VPC to the internal one"),
		Tags: pulumi.StringMap{"Name": pulumi.String(physical)},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("security group of the load balancer: %w", err)
	}
	c.balancerGroup = group.ID().ToStringOutput()
	prefixList := originPrefixList
	list, err := ec2.LookupManagedPrefixList(ctx, &ec2.LookupManagedPrefixListArgs{Name: &prefixList}, child)
	if err != nil {
		return nil, fmt.Errorf("find CloudFront's prefix list: %w", err)
	}
	ingress := func(name string, port int, from *vpc.SecurityGroupIngressRuleArgs) error {
		from.SecurityGroupId, from.IpProtocol = group.ID(), pulumi.String("tcp")
		from.FromPort, from.ToPort = pulumi.Int(port), pulumi.Int(port)
		if _, err := vpc.NewSecurityGroupIngressRule(ctx, c.name+"-"+name, from, child); err != nil {
			return fmt.Errorf("ingress rule %s: %w", name, err)
		}
		return nil
	}
	if err := ingress("edge", routes.ListenerPort, &vpc.SecurityGroupIngressRuleArgs{
		PrefixListId: pulumi.String(list.Id), Description: pulumi.String("CloudFront"),
	}); err != nil {
		return nil, err
	}
	for i, cidr := range c.args.VpcCidrs {
		if err := ingress(fmt.Sprintf("internal-%d", i+1), internalListenerPort, &vpc.SecurityGroupIngressRuleArgs{
			CidrIpv4: pulumi.String(cidr), Description: pulumi.String("the VPC"),
		}); err != nil {
			return nil, err
		}
	}
	return group, nil
}
