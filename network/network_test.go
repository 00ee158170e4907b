package network_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/network"
)

// Types of what the network registers.
const (
	instanceType = "aws:ec2/instance:Instance"
	ingressType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressType   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// zones is an account with these availability zones.
func zones(ids ...string) *pulumitest.Recorder {
	return &pulumitest.Recorder{Answers: map[string]pulumitest.Answer{
		"aws:index/getAvailabilityZones:getAvailabilityZones": pulumitest.Zones(ids...),
	}}
}

// subnets is an account with the VPC vpc-1, which has all that a stack needs, and these subnets, each with its VPC and zone.
func subnets(known map[string][2]string) *pulumitest.Recorder {
	return &pulumitest.Recorder{Answers: map[string]pulumitest.Answer{
		"aws:ec2/getVpc:getVpc": answer(map[string]any{
			"id": "vpc-1", "cidrBlock": "10.0.0.0/16", "enableDnsSupport": true, "enableDnsHostnames": true, "mainRouteTableId": "rtb-main",
		}),
		"aws:ec2/getSubnet:getSubnet": func(args resource.PropertyMap) (map[string]any, error) {
			id := args["id"].StringValue()
			found, ok := known[id]
			if !ok {
				return nil, fmt.Errorf("InvalidSubnetID.NotFound: %s", id)
			}
			return map[string]any{"id": id, "vpcId": found[0], "availabilityZoneId": found[1], "availableIpAddressCount": 50}, nil
		},
	}}
}

// answer is always the same.
func answer(values map[string]any) pulumitest.Answer {
	return func(resource.PropertyMap) (map[string]any, error) { return values, nil }
}

// nothing is what a data source says that finds nothing.
func nothing(resource.PropertyMap) (map[string]any, error) {
	return nil, errors.New("query returned no results")
}

func deploy(r *pulumitest.Recorder, settings config.Network) error {
	return r.Run("poc", func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{Region: pulumi.String("us-west-1")})
		if err != nil {
			return err
		}
		_, err = network.New(ctx, "network", &network.Args{
			Names: config.Names{Project: "kong-llm-gateway", Stack: "poc"}, Region: "us-west-1", Settings: settings, Provider: provider,
		}, pulumi.Providers(provider))
		return err
	})
}

func own(nat config.NATMode, zones ...string) config.Network {
	return config.Network{CreateVpc: true, VpcCidr: "10.10.0.0/16", NAT: nat, NATInstanceType: "t4g.nano", ZoneIDs: zones}
}

func TestEachNATModeMakesItsOwnWayOut(t *testing.T) {
	t.Parallel()
	for mode, want := range map[config.NATMode][2]int{config.NATInstance: {1, 0}, config.NATGateway: {0, 1}, config.NATGatewayPerZone: {0, 2}} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := zones("usw1-az1", "usw1-az3")
			require.NoError(t, deploy(r, own(mode)))
			require.Len(t, r.Of(instanceType), want[0])
			require.Len(t, r.Of("aws:ec2/natGateway:NatGateway"), want[1])
			require.Len(t, r.Of("aws:ec2/subnet:Subnet"), 4)
			require.Len(t, r.Of("aws:ec2/routeTable:RouteTable"), 3)
			require.Len(t, r.Of("aws:ec2/route:Route"), 3)
			require.Len(t, r.Of("aws:ec2/vpcEndpoint:VpcEndpoint"), 1)
		})
	}
}

func TestTheDefaultSecurityGroupIsClosed(t *testing.T) {
	t.Parallel()
	r := zones("usw1-az1", "usw1-az3")
	require.NoError(t, deploy(r, own(config.NATInstance)))
	group := r.Only(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
	require.NotContains(t, group.Inputs, resource.PropertyKey("ingress"))
	require.NotContains(t, group.Inputs, resource.PropertyKey("egress"))
}

func TestTheNATInstanceIsHardened(t *testing.T) {
	t.Parallel()
	r := zones("usw1-az1", "usw1-az3")
	require.NoError(t, deploy(r, own(config.NATInstance)))
	nat := r.Only(t, instanceType).Inputs
	require.Equal(t, "ami-0123456789abcdef0", nat["ami"].StringValue())
	require.False(t, nat["sourceDestCheck"].BoolValue())
	require.Equal(t, "required", nat["metadataOptions"].ObjectValue()["httpTokens"].StringValue())
	require.InDelta(t, 1, nat["metadataOptions"].ObjectValue()["httpPutResponseHopLimit"].NumberValue(), 0)
	require.True(t, nat["rootBlockDevice"].ObjectValue()["encrypted"].BoolValue())
	for _, absent := range []resource.PropertyKey{"keyName", "associatePublicIpAddress"} {
		require.NotContains(t, nat, absent)
	}
	require.Len(t, r.Of("aws:ec2/eipAssociation:EipAssociation"), 1)
}

func TestAnExistingVpcIsOnlyLookedAt(t *testing.T) {
	t.Parallel()
	r := subnets(map[string][2]string{"subnet-1": {"vpc-1", "usw1-az1"}, "subnet-3": {"vpc-1", "usw1-az3"}})
	require.NoError(t, deploy(r, config.Network{VpcID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1", "subnet-3"}}))
	for _, made := range r.Resources() {
		require.NotRegexp(t, "^aws:", made.Type)
	}
}

// TestAnExistingVpcHasAllThatTheStackNeeds takes one part away at a time, and then all of them: nothing is registered, and all of it is told.
func TestAnExistingVpcHasAllThatTheStackNeeds(t *testing.T) {
	t.Parallel()
	vpc := func(change map[string]any) pulumitest.Answer {
		values := map[string]any{"id": "vpc-1", "cidrBlock": "10.0.0.0/16", "enableDnsSupport": true, "enableDnsHostnames": true, "mainRouteTableId": "rtb-main"}
		for name, value := range change {
			values[name] = value
		}
		return answer(values)
	}
	var ranges []any
	for i := range 6 {
		ranges = append(ranges, map[string]any{"cidrBlock": fmt.Sprintf("10.%d.0.0/16", i)})
	}
	table := func(routes ...any) pulumitest.Answer {
		return answer(map[string]any{"id": "rtb-1", "routeTableId": "rtb-1", "routes": routes})
	}
	const getVpc, getGateway, getTable = "aws:ec2/getVpc:getVpc", "aws:ec2/getInternetGateway:getInternetGateway", "aws:ec2/getRouteTable:getRouteTable"
	// With no table of the subnet's own, the VPC's main one counts.
	ofMain := func(main pulumitest.Answer) pulumitest.Answer {
		return func(args resource.PropertyMap) (map[string]any, error) {
			if args["routeTableId"].IsString() && args["routeTableId"].StringValue() == "rtb-main" {
				return main(args)
			}
			return nothing(args)
		}
	}
	nat := map[string]any{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}
	few := func(args resource.PropertyMap) (map[string]any, error) {
		zone := map[string]string{"subnet-1": "usw1-az1", "subnet-3": "usw1-az3"}[args["id"].StringValue()]
		return map[string]any{"id": args["id"].StringValue(), "vpcId": "vpc-1", "availabilityZoneId": zone, "availableIpAddressCount": 10}, nil
	}
	for name, test := range map[string]struct {
		answers map[string]pulumitest.Answer
		says    []string
	}{
		"all there":                    {nil, nil},
		"routes of the main table":     {map[string]pulumitest.Answer{getTable: ofMain(table(nat))}, nil},
		"through a transit gateway":    {map[string]pulumitest.Answer{getTable: table(map[string]any{"cidrBlock": "0.0.0.0/0", "transitGatewayId": "tgw-1"})}, nil},
		"no internet gateway":          {map[string]pulumitest.Answer{getGateway: nothing}, []string{"vpcId = vpc-1: no internet gateway"}},
		"no DNS":                       {map[string]pulumitest.Answer{getVpc: vpc(map[string]any{"enableDnsSupport": false})}, []string{"vpcId = vpc-1: DNS resolution is off"}},
		"no host names":                {map[string]pulumitest.Answer{getVpc: vpc(map[string]any{"enableDnsHostnames": false})}, []string{"vpcId = vpc-1: DNS host names are off"}},
		"six ranges":                   {map[string]pulumitest.Answer{getVpc: vpc(map[string]any{"cidrBlockAssociations": ranges})}, []string{"the VPC has 6 IPv4 ranges", "room for the rules of 5"}},
		"no default route":             {map[string]pulumitest.Answer{getTable: table()}, []string{"subnet-1: its route table rtb-1 has no default route", "subnet-3: its route table"}},
		"no default route in the main": {map[string]pulumitest.Answer{getTable: ofMain(table())}, []string{"subnet-1: its route table rtb-1 has no default route"}},
		"no table at all":              {map[string]pulumitest.Answer{getTable: nothing}, []string{"subnet-1: look up its route table"}},
		"a public subnet":              {map[string]pulumitest.Answer{getTable: table(map[string]any{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"})}, []string{"leads to the internet gateway", "through a NAT"}},
		"few addresses":                {map[string]pulumitest.Answer{"aws:ec2/getSubnet:getSubnet": few}, []string{"subnet-1: 10 free addresses, 11 are needed"}},
		"everything": {
			map[string]pulumitest.Answer{
				getGateway: nothing, getTable: table(), "aws:ec2/getSubnet:getSubnet": few,
				getVpc: vpc(map[string]any{"enableDnsSupport": false, "enableDnsHostnames": false, "cidrBlockAssociations": ranges}),
			},
			[]string{"no internet gateway", "DNS resolution is off", "DNS host names are off", "6 IPv4 ranges", "no default route", "10 free addresses"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := subnets(map[string][2]string{"subnet-1": {"vpc-1", "usw1-az1"}, "subnet-3": {"vpc-1", "usw1-az3"}})
			for token, found := range test.answers {
				r.Answers[token] = found
			}
			err := deploy(r, config.Network{VpcID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1", "subnet-3"}})
			if len(test.says) == 0 {
				require.NoError(t, err)
				return
			}
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
			for _, made := range r.Resources() {
				require.Equal(t, "pulumi:providers:aws", made.Type)
			}
		})
	}
}

func TestUnusableNetworksAreRefusedBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	known := map[string][2]string{
		"subnet-1": {"vpc-1", "usw1-az1"}, "subnet-1b": {"vpc-1", "usw1-az1"}, "subnet-2": {"vpc-1", "usw1-az2"}, "subnet-x": {"vpc-2", "usw1-az3"},
	}
	existing := func(ids ...string) config.Network { return config.Network{VpcID: "vpc-1", PrivateSubnetIDs: ids} }
	for name, test := range map[string]struct {
		zones    []string
		settings config.Network
		says     []string
	}{
		"one usable zone": {[]string{"usw1-az1", "usw1-az2"}, own(config.NATInstance), []string{"usw1-az1, usw1-az2", "another region", "createVpc"}},
		"an unusable zone is asked for": {
			[]string{"usw1-az1", "usw1-az2", "usw1-az3"}, own(config.NATInstance, "usw1-az1", "usw1-az2"), []string{"zoneIds", "usw1-az2 is not usable"},
		},
		"all problems of the subnets": {nil, existing("subnet-2", "subnet-x", "subnet-none"), []string{"subnet-2", "usw1-az2", "subnet-x", "vpc-2", "subnet-none"}},
		"both subnets in one zone":    {nil, existing("subnet-1", "subnet-1b"), []string{"1 zone"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := subnets(known)
			r.Answers["aws:index/getAvailabilityZones:getAvailabilityZones"] = pulumitest.Zones(test.zones...)
			err := deploy(r, test.settings)
			require.Error(t, err)
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
			for _, made := range r.Resources() {
				require.Equal(t, "pulumi:providers:aws", made.Type)
			}
		})
	}
}

func TestAllowOpensTheTargetsGroupAndNotTheSources(t *testing.T) {
	t.Parallel()
	r := &pulumitest.Recorder{}
	require.NoError(t, r.Run("poc", func(ctx *pulumi.Context) error {
		return network.Allow(ctx, "query", network.AllowArgs{
			From: pulumi.String("sg-source"), To: pulumi.String("sg-target"), Port: 8428, Description: "query",
		})
	}))
	ingress, egress := r.Only(t, ingressType).Map(), r.Only(t, egressType).Map()
	require.Equal(t, "sg-target", ingress["securityGroupId"], "the rule that lets traffic in belongs to the target's group")
	require.Equal(t, "sg-source", ingress["referencedSecurityGroupId"])
	require.Equal(t, "sg-source", egress["securityGroupId"], "the rule that lets traffic out belongs to the source's group")
	require.Equal(t, "sg-target", egress["referencedSecurityGroupId"])
	for _, rule := range []map[string]any{ingress, egress} {
		require.Equal(t, "tcp", rule["ipProtocol"])
		require.EqualValues(t, 8428, rule["fromPort"])
		require.EqualValues(t, 8428, rule["toPort"])
	}
}
