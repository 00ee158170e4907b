package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// everywhere is the default route's destination.
const everywhere = "0.0.0.0/0"

// createRoutes makes one table for both public subnets and one for each private subnet, so that each zone can have a NAT of its own.
func (b *builder) createRoutes(ctx *pulumi.Context) error {
	table := func(name string, subnets ...*ec2.Subnet) (*ec2.RouteTable, error) {
		made, err := ec2.NewRouteTable(ctx, b.name+"-"+name, &ec2.RouteTableArgs{VpcId: b.vpc.ID(), Tags: b.tag(name)}, b.child()...)
		if err != nil {
			return nil, fmt.Errorf("route table %s: %w", name, err)
		}
		for i, subnet := range subnets {
			_, err := ec2.NewRouteTableAssociation(ctx, fmt.Sprintf("%s-%s-%d", b.name, name, i+1), &ec2.RouteTableAssociationArgs{
				RouteTableId: made.ID(), SubnetId: subnet.ID(),
			}, b.child()...)
			if err != nil {
				return nil, fmt.Errorf("association of route table %s: %w", name, err)
			}
		}
		return made, nil
	}
	public, err := table("public", b.public[:]...)
	if err != nil {
		return err
	}
	_, err = ec2.NewRoute(ctx, b.name+"-public", &ec2.RouteArgs{
		RouteTableId: public.ID(), DestinationCidrBlock: pulumi.String(everywhere), GatewayId: b.internetGateway.ID(),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("public default route: %w", err)
	}
	for i, subnet := range b.private {
		if b.privateRoutes[i], err = table(fmt.Sprintf("private-%d", i+1), subnet); err != nil {
			return err
		}
	}
	return nil
}

// createEndpoint lets S3 be reached without NAT: image layers in ECR and stored documents come from there. Gateway endpoints are free.
func (b *builder) createEndpoint(ctx *pulumi.Context) error {
	_, err := ec2.NewVpcEndpoint(ctx, b.name+"-s3", &ec2.VpcEndpointArgs{
		VpcId:           b.vpc.ID(),
		VpcEndpointType: pulumi.String("Gateway"),
		ServiceName:     pulumi.String("com.amazonaws." + b.args.Region + ".s3"),
		RouteTableIds:   pulumi.StringArray{b.privateRoutes[0].ID(), b.privateRoutes[1].ID()},
		Tags:            b.tag("s3"),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("s3 gateway endpoint: %w", err)
	}
	return nil
}

// createDefaultRoutes sends the traffic of each private subnet to a NAT; target says to which.
func (b *builder) createDefaultRoutes(ctx *pulumi.Context, target func(zone int) *ec2.RouteArgs) ([]pulumi.Resource, error) {
	var routes []pulumi.Resource
	for zone := range b.zones {
		args := target(zone)
		args.RouteTableId, args.DestinationCidrBlock = b.privateRoutes[zone].ID(), pulumi.String(everywhere)
		route, err := ec2.NewRoute(ctx, fmt.Sprintf("%s-private-%d", b.name, zone+1), args, b.child()...)
		if err != nil {
			return nil, fmt.Errorf("private default route %d: %w", zone+1, err)
		}
		routes = append(routes, route)
	}
	return routes, nil
}
