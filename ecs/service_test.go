package ecs_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/iampolicy"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

// account is what a deploy registered.
type account struct{ *pulumitest.Recorder }

// made is all of it, by type and name.
func (a account) made() map[string]pulumitest.Resource {
	all := map[string]pulumitest.Resource{}
	for _, one := range a.Resources() {
		all[one.Key()] = one
	}
	return all
}

func (a account) get(t *testing.T, key string) map[string]any {
	t.Helper()
	token, name, _ := strings.Cut(key, " ")
	return a.One(t, token, name).Map()
}

// deploy makes the cluster with Langfuse and LiteLLM.
func deploy(t *testing.T, values map[string]string) account {
	t.Helper()
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", values)
	require.NoError(t, err)
	a := account{&pulumitest.Recorder{}}
	err = a.Run("poc", func(ctx *pulumi.Context) error {
		route, err := ec2.NewRoute(ctx, "private", &ec2.RouteArgs{RouteTableId: pulumi.String("rtb-1")})
		if err != nil {
			return err
		}
		vpc, subnets := pulumi.String("vpc-1"), pulumi.ToStringArray([]string{"subnet-1", "subnet-2"})
		made := secrets.Maker{Names: settings.Names, Protect: settings.Database.DeletionProtection}
		database, err := rds.New(ctx, "database", &rds.Args{
			Names: settings.Names, Region: settings.Region, Settings: settings.Database, LogRetentionDays: settings.LogRetentionDays,
			VpcID: vpc, SubnetIDs: subnets, Secrets: made,
		})
		if err != nil {
			return err
		}
		cluster, err := ecs.New(ctx, "cluster", &ecs.Args{
			Names: settings.Names, Region: settings.Region, Account: pulumitest.Account, LogRetentionDays: settings.LogRetentionDays,
			VpcID: vpc, VpcCidrs: []string{"10.10.0.0/16"}, SubnetIDs: subnets,
			ContainerInsights: settings.ContainerInsights, ExecuteCommand: settings.ExecuteCommand, Schedule: settings.Schedule,
			Protect: settings.Database.DeletionProtection, Internet: []pulumi.Resource{route},
			Targets:   []ecs.Target{litellm.Target, langfuse.Target},
			EdgeRules: []routes.Rule{{Priority: 1, Header: "gateway", Paths: []string{"/v1/models", "/v1/chat/completions"}, Service: routes.LiteLLM}},
		})
		if err != nil {
			return err
		}
		traces, err := langfuse.New(ctx, "langfuse", &langfuse.Args{
			Cluster: cluster, Database: database, Settings: settings.Langfuse, Secrets: made, URL: pulumi.String("https://traces.example.com"),
		})
		if err != nil {
			return err
		}
		_, err = litellm.New(ctx, "litellm", &litellm.Args{
			Cluster: cluster, Database: database, Langfuse: traces, Content: settings.Langfuse.Content, Settings: settings.LiteLLM, Region: settings.Region,
			Account: pulumitest.Account, Secrets: made,
		})
		return err
	})
	require.NoError(t, err)
	return a
}

func (a account) containers(t *testing.T, service string) map[string]ecs.ContainerDefinition {
	t.Helper()
	text, ok := a.get(t, "aws:ecs/taskDefinition:TaskDefinition "+service)["containerDefinitions"].(string)
	require.True(t, ok)
	require.Less(t, len(text), ecs.MaxTaskDefinitionBytes)
	require.False(t, strings.Contains(text, ":null"), "AWS gives no null back, so a null would be a difference for ever")
	var list []ecs.ContainerDefinition
	require.NoError(t, json.Unmarshal([]byte(text), &list))
	byName := map[string]ecs.ContainerDefinition{}
	for _, definition := range list {
		byName[definition.Name] = definition
	}
	return byName
}

func TestEveryContainerIsHardened(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	for service, uid := range map[string]string{"litellm": "65534:65534", "langfuse": "1001:1001"} {
		all := a.containers(t, service)
		require.Contains(t, all, ecs.InitName)
		for name, definition := range all {
			require.True(t, definition.ReadonlyRoot, name)
			require.Equal(t, name == service, definition.Essential, name)
			require.Equal(t, "awslogs", definition.LogConfiguration.LogDriver)
			require.Equal(t, "/ecs/kong-llm-gateway-poc/"+service, definition.LogConfiguration.Options["awslogs-group"])
			require.True(t, slices.IsSortedFunc(definition.Environment, func(x, y ecs.Variable) int { return strings.Compare(x.Name, y.Name) }), name)
			if name == ecs.InitName {
				require.Equal(t, "0:0", definition.User)
				require.Empty(t, definition.DependsOn)
				require.Empty(t, definition.LinuxParameters.Capabilities.Add, "Fargate refuses all but SYS_PTRACE")
				require.Equal(t, []string{
					"AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP",
					"SETUID", "SYS_CHROOT",
				}, definition.LinuxParameters.Capabilities.Drop)
				continue
			}
			require.Equal(t, uid, definition.User, name)
			require.Equal(t, []ecs.Dependency{{ecs.InitName, "SUCCESS"}}, definition.DependsOn, name)
			require.Equal(t, []string{"ALL"}, definition.LinuxParameters.Capabilities.Drop)
			for _, mount := range definition.MountPoints {
				require.Equal(t, mount.ContainerPath == ecs.DocumentsPath, mount.ReadOnly, "%s %s", name, mount.ContainerPath)
			}
		}
		require.Equal(t, config.StopTimeoutSeconds, all[service].StopTimeout)
	}
}

func TestLiteLLMDoesNotServeAfterMigrationsThatFailed(t *testing.T) {
	t.Parallel()
	environment := deploy(t, nil).containers(t, "litellm")["litellm"].Environment
	require.Contains(t, environment, ecs.Variable{"ENFORCE_PRISMA_MIGRATION_CHECK", "true"})
}

func TestSecretsAreNamedAndTheMasterPasswordStaysInTheInitContainer(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	for _, service := range []string{"litellm", "langfuse"} {
		for name, definition := range a.containers(t, service) {
			for _, variable := range definition.Environment {
				for _, word := range []string{"PASSWORD", "SECRET", "_KEY", "SALT"} {
					require.NotContains(t, variable.Name, word, "%s has a secret in plain text", name)
				}
				require.NotContains(t, variable.Value, "random.Random", "%s has a generated value in plain text", name)
			}
			for _, secret := range definition.Secrets {
				require.True(t, strings.HasSuffix(secret.ValueFrom, ").arn"), "%s %s", name, secret.ValueFrom)
				if strings.Contains(secret.ValueFrom, "database-master") {
					require.Equal(t, ecs.InitName, name)
				}
			}
		}
	}
	require.Len(t, a.containers(t, "litellm")["metrics-key"].Secrets, 2)
}

func TestExecutionRoleReadsExactlyItsSecrets(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	text, ok := a.get(t, "aws:iam/rolePolicy:RolePolicy litellm-execution")["policy"].(string)
	require.True(t, ok)
	require.NotContains(t, text, `"*"`)
	wanted := map[string]bool{}
	for _, definition := range a.containers(t, "litellm") {
		for _, secret := range definition.Secrets {
			wanted[secret.ValueFrom] = true
		}
	}
	for arn := range wanted {
		require.Contains(t, text, `"`+arn+`"`)
	}
	var document struct{ Statement []iampolicy.Statement }
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	require.Len(t, document.Statement[1].Resource, len(wanted))
	require.Contains(t, a.made(), "aws:iam/rolePolicy:RolePolicy litellm-bedrock")
	require.NotContains(t, a.made(), "aws:iam/rolePolicy:RolePolicy langfuse-bedrock")
}

func TestEdgeListenerRefusesWhatNoRuleAllows(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	edge := a.get(t, "aws:lb/listener:Listener cluster-edge")
	require.EqualValues(t, routes.ListenerPort, edge["port"])
	require.Contains(t, fmt.Sprint(edge["defaultActions"]), "403")
	rule := fmt.Sprint(a.get(t, "aws:lb/listenerRule:ListenerRule cluster-edge-001")["conditions"])
	require.Contains(t, rule, routes.HeaderName)
	require.Contains(t, rule, "/v1/chat/completions")
	internal := a.get(t, "aws:lb/listener:Listener cluster-internal")
	require.EqualValues(t, ecs.InternalListenerPort, internal["port"])
	balancer := a.get(t, "aws:lb/loadBalancer:LoadBalancer cluster")
	require.Equal(t, true, balancer["internal"])
	require.EqualValues(t, config.LoadBalancerIdleSeconds, balancer["idleTimeout"])
}

func TestLoadBalancerAdmitsCloudFrontAndTheVpcOnly(t *testing.T) {
	t.Parallel()
	a := deploy(t, nil)
	const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule "
	edge := a.get(t, rule+"cluster-edge")
	require.Equal(t, "pl-cloudfront", edge["prefixListId"])
	require.EqualValues(t, routes.ListenerPort, edge["fromPort"])
	internal := a.get(t, rule+"cluster-internal-1")
	require.Equal(t, "10.10.0.0/16", internal["cidrIpv4"])
	require.EqualValues(t, ecs.InternalListenerPort, internal["fromPort"])
	for key, one := range a.made() {
		if strings.HasPrefix(key, rule) {
			require.NotEqual(t, "0.0.0.0/0", one.Map()["cidrIpv4"], key)
		}
	}
	for _, pair := range []string{"litellm-database", "langfuse-database", "litellm-alb", "langfuse-alb", "litellm-langfuse"} {
		require.Contains(t, a.made(), rule+pair)
		require.Contains(t, a.made(), "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule "+pair)
	}
}

func TestScalingAndScheduleAppearOnlyWhenSet(t *testing.T) {
	t.Parallel()
	count := func(a account, kind string) int {
		n := 0
		for key := range a.made() {
			if strings.HasPrefix(key, kind) {
				n++
			}
		}
		return n
	}
	plain := deploy(t, nil)
	require.Zero(t, count(plain, "aws:appautoscaling/"))
	scaled := deploy(t, map[string]string{"litellm.maxCount": "2", "litellm.databasePool": "4"})
	require.Equal(t, 1, count(scaled, "aws:appautoscaling/target"))
	require.Equal(t, 1, count(scaled, "aws:appautoscaling/policy"))
	resting := deploy(t, map[string]string{"schedule.start": "cron(0 8 ? * MON-FRI *)", "schedule.stop": "cron(0 19 ? * MON-FRI *)"})
	require.Equal(t, 2, count(resting, "aws:appautoscaling/target"))
	require.Equal(t, 4, count(resting, "aws:appautoscaling/scheduledAction"))
}

func TestExecuteCommandOpensTheRootAndTheChannels(t *testing.T) {
	t.Parallel()
	a := deploy(t, map[string]string{"ecs.executeCommand": "true"})
	require.False(t, a.containers(t, "litellm")["litellm"].ReadonlyRoot)
	require.Contains(t, a.made(), "aws:iam/rolePolicy:RolePolicy litellm-exec")
	require.Equal(t, true, a.get(t, "aws:ecs/service:Service litellm")["enableExecuteCommand"])
}

// manyModels is a list of models that has no room in a task definition.
func manyModels(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(configtest.Models(800, 43))
	require.NoError(t, err)
	return string(text)
}

// TestLargeDocumentsGoToS3 configures so many models that the task definition has no room for them.
func TestLargeDocumentsGoToS3(t *testing.T) {
	t.Parallel()
	require.NotContains(t, deploy(t, nil).made(), "aws:s3/bucketV2:BucketV2 litellm-documents")
	a := deploy(t, map[string]string{"models": manyModels(t)})
	require.Contains(t, a.made(), "aws:s3/bucketV2:BucketV2 litellm-documents")
	first := a.containers(t, "litellm")[ecs.InitName]
	require.NotEmpty(t, first.EnvironmentFiles)
	for _, variable := range first.Environment {
		require.NotContains(t, variable.Name, ecs.DocumentsVariable)
	}
	stored := 0
	for key, one := range a.made() {
		if strings.HasPrefix(key, "aws:s3/bucketObjectv2:") {
			stored++
			content, ok := one.Map()["content"].(string)
			require.True(t, ok)
			require.Less(t, len(content), 64*1024, "the ECS agent reads no longer line")
			require.Equal(t, 1, strings.Count(content, "="), "an older ECS agent splits at each")
		}
	}
	require.Len(t, first.EnvironmentFiles, stored)
	require.LessOrEqual(t, stored, 10)
	require.Contains(t, a.made(), "aws:s3/bucketPolicy:BucketPolicy litellm-documents")
}

func TestPackedDocumentsAreTheSameForTheSameDocuments(t *testing.T) {
	t.Parallel()
	first := []ecs.Document{{Path: "/gateway/a", Content: []byte("1")}, {Path: "/gateway/b/c", Content: []byte("2")}}
	second := []ecs.Document{first[1], first[0]}
	x, err := ecs.Pack(first)
	require.NoError(t, err)
	require.NotContains(t, x, "=")
	y, err := ecs.Pack(second)
	require.NoError(t, err)
	require.Equal(t, x, y)
	_, err = ecs.Pack([]ecs.Document{{Path: "/etc/passwd"}})
	require.ErrorContains(t, err, "not below /gateway")
}
