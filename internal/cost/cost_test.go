package cost

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
)

func read(t *testing.T, file string) *config.Settings {
	t.Helper()
	settings, err := config.ReadFile(filepath.Join("..", "..", file))
	require.NoError(t, err)
	return settings
}

func total(t *testing.T, s *config.Settings) float64 {
	t.Helper()
	estimate, err := For(s)
	require.NoError(t, err)
	fixed, perUse := estimate.Total()
	return fixed + perUse
}

func TestEachChoiceOfThePOCSaves(t *testing.T) {
	t.Parallel()
	chosen := total(t, read(t, "Pulumi.poc.yaml"))
	for name, undo := range map[string]func(*config.Settings){
		"ARM":              func(s *config.Settings) { s.LiteLLM.Architecture = config.X8664 },
		"Spot":             func(s *config.Settings) { s.Grafana.Spot = false },
		"NAT instance":     func(s *config.Settings) { s.Network.NAT = config.NATGateway },
		"one zone":         func(s *config.Settings) { s.Database.MultiAZ = true },
		"short logs":       func(s *config.Settings) { s.LogRetentionDays = 365 },
		"no web ACL":       func(s *config.Settings) { s.WAF.Enabled = true },
		"a single task":    func(s *config.Settings) { s.LiteLLM.DesiredCount = 2 },
		"small database":   func(s *config.Settings) { s.Database.Class = "db.t4g.small" },
		"gateway per zone": func(s *config.Settings) { s.Network.NAT = config.NATGatewayPerZone },
	} {
		settings := read(t, "Pulumi.poc.yaml")
		undo(settings)
		require.Greater(t, total(t, settings), chosen, name)
	}
}

func TestScheduleCountsOnlyRunningHours(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start, stop string
		hours       float64
	}{
		{"", "", 168},
		{"cron(0 8 ? * MON-FRI *)", "cron(0 19 ? * MON-FRI *)", 55},
		{"cron(0 20 ? * * *)", "cron(0 4 ? * * *)", 56},
		{"cron(0 8 ? * MON *)", "cron(0 8 ? * SAT *)", 120},
		{"cron(0/2 8 1 * ? *)", "cron(0 9 ? 1 XYZ *)", 168},
	} {
		require.InDelta(t, test.hours/168, activeShare(config.Schedule{Start: test.start, Stop: test.stop}), 1e-9, "%s to %s", test.start, test.stop)
	}
}

func TestRegionWithoutPricesIsSaid(t *testing.T) {
	t.Parallel()
	settings := read(t, "Pulumi.poc.yaml")
	settings.Region = "eu-north-1"
	_, err := For(settings)
	require.ErrorContains(t, err, "no prices of eu-north-1")
	require.Contains(t, Summary(settings), "no estimate")
}

func TestThreeRegionsHaveEveryPriceOfBothProfiles(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"us-east-1", "us-west-1", "us-west-2"} {
		for _, file := range []string{"Pulumi.poc.yaml", "Pulumi.prod.example.yaml"} {
			settings := read(t, file)
			settings.Region = region
			require.Positive(t, total(t, settings))
		}
	}
}

func TestDifferenceAddsUp(t *testing.T) {
	t.Parallel()
	poc, err := For(read(t, "Pulumi.poc.yaml"))
	require.NoError(t, err)
	prod, err := For(read(t, "Pulumi.prod.example.yaml"))
	require.NoError(t, err)
	text := Difference(poc, prod, "poc", "prod")
	require.Contains(t, text, "NAT gateway")
	require.Contains(t, text, "NAT instance")
	require.Contains(t, text, "**Total**")
}
