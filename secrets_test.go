package main

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
	"kong-llm-gateway/internal/problems"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/observability"
)

// needed are the secrets that containers get and why each needs it: service, container, variable and secret. A container that is not here gets none.
var needed = []struct{ service, container, variable, secret, why string }{
	{"litellm", "init", "PGPASSWORD", "database-master", "makes the service's role and database"},
	{"litellm", "init", "ROLE_PASSWORD", "litellm-database", "gives the role its password"},
	{"litellm", "litellm", "LITELLM_MASTER_KEY", "litellm-master-key", "knows administrators by it"},
	{"litellm", "litellm", "LITELLM_SALT_KEY", "litellm-salt-key", "encrypts what it stores; with the master key instead, that could not be rotated"},
	{"litellm", "litellm", "DATABASE_PASSWORD", "litellm-database", "users, keys and spend"},
	{"litellm", "litellm", "GATEWAY_TRACES_PUBLIC_KEY", "langfuse-public-key", "sends traces"},
	{"litellm", "litellm", "GATEWAY_TRACES_SECRET_KEY", "langfuse-secret-key", "sends traces"},
	{"litellm", "metrics-key", "LITELLM_MASTER_KEY", "litellm-master-key", "only the master key makes keys"},
	{"litellm", "metrics-key", "METRICS_KEY", "litellm-metrics-key", "the key that it makes"},

	{"langfuse", "init", "PGPASSWORD", "database-master", "makes the service's role and database"},
	{"langfuse", "init", "ROLE_PASSWORD", "langfuse-database", "gives the role its password"},
	{"langfuse", "langfuse", "DATABASE_PASSWORD", "langfuse-database", "traces and log-ins"},
	{"langfuse", "langfuse", "NEXTAUTH_SECRET", "langfuse-session-secret", "signs sessions"},
	{"langfuse", "langfuse", "SALT", "langfuse-salt", "hashes its API keys"},
	{"langfuse", "langfuse", "ENCRYPTION_KEY", "langfuse-encryption-key", "encrypts what it stores"},
	{"langfuse", "langfuse", "LANGFUSE_INIT_PROJECT_PUBLIC_KEY", "langfuse-public-key", "makes the project that LiteLLM sends to"},
	{"langfuse", "langfuse", "LANGFUSE_INIT_PROJECT_SECRET_KEY", "langfuse-secret-key", "makes the project that LiteLLM sends to"},
	{"langfuse", "langfuse", "LANGFUSE_INIT_USER_PASSWORD", "langfuse-admin-password", "makes the first user"},
	{"langfuse", "retention", "PGPASSWORD", "langfuse-database", "deletes what is older than the retention"},

	{"grafana", "init", "PGPASSWORD", "database-master", "makes the service's role and database"},
	{"grafana", "init", "ROLE_PASSWORD", "grafana-database", "gives the role its password"},
	{"grafana", "grafana", "GF_DATABASE_PASSWORD", "grafana-database", "users and dashboards"},
	{"grafana", "grafana", "GF_SECURITY_ADMIN_PASSWORD", "grafana-admin-password", "makes the user admin"},
	{"grafana", "grafana", "GF_SECURITY_SECRET_KEY", "grafana-secret-key", "encrypts what it stores"},

	{"victoriametrics", "victoriametrics", observability.MetricsKeyVariable, "litellm-metrics-key", "reads LiteLLM's metrics"},
}

// secretReaders are actions by which a role could read a secret: of Secrets Manager, Parameter Store and KMS, and those that take any of them in.
var secretReaders = []string{
	"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
	"ssm:GetParameterHistory", "kms:Decrypt", "rds-db:connect", "sts:AssumeRole", "iam:PassRole", "ecs:RunTask", "ecs:ExecuteCommand",
}

// TestNothingHasASecretThatItDoesNotNeed holds what containers get and what roles may read against the table.
func TestNothingHasASecretThatItDoesNotNeed(t *testing.T) {
	t.Parallel()
	for name, file := range goldenStacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, err := config.ReadFile(file, problems.Of)
			require.NoError(t, err)
			r, err := deploy(settings)
			require.NoError(t, err)
			arn := func(secret string) string {
				if secret == "litellm-master-key" && settings.Secrets.MasterKey != "" {
					return "existing-secret(" + settings.Secrets.MasterKey + ").arn"
				}
				return "secretsmanager.Secret(" + secret + ").arn"
			}
			var intended, got, readable []string
			for _, row := range needed {
				require.NotEmpty(t, row.why)
				intended = append(intended, fmt.Sprintf("%s/%s: %s = %s", row.service, row.container, row.variable, arn(row.secret)))
				readable = append(readable, row.service+"-execution reads "+arn(row.secret))
			}
			for _, task := range r.Of("aws:ecs/taskDefinition:TaskDefinition") {
				got = append(got, secretsOf(t, task)...)
			}
			require.ElementsMatch(t, intended, got)
			slices.Sort(readable)
			require.ElementsMatch(t, slices.Compact(readable), readers(t, r), "each execution role reads its containers' secrets, and no other role reads any")
		})
	}
}

// secretsOf are the secrets of a task's containers, as "service/container: variable = secret".
func secretsOf(t *testing.T, task pulumitest.Resource) []string {
	t.Helper()
	var containers []struct {
		Name    string
		Secrets []struct{ Name, ValueFrom string }
	}
	require.NoError(t, json.Unmarshal([]byte(task.Text(t, "containerDefinitions")), &containers))
	var found []string
	for _, container := range containers {
		for _, secret := range container.Secrets {
			found = append(found, fmt.Sprintf("%s/%s: %s = %s", task.Name, container.Name, secret.Name, secret.ValueFrom))
		}
	}
	return found
}

// readers are the secrets that roles may read, as sorted "role reads secret". A policy of AWS's own is not known here, so no role has one.
func readers(t *testing.T, r *pulumitest.Recorder) []string {
	t.Helper()
	require.Empty(t, r.Of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
	for _, role := range r.Of("aws:iam/role:Role") {
		require.NotContains(t, role.Map(), "managedPolicyArns", role.Name)
		require.NotContains(t, role.Map(), "inlinePolicies", role.Name)
	}
	var found []string
	for _, made := range r.Of("aws:iam/rolePolicy:RolePolicy") {
		require.Len(t, made.Uses["role"], 1, made.Name)
		_, role, _ := strings.Cut(made.Uses["role"][0], " ")
		var policy struct{ Statement []iampolicy.Statement }
		require.NoError(t, json.Unmarshal([]byte(made.Text(t, "policy")), &policy), made.Name)
		for _, statement := range policy.Statement {
			for _, action := range statement.Action {
				if statement.Effect == "Allow" && slices.ContainsFunc(secretReaders, func(reader string) bool { return covers(action, reader) }) {
					for _, secret := range statement.Resource {
						found = append(found, role+" reads "+secret)
					}
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// covers says whether an action of a policy, which may have wildcards, allows an action.
func covers(pattern, action string) bool {
	matched, err := path.Match(pattern, action)
	return err == nil && matched
}
