package cost

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/problems"
)

func read(t *testing.T, file string) *config.Settings {
	t.Helper()
	settings, err := config.ReadFile(filepath.Join("..", "..", file), problems.Of)
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
		{"cron(0 8 ? * 2-6 *)", "cron(0 19 ? * 2-6 *)", 55},
		{"cron(0 8 1 * ? *)", "cron(0 19 28 * ? *)", 168},
		{"cron(0 8 ? * * *)", "cron(55 8 ? * * *)", 168},
		{"", "", 168},
		{"cron(0 8 ? * MON-FRI *)", "cron(0 19 ? * MON-FRI *)", 55},
		{"cron(0 20 ? * * *)", "cron(0 4 ? * * *)", 56},
		{"cron(0 8 ? * MON *)", "cron(0 8 ? * SAT *)", 120},
		{"cron(0/2 8 1 * ? *)", "cron(0 9 ? 1 XYZ *)", 168},
	} {
		share, followed := activeShare(config.Schedule{Start: test.start, Stop: test.stop})
		require.Equal(t, test.hours < 168 || test.start == "", followed)
		require.InDelta(t, test.hours/168, share, 1e-9, "%s to %s", test.start, test.stop)
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

func TestEveryRegionHasEveryPriceOfItsProfilesAndClasses(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"us-east-1", "us-west-1", "us-west-2"}, Regions())
	for _, region := range Regions() {
		for _, file := range []string{"Pulumi.poc.yaml", "Pulumi.prod.example.yaml"} {
			for _, class := range config.DatabaseClasses() {
				settings := read(t, file)
				settings.Region, settings.Database.Class = region, class
				estimate, err := For(settings)
				require.NoError(t, err)
				require.Empty(t, estimate.Missing(), "%s %s", region, class)
			}
		}
	}
}

func TestWhatHasNoPriceIsNamedAndLeftOut(t *testing.T) {
	t.Parallel()
	settings := read(t, "Pulumi.poc.yaml")
	settings.Network.NATInstanceType = "c8gn.medium"
	estimate, err := For(settings)
	require.NoError(t, err)
	require.Equal(t, []string{"EC2 c8gn.medium"}, estimate.Missing())
	require.Contains(t, estimate.Markdown(), "Not in the total, for want of a price in us-west-1: EC2 c8gn.medium.")
	require.Contains(t, Summary(settings), "without EC2 c8gn.medium")
}

func TestAServiceThatIsOffCostsNothing(t *testing.T) {
	t.Parallel()
	settings := read(t, "Pulumi.poc.yaml")
	for _, service := range []*config.Service{&settings.Langfuse.Service, &settings.VictoriaMetrics.Service} {
		service.DesiredCount, service.MinCount, service.MaxCount = 0, 0, 0
	}
	settings.VictoriaMetrics.Enabled = false
	estimate, err := For(settings)
	require.NoError(t, err)
	for _, line := range estimate.Lines {
		if slices.Contains([]string{"Fargate: Langfuse", "Fargate: VictoriaMetrics", "EFS"}, line.Component) {
			require.Zero(t, line.Fixed+line.PerUse, line.Component)
		}
	}
}

func TestThePriceTableIsWhole(t *testing.T) {
	t.Parallel()
	units, seen := map[string]string{}, map[string]bool{}
	for _, p := range slices.Concat(prices, classPrices) {
		require.Positive(t, p.USD, "%v", p)
		require.Regexp(t, `^20[12]\d(-[01]\d)?$`, p.Date, "%v", p)
		require.NotEmpty(t, p.Text, "%v", p)
		require.False(t, seen[p.Region+p.Item], "%v is there twice", p)
		seen[p.Region+p.Item] = true
		if unit, known := units[p.Item]; known {
			require.Equal(t, unit, p.Unit, "%v", p)
		}
		units[p.Item] = p.Unit
	}
}

func TestTracesThatOutgrowTheStorageAreBilled(t *testing.T) {
	t.Parallel()
	growth := func(change func(*config.Settings)) float64 {
		settings := read(t, "Pulumi.poc.yaml")
		change(settings)
		estimate, err := For(settings)
		require.NoError(t, err)
		for _, line := range estimate.Lines {
			if line.Component == "RDS storage growth" {
				return line.PerUse
			}
		}
		return -1
	}
	year := growth(func(s *config.Settings) { s.Langfuse.RetentionDays = 365 })
	require.Zero(t, growth(func(*config.Settings) {}))
	require.InDelta(t, (1+0.3*(20*365.0/30+2))/0.9-20, year/0.138, 0.01, "GB beyond the first 20")
	require.InDelta(t, 2*year, growth(func(s *config.Settings) { s.Langfuse.RetentionDays, s.Database.MultiAZ = 365, true }), 0.01)
	require.Zero(t, growth(func(s *config.Settings) { s.Langfuse.RetentionDays, s.Langfuse.Content = 365, config.ContentNone }))
	most := growth(func(s *config.Settings) { s.Langfuse.RetentionDays = 3650 })
	require.InDelta(t, 80, most/0.138, 0.01, "no more than database.maxStorageGb")
	settings := read(t, "Pulumi.poc.yaml")
	settings.Langfuse.RetentionDays = 3650
	estimate, err := For(settings)
	require.NoError(t, err)
	require.Contains(t, estimate.Markdown(), "database.maxStorageGb allows 100")
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
	require.Contains(t, text, "poc: us-west-1")
	poc.Lines[0].Missing = []string{"EC2 none"}
	require.Contains(t, Difference(poc, prod, "poc", "prod"), "for want of a price: EC2 none")
}
