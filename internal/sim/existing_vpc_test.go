package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	getTable   = "aws:ec2/getRouteTable:getRouteTable"
	getGateway = "aws:ec2/getInternetGateway:getInternetGateway"
)

// seeded is a VPC with two subnets that lacks something.
func (b *bench) seeded(lacks VpcLacks) (vpc string, subnets []string) {
	b.Helper()
	vpc, subnets, err := b.account.SeedVpc(
		"us-west-1",
		"10.50.0.0/16",
		map[string]string{"usw1-az1": "10.50.0.0/24", "usw1-az3": "10.50.1.0/24"},
		[]string{"usw1-az1", "usw1-az3"},
		lacks,
	)
	require.NoError(b, err)
	return vpc, subnets
}

// facts are what a program can find out about a VPC.
type facts struct {
	support, hostnames, gateway, own bool
	routes, addresses, ranges        int
}

func (b *bench) facts(vpc, subnet string) facts {
	b.Helper()
	look := func(token string, args map[string]any) (map[string]any, bool) {
		result, err := b.invoke(token, args)
		return result, err == nil
	}
	filter := func(name, value string) map[string]any {
		return map[string]any{"filters": []any{map[string]any{"name": name, "values": []any{value}}}}
	}
	found, ok := look("aws:ec2/getVpc:getVpc", map[string]any{"id": vpc})
	require.True(b, ok)
	f := facts{
		support:   flag(found, "enableDnsSupport"),
		hostnames: flag(found, "enableDnsHostnames"),
		ranges:    len(at(found, "cidrBlockAssociations")),
	}
	gateway, ok := look(getGateway, filter("attachment.vpc-id", vpc))
	f.gateway = ok && text(gateway, "attachments.vpcId") == vpc
	table, own := look(getTable, map[string]any{"subnetId": subnet})
	f.own = own
	if !own {
		require.NotEmpty(b, found["mainRouteTableId"])
		table, ok = look(getTable, map[string]any{"routeTableId": found["mainRouteTableId"]})
		require.True(b, ok)
		require.Equal(b, []any{true}, at(table, "associations.main"))
	}
	f.routes = len(at(table, "routes"))
	s, ok := look("aws:ec2/getSubnet:getSubnet", map[string]any{"id": subnet})
	require.True(b, ok)
	f.addresses = number(s, "availableIpAddressCount")
	return f
}

func TestWhatAnExistingVpcLacksCanBeSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lacks  VpcLacks
		wanted facts
	}{
		"nothing":       {VpcLacks{}, facts{true, true, true, false, 1, 251, 1}},
		"gateway":       {VpcLacks{Gateway: true}, facts{true, true, false, false, 1, 251, 1}},
		"DNS support":   {VpcLacks{DNSSupport: true}, facts{false, true, true, false, 1, 251, 1}},
		"host names":    {VpcLacks{DNSHostnames: true}, facts{true, false, true, false, 1, 251, 1}},
		"default route": {VpcLacks{DefaultRoute: true}, facts{true, true, true, false, 0, 251, 1}},
		"own tables":    {VpcLacks{OwnTables: true}, facts{true, true, true, true, 1, 251, 1}},
		"own routes":    {VpcLacks{OwnTables: true, DefaultRoute: true}, facts{true, true, true, true, 0, 251, 1}},
		"addresses":     {VpcLacks{FreeAddresses: 4}, facts{true, true, true, false, 1, 4, 1}},
		"one range":     {VpcLacks{MoreCIDRs: []string{"10.51.0.0/16"}}, facts{true, true, true, false, 1, 251, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			vpc, subnets := b.seeded(c.lacks)
			require.Equal(t, c.wanted, b.facts(vpc, subnets[0]))
			require.NoError(t, b.account.view(func(s *state) error {
				require.Equal(t, c.lacks.OwnTables, len(s.all(tableType)) == 3)
				return nil
			}))
		})
	}
}

func TestTasksAndBalancersNeedANetworkThatIsWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lacks VpcLacks
		code  string
	}{
		"no default route":       {VpcLacks{DefaultRoute: true}, "no default route"},
		"a table without one":    {VpcLacks{DefaultRoute: true, OwnTables: true}, "no default route"},
		"no DNS support":         {VpcLacks{DNSSupport: true}, "enableDnsSupport"},
		"no DNS host names":      {VpcLacks{DNSHostnames: true}, "enableDnsHostnames"},
		"a table of its own":     {VpcLacks{OwnTables: true}, ""},
		"nothing that is needed": {VpcLacks{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFargate(t)
			_, subnets := f.seeded(c.lacks)
			_, err := f.try(serviceType, "s", f.with(map[string]any{"networkConfiguration": map[string]any{"subnets": []any{subnets[0]}}}))
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.code)
		})
	}
	b := newBench(t)
	_, subnets := b.seeded(VpcLacks{FreeAddresses: 4})
	_, err := b.try(balancerType, "lb", map[string]any{"internal": true, "subnets": []any{subnets[0], subnets[1]}})
	require.ErrorContains(t, err, "8 free IP addresses")
}
