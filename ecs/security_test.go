package ecs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/ecs"
	"kong-llm-gateway/internal/pulumitest"
)

// Properties that a golden file written anew without being read would lose.

func TestEveryRoleIsTakenOnByTasksOfThisAccountOnly(t *testing.T) {
	t.Parallel()
	roles := deploy(t, nil).Of("aws:iam/role:Role")
	require.Len(t, roles, 4)
	for _, role := range roles {
		require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],
			"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"`+pulumitest.Account+`"}}}]}`,
			role.Text(t, "assumeRolePolicy"), role.Name)
	}
}

func TestNobodySignsUpToLangfuse(t *testing.T) {
	t.Parallel()
	require.Equal(t, "true", deploy(t, nil).containers(t, "langfuse")["langfuse"].Value("AUTH_DISABLE_SIGNUP"))
}

func TestEveryDatabaseClientVerifiesTheServer(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	for _, service := range []string{"litellm", "langfuse"} {
		first := a.containers(t, service)[ecs.InitName]
		require.Equal(t, "verify-full", first.Value("PGSSLMODE"), service)
		require.Equal(t, ecs.CACertificatePath, first.Value("PGSSLROOTCERT"), service)
	}
	require.Equal(t, "verify-full", a.containers(t, "litellm")["litellm"].Value("DATABASE_SSLMODE"))
	require.Equal(t, "verify-full", a.containers(t, "langfuse")["retention"].Value("PGSSLMODE"))
	require.Contains(t, a.containers(t, "langfuse")["langfuse"].Value("DATABASE_ARGS"), "sslaccept=strict")
}

// TestAServiceWaitsForWhatItsTasksNeed: what ECS finds missing when it starts the first task makes a deploy fail now and then.
func TestAServiceWaitsForWhatItsTasksNeed(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	for _, service := range []string{"litellm", "langfuse"} {
		waits := a.One(t, "aws:ecs/service:Service", service).DependsOn
		execution := a.One(t, "aws:iam/rolePolicy:RolePolicy", service+"-execution")
		require.Contains(t, waits, execution.Key(), "the right to read secrets and write logs")
		for _, version := range a.Of("aws:secretsmanager/secretVersion:SecretVersion") {
			if strings.Contains(execution.Text(t, "policy"), "Secret("+version.Name+").arn") {
				require.Contains(t, waits, version.Key(), "a secret's value")
			}
		}
		egress := a.One(t, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", service+"-https")
		require.Contains(t, waits, egress.Key(), "the way to AWS and the image registry")
		require.Contains(t, waits, "aws:ec2/route:Route private", "the way out of the VPC")
		require.Contains(t, waits, "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders cluster", "Fargate")
		for _, kind := range []string{"aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"} {
			for _, one := range a.Of(kind) {
				require.Contains(t, waits, one.Key(), "the target group's place behind the load balancer")
			}
		}
	}
	require.Contains(t, a.One(t, "aws:ecs/service:Service", "litellm").DependsOn, "aws:iam/rolePolicy:RolePolicy litellm-bedrock")
}

func TestADeployLeavesAloneWhatScalingSets(t *testing.T) {
	t.Parallel()
	schedule := map[string]string{"schedule.start": "cron(0 8 ? * MON-FRI *)", "schedule.stop": "cron(0 19 ? * MON-FRI *)"}
	for name, test := range map[string]struct {
		settings        map[string]string
		service, target []string
	}{
		"by load":   {map[string]string{"litellm.maxCount": "2", "litellm.databasePool": "4"}, []string{"desiredCount"}, nil},
		"by clock":  {schedule, []string{"desiredCount"}, []string{"maxCapacity", "minCapacity"}},
		"by nobody": {nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := deploy(t, test.settings)
			require.Equal(t, test.service, a.One(t, "aws:ecs/service:Service", "litellm").IgnoreChanges)
			for _, target := range a.Of("aws:appautoscaling/target:Target") {
				require.Equal(t, test.target, target.IgnoreChanges, target.Name)
			}
			require.Equal(t, test.service != nil, a.Has("aws:appautoscaling/target:Target", "litellm"))
		})
	}
}

func TestAStoredDocumentOutlivesTheRevisionThatReplacesIt(t *testing.T) {
	t.Parallel()
	a := deploy(t, map[string]string{"models": manyModels(t)})
	require.NotEmpty(t, a.Of("aws:s3/bucketObjectv2:BucketObjectv2"))
	for _, object := range a.Of("aws:s3/bucketObjectv2:BucketObjectv2") {
		require.True(t, object.RetainOnDelete, "a rollback finds the configuration it was made with")
	}
}

func TestAProtectedStacksLoadBalancerRefusesToBeDeleted(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]bool{"true": true, "false": false} {
		a := deploy(t, map[string]string{"database.deletionProtection": setting})
		require.Equal(t, want, a.get(t, "aws:lb/loadBalancer:LoadBalancer cluster")["enableDeletionProtection"])
	}
}
