package engine

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

// roundTrip deploys, finds nothing more to do, and comes back with what is in the account; finish removes it all.
func roundTrip(t *testing.T, stacks ...*stack) (resources []sim.Resource, finish func()) {
	t.Helper()
	for _, s := range stacks {
		quiet(t, s.up())
	}
	for _, s := range stacks {
		quiet(t, s.settled())
	}
	resources, err := stacks[0].account.Resources()
	require.NoError(t, err)
	return resources, func() {
		for _, s := range stacks {
			s.destroy()
		}
		require.Empty(t, stacks[0].left())
	}
}

func count(resources []sim.Resource, kind string) int {
	found := 0
	for _, r := range resources {
		if r.Type == kind {
			found++
		}
	}
	return found
}

func TestTwoStacksLiveInOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, gateway)
	first := w.stack("poc", nil)
	second := w.stack("dev", map[string]any{"nat": "gateway-per-zone", "zoneIds": []string{"usw1-az1", "usw1-az3"}})
	resources, finish := roundTrip(t, first, second)
	require.Equal(t, 2, count(resources, "aws:ec2/vpc:Vpc"))
	require.Equal(t, 2, count(resources, "aws:ec2/natGateway:NatGateway"), "one per zone of dev")
	require.Equal(t, 1, count(resources, "aws:ec2/instance:Instance"), "the NAT instance of poc")
	require.Equal(t, 4, count(resources, "aws:cloudfront/distribution:Distribution"))
	finish()
}

func TestAnExistingVpcWithDomainsOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, gateway)
	zones := []string{"usw1-az1", "usw1-az3"}
	vpc, private, err := w.account.SeedVpc("us-west-1", "10.20.0.0/16", map[string]string{"usw1-az1": "10.20.0.0/24", "usw1-az3": "10.20.1.0/24"}, zones)
	require.NoError(t, err)
	certificate, err := w.account.SeedCertificate("us-east-1", "*.example.com")
	require.NoError(t, err)
	zone, err := w.account.SeedZone("example.com")
	require.NoError(t, err)
	s := w.stack("poc", map[string]any{
		"createVpc": false, "vpcId": vpc, "privateSubnetIds": private,
		"certificateArn": certificate, "domainName": "llm.example.com", "langfuseDomainName": "traces.example.com", "hostedZoneId": zone,
	})
	resources, finish := roundTrip(t, s)
	for _, kind := range []string{
		"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/internetGateway:InternetGateway", "aws:ec2/routeTable:RouteTable",
		"aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/instance:Instance", "aws:ec2/natGateway:NatGateway",
	} {
		require.Zero(t, count(resources, kind), kind)
	}
	require.Equal(t, 4, count(resources, "aws:route53/record:Record"), "IPv4 and IPv6 of two names")
	outputs := s.outputs()
	require.Equal(t, "https://llm.example.com", outputs["gateway_url"])
	require.Equal(t, "https://traces.example.com", outputs["langfuse_url"])
	finish()
}

func TestAnotherRegionWithOneNatGateway(t *testing.T) {
	t.Parallel()
	s := newWorkplace(t, gateway).stack("poc", map[string]any{"aws:region": "us-west-2", "nat": "gateway"})
	resources, finish := roundTrip(t, s)
	require.Equal(t, 1, count(resources, "aws:ec2/natGateway:NatGateway"))
	for _, r := range resources {
		require.NotEqual(t, "us-west-1", r.Region, "%s %s", r.Type, r.ID)
	}
	require.Contains(t, s.outputs()["alb_dns_name"], "us-west-2")
	finish()
}

func TestEveryExampleOfSettingsDeploys(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob(filepath.Join(root, "Pulumi.*.example.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, examples)
	for _, file := range examples {
		name := strings.Split(filepath.Base(file), ".")[1]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := repositorySettings(t, filepath.Base(file))
			w := newWorkplace(t, gateway)
			w.seedNamed(settings)
			// An example for production may protect itself from being destroyed, so nothing is.
			roundTrip(t, w.stack(name, settings))
		})
	}
}
