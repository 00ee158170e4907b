package sim

import (
	"fmt"
	"maps"
	"net/netip"
)

// VpcLacks is what a seeded VPC is without; the zero value lacks nothing that a stack needs.
type VpcLacks struct {
	// Gateway: no internet gateway is attached.
	Gateway bool
	// DNSSupport and DNSHostnames: the attributes are off.
	DNSSupport, DNSHostnames bool
	// DefaultRoute: the table of the subnets has no route to the internet.
	DefaultRoute bool
	// FreeAddresses bounds the free addresses of each subnet; 0 is no bound.
	FreeAddresses int
	// OwnTables gives each subnet a route table of its own; otherwise all use the VPC's main one.
	OwnTables bool
	// MoreCIDRs are further ranges of the VPC.
	MoreCIDRs []string
}

// SeedVpc puts a VPC with an internet gateway and a default route into the account, and one subnet per zone id; their ids come back, the
// subnets in the order of zoneIDs. What the VPC lacks may be said.
func (a *Account) SeedVpc(
	region, cidr string,
	subnets map[string]string,
	zoneIDs []string,
	lacks ...VpcLacks,
) (vpcID string, subnetIDs []string, err error) {
	without := VpcLacks{}
	for _, l := range lacks {
		without = l
	}
	err = a.change(func(s *state) error {
		b := vpcSeeder{s, region, "vpc-" + s.digest(17)}
		vpcID = b.vpc
		table := b.put(
			tableType,
			"rtb-"+s.digest(17),
			map[string]any{"main": true, "routes": b.routes(!without.DefaultRoute || without.OwnTables)},
		)
		b.put(vpcType, b.vpc, map[string]any{
			"cidrBlock": cidr, "enableDnsHostnames": !without.DNSHostnames, "enableDnsSupport": !without.DNSSupport,
			"moreCidrs":              anys(without.MoreCIDRs),
			"defaultSecurityGroupId": "sg-" + s.digest(17), "mainRouteTableId": table,
		})
		if !without.Gateway {
			b.put(gatewayType, "igw-"+s.digest(17), map[string]any{})
		}
		for _, zone := range zoneIDs {
			id := "subnet-" + s.digest(17)
			subnetIDs = append(subnetIDs, id)
			b.put(subnetType, id, map[string]any{
				"cidrBlock": subnets[zone], "availabilityZoneId": zone, "availabilityZone": s.zoneName(region, zone),
				"arn": fmt.Sprintf("arn:aws:ec2:%s:%s:subnet/%s", region, s.Settings.AccountID, id), "freeAddresses": float64(without.FreeAddresses),
			})
			if without.OwnTables {
				own := b.put(tableType, "rtb-"+s.digest(17), map[string]any{"routes": b.routes(!without.DefaultRoute)})
				b.put(tableUseType, "rtbassoc-"+s.digest(17), map[string]any{"routeTableId": own, "subnetId": id})
			}
		}
		return nil
	})
	return vpcID, subnetIDs, err
}

// vpcSeeder puts the parts of one VPC into the account.
type vpcSeeder struct {
	*state
	region, vpc string
}

func (b vpcSeeder) put(token, id string, values map[string]any) string {
	values["id"], values["ownerId"] = id, b.Settings.AccountID
	if token != vpcType {
		values["vpcId"] = b.vpc
	}
	b.Existing[key(token, b.region, id)] = &Resource{Type: token, ID: id, Region: b.region, State: values}
	return id
}

// routes are those of a private subnet: through a NAT gateway that somebody else runs, or none.
func (b vpcSeeder) routes(internet bool) []any {
	if !internet {
		return []any{}
	}
	return []any{map[string]any{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-" + b.digest(17)}}
}

// describe is what AWS says of a resource beyond its own state: routes and associations of a table, attachments of a gateway, ranges of a
// VPC.
func (s *state) describe(r *Resource) map[string]any {
	out := maps.Clone(r.State)
	switch r.Type {
	case vpcType:
		ranges := []any{}
		for i, block := range append(texts(out, "cidrBlock"), texts(out, "moreCidrs")...) {
			ranges = append(
				ranges,
				map[string]any{"associationId": fmt.Sprintf("vpc-cidr-assoc-%s%d", r.ID[4:], i), "cidrBlock": block, "state": "associated"},
			)
		}
		out["cidrBlockAssociations"] = ranges
	case gatewayType:
		if vpc := text(out, "vpcId"); vpc != "" {
			out["attachments"] = []any{map[string]any{"state": "available", "vpcId": vpc}}
		}
	case subnetType:
		out["availableIpAddressCount"] = float64(s.freeAddresses(r))
	case tableType:
		out["routes"], out["associations"] = s.routesOf(r), s.associationsOf(r)
	}
	return out
}

// freeAddresses: AWS keeps five addresses of each subnet (Amazon VPC User Guide, "Subnet CIDR blocks").
func (s *state) freeAddresses(subnet *Resource) int {
	if bound := number(subnet.State, "freeAddresses"); bound > 0 {
		return bound
	}
	block, err := netip.ParsePrefix(text(subnet.State, "cidrBlock"))
	if err != nil {
		return 0
	}
	return 1<<(32-block.Bits()) - 5
}

func (s *state) routesOf(table *Resource) []any {
	routes := append([]any{}, at(table.State, "routes")...)
	for _, r := range s.all(routeType) {
		if text(r.State, "routeTableId") == table.ID {
			route := maps.Clone(r.State)
			route["cidrBlock"] = text(r.State, "destinationCidrBlock")
			routes = append(routes, route)
		}
	}
	return routes
}

func (s *state) associationsOf(table *Resource) []any {
	associations := []any{}
	if flag(table.State, "main") {
		associations = append(
			associations,
			map[string]any{"main": true, "routeTableId": table.ID, "routeTableAssociationId": "rtbassoc-" + table.ID[4:]},
		)
	}
	for _, r := range s.all(tableUseType) {
		if text(r.State, "routeTableId") == table.ID {
			associations = append(associations, map[string]any{
				"main": false, "routeTableId": table.ID, "routeTableAssociationId": r.ID, "subnetId": text(r.State, "subnetId"),
			})
		}
	}
	return associations
}

// tableOf is the route table that a subnet uses: its own, or the VPC's main one; nil where that is not known.
func (s *state) tableOf(subnet string) *Resource {
	if use := s.find(tableUseType, "", "subnetId", subnet); use != nil {
		return s.find(tableType, "", "id", text(use.State, "routeTableId"))
	}
	vpc := s.find(vpcType, "", "id", s.vpcOf(subnet))
	if vpc == nil {
		return nil
	}
	return s.find(tableType, "", "id", text(vpc.State, "mainRouteTableId"))
}

// tasksReach is what the network owes a task: a default route to pull its image and secrets by, and names that resolve. ECS says so only
// when the task starts, and a service that waits for steady state fails.
func tasksReach(o *op) error {
	for _, id := range texts(o.out, "networkConfiguration.subnets") {
		routed, table := false, o.tableOf(id)
		if table != nil {
			for _, route := range o.routesOf(table) {
				routed = routed || text(route, "cidrBlock") == "0.0.0.0/0"
			}
		}
		if !routed {
			return failure(
				"ResourceInitializationError",
				"unable to pull secrets or registry auth: There is a connection issue between the task and AWS: subnet %s has no default route",
				id,
			)
		}
		vpc := o.find(vpcType, o.region, "id", o.vpcOf(id))
		if vpc != nil && (!flag(vpc.State, "enableDnsSupport") || !flag(vpc.State, "enableDnsHostnames")) {
			return failure("ResourceInitializationError", "names do not resolve: %s needs enableDnsSupport and enableDnsHostnames", vpc.ID)
		}
	}
	return nil
}

// balancerRoom: a load balancer needs eight free addresses in each subnet (Elastic Load Balancing User Guide, "Subnets for your load
// balancer").
func balancerRoom(o *op) error {
	for _, id := range append(texts(o.out, "subnets"), texts(o.out, "subnetMappings.subnetId")...) {
		if subnet := o.find(subnetType, o.region, "id", id); subnet != nil && o.old == nil && o.freeAddresses(subnet) < 8 {
			return failure("InvalidSubnet", "Not enough IP space available in %s. ELB requires at least 8 free IP addresses in each subnet.", id)
		}
	}
	return nil
}

func anys(list []string) []any {
	out := make([]any, 0, len(list))
	for _, item := range list {
		out = append(out, item)
	}
	return out
}
