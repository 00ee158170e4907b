package config

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// AWS limits for the physical names this program sets, in characters.
const (
	// MaxLoadBalancerName is the limit for load balancers and target groups.
	MaxLoadBalancerName = 32
	// MaxRoleName is the limit for IAM roles and instance profiles.
	MaxRoleName = 64
	// MaxFunctionName is the limit for CloudFront functions (CloudFront API, CreateFunction).
	MaxFunctionName = 64
	// MaxDeliveryName is the limit for sources and destinations of log deliveries (CloudWatch Logs API, PutDeliverySource, PutDeliveryDestination).
	MaxDeliveryName = 60
	// MaxPolicyName is the limit for response headers policies, web ACLs and scaling policies (CloudFront API, ResponseHeadersPolicyConfig; WAFV2 API,
	// CreateWebACL; Application Auto Scaling API, PutScalingPolicy has 256: this one is what deployed stacks have).
	MaxPolicyName = 128
	// MaxAlarmName is the limit for alarms (CloudWatch API, PutMetricAlarm), MaxActionName the one for scheduled actions (Application Auto Scaling).
	MaxAlarmName  = 255
	MaxActionName = 256
	// MaxNameDefault fits everything else named here (RDS identifiers have 63, the tightest).
	MaxNameDefault = 63
)

// nameHashLength is how many hexadecimal characters replace what a shortened name lost.
const nameHashLength = 6

// Names makes the physical names of a stack's resources.
type Names struct {
	// Project is the Pulumi project, kong-llm-gateway; it is the first part of every physical name.
	Project string
	// Stack is the Pulumi stack, for instance poc; it is the second part of every physical name.
	Stack string
}

// Name builds a physical name "<project>-<stack>-<parts…>" of at most limit characters. A longer one keeps its beginning
// and ends in a hash of the whole, so that it stays unique and the same at every deploy.
func (n Names) Name(limit int, parts ...string) string {
	full := strings.Join(append([]string{n.Project, n.Stack}, parts...), "-")
	if len(full) <= limit {
		return full
	}
	sum := sha256.Sum256([]byte(full))
	hash := hex.EncodeToString(sum[:])[:nameHashLength]
	return strings.TrimRight(full[:limit-nameHashLength-1], "-") + "-" + hash
}

// SecretName is the name of a generated secret in Secrets Manager. Stack poc keeps the documented names (litellm-poc/master-key,
// kong-llm-gateway/grafana-admin-password); elsewhere the stack is part of both.
func (n Names) SecretName(service, secret string) string {
	if service == "litellm" {
		return "litellm-" + n.Stack + "/" + secret
	}
	if n.Stack == "poc" {
		return n.Project + "/" + service + "-" + secret
	}
	return n.Project + "-" + n.Stack + "/" + service + "-" + secret
}

// GeneratedSecret is a secret that a stack makes, and the setting by which an existing one can be taken instead; empty: none.
type GeneratedSecret struct {
	Name    string `json:"name"`
	Setting string `json:"setting"`
}

// generatedSecrets are the secrets of every stack by service; what the program registers is held against them (main_test.go).
var generatedSecrets = []struct{ service, secret, setting string }{
	{"database", "master-password", ""},
	{"litellm", "database-password", ""},
	{"litellm", "master-key", "secrets.masterKey"},
	{"litellm", "salt-key", ""},
	{"litellm", "metrics-key", ""},
	{"langfuse", "database-password", ""},
	{"langfuse", "admin-password", "secrets.langfuseAdminPassword"},
	{"langfuse", "session-secret", ""},
	{"langfuse", "salt", ""},
	{"langfuse", "encryption-key", ""},
	{"langfuse", "public-key", ""},
	{"langfuse", "secret-key", ""},
	{"grafana", "database-password", ""},
	{"grafana", "admin-password", "secrets.grafanaAdminPassword"},
	{"grafana", "secret-key", ""},
}

// GeneratedSecrets are the secrets that this stack makes.
func (s *Settings) GeneratedSecrets() []GeneratedSecret {
	given := map[string]string{
		"secrets.masterKey": s.Secrets.MasterKey, "secrets.grafanaAdminPassword": s.Secrets.GrafanaAdminPassword,
		"secrets.langfuseAdminPassword": s.Secrets.LangfuseAdminPassword,
	}
	var list []GeneratedSecret
	for _, secret := range generatedSecrets {
		if given[secret.setting] == "" {
			list = append(list, GeneratedSecret{Name: s.SecretName(secret.service, secret.secret), Setting: secret.setting})
		}
	}
	return list
}

// LogGroup is the name of the CloudWatch log group of one service.
func (n Names) LogGroup(service string) string {
	return "/ecs/" + n.Project + "-" + n.Stack + "/" + service
}

// Namespace is the private DNS namespace of Cloud Map in which services find each other.
func (n Names) Namespace() string {
	return n.Project + "-" + n.Stack + ".internal"
}
