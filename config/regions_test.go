package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestZoneIdsBeginAsTheirRegionSays(t *testing.T) {
	t.Parallel()
	for region, prefix := range map[string]string{
		"us-west-1": "usw1", "us-east-2": "use2", "eu-central-1": "euc1", "ap-southeast-2": "apse2", "ap-northeast-1": "apne1", "ca-central-1": "cac1", "sa-east-1": "sae1",
		"me-south-1": "mes1", "nowhere": "nowhere",
	} {
		require.Equal(t, prefix, zonePrefix(region))
	}
}
