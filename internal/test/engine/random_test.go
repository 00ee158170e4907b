package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/internal/sim"
)

// seedRandom puts into the account what random settings name.
func (w *workplace) seedRandom() {
	w.Helper()
	const mainTable = "rtb-0123456789abcdef0"
	vpcOf := map[string]any{"vpcId": configtest.VpcID}
	subnet := func(id, zone, cidr string) sim.Resource {
		return sim.Resource{Type: "aws:ec2/subnet:Subnet", ID: id, Region: configtest.Region, State: map[string]any{
			"vpcId": configtest.VpcID, "cidrBlock": cidr, "availabilityZoneId": zone, "arn": "arn:aws:ec2:us-west-1:111122223333:subnet/" + id,
		}}
	}
	for _, r := range []sim.Resource{
		{Type: "aws:ec2/vpc:Vpc", ID: configtest.VpcID, Region: configtest.Region, State: map[string]any{
			"cidrBlock": "10.20.0.0/16", "enableDnsHostnames": true, "enableDnsSupport": true, "mainRouteTableId": mainTable,
		}},
		{Type: "aws:ec2/routeTable:RouteTable", ID: mainTable, Region: configtest.Region, State: map[string]any{
			"vpcId": configtest.VpcID, "main": true, "routes": []any{map[string]any{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0123456789abcdef0"}},
		}},
		{Type: "aws:ec2/internetGateway:InternetGateway", ID: "igw-0123456789abcdef0", Region: configtest.Region, State: vpcOf},
		subnet(configtest.PrivateSubnetIDs[0], configtest.ZoneIDs[0], "10.20.0.0/20"),
		subnet(configtest.PrivateSubnetIDs[1], configtest.ZoneIDs[1], "10.20.16.0/20"),
		subnet(configtest.PublicSubnetID, configtest.ZoneIDs[0], "10.20.32.0/20"),
		{Type: "aws:ec2/ami:Ami", ID: configtest.AMI, Region: configtest.Region, State: map[string]any{"architecture": "arm64"}},
		{Type: "aws:ec2/instance:Instance", ID: configtest.InstanceID, Region: configtest.Region, State: vpcOf},
		{Type: "aws:acm/certificate:Certificate", ID: configtest.CertificateArn, Region: "us-east-1", State: map[string]any{
			"arn": configtest.CertificateArn, "domain": "*." + configtest.Domain, "domainName": "*." + configtest.Domain, "status": "ISSUED",
		}},
		{Type: "aws:route53/zone:Zone", ID: configtest.HostedZoneID, State: map[string]any{"zoneId": configtest.HostedZoneID, "name": configtest.Domain}},
	} {
		require.NoError(w, w.account.Seed(r))
	}
	_, err := w.account.SeedSecret(configtest.Region, configtest.SecretName, "sk-given-given-given")
	require.NoError(w, err)
}

// TestRandomValidSettingsPreviewAndSomeDeploy is a sample of what main_test.go runs by the hundred on mocks; the seed is fixed. ENGINE_STACKS sets
// another number of stacks.
func TestRandomValidSettingsPreviewAndSomeDeploy(t *testing.T) {
	t.Parallel()
	const deployEvery = 4
	samples := 16
	if text := os.Getenv("ENGINE_STACKS"); text != "" {
		var err error
		samples, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	for i := range samples {
		t.Run(fmt.Sprintf("seed %d", i), func(t *testing.T) {
			t.Parallel()
			name, values := configtest.Valid(rand.New(rand.NewPCG(20261123, uint64(i))))
			t.Logf("stack %s: %v", name, values)
			settings, err := values.Config()
			require.NoError(t, err)
			w := newWorkplace(t, gateway)
			w.seedRandom()
			s := w.stack(name, settings)
			quiet(t, s.must("preview"))
			if i%deployEvery != 0 {
				return
			}
			quiet(t, s.up())
			s.settled()
			if values["database.deletionProtection"] == "true" {
				output, err := s.try("destroy", "--yes", "--skip-preview")
				require.Error(t, err, output)
				configtest.Put(settings, "database.deletionProtection", false)
				s.set(settings)
				s.up()
			}
			s.destroy()
			snapshots := 0
			if values["database.finalSnapshot"] == "true" {
				snapshots = 1
			}
			left := s.left()
			require.Len(t, left, snapshots, "%v", left)
		})
	}
}
