package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The parameter group of the old major is in use until the database has moved to the new one's.
func TestAMajorVersionIsRaised(t *testing.T) {
	t.Parallel()
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	s := poc(t)
	s.up()
	settings["kong-llm-gateway:database"] = map[string]any{"version": "18"}
	s.set(settings)
	require.ElementsMatch(t, []change{
		{"replace", "aws:rds/parameterGroup:ParameterGroup", "database"}, {"update", "aws:rds/instance:Instance", "database"},
	}, s.changes())
	s.up()
	s.settled()
	s.one("aws:rds/parameterGroup:ParameterGroup", "family", "postgres18")
}

func TestAnAutomaticMinorUpgradeIsNotTakenBack(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	require.NoError(t, s.account.UpgradeDatabase("kong-llm-gateway-poc", "17.11"))
	s.must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	s.settled()
}
