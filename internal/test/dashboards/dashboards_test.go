package dashboards_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/grafana"
	"kong-llm-gateway/internal/test/dashboards"
)

const source = "victoriametrics"

func TestThreeDashboardsWithUniqueUIDsAndPanelIDs(t *testing.T) {
	t.Parallel()
	all, err := dashboards.All()
	require.NoError(t, err)
	var uids []string
	for _, one := range all {
		uids = append(uids, one.UID)
		require.Equal(t, 41, one.SchemaVersion, one.UID)
		require.NotEmpty(t, one.Description, one.UID)
		ids := map[int]bool{}
		for _, panel := range one.Panels {
			require.False(t, ids[panel.ID], "%s: panel id %d twice", one.UID, panel.ID)
			ids[panel.ID] = true
		}
	}
	require.ElementsMatch(t, []string{"llm-usage", "gateway-health", "cost-capacity"}, uids)
}

func TestEveryPanelHasDescriptionUnitThresholdsAndTheKnownSource(t *testing.T) {
	t.Parallel()
	all, err := dashboards.All()
	require.NoError(t, err)
	for _, one := range all {
		for _, panel := range one.Panels {
			if panel.Type == "row" {
				continue
			}
			where := one.UID + ": " + panel.Title
			require.NotEmpty(t, panel.Description, where)
			require.NotEmpty(t, panel.FieldConfig.Defaults.Unit, where)
			require.NotEmpty(t, panel.FieldConfig.Defaults.Thresholds.Steps, where)
			require.Equal(t, source, panel.Datasource.UID, where)
			require.NotEmpty(t, panel.Targets, where)
			for _, target := range panel.Targets {
				require.Equal(t, source, target.Datasource.UID, where)
			}
		}
	}
}

func TestEveryQueryParses(t *testing.T) {
	t.Parallel()
	queries, err := dashboards.Queries()
	require.NoError(t, err)
	for _, query := range queries {
		_, err := metricsql.Parse(query.Expr)
		require.NoError(t, err, "%s: %s", query.Where, query.Expr)
	}
}

func TestVariablesThatAreUsedAreDefinedAndTheReverse(t *testing.T) {
	t.Parallel()
	all, err := dashboards.All()
	require.NoError(t, err)
	builtIn := []string{"__rate_interval", "__range"}
	for _, one := range all {
		var defined, used []string
		for _, variable := range one.Templating.List {
			defined = append(defined, variable.Name)
			require.Equal(t, source, variable.Datasource.UID)
		}
		for _, panel := range one.Panels {
			for _, target := range panel.Targets {
				for _, match := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
					if !slices.Contains(builtIn, match[1]) {
						used = append(used, match[1])
					}
				}
			}
		}
		slices.Sort(used)
		require.ElementsMatch(t, defined, slices.Compact(used), one.UID)
	}
}

func TestFilesNameNoAccountAndNoHost(t *testing.T) {
	t.Parallel()
	files, err := grafana.Read()
	require.NoError(t, err)
	for _, file := range files {
		require.NotRegexp(t, `\b\d{12}\b|https?://|amazonaws`, string(file.Content), file.Path)
	}
}

func TestDataLinksStayOnTheGatewaysOwnAddress(t *testing.T) {
	t.Parallel()
	all, err := dashboards.All()
	require.NoError(t, err)
	links := 0
	for _, one := range all {
		for _, panel := range one.Panels {
			for _, link := range panel.FieldConfig.Defaults.Links {
				require.True(t, strings.HasPrefix(link.URL, "/langfuse/project/llm-gateway/"), link.URL)
				links++
			}
		}
	}
	require.Positive(t, links)
}

func TestProvisioningIsStrictlyWhatGrafanaKnows(t *testing.T) {
	t.Parallel()
	var sources dashboards.Datasources
	require.NoError(t, dashboards.Provisioning("datasources/victoriametrics.yaml", &sources))
	require.Equal(t, source, sources.Datasources[0].UID)
	require.Equal(t, "${"+grafana.VictoriaMetricsVariable+"}", sources.Datasources[0].URL)
	var providers dashboards.Providers
	require.NoError(t, dashboards.Provisioning("dashboards/gateway.yaml", &providers))
	require.Equal(t, "${"+grafana.DashboardsVariable+"}", providers.Providers[0].Options.Path)
	var points dashboards.ContactPoints
	require.NoError(t, dashboards.Provisioning("alerting/contact-points.yaml", &points))
	receiver := points.ContactPoints[0].Receivers[0]
	require.Equal(t, "${"+grafana.AlertTopicVariable+"}", receiver.Settings.TopicARN)
	require.Equal(t, "${"+grafana.AlertRegionVariable+"}", receiver.Settings.SigV4.Region)
	var policies dashboards.Policies
	require.NoError(t, dashboards.Provisioning("alerting/policies.yaml", &policies))
	require.Equal(t, points.ContactPoints[0].Name, policies.Policies[0].Receiver)
}

func TestAlertRulesAreWhole(t *testing.T) {
	t.Parallel()
	var rules dashboards.Rules
	require.NoError(t, dashboards.Provisioning("alerting/rules.yaml", &rules))
	uids := map[string]bool{}
	for _, rule := range rules.Groups[0].Rules {
		require.False(t, uids[rule.UID], rule.UID)
		uids[rule.UID] = true
		require.Len(t, rule.Data, 2, rule.UID)
		require.Equal(t, source, rule.Data[0].DatasourceUID, rule.UID)
		require.NotContains(t, rule.Data[0].Model.Expr, "$", "Grafana would read it as a variable of the environment")
		require.Equal(t, "__expr__", rule.Data[1].DatasourceUID, rule.UID)
		require.Equal(t, rule.Data[1].RefID, rule.Condition, rule.UID)
		require.NotEmpty(t, rule.Annotations["summary"], rule.UID)
	}
	require.GreaterOrEqual(t, len(uids), 5)
}
