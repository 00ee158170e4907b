package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// mostCIDRs is how many ranges an existing VPC may have: the load balancer's group has a rule for each, and CloudFront's prefix list weighs 55 of
	// the 60 rules a group may have (Amazon VPC quotas; CloudFront Developer Guide, prefix list).
	mostCIDRs = 60 - 55
	// loadBalancerAddresses is what a load balancer asks of each of its subnets (Elastic Load Balancing, Application Load Balancers, subnets: at
	// least eight free addresses); otherAddresses are the database's, the file system's and CloudFront's own interfaces.
	loadBalancerAddresses, otherAddresses = 8, 3
)

// existing is what was found out about an existing VPC.
type existing struct{ cidrs []string }

// inspection looks at an existing VPC and notes what the stack lacks there.
type inspection struct {
	ctx      *pulumi.Context
	args     *Args
	provider pulumi.InvokeOption
	problems []string
}

func (i *inspection) note(format string, args ...any) {
	i.problems = append(i.problems, fmt.Sprintf(format, args...))
}

// lookUp looks at an existing VPC and its subnets for all that the stack needs. The error names every problem.
func lookUp(ctx *pulumi.Context, args *Args) (*existing, error) {
	n := args.Settings
	i := &inspection{ctx: ctx, args: args, provider: pulumi.Provider(args.Provider)}
	vpc, err := ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{Id: &n.VpcID}, i.provider)
	if err != nil {
		return nil, fmt.Errorf("vpcId = %s: look up the VPC: %w", n.VpcID, err)
	}
	found := &existing{cidrs: []string{vpc.CidrBlock}}
	for _, association := range vpc.CidrBlockAssociations {
		if !slices.Contains(found.cidrs, association.CidrBlock) {
			found.cidrs = append(found.cidrs, association.CidrBlock)
		}
	}
	i.checkVpc(vpc, found.cidrs)
	i.checkSubnets(vpc)
	if len(i.problems) > 0 {
		slices.Sort(i.problems)
		return nil, errors.New("the existing VPC cannot be used; nothing was changed\n  " + strings.Join(i.problems, "\n  "))
	}
	return found, nil
}

// checkVpc holds the VPC itself against what CloudFront, service discovery and the load balancer's group need.
func (i *inspection) checkVpc(vpc *ec2.LookupVpcResult, cidrs []string) {
	id := i.args.Settings.VpcID
	_, err := ec2.LookupInternetGateway(i.ctx, &ec2.LookupInternetGatewayArgs{
		Filters: []ec2.GetInternetGatewayFilter{{Name: "attachment.vpc-id", Values: []string{id}}},
	}, i.provider)
	if err != nil {
		// CloudFront Developer Guide, restrict access with VPC origins: prerequisites.
		i.note("vpcId = %s: no internet gateway is attached, which CloudFront's VPC origins demand (no route needs to lead there): attach one (%v)", id, err)
	}
	if !vpc.EnableDnsSupport {
		i.note("vpcId = %s: DNS resolution is off (enableDnsSupport): the services find each other, the database and the file system by name", id)
	}
	if !vpc.EnableDnsHostnames {
		i.note("vpcId = %s: DNS host names are off (enableDnsHostnames): service discovery and the file system need them", id)
	}
	if len(cidrs) > mostCIDRs {
		i.note("vpcId = %s: the VPC has %d IPv4 ranges (%s), and the load balancer's security group has room for the rules of %d", id, len(cidrs), list(cidrs), mostCIDRs)
	}
}

// checkSubnets holds each subnet against its VPC, its zone, its way to the internet and its free addresses.
func (i *inspection) checkSubnets(vpc *ec2.LookupVpcResult) {
	n := i.args.Settings
	zones, lookedUp := map[string]bool{}, 0
	for key, ids := range map[string][]string{"privateSubnetIds": n.PrivateSubnetIDs, "publicSubnetIds": n.PublicSubnetIDs} {
		for _, id := range ids {
			subnet, err := ec2.LookupSubnet(i.ctx, &ec2.LookupSubnetArgs{Id: &id}, i.provider)
			if err != nil {
				i.note("%s = %s: look up the subnet: %v", key, id, err)
				continue
			}
			if subnet.VpcId != n.VpcID {
				i.note("%s = %s: the subnet is in %s, not in vpcId %s", key, id, subnet.VpcId, n.VpcID)
				continue
			}
			if key == "privateSubnetIds" {
				lookedUp++
				zones[subnet.AvailabilityZoneId] = true
				i.checkPrivateSubnet(id, subnet, vpc.MainRouteTableId)
			}
		}
	}
	if lookedUp == len(n.PrivateSubnetIDs) && len(zones) < zonesNeeded {
		i.note("privateSubnetIds = %s: the subnets are in %d zone, the load balancer and the database need %d", list(n.PrivateSubnetIDs), len(zones), zonesNeeded)
	}
}

func (i *inspection) checkPrivateSubnet(id string, subnet *ec2.LookupSubnetResult, mainTable string) {
	if !usable(subnet.AvailabilityZoneId) {
		i.note("privateSubnetIds = %s: the subnet is in zone %s, which CloudFront VPC origins do not support; %s", id, subnet.AvailabilityZoneId, waysOut)
	}
	tasks := i.args.TasksAtMost
	subnets := len(i.args.Settings.PrivateSubnetIDs)
	if needed := loadBalancerAddresses + otherAddresses + (tasks+subnets-1)/subnets; subnet.AvailableIpAddressCount < needed {
		i.note("privateSubnetIds = %s: %d free addresses, %d are needed (load balancer, database, file system, and its share of %d tasks)",
			id, subnet.AvailableIpAddressCount, needed, tasks)
	}
	// A subnet without a table of its own uses the VPC's main one (Amazon VPC User Guide, route tables).
	table, err := ec2.LookupRouteTable(i.ctx, &ec2.LookupRouteTableArgs{SubnetId: &id}, i.provider)
	if err != nil {
		table, err = ec2.LookupRouteTable(i.ctx, &ec2.LookupRouteTableArgs{RouteTableId: &mainTable}, i.provider)
	}
	if err != nil {
		i.note("privateSubnetIds = %s: look up its route table: %v", id, err)
		return
	}
	way := slices.IndexFunc(table.Routes, func(route ec2.GetRouteTableRoute) bool { return route.CidrBlock == everywhere })
	switch {
	case way < 0:
		i.note("privateSubnetIds = %s: its route table %s has no default route (%s): the tasks reach neither Bedrock nor the images' registries", id, table.RouteTableId, everywhere)
	case strings.HasPrefix(table.Routes[way].GatewayId, "igw-"):
		i.note("privateSubnetIds = %s: its default route leads to the internet gateway, and the tasks have no public address: route it through a NAT", id)
	}
}
