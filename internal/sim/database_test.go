package sim

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEngineVersionsOnlyRise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to string
		major    bool
		code     string // "" for none
		actual   string
	}{
		"the same":                {"17", "17", false, "", "17.11"},
		"a minor":                 {"17.9", "17.11", false, "", "17.11"},
		"back a minor":            {"17.9", "17.6", true, "Cannot upgrade postgres from 17.9 to 17.6", ""},
		"back a major":            {"17", "16", true, "Cannot upgrade postgres from 17.11 to 16.15", ""},
		"a major, not asked for":  {"17", "18", false, "AllowMajorVersionUpgrade", ""},
		"a major, asked for":      {"17", "18", true, "", "18.6"},
		"to what runs":            {"17", "17.11", false, "", "17.11"},
		"from a minor to a major": {"17.9", "17", false, "", "17.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			inputs := map[string]any{"engineVersion": c.from}
			made := b.database(b.stage(), inputs)
			updated, err := b.update(
				databaseType,
				"db",
				made,
				b.databaseInputs(made["dbSubnetGroupName"], map[string]any{"engineVersion": c.to, "allowMajorVersionUpgrade": c.major}),
			)
			if c.code != "" {
				require.ErrorContains(t, err, "InvalidParameterCombination")
				require.ErrorContains(t, err, c.code)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.actual, updated["engineVersionActual"])
		})
	}
}

func TestAMajorUpgradeNeedsAParameterGroupOfItsFamilyAndTheOldOneStaysWhileUsed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	parameters := func(major string) map[string]any {
		return b.make("aws:rds/parameterGroup:ParameterGroup", "p", map[string]any{"name": "postgres" + major, "family": "postgres" + major})
	}
	old := parameters("17")
	made := b.database(b.stage(), map[string]any{"engineVersion": "17", "parameterGroupName": "postgres17"})
	upgrade := map[string]any{"engineVersion": "18", "allowMajorVersionUpgrade": true, "parameterGroupName": "postgres17"}
	_, err := b.update(databaseType, "db", made, b.databaseInputs(made["dbSubnetGroupName"], upgrade))
	require.ErrorContains(t, err, "DBParameterGroupFamily")
	require.ErrorContains(t, b.destroy("aws:rds/parameterGroup:ParameterGroup", old), "InvalidDBParameterGroupState")
	parameters("18")
	upgrade["parameterGroupName"] = "postgres18"
	_, err = b.update(databaseType, "db", made, b.databaseInputs(made["dbSubnetGroupName"], upgrade))
	require.NoError(t, err)
	require.NoError(t, b.destroy("aws:rds/parameterGroup:ParameterGroup", old))
}

func TestAutomaticMinorUpgrades(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version string
		drifts  bool
	}{"a major": {"17", false}, "a minor": {"17.9", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			made := b.database(b.stage(), map[string]any{"engineVersion": c.version})
			inputs := b.databaseInputs(made["dbSubnetGroupName"], map[string]any{"engineVersion": c.version})
			require.NoError(t, b.account.UpgradeDatabase(text(made, "identifier"), "17.11"))

			changed := maps.Clone(inputs)
			changed["backupRetentionPeriod"] = 3
			updated, err := b.update(databaseType, "db", made, changed)
			require.NoError(t, err, "a version that the program did not change is not sent")
			require.Equal(t, "17.11", updated["engineVersionActual"])

			read := plainMap(b.read(databaseType, "db", made, b.check(databaseType, "db", inputs).Properties).Outputs)
			require.Equal(t, "17.11", read["engineVersionActual"])
			read["id"] = made["id"]
			_, err = b.update(databaseType, "db", read, inputs)
			if !c.drifts {
				require.NoError(t, err)
				require.Equal(t, c.version, read["engineVersion"])
				return
			}
			require.Equal(t, "17.11", read["engineVersion"], "a refresh shows another version than the program's")
			require.ErrorContains(t, err, "Cannot upgrade postgres from 17.11 to 17.9")
		})
	}
	require.Error(t, newBench(t).account.UpgradeDatabase("none", "17.11"))
}
