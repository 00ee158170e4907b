package network_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/network"
)

// account is what the look-ups find, and records what is registered.
type account struct {
	zones []string
	// subnets maps a subnet to its VPC and zone.
	subnets map[string][2]string

	mutex sync.Mutex
	made  map[string][]resource.PropertyMap
}

func (a *account) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.made[args.TypeToken] = append(a.made[args.TypeToken], args.Inputs)
	return args.Name + "-id", args.Inputs, nil
}

func (a *account) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		return resource.NewPropertyMapFromMap(map[string]any{"zoneIds": list(a.zones)}), nil
	case "aws:ec2/getAmi:getAmi":
		return resource.NewPropertyMapFromMap(map[string]any{"id": "ami-pinned"}), nil
	case "aws:ec2/getVpc:getVpc":
		return resource.NewPropertyMapFromMap(map[string]any{"id": "vpc-1", "cidrBlock": "10.0.0.0/16"}), nil
	case "aws:ec2/getSubnet:getSubnet":
		id := args.Args["id"].StringValue()
		found, ok := a.subnets[id]
		if !ok {
			return nil, fmt.Errorf("InvalidSubnetID.NotFound: %s", id)
		}
		return resource.NewPropertyMapFromMap(map[string]any{"id": id, "vpcId": found[0], "availabilityZoneId": found[1]}), nil
	}
	return nil, fmt.Errorf("unexpected look-up %s", args.Token)
}

func list(values []string) []any {
	var all []any
	for _, value := range values {
		all = append(all, value)
	}
	return all
}

func deploy(a *account, settings config.Network) error {
	a.made = map[string][]resource.PropertyMap{}
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{Region: pulumi.String("us-west-1")})
		if err != nil {
			return err
		}
		_, err = network.New(ctx, "network", &network.Args{
			Settings: &config.Settings{Project: "kong-llm-gateway", Stack: "poc", Region: "us-west-1", Network: settings}, Provider: provider,
		}, pulumi.Providers(provider))
		return err
	}, pulumi.WithMocks("kong-llm-gateway", "poc", a))
}

func own(nat config.NATMode, zones ...string) config.Network {
	return config.Network{CreateVpc: true, VpcCidr: "10.10.0.0/16", NAT: nat, NATInstanceType: "t4g.nano", ZoneIDs: zones}
}

func TestEachNATModeMakesItsOwnWayOut(t *testing.T) {
	t.Parallel()
	for mode, want := range map[config.NATMode][2]int{config.NATInstance: {1, 0}, config.NATGateway: {0, 1}, config.NATGatewayPerZone: {0, 2}} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			a := &account{zones: []string{"usw1-az1", "usw1-az3"}}
			require.NoError(t, deploy(a, own(mode)))
			require.Len(t, a.made["aws:ec2/instance:Instance"], want[0])
			require.Len(t, a.made["aws:ec2/natGateway:NatGateway"], want[1])
			require.Len(t, a.made["aws:ec2/subnet:Subnet"], 4)
			require.Len(t, a.made["aws:ec2/routeTable:RouteTable"], 3)
			require.Len(t, a.made["aws:ec2/route:Route"], 3)
			require.Len(t, a.made["aws:ec2/vpcEndpoint:VpcEndpoint"], 1)
		})
	}
}

func TestTheDefaultSecurityGroupIsClosed(t *testing.T) {
	t.Parallel()
	a := &account{zones: []string{"usw1-az1", "usw1-az3"}}
	require.NoError(t, deploy(a, own(config.NATInstance)))
	groups := a.made["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"]
	require.Len(t, groups, 1)
	require.NotContains(t, groups[0], resource.PropertyKey("ingress"))
	require.NotContains(t, groups[0], resource.PropertyKey("egress"))
}

func TestTheNATInstanceIsHardened(t *testing.T) {
	t.Parallel()
	a := &account{zones: []string{"usw1-az1", "usw1-az3"}}
	require.NoError(t, deploy(a, own(config.NATInstance)))
	nat := a.made["aws:ec2/instance:Instance"][0]
	require.Equal(t, "ami-pinned", nat["ami"].StringValue())
	require.False(t, nat["sourceDestCheck"].BoolValue())
	require.Equal(t, "required", nat["metadataOptions"].ObjectValue()["httpTokens"].StringValue())
	require.InDelta(t, 1, nat["metadataOptions"].ObjectValue()["httpPutResponseHopLimit"].NumberValue(), 0)
	require.True(t, nat["rootBlockDevice"].ObjectValue()["encrypted"].BoolValue())
	for _, absent := range []resource.PropertyKey{"keyName", "associatePublicIpAddress"} {
		require.NotContains(t, nat, absent)
	}
	require.Len(t, a.made["aws:ec2/eipAssociation:EipAssociation"], 1)
}

func TestAnExistingVpcIsOnlyLookedAt(t *testing.T) {
	t.Parallel()
	a := &account{subnets: map[string][2]string{"subnet-1": {"vpc-1", "usw1-az1"}, "subnet-3": {"vpc-1", "usw1-az3"}}}
	require.NoError(t, deploy(a, config.Network{VpcID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1", "subnet-3"}}))
	for token := range a.made {
		require.NotContains(t, token, "aws:")
	}
}

func TestUnusableNetworksAreRefusedBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	subnets := map[string][2]string{
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
			a := &account{zones: test.zones, subnets: subnets}
			err := deploy(a, test.settings)
			require.Error(t, err)
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
			for token := range a.made {
				require.Equal(t, "pulumi:providers:aws", token)
			}
		})
	}
}
