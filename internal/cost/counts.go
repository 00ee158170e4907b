package cost

import (
	"strings"

	"kong-llm-gateway/config"
)

// WebACLRules is how many rules the web ACL has.
const WebACLRules = 3

// Secrets is how many secrets a stack makes. Like the other counts here it is held against what the program registers (main_test.go).
func Secrets(s *config.Settings) int { return len(s.GeneratedSecrets()) }

// PublicAddresses is how many public IPv4 addresses a stack has.
func PublicAddresses(s *config.Settings) int {
	switch {
	case !s.Network.CreateVpc:
		return 0
	case s.Network.NAT == config.NATGatewayPerZone:
		return 2
	default:
		return 1
	}
}

// AlarmMetrics is how many metrics the alarms watch; an alarm on an expression is billed for each metric in it.
func AlarmMetrics(s *config.Settings) int {
	if !s.Alarms.Enabled {
		return 0
	}
	services := []config.Service{s.LiteLLM.Service, s.Langfuse.Service, s.Grafana.Service, s.VictoriaMetrics.Service}
	// With a schedule, that a service is missing is told by all of them, and an error by whether LiteLLM runs; the edge has no alarm.
	missing, errors, edge := 1, 1, 2
	if s.Schedule.Stop != "" {
		missing, errors, edge = len(services), 2, 0
	}
	count := errors + edge + 9 // the targets' errors and health, slow answers, the database's three, the metrics' files
	for _, service := range services {
		if service.DesiredCount > 0 || service.MaxCount > 0 {
			count += missing + 2
		}
	}
	if strings.HasPrefix(s.Database.Class, "db.t") {
		count++
	}
	if s.Network.CreateVpc && s.Network.NAT == config.NATInstance {
		count += 3
		if strings.HasPrefix(s.Network.NATInstanceType, "t4g.") {
			count++
		}
	}
	return count
}
