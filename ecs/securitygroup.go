package ecs

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

// nfsPort is where a mount target of EFS answers.
const nfsPort = 2049

// createSecurityGroup makes the service's group and returns its id and the rule without which no task starts. It lets the service reach HTTPS anywhere (AWS's APIs, image registries), its database and its data, and lets the load balancer reach it.
func (b *serviceBuilder) createSecurityGroup(ctx *pulumi.Context) (pulumi.StringOutput, pulumi.Resource, error) {
	var none pulumi.StringOutput
	child, physical := pulumi.Parent(b.made), b.shared.Names.Name(config.MaxNameDefault, b.args.Name)
	group, err := ec2.NewSecurityGroup(ctx, b.name, &ec2.SecurityGroupArgs{
		VpcId: b.shared.VpcID, Name: pulumi.String(physical), Description: pulumi.String("Tasks of " + b.args.Name),
		Tags: pulumi.StringMap{"Name": pulumi.String(physical)},
	}, child)
	if err != nil {
		return none, nil, fmt.Errorf("security group: %w", err)
	}
	id := group.ID().ToStringOutput()
	https, err := vpc.NewSecurityGroupEgressRule(ctx, b.name+"-https", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: group.ID(), CidrIpv4: pulumi.String("0.0.0.0/0"), IpProtocol: pulumi.String("tcp"),
		FromPort: pulumi.Int(443), ToPort: pulumi.Int(443), Description: pulumi.String("AWS APIs and image registries"),
	}, child)
	if err != nil {
		return none, nil, fmt.Errorf("egress rule: %w", err)
	}
	allow := func(name string, from, to pulumi.StringInput, port int, description string) error {
		return network.Allow(ctx, b.name+"-"+name, network.AllowArgs{From: from, To: to, Port: port, Description: description}, child)
	}
	if b.args.Role != nil {
		if err := allow("database", id, b.args.Database.SecurityGroupID, rds.Port, b.args.Name+" to its database"); err != nil {
			return none, nil, err
		}
	}
	if b.args.FileSystem != nil {
		if err := allow("files", id, b.args.FileSystem.SecurityGroupID, nfsPort, b.args.Name+" to its files"); err != nil {
			return none, nil, err
		}
	}
	if b.args.TargetGroup != nil {
		if err := allow("alb", b.args.Cluster.balancerGroup, id, b.args.Port, "load balancer to "+b.args.Name); err != nil {
			return none, nil, err
		}
	}
	return id, https, nil
}
