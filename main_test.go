package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/internal/cost"
	"kong-llm-gateway/internal/problems"
	"kong-llm-gateway/internal/pulumitest"
)

// deploy runs the program on the recorder.
func deploy(settings *config.Settings) (*pulumitest.Recorder, error) {
	r := &pulumitest.Recorder{}
	return r, r.Run(settings.Stack, func(ctx *pulumi.Context) error { return gateway(ctx, settings) })
}

// nameLimits is what AWS allows a physical name: the property that holds it, its length and its letters.
var nameLimits = map[string]struct {
	property string
	most     int
	letters  string
}{
	"aws:lb/loadBalancer:LoadBalancer":                             {"name", 32, `^[A-Za-z0-9-]+$`},
	"aws:lb/targetGroup:TargetGroup":                               {"name", 32, `^[A-Za-z0-9-]+$`},
	"aws:iam/role:Role":                                            {"name", 64, `^[\w+=,.@-]+$`},
	"aws:iam/instanceProfile:InstanceProfile":                      {"name", 128, `^[\w+=,.@-]+$`},
	"aws:rds/instance:Instance":                                    {"identifier", 63, `^[a-z](-?[a-z0-9])*$`},
	"aws:rds/subnetGroup:SubnetGroup":                              {"name", 255, `^[a-z0-9 ._-]+$`},
	"aws:ecs/cluster:Cluster":                                      {"name", 255, `^[A-Za-z0-9_-]+$`},
	"aws:ecs/taskDefinition:TaskDefinition":                        {"family", 255, `^[A-Za-z0-9_-]+$`},
	"aws:ec2/securityGroup:SecurityGroup":                          {"name", 255, `^[A-Za-z0-9 ._:/()#,@+=;{}!$*\[\]-]+$`},
	"aws:secretsmanager/secret:Secret":                             {"name", 512, `^[A-Za-z0-9/_+=.@-]+$`},
	"aws:sns/topic:Topic":                                          {"name", 256, `^[A-Za-z0-9_-]+$`},
	"aws:s3/bucketV2:BucketV2":                                     {"bucket", 63, `^[a-z0-9][a-z0-9.-]+[a-z0-9]$`},
	"aws:cloudwatch/metricAlarm:MetricAlarm":                       {"name", 255, `^.+$`},
	"aws:cloudwatch/logGroup:LogGroup":                             {"name", 512, `^[\w./#-]+$`},
	"aws:cloudwatch/logDeliverySource:LogDeliverySource":           {"name", 60, `^[\w-]+$`},
	"aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": {"name", 60, `^[\w-]+$`},
	"aws:ecr/repository:Repository":                                {"name", 256, `^[a-z0-9._/-]+$`},
	"aws:cloudfront/function:Function":                             {"name", 64, `^[A-Za-z0-9_-]+$`},
	"aws:wafv2/webAcl:WebAcl":                                      {"name", 128, `^[\w-]+$`},
	"aws:budgets/budget:Budget":                                    {"name", 100, `^[^:\\]+$`},
	"aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy":   {"name", 128, `^[A-Za-z0-9_-]+$`},
}

// check holds what was registered against AWS's limits: no resource twice, every name allowed and given once.
func check(t *testing.T, r *pulumitest.Recorder, what string) {
	t.Helper()
	seen, names := map[string]bool{}, map[string]bool{}
	for _, made := range r.Resources() {
		key := made.Key()
		require.False(t, seen[key], "%s is registered twice\n%s", key, what)
		seen[key] = true
		limit, limited := nameLimits[made.Type]
		if !limited || !made.Inputs[resource.PropertyKey(limit.property)].IsString() {
			continue
		}
		name := made.Inputs[resource.PropertyKey(limit.property)].StringValue()
		require.LessOrEqual(t, len(name), limit.most, "%s %q\n%s", made.Type, name, what)
		require.Regexp(t, regexp.MustCompile(limit.letters), name, "%s\n%s", made.Type, what)
		// A topic of us-east-1 may have the name of one in the region; both carry different logical names and regions.
		require.False(t, names[made.Type+name], "%s %q is given twice\n%s", made.Type, name, what)
		names[made.Type+name] = true
	}
}

// groupText is what EC2 takes as the description of a security group or of a rule (Amazon EC2 API Reference, CreateSecurityGroup and IpRange).
var groupText = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

// checkGroupTexts holds the texts of security groups and their rules against what EC2 takes, and counts them.
func checkGroupTexts(t *testing.T, r *pulumitest.Recorder, what string) int {
	t.Helper()
	texts := 0
	for _, made := range r.Resources() {
		switch made.Type {
		case "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
			text := made.Inputs["description"].StringValue()
			require.Regexp(t, groupText, text, "%s\n%s", made.Key(), what)
			texts++
		}
	}
	return texts
}

// checkCounts holds what the estimate counts against what was registered.
func checkCounts(t *testing.T, r *pulumitest.Recorder, settings *config.Settings, what string) {
	t.Helper()
	registered, metrics := map[string]int{}, 0
	for _, made := range r.Resources() {
		registered[made.Type]++
		switch made.Type {
		case "aws:cloudwatch/metricAlarm:MetricAlarm":
			if made.Inputs["metricName"].IsString() {
				metrics++
				continue
			}
			for _, query := range made.Inputs["metricQueries"].ArrayValue() {
				if query.ObjectValue()["metric"].IsObject() {
					metrics++
				}
			}
		case "aws:wafv2/webAcl:WebAcl":
			require.Len(t, made.Inputs["rules"].ArrayValue(), cost.WebACLRules, what)
		}
	}
	require.Equal(t, cost.AlarmMetrics(settings), metrics, "metrics that alarms watch\n%s", what)
	var made, known []string
	for _, secret := range r.Of("aws:secretsmanager/secret:Secret") {
		made = append(made, secret.Text(t, "name"))
	}
	for _, secret := range settings.GeneratedSecrets() {
		known = append(known, secret.Name)
	}
	require.ElementsMatch(t, known, made, "secrets\n%s", what)
	require.Equal(t, cost.PublicAddresses(settings), registered["aws:ec2/eip:Eip"], "public addresses\n%s", what)
	for kind, count := range map[string]int{
		"aws:lb/loadBalancer:LoadBalancer": 1, "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": 1, "aws:efs/fileSystem:FileSystem": 1,
		"aws:rds/instance:Instance": 1, "aws:ec2/instance:Instance": btoi(settings.Network.CreateVpc && settings.Network.NAT == config.NATInstance),
		"aws:wafv2/webAcl:WebAcl": btoi(settings.WAF.Enabled),
	} {
		require.Equal(t, count, registered[kind], "%s\n%s", kind, what)
	}
}

func btoi(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestRandomValidSettingsDeploy runs the whole program with 500 random settings. The seed is fixed: a failure names its settings.
func TestRandomValidSettingsDeploy(t *testing.T) {
	t.Parallel()
	const runs, lanes = 500, 4
	for lane := range lanes {
		t.Run(fmt.Sprintf("seed %d", lane), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(20261123, uint64(lane)))
			for range runs / lanes {
				stack, values := configtest.Valid(random)
				what := fmt.Sprintf("stack %s: %v", stack, values)
				settings, err := config.ParseStack("kong-llm-gateway", stack, map[string]string{"region": configtest.Region}, values, problems.Of)
				require.NoError(t, err, what)
				r, err := deploy(settings)
				require.NoError(t, err, what)
				check(t, r, what)
				checkCounts(t, r, settings, what)
				checkGroupTexts(t, r, what)
			}
		})
	}
}

func TestSecurityGroupTextsHaveOnlyWhatEC2Takes(t *testing.T) {
	t.Parallel()
	settings := config.Defaults()
	settings.Project, settings.Stack, settings.Region = "kong-llm-gateway", "poc", "us-west-1"
	r, err := deploy(settings)
	require.NoError(t, err)
	require.Greater(t, checkGroupTexts(t, r, "the default settings"), 30)
}

// TestRandomInvalidSettingsAreRefusedBeforeAnythingIsRegistered runs the whole program, its reading of the configuration included.
func TestRandomInvalidSettingsAreRefusedBeforeAnythingIsRegistered(t *testing.T) { //nolint:paralleltest // the settings come through the environment
	random := rand.New(rand.NewPCG(20261123, 99))
	for range 500 {
		_, values := configtest.Valid(random)
		given, err := values.Config()
		require.NoError(t, err)
		broken := map[string]string{}
		for range 1 + random.IntN(3) {
			key, value := configtest.Broken(random)
			broken[key] = value
			configtest.Put(given, key, value)
		}
		t.Setenv(pulumi.EnvConfig, engineConfig(t, given))
		r := &pulumitest.Recorder{}
		err = r.Run("poc", program)
		require.Error(t, err, "%v", broken)
		require.Empty(t, r.Resources(), "%v", broken)
		for key := range broken {
			require.Regexp(t, `\n  `+key+`(\[\d+\](\.\w+)?|\..*)? = `, err.Error(), "%v", broken)
		}
	}
}

// TestBothProvidersWorkInTheStacksAccount: explicit providers do not read the stack file, so each is given what it says of the account.
func TestBothProvidersWorkInTheStacksAccount(t *testing.T) {
	t.Parallel()
	settings, err := config.ParseStack("kong-llm-gateway", "poc", map[string]string{
		"region": "us-west-1", "profile": "gateway", "allowedAccountIds": `["999988887777"]`, "assumeRole": `{"roleArn":"arn:aws:iam::999988887777:role/deploy","duration":"1h"}`,
	}, nil, problems.Of)
	require.NoError(t, err)
	r, err := deploy(settings)
	require.NoError(t, err)
	providers := r.Of("pulumi:providers:aws")
	require.Len(t, providers, 2)
	for _, provider := range providers {
		require.Equal(t, "gateway", provider.Text(t, "profile"), provider.Name)
		require.Equal(t, []any{"999988887777"}, provider.Map()["allowedAccountIds"], provider.Name)
		require.Equal(t, map[string]any{"roleArn": "arn:aws:iam::999988887777:role/deploy", "duration": "1h"}, provider.Map()["assumeRole"], provider.Name)
	}
}

// TestAMirroredGrafanaKeepsItsDashboardsAndIsPulledFromItsRegion: an image in ECR is one of scripts/grafana-image.sh only in the stack's own repository.
func TestAMirroredGrafanaKeepsItsDashboardsAndIsPulledFromItsRegion(t *testing.T) {
	t.Parallel()
	for image, test := range map[string]struct {
		provisioning, arn string
		cache             bool
	}{
		"444455556666.dkr.ecr.us-east-1.amazonaws.com/mirror/grafana:12.4.10": {
			"/gateway/grafana/provisioning", "arn:aws:ecr:us-east-1:444455556666:repository/mirror/grafana", true,
		},
		"123456789012.dkr-ecr.us-west-1.on.aws/grafana-llm-gateway:0a1b": {
			"/etc/grafana/provisioning", "arn:aws:ecr:us-west-1:123456789012:repository/grafana-llm-gateway", false,
		},
	} {
		settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", map[string]string{"grafana.image": image})
		require.NoError(t, err)
		r, err := deploy(settings)
		require.NoError(t, err)
		seen := 0
		for _, made := range r.Resources() {
			switch made.Key() {
			case "aws:ecs/taskDefinition:TaskDefinition grafana":
				seen++
				require.Contains(t, made.Text(t, "containerDefinitions"), `"GF_PATHS_PROVISIONING","value":"`+test.provisioning+`"`, image)
			case "aws:iam/rolePolicy:RolePolicy grafana-execution":
				seen++
				policy := made.Text(t, "policy")
				require.Contains(t, policy, `"`+test.arn+`"`, image)
				require.Equal(t, test.cache, strings.Contains(policy, "ecr:BatchImportUpstreamImage"), image)
				require.Equal(t, test.cache, strings.Contains(policy, "ecr:CreateRepository"), image)
			}
		}
		require.Equal(t, 2, seen)
	}
}

// TestTagsThatStoredDocumentsCannotHaveAreRefusedWithTheOtherSettings: with many models LiteLLM's document goes to S3, whose objects may have ten tags.
func TestTagsThatStoredDocumentsCannotHaveAreRefusedWithTheOtherSettings(t *testing.T) {
	tags := map[string]string{}
	for i := range 8 {
		tags[fmt.Sprintf("Tag%d", i)] = "x"
	}
	given := map[string]any{"aws:region": "us-west-1", "kong-llm-gateway:nat": "none"}
	configtest.Put(given, "tags", tags)
	configtest.Put(given, "models", configtest.Models(900, 43))
	t.Setenv(pulumi.EnvConfig, engineConfig(t, given))
	r := &pulumitest.Recorder{}
	err := r.Run("poc", program)
	require.Empty(t, r.Resources())
	require.ErrorContains(t, err, "2 settings need your attention")
	require.ErrorContains(t, err, "tags = 8 tags: at most 7 with this many models")
	require.ErrorContains(t, err, "nat = none")
}

// engineConfig is a stack file's settings as the engine hands them to a program: one text per key.
func engineConfig(t *testing.T, file map[string]any) string {
	t.Helper()
	texts := map[string]string{}
	for key, value := range file {
		text, isText := value.(string)
		if !isText {
			content, err := json.Marshal(value)
			require.NoError(t, err)
			text = string(content)
		}
		texts[key] = text
	}
	content, err := json.Marshal(texts)
	require.NoError(t, err)
	return string(content)
}

func TestEveryOutputIsThereAndNoneIsASecret(t *testing.T) {
	t.Parallel()
	settings := config.Defaults()
	settings.Project, settings.Stack, settings.Region = "kong-llm-gateway", "poc", "us-west-1"
	var exported map[string]pulumi.Input
	r := &pulumitest.Recorder{}
	err := r.Run(settings.Stack, func(ctx *pulumi.Context) error {
		err := gateway(ctx, settings)
		exported = ctx.GetCurrentExportMap()
		return err
	})
	require.NoError(t, err)
	for _, name := range []string{
		"cloudfront_domain", "gateway_url", "alb_dns_name", "grafana_url", "langfuse_url", "ecs_cluster_name", "region", "master_key_secret",
		"grafana_admin_password_secret", "langfuse_admin_password_secret", "tunnel_command", "tunnel_target", "claude_code_env", "models", "bedrock_models", "estimated_monthly_cost",
	} {
		require.Contains(t, exported, name)
		if output, isOutput := exported[name].(pulumi.Output); isOutput {
			require.False(t, pulumi.IsSecret(output), name)
		}
	}
}

// BenchmarkModels says how time and memory grow with the number of models: parse, render, and the whole program on mocks.
func BenchmarkModels(b *testing.B) {
	for _, count := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			text, err := json.Marshal(configtest.Models(count, 24))
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", map[string]string{"models": string(text)})
				require.NoError(b, err)
				_, err = deploy(settings)
				require.NoError(b, err)
			}
		})
	}
}
