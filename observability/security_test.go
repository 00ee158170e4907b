package observability

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

// Properties that a golden file written anew without being read would lose.

// deploy makes the whole of it with default settings.
func deploy(t *testing.T) *pulumitest.Recorder {
	t.Helper()
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", nil)
	require.NoError(t, err)
	r := &pulumitest.Recorder{}
	require.NoError(t, r.Run("poc", func(ctx *pulumi.Context) error {
		vpc, subnets := pulumi.String("vpc-1"), pulumi.ToStringArray([]string{"subnet-1", "subnet-2"})
		usEast1, err := aws.NewProvider(ctx, "aws-us-east-1", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		made := secrets.Maker{Names: settings.Names}
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
			Targets: []ecs.Target{litellm.Target, langfuse.Target, GrafanaTarget},
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
		proxy, err := litellm.New(ctx, "litellm", &litellm.Args{
			Cluster: cluster, Database: database, Langfuse: traces, Settings: settings.LiteLLM, Region: settings.Region, Secrets: made,
		})
		if err != nil {
			return err
		}
		_, err = New(ctx, "observability", &Args{
			Names: settings.Names, Region: settings.Region, Account: pulumitest.Account, Secrets: made,
			VpcID: vpc, SubnetIDs: subnets.ToStringArrayOutput(), Subnets: 2, Database: database, DatabaseSettings: settings.Database,
			Grafana: settings.Grafana, VictoriaMetrics: settings.VictoriaMetrics, Alarms: settings.Alarms, Budget: settings.Budget,
			Cluster: cluster, LiteLLM: proxy, Langfuse: traces, UsEast1: usEast1,
			GrafanaURL: pulumi.String("https://llm.example.com/grafana/").ToStringOutput(),
		})
		return err
	}))
	return r
}

// container is one container of a service's task.
type container struct {
	Name        string
	Environment []struct{ Name, Value string }
	HealthCheck struct{ Command []string }
}

func (c container) variable(name string) string {
	for _, one := range c.Environment {
		if one.Name == name {
			return one.Value
		}
	}
	return ""
}

func containers(t *testing.T, r *pulumitest.Recorder, service string) map[string]container {
	t.Helper()
	var list []container
	definition := r.One(t, "aws:ecs/taskDefinition:TaskDefinition", service)
	require.NoError(t, json.Unmarshal([]byte(definition.Text(t, "containerDefinitions")), &list))
	byName := map[string]container{}
	for _, one := range list {
		byName[one.Name] = one
	}
	return byName
}

func TestNobodyEntersGrafanaWithoutAPassword(t *testing.T) {
	t.Parallel()
	grafana := containers(t, deploy(t), "grafana")["grafana"]
	for variable, want := range map[string]string{
		"GF_AUTH_ANONYMOUS_ENABLED": "false", "GF_USERS_ALLOW_SIGN_UP": "false", "GF_SECURITY_COOKIE_SECURE": "true",
		"GF_SNAPSHOTS_EXTERNAL_ENABLED": "false", "GF_DATABASE_SSL_MODE": "verify-full",
	} {
		require.Equal(t, want, grafana.variable(variable), variable)
	}
	require.Equal(t, "verify-full", containers(t, deploy(t), "grafana")["init"].variable("PGSSLMODE"))
}

func TestTheMetricsFilesAreEncryptedAndMountedByTheirServiceOnly(t *testing.T) {
	t.Parallel()
	r := deploy(t)
	files := r.Only(t, "aws:efs/fileSystem:FileSystem")
	require.Equal(t, true, files.Map()["encrypted"])
	var rules []string
	for _, rule := range r.Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
		if rule.Text(t, "securityGroupId") == "ec2.SecurityGroup(observability-metrics).id" {
			rules = append(rules, rule.Text(t, "referencedSecurityGroupId"))
		}
	}
	require.Equal(t, []string{"ec2.SecurityGroup(victoriametrics).id"}, rules)
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"MountOwnFiles","Effect":"Allow",
		"Action":["elasticfilesystem:ClientMount","elasticfilesystem:ClientWrite"],"Resource":["efs.FileSystem(observability-metrics).arn"],
		"Condition":{"StringEquals":{"elasticfilesystem:AccessPointArn":"efs.AccessPoint(observability-metrics).arn"}}}]}`,
		r.One(t, "aws:iam/rolePolicy:RolePolicy", "victoriametrics-files").Text(t, "policy"))
}

func TestVictoriaMetricsWaitsForItsFilesAndIsNeverTwo(t *testing.T) {
	t.Parallel()
	r := deploy(t)
	service := r.One(t, "aws:ecs/service:Service", "victoriametrics")
	targets := r.Of("aws:efs/mountTarget:MountTarget")
	require.Len(t, targets, 2)
	for _, target := range targets {
		require.Contains(t, service.DependsOn, target.Key())
	}
	require.EqualValues(t, 0, service.Map()["deploymentMinimumHealthyPercent"])
	require.EqualValues(t, 100, service.Map()["deploymentMaximumPercent"])
	require.Equal(t, "DISABLED", service.Map()["availabilityZoneRebalancing"])
}

func TestOnlyThisAccountsServicesPublishToTheTopics(t *testing.T) {
	t.Parallel()
	policies := deploy(t).Of("aws:sns/topicPolicy:TopicPolicy")
	require.Len(t, policies, 2)
	for _, policy := range policies {
		var document struct {
			Statement []struct {
				Effect    string
				Principal map[string]any
				Action    []string
				Condition map[string]map[string]string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(policy.Text(t, "policy")), &document))
		require.Len(t, document.Statement, 2)
		for _, statement := range document.Statement {
			require.Equal(t, "Allow", statement.Effect)
			require.Contains(t, []any{"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}, statement.Principal["Service"])
			require.Equal(t, []string{"sns:Publish"}, statement.Action)
			require.Equal(t, map[string]map[string]string{"StringEquals": {"aws:SourceAccount": pulumitest.Account}}, statement.Condition)
		}
	}
}

func TestPushedImagesAreScannedAndNeverOverwritten(t *testing.T) {
	t.Parallel()
	repository := deploy(t).Only(t, "aws:ecr/repository:Repository").Map()
	require.Equal(t, map[string]any{"scanOnPush": true}, repository["imageScanningConfiguration"])
	require.Equal(t, "IMMUTABLE", repository["imageTagMutability"])
}

// TestGrafanaAnswersWhereTheLoadBalancerAsks: a target group that asks elsewhere never finds a healthy task.
func TestGrafanaAnswersWhereTheLoadBalancerAsks(t *testing.T) {
	t.Parallel()
	r := deploy(t)
	group := r.One(t, "aws:lb/targetGroup:TargetGroup", "cluster-grafana").Map()
	check, ok := group["healthCheck"].(map[string]any)
	require.True(t, ok)
	grafana := containers(t, r, "grafana")["grafana"]
	require.Contains(t, grafana.HealthCheck.Command, fmt.Sprintf("http://127.0.0.1:%v%v", group["port"], check["path"]))
	require.Equal(t, fmt.Sprint(group["port"]), grafana.variable("GF_SERVER_HTTP_PORT"))
}
