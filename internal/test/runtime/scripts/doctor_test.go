//go:build runtime

package scripts_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// answers are what the stand-in for the AWS CLI says, by "service operation" or "service operation what is asked for": JSON in the shape of the API
// (botocore 1.44.8's service models), or, after "error ", what the CLI prints when AWS refuses.
type answers map[string]string

// healthy is an account that has all that the POC needs: the newest models enabled, a distribution, and AWS's default quotas.
func healthy() answers {
	found := answers{
		"sts get-caller-identity": `{"UserId": "AROA:ada", "Account": "111122223333", "Arn": "arn:aws:sts::111122223333:assumed-role/Admin/ada"}`,
		"ec2 describe-availability-zones": `{"AvailabilityZones": [
			{"State": "available", "OptInStatus": "opt-in-not-required", "RegionName": "us-west-1", "ZoneName": "us-west-1a", "ZoneId": "usw1-az3", "ZoneType": "availability-zone"},
			{"State": "available", "OptInStatus": "opt-in-not-required", "RegionName": "us-west-1", "ZoneName": "us-west-1b", "ZoneId": "usw1-az1", "ZoneType": "availability-zone"}]}`,
		"cloudfront list-distributions":                                         `{"DistributionList": {"Items": [{"Id": "E1"}]}}`,
		"ec2 describe-vpcs":                                                     `{"Vpcs": [{"VpcId": "vpc-1", "IsDefault": true}]}`,
		"ec2 describe-addresses":                                                `{"Addresses": []}`,
		"service-quotas get-service-quota L-F678F1CE":                           quotaAnswer("VPCs per Region", 5),
		"service-quotas get-service-quota L-0263D0A3":                           quotaAnswer("EC2-VPC Elastic IPs", 5),
		"service-quotas get-service-quota L-3032A538":                           quotaAnswer("Fargate On-Demand vCPU resource count", 6),
		"service-quotas get-service-quota L-36FBB829":                           quotaAnswer("Fargate Spot vCPU resource count", 6),
		"secretsmanager list-secrets":                                           `{"SecretList": []}`,
		"secretsmanager describe-secret":                                        "error An error occurred (ResourceNotFoundException) when calling the DescribeSecret operation: Secrets Manager can't find the specified secret.",
		"bedrock get-inference-profile":                                         profileAnswer("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
		"bedrock get-foundation-model":                                          modelAnswer("Claude", "ACTIVE"),
		"bedrock get-foundation-model-availability":                             availabilityAnswer("AVAILABLE"),
		"bedrock get-foundation-model anthropic.claude-opus-5":                  modelAnswer("Claude Opus 5", "ACTIVE"),
		"bedrock get-foundation-model anthropic.claude-sonnet-5":                modelAnswer("Claude Sonnet 5", "ACTIVE"),
		"bedrock get-foundation-model anthropic.claude-haiku-4-5-20251001-v1:0": modelAnswer("Claude Haiku 4.5", "ACTIVE"),
	}
	found["service-quotas list-service-quotas"] = quotaList(map[string]float64{
		"Cross-region model inference tokens per minute for Anthropic Claude Opus 5":                       2000000,
		"Cross-region model inference requests per minute for Anthropic Claude Opus 5":                     200,
		"Cross-region model inference tokens per minute for Anthropic Claude Sonnet 5":                     2000000,
		"Cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5":                    5000000,
		"Global cross-region model inference tokens per minute for Anthropic Claude Opus 5":                0,
		"On-demand model inference tokens per minute for Anthropic Claude Opus 5":                          0,
		"Cross-region model inference tokens per minute for Anthropic Claude Opus 5.5":                     0,
		"Model invocation max tokens per day for Anthropic Claude Opus 5 (doubled for cross-region calls)": 2880000000,
	})
	return found
}

func quotaAnswer(name string, value float64) string {
	return fmt.Sprintf(`{"Quota": {"QuotaName": %q, "Value": %g, "Adjustable": true}}`, name, value)
}

func quotaList(quotas map[string]float64) string {
	var list []string
	for name, value := range quotas {
		list = append(list, fmt.Sprintf(`{"ServiceCode": "bedrock", "QuotaName": %q, "Value": %f, "Adjustable": true}`, name, value))
	}
	return `{"Quotas": [` + strings.Join(list, ", ") + `]}`
}

func profileAnswer(regions ...string) string {
	var models []string
	for _, region := range regions {
		models = append(models, fmt.Sprintf(`{"modelArn": "arn:aws:bedrock:%s::foundation-model/m"}`, region))
	}
	return `{"inferenceProfileName": "p", "status": "ACTIVE", "type": "SYSTEM_DEFINED", "models": [` + strings.Join(models, ", ") + `]}`
}

func modelAnswer(name, state string) string {
	end := ""
	if state == "LEGACY" {
		end = `, "endOfLifeTime": "2027-03-01T00:00:00+00:00"`
	}
	return fmt.Sprintf(`{"modelDetails": {"modelName": %q, "inferenceTypesSupported": ["INFERENCE_PROFILE"], "modelLifecycle": {"status": %q%s}}}`, name, state, end)
}

func availabilityAnswer(status string) string {
	return fmt.Sprintf(`{"authorizationStatus": "AUTHORIZED", "agreementAvailability": {"status": %q}, "entitlementAvailability": "AVAILABLE", "regionAvailability": "AVAILABLE"}`, status)
}

// standInAWS answers from files and logs its calls. What an operation asks for is the value of the option that names it.
const standInAWS = `
here=$(dirname "$0")
printf '%s\n' "$*" >>"$here/aws.log"
if [ "$1" = --version ]; then echo "aws-cli/${AWS_VERSION:-2.36.7} Python/3.13"; exit 0; fi
name="$1 $2" what=""
while [ $# -gt 0 ]; do
  case $1 in --inference-profile-identifier | --model-identifier | --model-id | --quota-code | --secret-id | --vpc-ids) what=$2 ;; esac
  shift
done
file=$(printf '%s' "$name $what" | tr ' /' '__')
[ -f "$here/answers/$file" ] || file=$(printf '%s' "$name" | tr ' /' '__')
[ -f "$here/answers/$file" ] || { echo "unexpected: $name $what" >&2; exit 1; }
if grep -q '^error ' "$here/answers/$file"; then sed 's/^error /\n/' "$here/answers/$file" >&2; exit 254; fi
cat "$here/answers/$file"
`

// stackNeeds is what internal/doctor prints for a stack file of the repository, once for each.
var stackNeeds = struct {
	sync.Mutex
	of map[string][]byte
}{of: map[string][]byte{}}

func needs(t *testing.T, file string) map[string]any {
	t.Helper()
	stackNeeds.Lock()
	defer stackNeeds.Unlock()
	if stackNeeds.of[file] == nil {
		command := exec.Command("go", "run", "./internal/doctor", file)
		command.Dir = filepath.Join("..", "..", "..", "..")
		output, err := command.Output()
		require.NoError(t, err)
		stackNeeds.of[file] = output
	}
	var values map[string]any
	require.NoError(t, json.Unmarshal(stackNeeds.of[file], &values))
	return values
}

// doctor runs doctor.sh on an account; the calls of AWS come back too.
func doctor(t *testing.T, wanted map[string]any, account answers, environment ...string) (result, []string) {
	t.Helper()
	fakes := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(fakes, "answers"), 0o700))
	for name, text := range account {
		require.NoError(t, os.WriteFile(filepath.Join(fakes, "answers", strings.NewReplacer(" ", "_", "/", "_").Replace(name)), []byte(text), 0o600))
	}
	content, err := json.Marshal(wanted)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(fakes, "needs.json"), content, 0o600))
	fake(t, fakes, "aws", standInAWS)
	fake(t, fakes, "go", `[ "$*" = "run ./internal/doctor Pulumi.poc.yaml" ] && cat "$(dirname "$0")/needs.json"`+"\n")
	fake(t, fakes, "pulumi", `echo "${PULUMI_VERSION:-v3.250.0}"`+"\n")
	fake(t, fakes, "session-manager-plugin", "exit 0\n")
	got := run(t, fakes, environment, "doctor.sh")
	log, err := os.ReadFile(filepath.Join(fakes, "aws.log"))
	require.NoError(t, err)
	return got, strings.Split(strings.TrimSpace(string(log)), "\n")
}

var readOnly = regexp.MustCompile(`^(--version|\S+ (get|list|describe)-)`)

func TestDoctorFindsNothingToMendInAHealthyAccountAndOnlyReads(t *testing.T) {
	t.Parallel()
	got, calls := doctor(t, needs(t, "Pulumi.poc.yaml"), healthy())
	require.Zero(t, got.code, got.stdout+got.stderr)
	require.NotContains(t, got.stdout, "MEND")
	require.NotRegexp(t, `(?m)^(\?|look)`, got.stdout)
	require.Contains(t, got.stdout, "us.anthropic.claude-opus-5 in us-west-1: ACTIVE, enabled")
	require.Contains(t, got.stderr, "Nothing must be mended in account 111122223333")
	for _, call := range calls {
		require.Regexp(t, readOnly, call)
	}
}

// TestDoctorSaysWhatToMendAndHow spoils one answer, or one need, at a time.
func TestDoctorSaysWhatToMendAndHow(t *testing.T) {
	t.Parallel()
	const denied = "error An error occurred (AccessDeniedException) when calling the operation: User is not authorized to perform it"
	const missing = "error An error occurred (ResourceNotFoundException) when calling the operation: not found"
	secret := func(name, more string) answers {
		return answers{"secretsmanager list-secrets": `{"SecretList": [{"ARN": "arn:aws:secretsmanager:us-west-1:111122223333:secret:x", "Name": "` + name + `"` + more + `},
			{"ARN": "arn:aws:secretsmanager:us-west-1:111122223333:secret:y", "Name": "litellm-poc/something-else"}]}`}
	}
	for name, test := range map[string]struct {
		change  answers
		need    map[string]any
		env     []string
		file    string
		finding string // weight, check and text
		mend    string
		code    int
	}{
		"no credentials": {
			change:  answers{"sts get-caller-identity": "error Unable to locate credentials. You can configure credentials by running \"aws login\"."},
			finding: `MEND +account +AWS does not know who is asking: Unable to locate credentials`, mend: "aws configure", code: 1,
		},
		"another account": {
			need:    map[string]any{"allowedAccountIds": []string{"999988887777"}},
			finding: `MEND +account +account 111122223333 is not one of the stack's`, mend: "aws:allowedAccountIds", code: 1,
		},
		"a forbidden account": {
			need:    map[string]any{"forbiddenAccountIds": []string{"111122223333"}},
			finding: `MEND +account +account 111122223333 is not one of the stack's`, mend: "aws:allowedAccountIds", code: 1,
		},
		"a role of the right account": {
			need:    map[string]any{"allowedAccountIds": []string{"999988887777"}, "role": "arn:aws:iam::999988887777:role/deploy"},
			finding: `look +account +the stack takes on a role`, mend: "arn:aws:iam::999988887777:role/deploy",
		},
		"old pulumi": {env: []string{"PULUMI_VERSION=v3.99.0"}, finding: `MEND +programs +pulumi is 3.99.0`, mend: "pulumi 3.250.0 or later", code: 1},
		"old aws":    {env: []string{"AWS_VERSION=1.44.0"}, finding: `MEND +programs +aws is 1.44.0`, mend: "aws 2.0.0 or later", code: 1},
		"a region that is off": {
			change:  answers{"ec2 describe-availability-zones": "error An error occurred (OptInRequired) when calling the DescribeAvailabilityZones operation: You are not subscribed to this service."},
			finding: `MEND +zones +us-west-1 is not enabled`, mend: "AWS Regions", code: 1,
		},
		"one usable zone": {
			change:  answers{"ec2 describe-availability-zones": `{"AvailabilityZones": [{"State": "available", "ZoneId": "usw1-az1"}, {"State": "available", "ZoneId": "usw1-az2"}]}`},
			finding: `MEND +zones +us-west-1 has usw1-az1 usw1-az2 here, and VPC origins work in usw1-az1`, mend: "createVpc", code: 1,
		},
		"an unusable zone asked for": {
			need: map[string]any{"zoneIds": []string{"usw1-az1", "usw1-az2"}}, finding: `MEND +zones +zoneIds has usw1-az2`, mend: "usw1-az2 out of zoneIds", code: 1,
		},
		"no distribution yet": {
			change: answers{"cloudfront list-distributions": `{"DistributionList": {"Quantity": 0}}`}, finding: `look +cloudfront +no distribution yet`, mend: "AWS Support",
		},
		"a profile that does not exist": {
			change:  answers{"bedrock get-inference-profile us.anthropic.claude-opus-5": missing},
			finding: `MEND +bedrock +us.anthropic.claude-opus-5: no such inference profile in us-west-1`, mend: "list-inference-profiles --region us-west-1", code: 1,
		},
		"a destination that the policy lacks": {
			change:  answers{"bedrock get-inference-profile": profileAnswer("us-east-1", "us-west-1", "ca-central-1")},
			finding: `MEND +bedrock +us.anthropic.claude-opus-5 in us-west-1 sends requests to ca-central-1 too`, mend: "config/geography.go", code: 1,
		},
		"a Legacy model": {
			change:  answers{"bedrock get-foundation-model anthropic.claude-haiku-4-5-20251001-v1:0": modelAnswer("Claude Haiku 4.5", "LEGACY")},
			finding: `MEND +bedrock +us.anthropic.claude-haiku-4-5-20251001-v1:0 in us-west-1: anthropic.claude-haiku-4-5-20251001-v1:0 is Legacy, ends 2027-03-01`, mend: "ACTIVE", code: 1,
		},
		"a model that is not enabled": {
			change:  answers{"bedrock get-foundation-model-availability anthropic.claude-sonnet-5": availabilityAnswer("NOT_AVAILABLE")},
			finding: `MEND +bedrock +us.anthropic.claude-sonnet-5 in us-west-1: not enabled`, mend: "scripts/enable-models.sh --stack poc", code: 1,
		},
		"a model that needs a profile": {
			need:    map[string]any{"models": []map[string]any{{"id": "anthropic.claude-opus-5", "model": "anthropic.claude-opus-5", "region": "us-west-2", "profile": false}}},
			finding: `MEND +bedrock +anthropic.claude-opus-5 in us-west-2 cannot be called by itself`, mend: "inference profile only", code: 1,
		},
		"a quota of nothing": {
			change: answers{"service-quotas list-service-quotas": quotaList(map[string]float64{
				"Model invocation max tokens per day for Anthropic Claude Opus 5 (doubled for cross-region calls)": 0,
				"Cross-region model inference tokens per minute for Anthropic Claude Opus 5":                       200000,
			})},
			finding: `MEND +bedrock +us.anthropic.claude-opus-5 in us-west-1: Model invocation max tokens per day for Anthropic Claude Opus 5.*: 0`, mend: "AWS Support", code: 1,
		},
		"a small quota": {
			change:  answers{"service-quotas list-service-quotas": quotaList(map[string]float64{"Cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5 V1": 8000})},
			finding: `look +bedrock +us.anthropic.claude-haiku-4-5-20251001-v1:0 in us-west-1: .*Haiku 4.5 V1: 8000`, mend: "Service Quotas",
		},
		"no VPC left": {
			change:  answers{"service-quotas get-service-quota L-F678F1CE": quotaAnswer("VPCs per Region", 1)},
			finding: `MEND +network +VPCs: 1 needed, 1 in use, quota 1`, mend: "request-service-quota-increase --region us-west-1 --service-code vpc --quota-code L-F678F1CE --desired-value 2", code: 1,
		},
		"no address left": {
			change:  answers{"ec2 describe-addresses": `{"Addresses": [{}, {}, {}, {}, {}]}`},
			finding: `MEND +network +Elastic IPs: 1 needed, 5 in use, quota 5`, mend: "--quota-code L-0263D0A3 --desired-value 6", code: 1,
		},
		"an existing VPC that is elsewhere": {
			need: map[string]any{"vpcId": "vpc-9"}, change: answers{"ec2 describe-vpcs vpc-9": "error An error occurred (InvalidVpcID.NotFound) when calling the DescribeVpcs operation: The vpc ID 'vpc-9' does not exist"},
			finding: `MEND +network +vpc-9 is not in us-west-1`, mend: "vpcId", code: 1,
		},
		"production on Fargate's default quota": {
			file: "Pulumi.prod.example.yaml", finding: `MEND +fargate +vCPUs of Fargate: 8.75 needed, 0 in use, quota 6`, mend: "--service-code fargate --quota-code L-3032A538 --desired-value 9", code: 1,
		},
		"a quota without a value of its own": {
			change: answers{
				"service-quotas get-service-quota L-3032A538":             "error An error occurred (NoSuchResourceException) when calling the GetServiceQuota operation:",
				"service-quotas get-aws-default-service-quota L-3032A538": quotaAnswer("Fargate On-Demand vCPU resource count", 2),
			},
			finding: `MEND +fargate +vCPUs of Fargate: 3 needed, 0 in use, quota 2`, mend: "L-3032A538", code: 1,
		},
		"a secret of the first description": {
			change:  secret("litellm-poc/master-key", ""),
			finding: `MEND +secrets +litellm-poc/master-key exists already`, mend: "pulumi config set --path secrets.masterKey litellm-poc/master-key", code: 1,
		},
		"a secret that is scheduled for deletion": {
			change:  secret("kong-llm-gateway/grafana-admin-password", `, "DeletedDate": "2026-11-20T10:00:00+00:00"`),
			finding: `MEND +secrets +kong-llm-gateway/grafana-admin-password is scheduled for deletion`, mend: "restore-secret --secret-id kong-llm-gateway/grafana-admin-password", code: 1,
		},
		"a secret of the stack itself": {
			change:  secret("litellm-poc/master-key", `, "Tags": [{"Key": "ManagedBy", "Value": "pulumi"}, {"Key": "Project", "Value": "kong-llm-gateway"}, {"Key": "Stack", "Value": "poc"}]`),
			finding: `ok +secrets +the names of the secrets are free, or this stack's own`,
		},
		"a secret that is to be taken and is not there": {
			need: map[string]any{"existingSecrets": []string{"given/key"}}, finding: `MEND +secrets +given/key does not exist`, mend: "secrets.*", code: 1,
		},
		"a missing permission": {
			change:  answers{"cloudfront list-distributions": denied, "secretsmanager list-secrets": denied, "service-quotas list-service-quotas": denied, "bedrock get-foundation-model": denied},
			finding: `\? +cloudfront +whether CloudFront may be used`, mend: "Missing permission: cloudfront:ListDistributions",
		},
		"a missing permission for Bedrock": {
			change: answers{"bedrock get-inference-profile": denied}, finding: `\? +bedrock +us.anthropic.claude-opus-5 in us-west-1: not all could be asked`, mend: "bedrock:GetInferenceProfile",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := healthy()
			for key, text := range test.change {
				account[key] = text
			}
			if test.file == "" {
				test.file = "Pulumi.poc.yaml"
			}
			wanted := needs(t, test.file)
			for key, value := range test.need {
				wanted[key] = value
			}
			got, _ := doctor(t, wanted, account, test.env...)
			require.Equal(t, test.code, got.code, got.stdout+got.stderr)
			require.Regexp(t, `(?m)^`+test.finding, got.stdout)
			if test.mend != "" {
				require.Regexp(t, `(?m)^`+test.finding+`.*\n +-> .*`+regexp.QuoteMeta(test.mend), got.stdout)
			}
		})
	}
}
