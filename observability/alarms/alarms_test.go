package alarms

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
)

// table is every alarm of a stack with a NAT instance.
func table(schedule bool) []Alarm {
	s := config.Defaults()
	if schedule {
		s.Schedule.Start, s.Schedule.Stop = "cron(0 8 ? * MON-FRI *)", "cron(0 20 ? * MON-FRI *)"
	}
	return All(Stack{
		Region: "us-west-1", Schedule: s.Schedule, Database: s.Database, UsableConnections: s.Connections().Usable, NATInstanceType: s.Network.NATInstanceType,
		LiteLLM: s.LiteLLM.Service, Langfuse: s.Langfuse.Service, Grafana: s.Grafana.Service, VictoriaMetrics: s.VictoriaMetrics.Service,
	})
}

// headings are the anchors of the runbook, made as GitHub does.
func headings(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	anchors := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		anchors[strings.ReplaceAll(strings.ToLower(match[1]), " ", "-")] = true
	}
	return anchors
}

func TestEveryAlarmLeadsToAHeadingOfTheRunbook(t *testing.T) {
	t.Parallel()
	anchors, names := headings(t), map[string]bool{}
	for _, one := range table(false) {
		require.True(t, anchors[one.Heading], "%s: docs/operations.md has no heading %s", one.Name, one.Heading)
		require.False(t, names[one.Name], "two alarms are called %s", one.Name)
		names[one.Name] = true
	}
	rules, err := os.ReadFile("../../grafana/provisioning/alerting/rules.yaml")
	require.NoError(t, err)
	for _, match := range regexp.MustCompile(`docs/operations.md#(\S+)`).FindAllStringSubmatch(string(rules), -1) {
		require.True(t, anchors[match[1]], "docs/operations.md has no heading %s", match[1])
	}
}

func TestDimensionsAreThoseAWSPublishes(t *testing.T) {
	t.Parallel()
	// The sources stand above the tables.
	published := map[string][]string{
		"AWS/ECS": {"ClusterName,ServiceName"}, "AWS/ApplicationELB": {"LoadBalancer", "LoadBalancer,TargetGroup"}, "AWS/RDS": {"DBInstanceIdentifier"},
		"AWS/EC2": {"InstanceId"}, "AWS/EFS": {"FileSystemId"}, "AWS/CloudFront": {"DistributionId,Region"},
	}
	for _, one := range table(true) {
		metrics := []Metric{one.Metric}
		for _, more := range one.Queries {
			metrics = append(metrics, more)
		}
		for _, m := range metrics {
			var keys []string
			for _, key := range []string{"ClusterName", "ServiceName", "LoadBalancer", "TargetGroup", "DBInstanceIdentifier", "InstanceId", "FileSystemId", "DistributionId", "Region"} {
				if slices.ContainsFunc(m.Dimensions, func(d Dimension) bool { return d.Name == key }) {
					keys = append(keys, key)
				}
			}
			require.Len(t, m.Dimensions, len(keys), one.Name)
			require.Contains(t, published[m.Namespace], strings.Join(keys, ","), "%s: %s", one.Name, m.Name)
		}
	}
}

func TestAScheduleSilencesWhatItScalesToZero(t *testing.T) {
	t.Parallel()
	for _, one := range table(false) {
		if strings.HasSuffix(one.Name, "-not-running") {
			require.True(t, one.MissingIsBad, "no data means no task: %s", one.Name)
		}
	}
	for _, one := range table(true) {
		require.False(t, one.MissingIsBad, "%s would tell that the services rest", one.Name)
		require.False(t, one.Edge, "%s cannot see whether the services rest", one.Name)
		if strings.HasSuffix(one.Name, "-not-running") || one.Name == "alb-5xx" {
			require.NotEmpty(t, one.Expression, one.Name)
		}
	}
}

func TestOnlyCloudFrontsAlarmsAreInUsEast1(t *testing.T) {
	t.Parallel()
	for _, one := range table(false) {
		require.Equal(t, one.Metric.Namespace == "AWS/CloudFront", one.Edge, one.Name)
	}
}

// TestAFreshStackIsQuiet: T4g instances start without CPU credits, and a healthy PostgreSQL of 1 GiB leaves little memory free.
func TestAFreshStackIsQuiet(t *testing.T) {
	t.Parallel()
	for _, one := range table(false) {
		require.NotEqual(t, "CPUCreditBalance", one.Metric.Name, "%s: the balance of a fresh instance is zero", one.Name)
		if one.Heading == "cpu-credits" {
			require.Equal(t, "CPUSurplusCreditsCharged", one.Metric.Name)
			require.True(t, one.Above)
			require.Zero(t, one.Threshold)
		}
		if one.Name == "database-memory" {
			require.InDelta(t, 32*mib, one.Threshold, 0)
			require.Contains(t, one.Meaning, "32 MiB")
		}
	}
}
