// Package configtest makes random settings for tests: valid ones, which together give every setting, and broken ones.
package configtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"kong-llm-gateway/config"
)

// Region is the region of the random settings; what they name lives there, but the certificate in us-east-1.
const Region = "us-west-1"

// What random settings name and a test's account must hold: a VPC of two private and one public subnet, in ZoneIDs, an AMI, an instance, a secret, a
// certificate for *.example.com and the zone example.com.
const (
	VpcID          = "vpc-0123456789abcdef0"
	PublicSubnetID = "subnet-0123456789abcdef2"
	AMI            = "ami-0fedcba9876543210"
	InstanceID     = "i-0123456789abcdef0"
	SecretName     = "given/secret"
	CertificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0a1b-4c3d-a1b2-0a1b2c3d4e5f"
	HostedZoneID   = "Z0123456789ABCDEFGHIJ"
	Domain         = "example.com"
)

// PrivateSubnetIDs are the existing VPC's private subnets, one in each of ZoneIDs.
var (
	PrivateSubnetIDs = [2]string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"}
	ZoneIDs          = [2]string{"usw1-az1", "usw1-az3"}
)

// Values are settings as config.Parse takes them: text by key, lists and maps as JSON.
type Values map[string]string

// single are settings that go with all others; each is given as often as not, with one of its values.
var single = []struct {
	key    string
	values []string
}{
	{"tags", []string{`{"Team":"ml","Cost centre":"42"}`, `{}`}},
	{"logs.retentionDays", []string{"1", "14", "365", "3653"}},
	{"ecs.containerInsights", []string{"true", "false"}},
	{"ecs.executeCommand", []string{"true", "false"}},
	{"tunnel.instanceId", []string{InstanceID}},
	{"database.version", []string{"15", "16", "18"}},
	{"database.multiAz", []string{"true", "false"}},
	{"database.backupDays", []string{"0", "1", "35"}},
	{"database.deletionProtection", []string{"true", "false"}},
	{"database.finalSnapshot", []string{"true", "false"}},
	{"database.snapshot", []string{""}},
	{"litellm.image", []string{"ghcr.io/berriai/litellm:1.86.2", "ghcr.io/berriai/litellm:1.102.4@sha256:" + strings.Repeat("1e", 32), "123456789012.dkr.ecr.us-west-1.amazonaws.com/litellm:mirror-7"}},
	{"litellm.targetCpuPercent", []string{"10", "50", "90"}},
	{"litellm.spot", []string{"true", "false"}},
	{"litellm.architecture", []string{"X86_64", "ARM64"}},
	{"litellm.spendLogRetentionDays", []string{"1", "400"}},
	{"litellm.monthlyBudgetUsd", []string{"0", "5000"}},
	{"litellm.userMonthlyBudgetUsd", []string{"0", "250"}},
	{"langfuse.image", []string{"ghcr.io/langfuse/langfuse:2.95.8"}},
	{"langfuse.targetCpuPercent", []string{"40"}},
	{"langfuse.spot", []string{"true", "false"}},
	{"langfuse.architecture", []string{"X86_64"}},
	{"langfuse.retentionDays", []string{"1", "365"}},
	{"langfuse.content", []string{"none", "full"}},
	{"langfuse.adminEmail", []string{"ada@example.com"}},
	{"grafana.image", []string{"123456789012.dkr.ecr.us-west-1.amazonaws.com/grafana@sha256:" + strings.Repeat("0f", 32)}},
	{"grafana.spot", []string{"true", "false"}},
	{"grafana.architecture", []string{"X86_64"}},
	{"grafana.databasePool", []string{"1", "6"}},
	{"victoriametrics.image", []string{"quay.io/victoriametrics/victoria-metrics:v1.150.0"}},
	{"victoriametrics.spot", []string{"true", "false"}},
	{"victoriametrics.architecture", []string{"X86_64"}},
	{"victoriametrics.retentionDays", []string{"1", "400"}},
	{"edge.consoleCidrs", []string{`["203.0.113.0/24"]`, `["2001:db8::/32","198.51.100.0/24"]`, ranges(40, "198.51.100.%d/32"), ranges(40, "2001:db8:1234:5678:%x::/80")}},
	{"edge.apiCidrs", []string{`["0.0.0.0/0","::/0"]`, `["203.0.113.7/32"]`, ranges(40, "203.0.113.%d/32"), ranges(40, "2001:db8:9abc:def0:%x::/80")}},
	{"edge.publicMetrics", []string{"false", "true"}},
	{"edge.priceClass", []string{"PriceClass_200", "PriceClass_All"}},
	{"waf.enabled", []string{"true", "false"}},
	{"waf.rateLimit", []string{"10", "2000000000"}},
	{"alarms.enabled", []string{"false", "true"}},
	{"alarms.email", []string{"oncall@example.com"}},
	{"budget.monthlyUsd", []string{"100"}},
	{"budget.email", []string{"finance@example.com"}},
	{"budget.tagFilter", []string{"Project=kong-llm-gateway"}},
	{"schedule.timezone", []string{"America/Los_Angeles", "UTC"}},
	{"secrets.masterKey", []string{SecretName}},
	{"secrets.grafanaAdminPassword", []string{SecretName}},
	{"secrets.langfuseAdminPassword", []string{SecretName}},
}

// joint are settings that depend on each other: of each row one alternative is taken, or none.
var joint = [][]Values{
	{
		{"createVpc": "false", "vpcId": VpcID, "privateSubnetIds": list(PrivateSubnetIDs[:])},
		{"createVpc": "false", "vpcId": VpcID, "privateSubnetIds": list(PrivateSubnetIDs[:]), "publicSubnetIds": list([]string{PublicSubnetID})},
		{"createVpc": "true", "nat": "gateway"},
		{"nat": "gateway-per-zone", "zoneIds": list(ZoneIDs[:])},
		{"nat": "instance", "natInstance.type": "t4g.micro", "natInstance.ami": AMI},
		{"natInstance.type": "c7gn.medium"},
	},
	// What opens connections goes with a database that has them.
	{
		{"database.class": "db.t4g.small", "litellm.desiredCount": "2", "litellm.minCount": "2", "litellm.maxCount": "6"},
		{"database.class": "db.m6g.large", "litellm.workers": "2", "litellm.databasePool": "10", "litellm.maxCount": "8", "langfuse.maxCount": "4"},
		{"database.class": "db.r7g.xlarge", "langfuse.desiredCount": "2", "langfuse.minCount": "2", "langfuse.maxCount": "3", "langfuse.databasePool": "20"},
		{"grafana.enabled": "false", "victoriametrics.enabled": "false"},
		{"grafana.enabled": "true"},
	},
	{{"database.storageGb": "100", "database.maxStorageGb": "110"}, {"database.storageGb": "400", "database.maxStorageGb": "65536"}},
	{{"litellm.cpu": "2048", "litellm.memory": "8192"}, {"litellm.cpu": "256", "litellm.memory": "2048"}, {"litellm.memory": "3072"}},
	{{"langfuse.cpu": "1024", "langfuse.memory": "2048"}, {"langfuse.memory": "2048"}},
	{{"grafana.cpu": "512", "grafana.memory": "1024"}},
	{{"victoriametrics.cpu": "512", "victoriametrics.memory": "2048"}},
	{
		{"certificateArn": CertificateArn, "domainName": "llm." + Domain, "langfuseDomainName": "traces." + Domain},
		{"certificateArn": CertificateArn, "domainName": "llm." + Domain, "langfuseDomainName": "traces." + Domain, "hostedZoneId": HostedZoneID},
	},
	{{"schedule.start": "cron(0 8 ? * MON-FRI *)", "schedule.stop": "cron(0 19 ? * MON-FRI *)"}},
}

// Valid makes valid settings of a stack with a random name.
func Valid(random *rand.Rand) (stack string, values Values) {
	values = Values{}
	for _, setting := range single {
		if random.IntN(2) == 0 {
			values[setting.key] = pick(random, setting.values)
		}
	}
	for _, alternatives := range joint {
		if random.IntN(3) > 0 {
			for key, value := range pick(random, alternatives) {
				values[key] = value
			}
		}
	}
	if values["createVpc"] != "false" && random.IntN(2) == 0 {
		values["vpcCidr"] = vpcCidr(random)
	}
	if random.IntN(3) == 0 {
		values["models"] = models(random)
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	stack = "s"
	for range random.IntN(20) {
		stack += string(letters[random.IntN(len(letters))])
	}
	for strings.Contains(stack, "--") {
		stack = strings.ReplaceAll(stack, "--", "-")
	}
	return strings.TrimRight(stack, "-"), values
}

// Broken is a random setting with a value that it can never have.
func Broken(random *rand.Rand) (key, value string) {
	setting := pick(random, config.Table())
	rubbish := pick(random, []string{"?!", " ", "a b", "<none>", "$(id)", "\t", "ключ", strings.Repeat("x y", 300)})
	text, _ := json.Marshal(rubbish) // text cannot fail
	wrong := map[string][]string{
		"boolean": {"yes", "1", "", rubbish},
		"integer": {"-1", "1.5", "1e3", "", "99999999999999999999", rubbish},
		"array":   {rubbish, "", "null", "{}", "[" + string(text) + "]", `[1]`, `[{}]`},
		"object":  {rubbish, "", "null", "[]", `{"a":1}`, `{"?!":"b"}`},
		"string":  {rubbish},
	}
	return setting.Key, pick(random, wrong[setting.Type])
}

// Config is the settings as a stack file has them, with typed values. The error is about a value that is not of its setting's type.
func (v Values) Config() (map[string]any, error) {
	types := map[string]string{}
	for _, setting := range config.Table() {
		types[setting.Key] = setting.Type
	}
	file := map[string]any{"aws:region": Region}
	for key, text := range v {
		var value any = text
		if types[key] != "string" {
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				return nil, fmt.Errorf("%s = %s: %w", key, text, err)
			}
		}
		Put(file, key, value)
	}
	return file, nil
}

// Put sets one setting in a stack file's map: its key with the project's namespace, a key with a dot as a member of its group.
func Put(file map[string]any, key string, value any) {
	group, name, dotted := strings.Cut(key, ".")
	group = "kong-llm-gateway:" + group
	if !dotted {
		file[group] = value
		return
	}
	members, there := file[group].(map[string]any)
	if !there {
		members = map[string]any{}
		file[group] = members
	}
	members[name] = value
}

// vpcCidr is any private range that a VPC may have here.
func vpcCidr(random *rand.Rand) string {
	base := pick(random, [][2]byte{{10, byte(random.IntN(256))}, {172, byte(16 + random.IntN(16))}, {192, 168}})
	address := netip.AddrFrom4([4]byte{base[0], base[1], byte(random.IntN(256)), 0})
	return netip.PrefixFrom(address, 16+random.IntN(9)).Masked().String()
}

// models is a list of up to 30 models on up to 15 Bedrock profiles.
func models(random *rand.Rand) string {
	made := make([]config.Model, 1+random.IntN(30))
	for i := range made {
		made[i] = config.Model{Name: fmt.Sprintf("model-%d", i), Bedrock: pick(random, config.PricedModels()[:15])}
		if random.IntN(4) == 0 {
			made[i].Aliases = []string{fmt.Sprintf("alias/%d", i), fmt.Sprintf("other:%d", i)}
			made[i].Region = pick(random, []string{"us-east-1", "us-west-2"})
			made[i].RPM, made[i].TPM = random.IntN(1000), random.IntN(100_000)
			made[i].InputCostPerMTok, made[i].OutputCostPerMTok = 1.25, 0.5
			made[i].CacheReadCostPerMTok, made[i].CacheWriteCostPerMTok = pick(random, []float64{0, 0.125}), pick(random, []float64{0, 1.5625})
		}
	}
	text, _ := json.Marshal(made) // plain structs cannot fail
	return string(text)
}

// Models are models on the Bedrock models of the default list, with names of so many letters (at most 43) that do not compress.
func Models(count, letters int) []config.Model {
	known := config.Defaults().LiteLLM.Models
	made := make([]config.Model, count)
	for i := range made {
		sum := sha256.Sum256(fmt.Append(nil, i))
		name := strings.ReplaceAll(base64.RawURLEncoding.EncodeToString(sum[:]), "_", ".")
		made[i] = config.Model{Name: "m" + name[:letters-1], Bedrock: known[i%len(known)].Bedrock}
	}
	return made
}

// ranges is a list of n address ranges; the pattern takes the number.
func ranges(n int, pattern string) string {
	made := make([]string, n)
	for i := range made {
		made[i] = fmt.Sprintf(pattern, i+1)
	}
	return list(made)
}

func list(values []string) string {
	text, _ := json.Marshal(values) // texts cannot fail
	return string(text)
}

func pick[T any](random *rand.Rand, options []T) T { return options[random.IntN(len(options))] }
