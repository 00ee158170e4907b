package sim

import (
	"net/netip"
	"strings"
)

func cidr(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Masked() != prefix {
		return netip.Prefix{}, failure("InvalidParameterValue", "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block", text)
	}
	return prefix, nil
}

// blockSize is between /16 and /28 for VPCs and subnets (Amazon VPC User Guide, "VPC CIDR blocks").
func blockSize(in map[string]any, code string) error {
	block := text(in, "cidrBlock")
	if block == "" {
		return nil
	}
	prefix, err := cidr(block)
	if err != nil {
		return err
	}
	if prefix.Bits() < 16 || prefix.Bits() > 28 {
		return failure(code, "The CIDR '%s' is invalid: the block must be between /16 and /28", block)
	}
	return nil
}

func vpcSize(in map[string]any) error    { return blockSize(in, "InvalidVpc.Range") }
func subnetSize(in map[string]any) error { return blockSize(in, "InvalidSubnet.Range") }

// adoptGroup takes over the group that came with the VPC.
func adoptGroup(o *op) error {
	vpc := o.find(vpcType, o.region, "id", text(o.out, "vpcId"))
	if vpc == nil {
		return failure("MissingParameter", "vpcId is needed: there is no default VPC")
	}
	o.words["vpcDefaultGroup"] = text(vpc.State, "defaultSecurityGroupId")
	return nil
}

// zones are the zone ids of a region; the zone letters follow their order.
func (s *state) zones(region string) []string {
	if ids := s.Settings.Zones[region]; len(ids) > 0 {
		return ids
	}
	short := zonePrefix(region)
	if region == "us-west-1" {
		return []string{short + "-az1", short + "-az3"}
	}
	return []string{short + "-az1", short + "-az2", short + "-az3"}
}

// zonePrefix is how zone ids abbreviate a region: usw1 for us-west-1 (AWS RAM User Guide, "AZ IDs").
func zonePrefix(region string) string {
	parts := strings.Split(region, "-")
	if len(parts) != 3 {
		return region
	}
	directions := map[string]string{
		"north": "n", "south": "s", "east": "e", "west": "w", "central": "c", "northeast": "ne", "southeast": "se", "northwest": "nw", "southwest": "sw",
	}
	prefix := parts[0]
	return prefix + directions[parts[1]] + parts[2]
}

func (s *state) zoneName(region, id string) string {
	for i, zone := range s.zones(region) {
		if zone == id {
			return region + string(rune('a'+i))
		}
	}
	return ""
}

func (s *state) zoneID(region, name string) string {
	for i, zone := range s.zones(region) {
		if region+string(rune('a'+i)) == name {
			return zone
		}
	}
	return ""
}

func subnetZone(o *op) error {
	name, id := text(o.out, "availabilityZone"), text(o.out, "availabilityZoneId")
	switch {
	case name == "" && id == "":
		id = o.zones(o.region)[0]
		name = o.zoneName(o.region, id)
	case name == "":
		name = o.zoneName(o.region, id)
	default:
		id = o.zoneID(o.region, name)
	}
	if name == "" || id == "" {
		return failure("InvalidParameterValue", "availability zone %v%v is not in region %s, which has %v", o.in["availabilityZone"], o.in["availabilityZoneId"], o.region, o.zones(o.region))
	}
	o.out["availabilityZone"], o.out["availabilityZoneId"] = name, id
	return nil
}

// subnetRange keeps subnets inside their VPC and apart from each other.
func subnetRange(o *op) error {
	block, err := cidr(text(o.out, "cidrBlock"))
	if err != nil {
		return err
	}
	vpc := o.find(vpcType, o.region, "id", text(o.out, "vpcId"))
	whole, err := cidr(text(vpc.State, "cidrBlock"))
	if err != nil {
		return err
	}
	if !whole.Contains(block.Addr()) || block.Bits() < whole.Bits() {
		return failure("InvalidSubnet.Range", "The CIDR '%s' is invalid: it is outside the VPC's %s", block, whole)
	}
	for _, other := range o.all(subnetType) {
		if other.ID == o.id || text(other.State, "vpcId") != vpc.ID {
			continue
		}
		taken, err := cidr(text(other.State, "cidrBlock"))
		if err == nil && taken.Overlaps(block) {
			return failure("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet (%s %s)", block, other.ID, taken)
		}
	}
	return nil
}

func oneGateway(o *op) error {
	for _, other := range o.all(gatewayType) {
		if other.ID != o.id && text(o.out, "vpcId") != "" && text(other.State, "vpcId") == text(o.out, "vpcId") {
			return failure("Resource.AlreadyAssociated", "network %s already has an internet gateway attached", text(o.out, "vpcId"))
		}
	}
	return nil
}

// gatewayUnused: a gateway cannot be detached while the VPC has mapped public addresses.
func gatewayUnused(o *op) error {
	vpc := text(o.out, "vpcId")
	for _, token := range []string{"aws:ec2/eipAssociation:EipAssociation", natType} {
		for _, r := range o.all(token) {
			instance := o.find(instanceType, o.region, "id", text(r.State, "instanceId"))
			subnet := text(r.State, "subnetId")
			if instance != nil {
				subnet = text(instance.State, "subnetId")
			}
			if o.vpcOf(subnet) == vpc && vpc != "" {
				return failure("DependencyViolation", "Network %s has some mapped public address(es) (%s). Please unmap those public address(es) before detaching the gateway.", vpc, r.ID)
			}
		}
	}
	for _, r := range o.all(originType) {
		if balancer := o.find(balancerType, o.region, "arn", text(r.State, "vpcOriginEndpointConfig.arn")); balancer != nil && text(balancer.State, "vpcId") == vpc {
			return failure("DependencyViolation", "VPC origin %s needs internet gateway %s", r.ID, o.id)
		}
	}
	return nil
}

func (s *state) vpcOf(subnet string) string {
	if r := s.find(subnetType, "", "id", subnet); r != nil {
		return text(r.State, "vpcId")
	}
	return ""
}

func (s *state) hasGateway(vpc string) bool {
	return vpc != "" && s.find(gatewayType, "", "vpcId", vpc) != nil
}

func needsGateway(path string) func(*op) error {
	return func(o *op) error {
		if vpc := o.vpcOf(text(o.out, path)); !o.hasGateway(vpc) {
			return failure("Gateway.NotAttached", "VPC %s has no internet gateway attached", vpc)
		}
		return nil
	}
}

func routeFits(o *op) error {
	destination := text(o.out, "destinationCidrBlock")
	if destination != "" {
		if _, err := cidr(destination); err != nil {
			return err
		}
	}
	for _, other := range o.all(routeType) {
		if other.ID != o.id && text(other.State, "routeTableId") == text(o.out, "routeTableId") && destination != "" && text(other.State, "destinationCidrBlock") == destination {
			return failure("RouteAlreadyExists", "The route identified by %s already exists in %s", destination, text(o.out, "routeTableId"))
		}
	}
	table := o.find(tableType, o.region, "id", text(o.out, "routeTableId"))
	gateway := o.find(gatewayType, o.region, "id", text(o.out, "gatewayId"))
	if table != nil && gateway != nil && text(table.State, "vpcId") != text(gateway.State, "vpcId") {
		return failure("InvalidParameterValue", "route table %s and network gateway %s belong to different networks", table.ID, gateway.ID)
	}
	return nil
}

func associationFits(o *op) error {
	subnet, table := o.vpcOf(text(o.out, "subnetId")), o.find(tableType, o.region, "id", text(o.out, "routeTableId"))
	if table != nil && subnet != "" && text(table.State, "vpcId") != subnet {
		return failure("InvalidParameterValue", "route table %s and subnet %s belong to different networks", table.ID, text(o.out, "subnetId"))
	}
	for _, other := range o.all(tableUseType) {
		if other.ID != o.id && text(other.State, "subnetId") != "" && text(other.State, "subnetId") == text(o.out, "subnetId") {
			return failure("Resource.AlreadyAssociated", "the specified association for subnet %s conflicts with %s", text(o.out, "subnetId"), other.ID)
		}
	}
	return nil
}

func endpointService(o *op) error {
	name := text(o.out, "serviceName")
	if !strings.HasPrefix(name, "com.amazonaws."+o.region+".") {
		return failure("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist in %s", name, o.region)
	}
	if list := o.find(listType, o.region, "name", name); list != nil {
		o.out["prefixListId"] = list.ID
	}
	return nil
}

func instanceFits(o *op) error {
	subnet := o.find(subnetType, o.region, "id", text(o.out, "subnetId"))
	if subnet == nil {
		return failure("MissingInput", "No subnets found for the default VPC: subnetId is needed")
	}
	o.out["availabilityZone"] = subnet.State["availabilityZone"]
	image := o.find("aws:ec2/ami:Ami", o.region, "id", text(o.out, "ami"))
	arm := strings.Contains(strings.SplitN(text(o.out, "instanceType"), ".", 2)[0], "g")
	if image != nil && (text(image.State, "architecture") == "arm64") != arm {
		return failure("InvalidParameterValue", "The architecture of instance type %s does not fit that of AMI %s (%s)", text(o.out, "instanceType"), image.ID, text(image.State, "architecture"))
	}
	return nil
}

func associateAddress(o *op) error {
	address := o.find(eipType, o.region, "id", text(o.out, "allocationId"))
	if address == nil {
		return failure("InvalidAllocationID.NotFound", "an allocation id is needed")
	}
	o.out["publicIp"] = address.State["publicIp"]
	instance := o.find(instanceType, o.region, "id", text(o.out, "instanceId"))
	if instance == nil {
		instance = o.find(instanceType, o.region, "primaryNetworkInterfaceId", text(o.out, "networkInterfaceId"))
	}
	if instance != nil {
		o.out["instanceId"], o.out["networkInterfaceId"] = instance.ID, instance.State["primaryNetworkInterfaceId"]
		if vpc := o.vpcOf(text(instance.State, "subnetId")); !o.hasGateway(vpc) {
			return failure("Gateway.NotAttached", "VPC %s has no internet gateway attached", vpc)
		}
	}
	return nil
}
