package cost

import (
	"kong-llm-gateway/config"
	"kong-llm-gateway/observability/alarms"
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

// AlarmMetrics is how many metrics the alarms watch.
func AlarmMetrics(s *config.Settings) int {
	if !s.Alarms.Enabled {
		return 0
	}
	stack := alarms.Stack{
		Schedule: s.Schedule, Database: s.Database,
		LiteLLM: s.LiteLLM.Service, Langfuse: s.Langfuse.Service, Grafana: s.Grafana.Service, VictoriaMetrics: s.VictoriaMetrics.Service,
	}
	if s.Network.CreateVpc && s.Network.NAT == config.NATInstance {
		stack.NATInstanceType = s.Network.NATInstanceType
	}
	return alarms.Metrics(alarms.All(stack))
}
