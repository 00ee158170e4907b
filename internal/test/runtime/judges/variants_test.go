//go:build runtime

package judges

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/internal/sim"
	"kong-llm-gateway/internal/test/engine"
)

// variant is a stack whose state is judged.
type variant struct {
	name, stack, region string
	// settings puts into the account what must be there before the deploy, and gives the stack's settings.
	settings func(t *testing.T, account *sim.Account) map[string]any
}

var variants = []variant{
	{"poc", "poc", configtest.Region, func(t *testing.T, _ *sim.Account) map[string]any {
		return engine.RepositorySettings(t, "Pulumi.poc.yaml")
	}},
	{"prod", "prod", configtest.Region, func(t *testing.T, _ *sim.Account) map[string]any {
		return engine.RepositorySettings(t, "Pulumi.prod.example.yaml")
	}},
	{"schedule", "night", configtest.Region, scheduled},
	{"own", "own", configtest.Region, existing},
	{"off", "off", configtest.Region, off},
	{"largest", "l23456789012345678x0", "us-east-1", largest},
}

// scheduled rests at night, scales, is watched, and differs from the POC wherever one value of a setting goes with it.
func scheduled(t *testing.T, account *sim.Account) map[string]any {
	t.Helper()
	_, err := account.SeedSecret(configtest.Region, "given/master-key", "sk-0123456789abcdef0123456789abcdef")
	require.NoError(t, err)
	return map[string]any{
		"schedule.start":         "cron(0 8 ? * MON-FRI *)",
		"schedule.stop":          "cron(0 20 ? * MON-FRI *)",
		"schedule.timezone":      "America/Los_Angeles",
		"nat":                    "gateway",
		"ecs.executeCommand":     true,
		"alarms.email":           "oncall@example.com",
		"budget.monthlyUsd":      100,
		"budget.email":           "finance@example.com",
		"budget.tagFilter":       "Project=kong-llm-gateway",
		"database.class":         "db.m6g.large",
		"database.version":       "16",
		"database.storageGb":     400,
		"database.maxStorageGb":  1000,
		"database.multiAz":       true,
		"litellm.architecture":   "X86_64",
		"litellm.maxCount":       4,
		"langfuse.maxCount":      2,
		"langfuse.content":       "none",
		"secrets.masterKey":      "given/master-key",
		"victoriametrics.spot":   false,
		"grafana.spot":           false,
		"litellm.spot":           true,
		"edge.priceClass":        "PriceClass_All",
		"database.finalSnapshot": true,
		"grafana.databasePool":   1,
		"langfuse.retentionDays": 1,
		"litellm.workers":        2,
		"litellm.memory":         4096,
		"litellm.databasePool":   10,
		"langfuse.databasePool":  10,
		"logs.retentionDays":     3653,
		"langfuse.adminEmail":    "ada@example.com",
		"ecs.containerInsights":  true,
		"edge.publicMetrics":     true,
		"victoriametrics.memory": 1024,
	}
}

// existing lives in a VPC of the account, with domains of its own and a web ACL.
func existing(t *testing.T, account *sim.Account) map[string]any {
	t.Helper()
	zones := configtest.ZoneIDs[:]
	ranges := map[string]string{zones[0]: "10.20.0.0/24", zones[1]: "10.20.1.0/24"}
	vpc, private, err := account.SeedVpc(configtest.Region, "10.20.0.0/16", ranges, zones)
	require.NoError(t, err)
	certificate, err := account.SeedCertificate("us-east-1", "*."+configtest.Domain)
	require.NoError(t, err)
	zone, err := account.SeedZone(configtest.Domain)
	require.NoError(t, err)
	return map[string]any{
		"createVpc":          false,
		"vpcId":              vpc,
		"privateSubnetIds":   private,
		"certificateArn":     certificate,
		"domainName":         "llm." + configtest.Domain,
		"langfuseDomainName": "traces." + configtest.Domain,
		"hostedZoneId":       zone,
		"waf.enabled":        true,
		"edge.consoleCidrs":  []string{"203.0.113.0/24", "2001:db8::/32"},
		"edge.apiCidrs":      []string{"198.51.100.7/32"},
		"tags":               map[string]string{"Team": "ml", "Cost centre": "42"},
	}
}

// off has switched off whatever can be.
func off(*testing.T, *sim.Account) map[string]any {
	settings := map[string]any{"alarms.enabled": false, "database.backupDays": 0, "grafana.enabled": false, "victoriametrics.enabled": false}
	for _, count := range []string{"desiredCount", "minCount", "maxCount"} {
		settings["langfuse."+count] = 0
	}
	return settings
}

// largest has the longest names and the largest values that config accepts.
func largest(*testing.T, *sim.Account) map[string]any {
	tags := map[string]string{}
	for i := range 40 {
		tags[fmt.Sprintf("%02d%s", i, strings.Repeat("ü", 126))] = strings.Repeat("ß", 256)
	}
	var viewers, callers []string
	for i := range 40 {
		viewers = append(viewers, fmt.Sprintf("2001:db8:1234:5678:%x::/80", i+0x1000))
		callers = append(callers, fmt.Sprintf("2001:db8:9abc:def0:%x::/80", i+0x1000))
	}
	return map[string]any{
		"aws:region":                    "us-east-1",
		"tags":                          tags,
		"edge.consoleCidrs":             viewers,
		"edge.apiCidrs":                 callers,
		"nat":                           "gateway-per-zone",
		"database.class":                "db.r7g.xlarge",
		"database.version":              "18",
		"database.storageGb":            59000,
		"database.maxStorageGb":         65536,
		"database.backupDays":           35,
		"litellm.cpu":                   16384,
		"litellm.memory":                122880,
		"litellm.workers":               8,
		"litellm.maxCount":              8,
		"litellm.spendLogRetentionDays": 3650,
		"langfuse.cpu":                  16384,
		"langfuse.memory":               122880,
		"langfuse.maxCount":             4,
		"grafana.cpu":                   16384,
		"grafana.memory":                122880,
		"victoriametrics.cpu":           16384,
		"victoriametrics.memory":        122880,
		"victoriametrics.retentionDays": 3650,
		"waf.enabled":                   true,
		"waf.rateLimit":                 2_000_000_000,
		"budget.monthlyUsd":             1_000_000,
		"models":                        configtest.Models(14, 40),
	}
}
