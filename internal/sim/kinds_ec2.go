package sim

// Type tokens that several tables name.
const (
	vpcType      = "aws:ec2/vpc:Vpc"
	subnetType   = "aws:ec2/subnet:Subnet"
	groupType    = "aws:ec2/securityGroup:SecurityGroup"
	ingressType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressType   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	gatewayType  = "aws:ec2/internetGateway:InternetGateway"
	tableType    = "aws:ec2/routeTable:RouteTable"
	listType     = "aws:ec2/managedPrefixList:ManagedPrefixList"
	instanceType = "aws:ec2/instance:Instance"
	eipType      = "aws:ec2/eip:Eip"
	natType      = "aws:ec2/natGateway:NatGateway"
	routeType    = "aws:ec2/route:Route"
	tableUseType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
)

func named(path, token, code string) reference {
	return reference{path: path, types: []string{token}, by: "id", code: code}
}

func byARN(path, token, code string) reference {
	return reference{path: path, types: []string{token}, by: "arn", code: code}
}

func byName(path, token, code string) reference {
	return reference{path: path, types: []string{token}, by: "name", code: code}
}

func inVpc(path string) reference    { return named(path, vpcType, "InvalidVpcID.NotFound") }
func inSubnet(path string) reference { return named(path, subnetType, "InvalidSubnetID.NotFound") }
func inGroup(path string) reference  { return named(path, groupType, "InvalidGroup.NotFound") }

func vpcKinds() map[string]*kind {
	return map[string]*kind{
		vpcType: {
			id: "vpc-{hex17}", arn: "arn:aws:ec2:{region}:{account}:vpc/{id}", inUse: "DependencyViolation",
			outputs: map[string]any{
				"defaultSecurityGroupId": "sg-{hex17}", "defaultRouteTableId": "rtb-{hex17}", "mainRouteTableId": "{defaultRouteTableId}",
				"defaultNetworkAclId": "acl-{hex17}", "dhcpOptionsId": "dopt-{hex17}",
			},
			static: []func(map[string]any) error{vpcSize},
		},
		"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
			id: "{vpcDefaultGroup}", arn: "arn:aws:ec2:{region}:{account}:security-group/{id}",
			outputs: map[string]any{"name": "default", "description": "default VPC security group"},
			refs:    []reference{inVpc("vpcId")}, rules: []func(*op) error{adoptGroup},
		},
		subnetType: {
			id: "subnet-{hex17}", arn: "arn:aws:ec2:{region}:{account}:subnet/{id}", inUse: "DependencyViolation",
			outputs: map[string]any{"privateDnsHostnameTypeOnLaunch": "ip-name"},
			refs:    []reference{inVpc("vpcId")}, static: []func(map[string]any) error{subnetSize}, rules: []func(*op) error{subnetZone, subnetRange},
		},
		gatewayType: {
			id: "igw-{hex17}", arn: "arn:aws:ec2:{region}:{account}:internet-gateway/{id}", inUse: "DependencyViolation",
			refs: []reference{inVpc("vpcId")}, rules: []func(*op) error{oneGateway}, remove: []func(*op) error{gatewayUnused},
		},
		tableType: {
			id: "rtb-{hex17}", arn: "arn:aws:ec2:{region}:{account}:route-table/{id}", inUse: "DependencyViolation",
			refs: []reference{inVpc("vpcId"), named("routes.gatewayId", gatewayType, "InvalidGatewayID.NotFound"), named("routes.natGatewayId", natType, "InvalidNatGatewayID.NotFound")},
		},
		routeType: {
			id: "r-{routeTableId}{dec10}", outputs: map[string]any{"state": "active", "origin": "CreateRoute"},
			refs: []reference{
				{path: "routeTableId", types: []string{tableType}, by: "id", code: "InvalidRouteTableID.NotFound"},
				named("gatewayId", gatewayType, "InvalidGatewayID.NotFound"),
				named("natGatewayId", natType, "InvalidNatGatewayID.NotFound"),
				{path: "networkInterfaceId", types: []string{instanceType}, by: "primaryNetworkInterfaceId", code: "InvalidNetworkInterfaceID.NotFound", weak: true},
			},
			rules: []func(*op) error{routeFits},
		},
		tableUseType: {
			id:    "rtbassoc-{hex17}",
			refs:  []reference{inSubnet("subnetId"), named("routeTableId", tableType, "InvalidRouteTableID.NotFound")},
			rules: []func(*op) error{associationFits},
		},
		"aws:ec2/vpcEndpoint:VpcEndpoint": {
			id: "vpce-{hex17}", arn: "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}",
			outputs: map[string]any{"state": "available", "ipAddressType": "ipv4", "prefixListId": ""},
			refs:    []reference{inVpc("vpcId"), inSubnet("subnetIds"), inGroup("securityGroupIds"), named("routeTableIds", tableType, "InvalidRouteTableID.NotFound")},
			rules:   []func(*op) error{endpointService},
		},
		natType: {
			id: "nat-{hex17}", inUse: "DependencyViolation",
			outputs: map[string]any{"networkInterfaceId": "eni-{hex17}", "privateIp": "10.10.0.4", "publicIp": "203.0.113.9", "associationId": "eipassoc-{hex17}"},
			refs:    []reference{inSubnet("subnetId"), named("allocationId", eipType, "InvalidAllocationID.NotFound")},
			rules:   []func(*op) error{needsGateway("subnetId")},
		},
	}
}

func groupKinds() map[string]*kind {
	rule := func(direction string) *kind {
		return &kind{
			id: "sgr-{hex17}", arn: "arn:aws:ec2:{region}:{account}:security-group-rule/{id}", outputs: map[string]any{"securityGroupRuleId": "{id}"},
			refs: []reference{
				inGroup("securityGroupId"), inGroup("referencedSecurityGroupId"), named("prefixListId", listType, "InvalidPrefixListID.NotFound"),
			},
			static: []func(map[string]any) error{ruleSource},
			rules:  []func(*op) error{duplicateRule, ruleWeight(direction), sameVpcGroups},
		}
	}
	return map[string]*kind{
		groupType: {
			id: "sg-{hex17}", arn: "arn:aws:ec2:{region}:{account}:security-group/{id}", inUse: "DependencyViolation",
			naming: naming{property: "name", max: 255, prefix: "namePrefix"},
			refs:   []reference{inVpc("vpcId"), {path: "ingress.securityGroups", types: []string{groupType}, by: "id", code: "InvalidGroup.NotFound"}, inGroup("egress.securityGroups"), named("ingress.prefixListIds", listType, "InvalidPrefixListID.NotFound")},
			static: []func(map[string]any) error{groupName},
			rules:  []func(*op) error{groupUnique, inlineWeight},
		},
		ingressType: rule("ingress"),
		egressType:  rule("egress"),
	}
}

func instanceKinds() map[string]*kind {
	return map[string]*kind{
		instanceType: {
			id: "i-{hex17}", arn: "arn:aws:ec2:{region}:{account}:instance/{id}", inUse: "DependencyViolation",
			outputs: map[string]any{
				"primaryNetworkInterfaceId": "eni-{hex17}", "instanceState": "running", "privateIp": "10.10.0.5",
				"privateDns": "ip-10-10-0-5.{region}.compute.internal", "tenancy": "default",
			},
			refs: []reference{
				inSubnet("subnetId"), inGroup("vpcSecurityGroupIds"), named("ami", imageType, "InvalidAMIID.NotFound"),
				byName("iamInstanceProfile", "aws:iam/instanceProfile:InstanceProfile", "InvalidParameterValue"),
			},
			rules: []func(*op) error{instanceFits, groupsInVpc("subnetId", "vpcSecurityGroupIds")},
		},
		eipType: {
			id: "eipalloc-{hex17}", arn: "arn:aws:ec2:{region}:{account}:elastic-ip/{id}", inUse: "InvalidIPAddress.InUse",
			outputs: map[string]any{
				"allocationId": "{id}", "domain": "vpc", "publicIp": "203.0.113.{dec2}", "networkBorderGroup": "{region}", "publicIpv4Pool": "amazon",
				"publicDns": "ec2-{publicIp}.{region}.compute.amazonaws.com",
			},
			refs: []reference{named("instance", instanceType, "InvalidInstanceID.NotFound")},
		},
		"aws:ec2/eipAssociation:EipAssociation": {
			id: "eipassoc-{hex17}",
			refs: []reference{
				named("allocationId", eipType, "InvalidAllocationID.NotFound"), named("instanceId", instanceType, "InvalidInstanceID.NotFound"),
				{path: "networkInterfaceId", types: []string{instanceType}, by: "primaryNetworkInterfaceId", code: "InvalidNetworkInterfaceID.NotFound", weak: true},
			},
			rules: []func(*op) error{associateAddress},
		},
	}
}
