package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AllowArgs is traffic on one TCP port from one security group to another.
type AllowArgs struct {
	From, To    pulumi.StringInput
	Port        int
	Description string
}

// Allow lets the traffic out of the one group and into the other.
func Allow(ctx *pulumi.Context, name string, args AllowArgs, opts ...pulumi.ResourceOption) error {
	_, err := vpc.NewSecurityGroupEgressRule(ctx, name, &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: args.From, ReferencedSecurityGroupId: args.To, IpProtocol: pulumi.String("tcp"),
		FromPort: pulumi.Int(args.Port), ToPort: pulumi.Int(args.Port), Description: pulumi.String(args.Description),
	}, opts...)
	if err != nil {
		return fmt.Errorf("egress rule %s: %w", name, err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: args.To, ReferencedSecurityGroupId: args.From, IpProtocol: pulumi.String("tcp"),
		FromPort: pulumi.Int(args.Port), ToPort: pulumi.Int(args.Port), Description: pulumi.String(args.Description),
	}, opts...)
	if err != nil {
		return fmt.Errorf("ingress rule %s: %w", name, err)
	}
	return nil
}
