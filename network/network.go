// Package network makes the VPC that everything lives in, or finds out about an existing one.
package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// TypeToken is the component's type in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const TypeToken = "llmgateway:network:Network"

// Args is what the network is made from; every field is required.
type Args struct {
	// Names makes the physical names.
	Names config.Names
	// Region is the AWS region.
	Region string
	// Settings say whether there is a VPC, and what a new one is like.
	Settings config.Network
	// TasksAtMost is how many tasks an existing VPC's subnets must have addresses for.
	TasksAtMost int
	// Provider is the AWS provider for the look-ups made before anything is registered.
	Provider pulumi.ProviderResource
}

// Network is the VPC as the other packages need it.
type Network struct {
	pulumi.ResourceState

	VpcID pulumi.StringOutput
	// VpcCidrs are all IPv4 ranges of the VPC.
	VpcCidrs []string
	// PublicSubnetIDs and PrivateSubnetIDs are one per zone; an existing VPC may have no public ones.
	PublicSubnetIDs  pulumi.StringArrayOutput
	PrivateSubnetIDs pulumi.StringArrayOutput
	// PrivateSubnets is the number of private subnets.
	PrivateSubnets int
	// HasNatInstance says whether NatInstanceID is one; it is empty otherwise.
	HasNatInstance bool
	NatInstanceID  pulumi.StringOutput
	// Internet is what a task needs before it can reach the internet: the private default routes and the NAT's address.
	Internet []pulumi.Resource
	// Gateway is the internet gateway, which CloudFront VPC origins demand; empty for an existing VPC.
	Gateway []pulumi.Resource
}

// New makes the network. Zones and existing subnets are checked before anything is registered.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	var zones [2]string
	var found *existing
	var err error
	if args.Settings.CreateVpc {
		zones, err = chooseZones(ctx, args)
	} else {
		found, err = lookUp(ctx, args)
	}
	if err != nil {
		return nil, err
	}
	network := &Network{NatInstanceID: pulumi.String("").ToStringOutput()}
	if err := ctx.RegisterComponentResource(TypeToken, name, network, opts...); err != nil {
		return nil, fmt.Errorf("network %s: %w", name, err)
	}
	if found != nil {
		network.adopt(args, found)
	} else {
		b := &builder{args: args, made: network, name: name, zones: zones}
		if err := b.create(ctx); err != nil {
			return nil, err
		}
	}
	return network, ctx.RegisterResourceOutputs(network, pulumi.Map{
		"vpcId": network.VpcID, "publicSubnetIds": network.PublicSubnetIDs, "privateSubnetIds": network.PrivateSubnetIDs, "natInstanceId": network.NatInstanceID,
	})
}

// adopt takes an existing VPC as it is.
func (n *Network) adopt(args *Args, found *existing) {
	settings := args.Settings
	n.VpcID = pulumi.String(settings.VpcID).ToStringOutput()
	n.VpcCidrs = found.cidrs
	n.PublicSubnetIDs = pulumi.ToStringArray(settings.PublicSubnetIDs).ToStringArrayOutput()
	n.PrivateSubnetIDs = pulumi.ToStringArray(settings.PrivateSubnetIDs).ToStringArrayOutput()
	n.PrivateSubnets = len(settings.PrivateSubnetIDs)
}

// builder makes a new VPC, part by part.
type builder struct {
	args  *Args
	made  *Network
	name  string
	zones [2]string

	vpc             *ec2.Vpc
	internetGateway *ec2.InternetGateway
	public          [2]*ec2.Subnet
	private         [2]*ec2.Subnet
	privateRoutes   [2]*ec2.RouteTable
}

func (b *builder) create(ctx *pulumi.Context) error {
	for _, step := range []func(*pulumi.Context) error{b.createVpc, b.createSubnets, b.createRoutes, b.createEndpoint} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	var err error
	b.made.Internet, err = b.createNat(ctx)
	return err
}

// child is the option that every resource of the network has.
func (b *builder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.made)}, more...)
}

// tag names a resource in the console.
func (b *builder) tag(parts ...string) pulumi.StringMap {
	return pulumi.StringMap{"Name": pulumi.String(b.args.Names.Name(config.MaxNameDefault, parts...))}
}

func (b *builder) createVpc(ctx *pulumi.Context) error {
	var err error
	b.vpc, err = ec2.NewVpc(ctx, b.name, &ec2.VpcArgs{
		CidrBlock:          pulumi.String(b.args.Settings.VpcCidr),
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               b.tag(),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("vpc: %w", err)
	}
	b.made.VpcID = b.vpc.ID().ToStringOutput()
	b.made.VpcCidrs = []string{b.args.Settings.VpcCidr}
	// AWS gives every VPC a default security group that lets its members talk; with no rules it is closed.
	if _, err := ec2.NewDefaultSecurityGroup(ctx, b.name, &ec2.DefaultSecurityGroupArgs{VpcId: b.vpc.ID(), Tags: b.tag("default-closed")}, b.child()...); err != nil {
		return fmt.Errorf("default security group: %w", err)
	}
	b.internetGateway, err = ec2.NewInternetGateway(ctx, b.name, &ec2.InternetGatewayArgs{VpcId: b.vpc.ID(), Tags: b.tag()}, b.child()...)
	if err != nil {
		return fmt.Errorf("internet gateway: %w", err)
	}
	b.made.Gateway = []pulumi.Resource{b.internetGateway}
	return nil
}

func (b *builder) createSubnets(ctx *pulumi.Context) error {
	public, private, err := config.Subnets(b.args.Settings.VpcCidr)
	if err != nil {
		return fmt.Errorf("vpcCidr = %s: %w", b.args.Settings.VpcCidr, err)
	}
	var publicIDs, privateIDs pulumi.StringArray
	for i, zone := range b.zones {
		add := func(kind, cidr string) (*ec2.Subnet, error) {
			subnet, err := ec2.NewSubnet(ctx, fmt.Sprintf("%s-%s-%d", b.name, kind, i+1), &ec2.SubnetArgs{
				VpcId: b.vpc.ID(), CidrBlock: pulumi.String(cidr), AvailabilityZoneId: pulumi.String(zone), Tags: b.tag(kind, zone),
			}, b.child()...)
			if err != nil {
				return nil, fmt.Errorf("%s subnet %s: %w", kind, cidr, err)
			}
			return subnet, nil
		}
		if b.public[i], err = add("public", public[i]); err != nil {
			return err
		}
		if b.private[i], err = add("private", private[i]); err != nil {
			return err
		}
		publicIDs = append(publicIDs, b.public[i].ID().ToStringOutput())
		privateIDs = append(privateIDs, b.private[i].ID().ToStringOutput())
	}
	b.made.PublicSubnetIDs, b.made.PrivateSubnetIDs, b.made.PrivateSubnets = publicIDs.ToStringArrayOutput(), privateIDs.ToStringArrayOutput(), len(privateIDs)
	return nil
}
