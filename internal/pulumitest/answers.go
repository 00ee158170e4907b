package pulumitest

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"kong-llm-gateway/config/configtest"
)

// Account is the account that every test is in unless it says otherwise.
const Account = "123456789012"

// subnets are those of the existing VPC, with their availability zones.
var subnets = map[string]string{
	configtest.PrivateSubnetIDs[0]: configtest.ZoneIDs[0],
	configtest.PrivateSubnetIDs[1]: configtest.ZoneIDs[1],
	configtest.PublicSubnetID:      configtest.ZoneIDs[0],
}

// answers are what the data sources find, by token: an account with the VPC that package configtest names.
var answers = map[string]Answer{
	"aws:index/getCallerIdentity:getCallerIdentity":       fixed(map[string]any{"accountId": Account}),
	"aws:index/getAvailabilityZones:getAvailabilityZones": Zones(configtest.ZoneIDs[0], configtest.ZoneIDs[1]),
	"aws:ec2/getAmi:getAmi":                               fixed(map[string]any{"id": "ami-0123456789abcdef0"}),
	"aws:ec2/getVpc:getVpc": fixed(map[string]any{
		"id": configtest.VpcID, "cidrBlock": "10.0.0.0/16", "enableDnsSupport": true, "enableDnsHostnames": true, "mainRouteTableId": "rtb-main",
	}),
	"aws:ec2/getInternetGateway:getInternetGateway": fixed(map[string]any{"id": "igw-existing", "internetGatewayId": "igw-existing"}),
	"aws:ec2/getRouteTable:getRouteTable": fixed(map[string]any{
		"id": "rtb-existing", "routeTableId": "rtb-existing", "routes": []any{map[string]any{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-existing"}},
	}),
	"aws:ec2/getManagedPrefixList:getManagedPrefixList": fixed(map[string]any{"id": "pl-cloudfront"}),
	"aws:ec2/getSubnet:getSubnet":                       subnet,
	"aws:secretsmanager/getSecret:getSecret":            secret,
}

func fixed(values map[string]any) Answer {
	return func(resource.PropertyMap) (map[string]any, error) { return values, nil }
}

// Zones answers getAvailabilityZones with these zone ids.
func Zones(ids ...string) Answer {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return fixed(map[string]any{"zoneIds": list})
}

func subnet(args resource.PropertyMap) (map[string]any, error) {
	id := args["id"].StringValue()
	zone, known := subnets[id]
	if !known {
		return nil, fmt.Errorf("InvalidSubnetID.NotFound: %s", id)
	}
	return map[string]any{"id": id, "vpcId": configtest.VpcID, "availabilityZoneId": zone, "availableIpAddressCount": 200}, nil
}

func secret(args resource.PropertyMap) (map[string]any, error) {
	name := args["name"].StringValue()
	return map[string]any{"name": name, "arn": "existing-secret(" + name + ").arn"}, nil
}
