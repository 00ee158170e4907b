package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// parse reads settings of stack poc in us-west-1.
func parse(values map[string]string) (*Settings, error) {
	return Parse(project, "poc", "us-west-1", values)
}

const existingSubnets = `["subnet-0123456789abcdef0","subnet-0123456789abcdef1"]`

// TestBadSettingIsRefusedByName holds each setting against a value it must not have: the message names the key, the value and what is allowed.
func TestBadSettingIsRefusedByName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		values  map[string]string
		key     string // "key = value" of the message
		allowed string
	}{
		{"unknown key", map[string]string{"databse.class": "x"}, "databse.class = x", "did you mean database.class?"},
		{"group given a value", map[string]string{"database": "big"}, "database = big", "group of settings"},
		{"number that is none", map[string]string{"litellm.cpu": "one"}, "litellm.cpu = one", "a whole number"},
		{"number with a fraction", map[string]string{"litellm.memory": "2048.5"}, "litellm.memory = 2048.5", "a whole number"},
		{"boolean that is none", map[string]string{"createVpc": "yes"}, "createVpc = yes", "true or false"},
		{"list that is none", map[string]string{"zoneIds": "usw1-az1"}, "zoneIds = usw1-az1", "a list of texts"},
		{"map that is none", map[string]string{"tags": "[]"}, "tags = []", "a map of text to text"},
		{"model with an unknown field", map[string]string{"models": `[{"nam":"a"}]`}, `models[0].nam = "a"`, "no such field; there are name, bedrock"},
		{"log retention CloudWatch has not", map[string]string{"logs.retentionDays": "15"}, "logs.retentionDays = 15", "one of 1, 3, 5, 7, 14"},
		{"tunnel through a name", map[string]string{"tunnel.instanceId": "bastion"}, "tunnel.instanceId = bastion", "i-…"},
		{"reserved tag", map[string]string{"tags": `{"Project":"x"}`}, "tags.Project = x", "other than Project"},
		{"tag of AWS", map[string]string{"tags": `{"aws:x":"y"}`}, "tags.aws:x = y", "not starting with aws:"},
		{"tag with a newline", map[string]string{"tags": `{"a":"b;c"}`}, "tags.a = b;c", "letters, digits"},
		{"range with host bits", map[string]string{"vpcCidr": "10.10.0.1/16"}, "vpcCidr = 10.10.0.1/16", "without host bits"},
		{"range too large", map[string]string{"vpcCidr": "10.0.0.0/8"}, "vpcCidr = 10.0.0.0/8", "/16 to /24"},
		{"range too small", map[string]string{"vpcCidr": "10.0.0.0/26"}, "vpcCidr = 10.0.0.0/26", "/16 to /24"},
		{"public range", map[string]string{"vpcCidr": "8.8.0.0/16"}, "vpcCidr = 8.8.0.0/16", "private IPv4"},
		{"no range", map[string]string{"vpcCidr": "ten"}, "vpcCidr = ten", "private IPv4"},
		{"IPv6 range", map[string]string{"vpcCidr": "fd00::/16"}, "vpcCidr = fd00::/16", "private IPv4"},
		{"unknown NAT", map[string]string{"nat": "none"}, "nat = none", "instance, gateway or gateway-per-zone"},
		{"NAT on x86", map[string]string{"natInstance.type": "t3.nano"}, "natInstance.type = t3.nano", "ARM"},
		{"NAT image by name", map[string]string{"natInstance.ami": "fck-nat"}, "natInstance.ami = fck-nat", "ami-…"},
		{"one zone", map[string]string{"zoneIds": `["usw1-az1"]`}, "zoneIds = [usw1-az1]", "two different zone ids"},
		{"the same zone twice", map[string]string{"zoneIds": `["usw1-az1","usw1-az1"]`}, "zoneIds", "two different zone ids"},
		{"zones of another region", map[string]string{"zoneIds": `["usw2-az1","usw2-az2"]`}, "zoneIds = usw2-az1", "usw1-az1"},
		{"zone names", map[string]string{"zoneIds": `["us-west-1a","us-west-1b"]`}, "zoneIds = us-west-1a", "usw1-az1"},
		{"VPC while making one", map[string]string{"vpcId": "vpc-0123456789abcdef0"}, "vpcId = vpc-0123456789abcdef0", "createVpc"},
		{"subnets while making a VPC", map[string]string{"privateSubnetIds": existingSubnets}, "privateSubnetIds", "empty while createVpc is true"},
		{"existing VPC without id", map[string]string{"createVpc": "false", "privateSubnetIds": existingSubnets}, `vpcId = ""`, "vpc-…"},
		{"existing VPC without subnets", map[string]string{"createVpc": "false", "vpcId": "vpc-0123456789abcdef0"}, "privateSubnetIds = []", "two or more"},
		{
			"existing VPC with one subnet twice",
			map[string]string{"createVpc": "false", "vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": `["subnet-0123456789abcdef0","subnet-0123456789abcdef0"]`},
			"privateSubnetIds", "different subnets",
		},
		{
			"existing VPC with zones",
			map[string]string{"createVpc": "false", "vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": existingSubnets, "zoneIds": `["usw1-az1","usw1-az3"]`},
			"zoneIds", "the subnets decide",
		},
		{
			"NAT instance while using an existing VPC",
			map[string]string{"createVpc": "false", "vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": existingSubnets, "natInstance.type": "t4g.small"},
			"natInstance.type = t4g.small", "existing VPC decides",
		},
		{
			"subnet that is public and private",
			map[string]string{"createVpc": "false", "vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": existingSubnets, "publicSubnetIds": `["subnet-0123456789abcdef1"]`},
			"publicSubnetIds", "none of privateSubnetIds",
		},
		{"subnet that is none", map[string]string{"publicSubnetIds": `["net-1"]`}, "publicSubnetIds = net-1", "subnet-…"},
		{"unknown database class", map[string]string{"database.class": "db.huge"}, "database.class = db.huge", "db.t4g.micro"},
		{"little storage", map[string]string{"database.storageGb": "5"}, "database.storageGb = 5", "20 to 65536"},
		{"ceiling below the storage", map[string]string{"database.maxStorageGb": "21"}, "database.maxStorageGb = 21", "a tenth more"},
		{"old PostgreSQL", map[string]string{"database.version": "12"}, "database.version = 12", "14 to 18"},
		{"a pinned minor", map[string]string{"database.version": "17.6"}, "database.version = 17.6", `a stack that has a minor sets database.version to "17", in quotes`},
		{"17.10 without quotes", map[string]string{"database.version": "17.1"}, "database.version = 17.1", "a major version alone"},
		{"a minor that never was", map[string]string{"database.version": "16.99"}, "database.version = 16.99", `"16"`},
		{"backups for ever", map[string]string{"database.backupDays": "36"}, "database.backupDays = 36", "35"},
		{"CPU Fargate has not", map[string]string{"grafana.cpu": "300"}, "grafana.cpu = 300", "256, 512, 1024"},
		{"memory that does not go with the CPU", map[string]string{"litellm.memory": "1024"}, "litellm.memory = 1024", "2048 to 8192"},
		{"memory between two steps", map[string]string{"langfuse.memory": "1500"}, "langfuse.memory = 1500", "steps of 1024"},
		{"image without a tag", map[string]string{"grafana.image": "docker.io/grafana/grafana"}, "grafana.image = docker.io/grafana/grafana", "release tag"},
		{"image with half a digest", map[string]string{"grafana.image": "grafana/grafana:12.4.10@sha256:0a"}, "grafana.image = grafana/grafana:12.4.10@sha256:0a", "name:tag@sha256:…"},
		{
			"LiteLLM with known holes and a digest",
			map[string]string{"litellm.image": "ghcr.io/berriai/litellm:v1.80.0@sha256:" + strings.Repeat("0f", 32)},
			"litellm.image = ghcr.io/berriai/litellm:v1.80.0@sha256", "1.86.2 or later",
		},
		{
			"Langfuse 3 with a digest",
			map[string]string{"langfuse.image": "ghcr.io/langfuse/langfuse:3@sha256:" + strings.Repeat("0f", 32)},
			"langfuse.image", "major 2",
		},
		{"latest image", map[string]string{"grafana.image": "grafana/grafana:latest"}, "grafana.image = grafana/grafana:latest", "not latest"},
		{"LiteLLM with known holes", map[string]string{"litellm.image": "ghcr.io/berriai/litellm:v1.80.0"}, "litellm.image = ghcr.io/berriai/litellm:v1.80.0", "1.86.2 or later"},
		{"LiteLLM that does not start", map[string]string{"litellm.image": "ghcr.io/berriai/litellm:1.95.0"}, "litellm.image", "other than 1.95.0"},
		{"LiteLLM that moves", map[string]string{"litellm.image": "ghcr.io/berriai/litellm:main-stable"}, "litellm.image", "other tags move"},
		{"LiteLLM nobody looked at", map[string]string{"litellm.image": "ghcr.io/berriai/litellm:9.0.0"}, "litellm.image", "at most 1.102"},
		{"text after a list", map[string]string{"models": `[{"name":"a","bedrock":"x.y"}] rubbish`}, "models = [", "a list of models"},
		{"null for a map", map[string]string{"tags": "null"}, "tags = null", "a map of text"},
		{"range while using an existing VPC", map[string]string{"createVpc": "false", "vpcCidr": "10.20.0.0/16"}, "vpcCidr = 10.20.0.0/16", "existing VPC decides"},
		{"IPv4 in IPv6", map[string]string{"edge.apiCidrs": `["::ffff:1.2.3.0/120"]`}, "edge.apiCidrs", "without host bits"},
		{"Langfuse 3", map[string]string{"langfuse.image": "ghcr.io/langfuse/langfuse:3.1.0"}, "langfuse.image", "major 2"},
		{"Langfuse that moves", map[string]string{"langfuse.image": "ghcr.io/langfuse/langfuse:2"}, "langfuse.image", "shorter tags move"},
		{"nine LiteLLM tasks", map[string]string{"litellm.maxCount": "9"}, "litellm.maxCount = 9", "0 to 8"},
		{"count of Grafana", map[string]string{"grafana.maxCount": "1"}, "grafana.maxCount = 1", "grafana.enabled (true or false)"},
		{"count of VictoriaMetrics", map[string]string{"victoriametrics.desiredCount": "0"}, "victoriametrics.desiredCount = 0", "victoriametrics.enabled (true or false)"},
		{"fewest above most", map[string]string{"litellm.minCount": "2"}, "litellm.minCount = 2", "litellm.maxCount (1)"},
		{"count outside its bounds", map[string]string{"litellm.desiredCount": "2"}, "litellm.desiredCount = 2", "litellm.maxCount (1)"},
		{"CPU target of 100", map[string]string{"litellm.targetCpuPercent": "100"}, "litellm.targetCpuPercent = 100", "10 to 90"},
		{"unknown architecture", map[string]string{"litellm.architecture": "arm"}, "litellm.architecture = arm", "ARM64 or X86_64"},
		{"negative budget of all", map[string]string{"litellm.monthlyBudgetUsd": "-1"}, "litellm.monthlyBudgetUsd = -1", "0 (no limit) or more USD"},
		{"negative budget of users", map[string]string{"litellm.userMonthlyBudgetUsd": "-1"}, "litellm.userMonthlyBudgetUsd = -1", "0 (none) or more USD"},
		{"no workers", map[string]string{"litellm.workers": "0"}, "litellm.workers = 0", "1 to 16"},
		{"no pool", map[string]string{"langfuse.databasePool": "0"}, "langfuse.databasePool = 0", "1 to 100"},
		{"pool beyond the database", map[string]string{"litellm.databasePool": "60"}, "database.class = db.t4g.micro", "litellm.databasePool"},
		{"retention for ever", map[string]string{"victoriametrics.retentionDays": "9223372036854775807"}, "victoriametrics.retentionDays = 9", "1 to 3650"},
		{"memory Fargate leaves out", map[string]string{"grafana.memory": "1536"}, "grafana.memory = 1536", "but not 1536"},
		{"scaling to nothing", map[string]string{"litellm.minCount": "0"}, "litellm.minCount = 0", "switch the service off"},
		{"ceiling below nothing", map[string]string{"database.maxStorageGb": "-1000000000000000000"}, "database.maxStorageGb = -1", "a tenth more"},
		{"tags that differ in case", map[string]string{"tags": `{"Team":"a","team":"b"}`}, "tags.", "more than case"},
		{"model in a region that is none", map[string]string{"models": `[{"name":"a","bedrock":"x.y","region":"us-wst-9"}]`}, "models[0].region = us-wst-9", "AWS region"},
		{"domain that is too long", map[string]string{"domainName": strings.Repeat("a.", 130) + "com"}, "domainName = a.", "253"},
		{"start and stop at once", map[string]string{"schedule.start": "cron(0 8 ? * * *)", "schedule.stop": "cron(0 8 ? * * *)"}, "schedule.stop = cron(0 8", "another time"},
		{"empty image", map[string]string{"litellm.image": ""}, `litellm.image = ""`, "release tag"},
		{"value with a newline", map[string]string{"nat": "gateway\n"}, `nat = "gateway\n"`, "gateway-per-zone"},
		{"no retention", map[string]string{"langfuse.retentionDays": "0"}, "langfuse.retentionDays = 0", "1 to 3650"},
		{"unknown content", map[string]string{"langfuse.content": "some"}, "langfuse.content = some", "full or none"},
		{"admin without an address", map[string]string{"langfuse.adminEmail": "ada"}, "langfuse.adminEmail = ada", "e-mail"},
		{"two models of one name", map[string]string{"models": `[{"name":"a","bedrock":"x.y"},{"name":"a","bedrock":"x.z"}]`}, "models[1].name = a", "no other model or alias"},
		{"alias that is a model", map[string]string{"models": `[{"name":"a","bedrock":"x.y"},{"name":"b","aliases":["a"],"bedrock":"x.z"}]`}, "models[1].name = a", "no other model or alias"},
		{"model without a name", map[string]string{"models": `[{"bedrock":"x.y"}]`}, `models[0].name = ""`, "1 to 100"},
		{"model without Bedrock", map[string]string{"models": `[{"name":"a"}]`}, `models[0].bedrock = ""`, "inference profile"},
		{
			"ARN of an application profile",
			map[string]string{"models": `[{"name":"a","bedrock":"arn:aws:bedrock:us-west-1:111122223333:application-inference-profile/ab12cd34ef56"}]`},
			"models[0].bedrock = arn:aws:bedrock", "application inference profiles, provisioned throughput, imported models",
		},
		{"Bedrock id with a space", map[string]string{"models": `[{"name":"a","bedrock":"claude haiku"}]`}, "models[0].bedrock = claude haiku", "inference profile"},
		{"more models than Pulumi can hand over", map[string]string{"models": "[" + strings.Repeat(`{"name":"a","bedrock":"anthropic.claude"},`, 3000) + `{"name":"b","bedrock":"x.y"}]`}, "models = 3001 entries", "126000"},
		{"model in no region", map[string]string{"models": `[{"name":"a","bedrock":"x.y","region":"west"}]`}, "models[0].region = west", "AWS region"},
		{"negative limit", map[string]string{"models": `[{"name":"a","bedrock":"x.y","rpm":-1}]`}, "models[0].rpm = -1", "0 (no limit) or more"},
		{"cache price without a price", map[string]string{"models": `[{"name":"a","bedrock":"x.y","cacheReadCostPerMTok":1}]`}, "models[0].cacheReadCostPerMTok = 1", "with inputCostPerMTok"},
		{"negative cache price", map[string]string{"models": `[{"name":"a","bedrock":"x.y","inputCostPerMTok":1,"cacheWriteCostPerMTok":-1}]`}, "models[0].cacheWriteCostPerMTok = -1", "or more USD"},
		{"negative price", map[string]string{"models": `[{"name":"a","bedrock":"x.y","inputCostPerMTok":-1}]`}, "models[0].inputCostPerMTok = -1", "or more USD"},
		{"domain without certificate", map[string]string{"domainName": "llm.example.com", "langfuseDomainName": "traces.example.com"}, `certificateArn = ""`, "come together"},
		{"certificate without domains", map[string]string{"certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/ab"}, `domainName = ""`, "come together"},
		{"certificate in another region", map[string]string{"certificateArn": "arn:aws:acm:us-west-1:123456789012:certificate/ab"}, "certificateArn", "us-east-1"},
		{"domain with a scheme", map[string]string{"domainName": "https://llm.example.com"}, "domainName = https://llm.example.com", "small letters"},
		{"zone without a domain", map[string]string{"hostedZoneId": "Z0123456789"}, "hostedZoneId = Z0123456789", "without domainName"},
		{"snapshot with a space", map[string]string{"database.snapshot": "last one"}, "database.snapshot = last one", "name or ARN of an RDS snapshot"},
		{"console range without a length", map[string]string{"edge.consoleCidrs": `["203.0.113.7"]`}, "edge.consoleCidrs = 203.0.113.7", "203.0.113.7/32 is this one address"},
		{"IPv6 address without a length", map[string]string{"edge.apiCidrs": `["2001:db8::7"]`}, "edge.apiCidrs = 2001:db8::7", "2001:db8::7/128 is this one address"},
		{"API range with host bits", map[string]string{"edge.apiCidrs": `["203.0.113.7/24"]`}, "edge.apiCidrs = 203.0.113.7/24", "without host bits: 203.0.113.0/24 is the whole range, 203.0.113.7/32 the one address"},
		{"unknown price class", map[string]string{"edge.priceClass": "cheap"}, "edge.priceClass = cheap", "PriceClass_100"},
		{"rate limit below WAF's", map[string]string{"waf.rateLimit": "5"}, "waf.rateLimit = 5", "10 to 2,000,000,000"},
		{"alarms to nobody", map[string]string{"alarms.email": "oncall"}, "alarms.email = oncall", "e-mail"},
		{"negative budget", map[string]string{"budget.monthlyUsd": "-1"}, "budget.monthlyUsd = -1", "0 (no budget)"},
		{"tag filter without a value", map[string]string{"budget.tagFilter": "team"}, "budget.tagFilter = team", "key=value"},
		{"start without stop", map[string]string{"schedule.start": "cron(0 8 ? * MON-FRI *)"}, "schedule.start", "together with schedule.stop"},
		{"five cron fields", map[string]string{"schedule.start": "cron(0 8 * * *)", "schedule.stop": "cron(0 19 ? * MON-FRI *)"}, "schedule.start = cron(0 8 * * *)", "six fields"},
		{"hour that is none", map[string]string{"schedule.start": "cron(0 25 ? * MON-FRI *)", "schedule.stop": "cron(0 19 ? * MON-FRI *)"}, "schedule.start = cron(0 25 ? * MON-FRI *)", "hours (25)"},
		{"unknown time zone", map[string]string{"schedule.timezone": "Mars/Olympus"}, "schedule.timezone = Mars/Olympus", "IANA"},
		{"secret with a space", map[string]string{"secrets.masterKey": "my key"}, "secrets.masterKey = my key", "name of an existing secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(test.values)
			require.Error(t, err)
			line := ""
			for _, candidate := range strings.Split(err.Error(), "\n") {
				if strings.HasPrefix(candidate, "  "+test.key) && strings.Contains(candidate, test.allowed) {
					line = candidate
				}
			}
			require.NotEmpty(t, line, "a line %q … %q in:\n%s", test.key, test.allowed, err)
		})
	}
}

func TestRegionsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"", "us--1", "us-west-9", "xx-nowhere-1", "us-west-1a", "cn-north-1", "us-gov-west-1"} {
		_, err := Parse(project, "poc", region, map[string]string{"zoneIds": `["usw1-az1","usw1-az3"]`})
		require.ErrorContains(t, err, "aws:region = ")
		require.ErrorContains(t, err, "us-west-1, us-west-2")
	}
}

func TestStackNamesThatAWSDoesNotTakeAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a--b", "-a", "a-", "A", "1a", "abcdefghijklmnopqrstu", ""} {
		_, err := Parse(project, name, "us-west-1", nil)
		require.ErrorContains(t, err, "stack name = ", name)
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse(project, "A stack", "nowhere", map[string]string{
		"nat": "none", "litellm.cpu": "3", "database.class": "db.huge", "models": `[{"name":"a"}]`, "edge.priceClass": "cheap", "alarms.email": "x", "no.such": "y",
	})
	require.ErrorContains(t, err, "9 settings need your attention")
	for _, key := range []string{"aws:region", "stack name", "nat", "litellm.cpu", "database.class", "models[0].bedrock", "edge.priceClass", "alarms.email", "no.such"} {
		require.ErrorContains(t, err, "  "+key+" = ")
	}
}

func TestSettingsAreReadAndTheRestIsDefault(t *testing.T) {
	t.Parallel()
	got, err := parse(map[string]string{
		"database.multiAz": "true", "litellm.memory": "4096", "edge.apiCidrs": `["203.0.113.0/24","2001:db8::/32"]`, "tags": `{"Team":"ml"}`,
		"models": `[{"name":"a","bedrock":"anthropic.claude-opus-5","rpm":5}]`,
	})
	require.NoError(t, err)
	require.True(t, got.Database.MultiAZ)
	require.Equal(t, 4096, got.LiteLLM.Memory)
	require.Equal(t, []string{"203.0.113.0/24", "2001:db8::/32"}, got.Edge.APICidrs)
	require.Equal(t, map[string]string{"Team": "ml"}, got.Tags)
	require.Equal(t, []Model{{Name: "a", Bedrock: "anthropic.claude-opus-5", RPM: 5}}, got.LiteLLM.Models)
	require.Equal(t, "db.t4g.micro", got.Database.Class)
}

// TestPulumisPathsBecomeSettings reads what the CLI hands over: groups as objects with typed members.
func TestPulumisPathsBecomeSettings(t *testing.T) {
	t.Parallel()
	flat := flatten(map[string]string{
		"nat": "gateway", "database": `{"class":"db.t4g.small","multiAz":true,"storageGb":30}`, "edge": `{"apiCidrs":["203.0.113.0/24"]}`, "tags": `{"a":"b"}`,
	})
	require.Equal(t, map[string]string{
		"nat": "gateway", "database.class": "db.t4g.small", "database.multiAz": "true", "database.storageGb": "30",
		"edge.apiCidrs": `["203.0.113.0/24"]`, "tags": `{"a":"b"}`,
	}, flat)
	_, err := parse(flatten(map[string]string{"database.multiAz": "true"}))
	require.ErrorContains(t, err, "pulumi config set --path database.multiAz")
}

func TestTimeoutsAreOneOrderedChain(t *testing.T) {
	t.Parallel()
	attempts := RequestTimeoutSeconds + LiteLLMRetries*retryDelaySeconds
	require.LessOrEqual(t, LiteLLMRetries, 1, "a second retry may follow a first one that timed out")
	chain := []int{attempts, EdgeReadTimeoutSeconds, LoadBalancerIdleSeconds, TargetKeepAliveSeconds}
	for i := 1; i < len(chain); i++ {
		require.Less(t, chain[i-1], chain[i], "whoever is nearer to the model gives up first")
	}
	require.LessOrEqual(t, EdgeReadTimeoutSeconds, 120, "CloudFront's maximum without a quota request")
	require.LessOrEqual(t, StopTimeoutSeconds, 120, "Fargate's maximum")
}

func TestEveryImageIsTakenWithItsTagAndDigest(t *testing.T) {
	t.Parallel()
	digest := "@sha256:" + strings.Repeat("0f", 32)
	defaults := Defaults()
	for key, images := range map[string][]string{
		"litellm.image":         {defaults.LiteLLM.Image, "ghcr.io/berriai/litellm:main-v1.90.0-stable", "ghcr.io/berriai/litellm:main-stable", "registry.example.com:5000/LiteLLM"},
		"langfuse.image":        {defaults.Langfuse.Image, "ghcr.io/langfuse/langfuse:2", "ghcr.io/langfuse/langfuse:2.95"},
		"grafana.image":         {defaults.Grafana.Image, "registry.example.com:5000/grafana:RELEASE-12", "grafana/grafana:latest", "grafana/grafana"},
		"victoriametrics.image": {defaults.VictoriaMetrics.Image},
	} {
		for _, image := range images {
			_, err := Parse("kong-llm-gateway", "poc", "us-west-1", map[string]string{key: image + digest})
			if image == "registry.example.com:5000/LiteLLM" {
				require.ErrorContains(t, err, key, "a repository's name is lower case")
				continue
			}
			require.NoError(t, err, image)
		}
	}
}

// TestAModelWithoutAPriceIsRefusedAndInAnotherReleaseWarnedOf: LiteLLM counts nothing for it, so no budget would ever stop it.
func TestAModelWithoutAPriceIsRefusedAndInAnotherReleaseWarnedOf(t *testing.T) {
	t.Parallel()
	const without = `[{"name":"a","bedrock":"us.anthropic.claude-opus-4-8-v1"}]`
	_, err := Parse(project, "poc", "us-west-1", map[string]string{"models": without})
	require.ErrorContains(t, err, "models[0].bedrock = us.anthropic.claude-opus-4-8-v1: an id that LiteLLM 1.102.4 has a price for (us.anthropic.claude-opus-4-6-v1, us.anthropic.claude-opus-4-8), or inputCostPerMTok")
	settings, err := Parse(project, "poc", "us-west-1", map[string]string{"models": without, "litellm.image": "ghcr.io/berriai/litellm:1.101.0"})
	require.NoError(t, err)
	require.Len(t, settings.Warnings(), 1)
	require.Contains(t, settings.Warnings()[0], "us.anthropic.claude-opus-4-8-v1")
	settings, err = Parse(project, "poc", "us-west-1", map[string]string{
		"models": `[{"name":"a","bedrock":"us.anthropic.claude-new-v1:0","inputCostPerMTok":3,"outputCostPerMTok":15}]`,
	})
	require.NoError(t, err)
	require.Empty(t, settings.Warnings())
}
