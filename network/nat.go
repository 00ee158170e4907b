package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
)

const (
	// natAmiOwner publishes the fck-nat images (fck-nat documentation).
	natAmiOwner = "568608671756"
	// natAmiName is one release, built on one day: the publisher builds each release anew every six months, and a new image would replace the
	// instance and cut every connection. Seen in two public repositories that pin it (second-hand, not verified against AWS).
	natAmiName = "fck-nat-al2023-hvm-1.4.0-20260701-arm64-ebs"
	// natDiskGB is what the image needs at least (fck-nat documentation).
	natDiskGB = 4
)

// createNat gives the private subnets their way out, in the mode of the settings, and returns what a task needs before it can use it.
func (b *builder) createNat(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	switch b.args.Settings.NAT {
	case config.NATInstance:
		return b.createNatInstance(ctx)
	case config.NATGatewayPerZone:
		return b.createNatGateways(ctx, len(b.zones))
	default:
		return b.createNatGateways(ctx, 1)
	}
}

// natGateways makes the given number of NAT gateways; the private subnets share them.
func (b *builder) createNatGateways(ctx *pulumi.Context, count int) ([]pulumi.Resource, error) {
	var gateways []*ec2.NatGateway
	for i := range count {
		address, err := b.createElasticIP(ctx, fmt.Sprintf("nat-%d", i+1))
		if err != nil {
			return nil, err
		}
		gateway, err := ec2.NewNatGateway(ctx, fmt.Sprintf("%s-nat-%d", b.name, i+1), &ec2.NatGatewayArgs{
			SubnetId: b.public[i].ID(), AllocationId: address.ID(), Tags: b.tag("nat", b.zones[i]),
		}, b.child(pulumi.DependsOn([]pulumi.Resource{b.internetGateway}))...)
		if err != nil {
			return nil, fmt.Errorf("nat gateway %d: %w", i+1, err)
		}
		gateways = append(gateways, gateway)
	}
	return b.createDefaultRoutes(ctx, func(zone int) *ec2.RouteArgs { return &ec2.RouteArgs{NatGatewayId: gateways[zone%count].ID()} })
}

func (b *builder) createElasticIP(ctx *pulumi.Context, part string) (*ec2.Eip, error) {
	address, err := ec2.NewEip(ctx, b.name+"-"+part, &ec2.EipArgs{Domain: pulumi.String("vpc"), Tags: b.tag(part)},
		b.child(pulumi.DependsOn([]pulumi.Resource{b.internetGateway}))...)
	if err != nil {
		return nil, fmt.Errorf("elastic ip %s: %w", part, err)
	}
	return address, nil
}

// natInstance makes one small instance that forwards the private subnets' traffic.
func (b *builder) createNatInstance(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	ami, err := b.natAmi(ctx)
	if err != nil {
		return nil, err
	}
	group, err := b.createNatSecurityGroup(ctx)
	if err != nil {
		return nil, err
	}
	profile, err := b.createNatProfile(ctx)
	if err != nil {
		return nil, err
	}
	instance, err := ec2.NewInstance(ctx, b.name+"-nat", &ec2.InstanceArgs{
		Ami:                 pulumi.String(ami),
		InstanceType:        pulumi.String(b.args.Settings.NATInstanceType),
		SubnetId:            b.public[0].ID(),
		VpcSecurityGroupIds: pulumi.StringArray{group.ID()},
		IamInstanceProfile:  profile.Name,
		// It forwards packets that are neither from nor to itself.
		SourceDestCheck: pulumi.Bool(false),
		MetadataOptions: &ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"), HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice: &ec2.InstanceRootBlockDeviceArgs{
			VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(natDiskGB), Encrypted: pulumi.Bool(true), DeleteOnTermination: pulumi.Bool(true), Tags: b.tag("nat"),
		},
		// associatePublicIpAddress stays unset: the address comes with the association below, and a refresh would otherwise read it back and replace the instance.
		Tags: b.tag("nat"),
	}, b.child(pulumi.DependsOn([]pulumi.Resource{b.internetGateway}))...)
	if err != nil {
		return nil, fmt.Errorf("nat instance: %w", err)
	}
	address, err := b.createElasticIP(ctx, "nat")
	if err != nil {
		return nil, err
	}
	association, err := ec2.NewEipAssociation(ctx, b.name+"-nat", &ec2.EipAssociationArgs{
		AllocationId: address.ID(), InstanceId: instance.ID(),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("address of the nat instance: %w", err)
	}
	b.made.HasNatInstance, b.made.NatInstanceID = true, instance.ID().ToStringOutput()
	routes, err := b.createDefaultRoutes(ctx, func(int) *ec2.RouteArgs {
		return &ec2.RouteArgs{NetworkInterfaceId: instance.PrimaryNetworkInterfaceId}
	})
	return append(routes, association), err
}

// natAmi is the AMI of the settings, or the pinned release.
func (b *builder) natAmi(ctx *pulumi.Context) (string, error) {
	if ami := b.args.Settings.NATAmi; ami != "" {
		return ami, nil
	}
	deprecated := true // AWS hides images two years after they were published; a pinned one must still be found
	found, err := ec2.LookupAmi(ctx, &ec2.LookupAmiArgs{
		Owners:            []string{natAmiOwner},
		IncludeDeprecated: &deprecated,
		Filters:           []ec2.GetAmiFilter{{Name: "name", Values: []string{natAmiName}}},
	}, pulumi.Parent(b.made))
	if err != nil {
		return "", fmt.Errorf("find the NAT image %s (or set natInstance.ami): %w", natAmiName, err)
	}
	return found.Id, nil
}

func (b *builder) createNatSecurityGroup(ctx *pulumi.Context) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, b.name+"-nat", &ec2.SecurityGroupArgs{
		VpcId:       b.vpc.ID(),
		Name:        pulumi.String(b.args.Names.Name(config.MaxNameDefault, "nat")),
		Description: pulumi.String("NAT instance: from the VPC to the internet"),
		Tags:        b.tag("nat"),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("security group of the nat instance: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, b.name+"-nat", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(), CidrIpv4: pulumi.String(b.args.Settings.VpcCidr), IpProtocol: pulumi.String("-1"),
		Description: pulumi.String("what the VPC sends to the internet"),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("ingress of the nat instance: %w", err)
	}
	_, err = vpc.NewSecurityGroupEgressRule(ctx, b.name+"-nat", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: group.ID(), CidrIpv4: pulumi.String(everywhere), IpProtocol: pulumi.String("-1"), Description: pulumi.String("to the internet"),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("egress of the nat instance: %w", err)
	}
	return group, nil
}

// sessionManager is what the agent on the instance needs for sessions, and no more: AWS's own policy for it, AmazonSSMManagedInstanceCore, also reads every
// parameter of the account's Parameter Store. AWS knows no narrower resource for these (Systems Manager User Guide, create a custom IAM role for
// Session Manager; the statements there for logs in S3 and sessions encrypted by a key of one's own are left out).
var sessionManager = iampolicy.Statement{
	Sid: "Sessions", Effect: "Allow", Resource: []string{"*"},
	Action: []string{
		"ssm:UpdateInstanceInformation",
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
	},
}

// createNatProfile lets Systems Manager reach the instance, so that it needs no SSH and serves as the tunnel to the admin API.
func (b *builder) createNatProfile(ctx *pulumi.Context) (*iam.InstanceProfile, error) {
	trust, err := iampolicy.Trust("ec2.amazonaws.com", "")
	if err != nil {
		return nil, err
	}
	name := b.args.Names.Name(config.MaxRoleName, "nat")
	role, err := iam.NewRole(ctx, b.name+"-nat", &iam.RoleArgs{
		Name: pulumi.String(name), AssumeRolePolicy: pulumi.String(trust), Description: pulumi.String("NAT instance: Systems Manager sessions"),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("role of the nat instance: %w", err)
	}
	sessions, err := iampolicy.Render(sessionManager)
	if err != nil {
		return nil, err
	}
	if _, err := iam.NewRolePolicy(ctx, b.name+"-nat", &iam.RolePolicyArgs{
		Role: role.ID(), Name: pulumi.String("sessions"), Policy: pulumi.String(sessions),
	}, b.child()...); err != nil {
		return nil, fmt.Errorf("policy of the nat instance: %w", err)
	}
	profile, err := iam.NewInstanceProfile(ctx, b.name+"-nat", &iam.InstanceProfileArgs{Name: pulumi.String(name), Role: role.Name}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("instance profile of the nat instance: %w", err)
	}
	return profile, nil
}
