package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

// refused demands that an up fails, with nothing in the account and no resource in the state; what it said comes back.
func refused(t *testing.T, s *stack) string {
	t.Helper()
	output, err := s.try("up", "--yes", "--skip-preview")
	require.Error(t, err, output)
	require.Empty(t, s.left())
	var state struct {
		Deployment struct{ Resources []struct{ Type string } }
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("stack", "export")), &state))
	for _, r := range state.Deployment.Resources {
		own := strings.HasPrefix(r.Type, "pulumi:") || strings.HasPrefix(r.Type, "kong-llm-gateway:")
		require.True(t, own, "%s was registered", r.Type)
	}
	return output
}

func TestAccountsWithTooFewUsableZonesAreRefusedWithTheWaysOut(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, gateway)
	zones := []string{"usw1-az1", "usw1-az2"}
	require.NoError(t, w.account.Configure(func(s *sim.Settings) { s.Zones = map[string][]string{"us-west-1": zones} }))
	vpc, private, err := w.account.SeedVpc("us-west-1", "10.20.0.0/16", map[string]string{"usw1-az1": "10.20.0.0/24", "usw1-az2": "10.20.1.0/24"}, zones)
	require.NoError(t, err)

	s := w.stack("poc", nil)
	output := refused(t, s)
	for _, part := range []string{"usw1-az1", "usw1-az2", "aws:region", "createVpc"} {
		require.Contains(t, output, part)
	}
	s.set(map[string]any{"createVpc": false, "vpcId": vpc, "privateSubnetIds": private})
	output = refused(t, s)
	for _, part := range []string{private[1], "usw1-az2", "aws:region"} {
		require.Contains(t, output, part)
	}
	require.NotContains(t, output, private[0]+": the subnet is in zone")
}

func TestBadSettingsAreAllToldAtOnceBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	s := newWorkplace(t, gateway).stack("poc", map[string]any{
		"nat": "none", "litellm.cpu": 1000, "database.class": "db.huge", "vpcCidr": "10.0.0.0/99", "domainName": "llm.example.com", "litellm.cpuu": 256,
	})
	output := refused(t, s)
	for _, key := range []string{"nat = none", "litellm.cpu = 1000", "database.class = db.huge", "vpcCidr = 10.0.0.0/99", "certificateArn", "did you mean litellm.cpu"} {
		require.Contains(t, output, key)
	}
}

// The CLI itself refuses these, by the schema in Pulumi.yaml, before the program runs.
func TestAValueOfTheWrongTypeIsRefused(t *testing.T) {
	t.Parallel()
	output := refused(t, newWorkplace(t, gateway).stack("poc", map[string]any{"litellm.cpu": "much"}))
	require.Contains(t, output, "litellm.cpu")
	require.Contains(t, output, "integer")
}

// TestAStackOfAnotherAccountIsRefused: the stack file says which account it belongs to, and the credentials of the day are those of another.
func TestAStackOfAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	s := newWorkplace(t, gateway).stack("poc", map[string]any{"aws:allowedAccountIds": []string{"999988887777"}})
	require.Contains(t, refused(t, s), "AWS account ID not allowed: 111122223333")
	output, err := s.try("preview")
	require.Error(t, err, "a preview tells it too: %s", output)
	s.set(map[string]any{"aws:forbiddenAccountIds": []string{"111122223333"}})
	require.Contains(t, refused(t, s), "AWS account ID not allowed: 111122223333")

	s.set(map[string]any{"aws:allowedAccountIds": []string{"111122223333"}, "aws:profile": "gateway", "aws:assumeRole": map[string]any{"roleArn": "arn:aws:iam::111122223333:role/deploy"}})
	s.up()
	s.settled()
	var state struct {
		Deployment struct {
			Resources []struct {
				URN    string
				Inputs map[string]any
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("stack", "export")), &state))
	providers := 0
	for _, r := range state.Deployment.Resources {
		if !strings.Contains(r.URN, "::pulumi:providers:aws::aws") {
			continue
		}
		providers++
		require.Equal(t, "gateway", r.Inputs["profile"], r.URN)
		require.Contains(t, r.Inputs["allowedAccountIds"], "111122223333", r.URN)
		require.Equal(t, map[string]any{"roleArn": "arn:aws:iam::111122223333:role/deploy"}, r.Inputs["assumeRole"], r.URN)
	}
	require.Equal(t, 2, providers, "the region's and us-east-1's")
}

func TestAProviderSettingThatIsNotTakenOverIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	s := newWorkplace(t, gateway).stack("poc", map[string]any{"aws:defaultTags": map[string]any{"tags": map[string]any{"Team": "ml"}}, "aws:maxRetries": 3})
	output := refused(t, s)
	require.Contains(t, output, "aws:defaultTags")
	require.Contains(t, output, "tags")
	require.Contains(t, output, "aws:maxRetries")
}

// TestAnExistingVpcThatLacksPartsIsRefusedWithAllOfThem: the preview tells it, not the creation of the VPC origin after the database.
func TestAnExistingVpcThatLacksPartsIsRefusedWithAllOfThem(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, gateway)
	zones := []string{"usw1-az1", "usw1-az3"}
	require.NoError(t, w.account.Configure(func(s *sim.Settings) { s.Zones = map[string][]string{"us-west-1": zones} }))
	vpc, private, err := w.account.SeedVpc(
		"us-west-1", "10.20.0.0/16", map[string]string{"usw1-az1": "10.20.0.0/24", "usw1-az3": "10.20.1.0/24"}, zones,
		sim.VpcLacks{
			Gateway: true, DNSHostnames: true, DefaultRoute: true, FreeAddresses: 9,
			MoreCIDRs: []string{"10.21.0.0/16", "10.22.0.0/16", "10.23.0.0/16", "10.24.0.0/16", "10.25.0.0/16"},
		},
	)
	require.NoError(t, err)
	output := refused(t, w.stack("poc", map[string]any{"createVpc": false, "vpcId": vpc, "privateSubnetIds": private}))
	for _, part := range []string{
		"no internet gateway is attached", "DNS host names are off", "the VPC has 6 IPv4 ranges",
		private[0] + ": 9 free addresses", private[1] + ": 9 free addresses", private[0] + ": its route table", private[1] + ": its route table",
	} {
		require.Contains(t, output, part)
	}
}
