package observability

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/rds"
)

// table is every alarm of a stack with a NAT instance.
func table(schedule bool) []alarm {
	settings := config.Defaults()
	settings.Region = "us-west-1"
	if schedule {
		settings.Schedule.Start, settings.Schedule.Stop = "cron(0 8 ? * MON-FRI *)", "cron(0 20 ? * MON-FRI *)"
	}
	known := func(text string) pulumi.StringOutput { return pulumi.String(text).ToStringOutput() }
	b := &builder{args: &Args{
		Region: settings.Region, Schedule: settings.Schedule, HasNatInstance: true, NatInstanceID: known("i-1"), NATInstanceType: settings.Network.NATInstanceType,
		Database: &rds.Database{Identifier: known("db")}, DatabaseSettings: settings.Database, UsableConnections: settings.Connections().Usable,
		Cluster: &ecs.Cluster{
			Name: known("cluster"), LoadBalancerArnSuffix: known("app/alb/1"),
			TargetGroups: map[routes.Service]*ecs.TargetGroup{"litellm": {ArnSuffix: known("tg/1")}, "langfuse": {ArnSuffix: known("tg/2")}, "grafana": {ArnSuffix: known("tg/3")}},
		},
		Distributions: map[string]pulumi.StringOutput{"gateway": known("E1"), "langfuse": known("E2")},
	}, fileSystem: known("fs-1")}
	var running []observed
	for _, name := range []string{"litellm", "langfuse", "grafana", "victoriametrics"} {
		running = append(running, observed{name, &ecs.Service{Name: known(name)}, settings.Grafana.Service})
	}
	all := append(b.serviceAlarms(running), b.loadBalancerAlarms(running)...)
	return append(append(append(append(all, b.databaseAlarms()...), b.natAlarms()...), b.fileAlarms()...), b.edgeAlarms()...)
}

// headings are the anchors of the runbook, made as GitHub does.
func headings(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
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
	rules, err := os.ReadFile("../grafana/provisioning/alerting/rules.yaml")
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
		metrics := []metric{one.Metric}
		for _, more := range one.Queries {
			metrics = append(metrics, more)
		}
		for _, m := range metrics {
			var keys []string
			for _, key := range []string{"ClusterName", "ServiceName", "LoadBalancer", "TargetGroup", "DBInstanceIdentifier", "InstanceId", "FileSystemId", "DistributionId", "Region"} {
				if _, has := m.Dimensions[key]; has {
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
			require.Contains(t, one.What, "32 MiB")
		}
	}
}
