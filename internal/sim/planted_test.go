package sim

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// spoil puts a value under a dotted path; lists on the way are entered at their first item, "a:b" is inside the JSON text of a.
func spoil(t *testing.T, values map[string]any, path string, value any) map[string]any {
	t.Helper()
	out := maps.Clone(values)
	if document, inner, ok := strings.Cut(path, ":"); ok {
		var content []map[string]any
		require.NoError(t, json.Unmarshal([]byte(text(values, document)), &content))
		content[0] = spoil(t, content[0], inner, value)
		out[document] = canonical(content)
		return out
	}
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		out[name] = value
		return out
	}
	switch inner := values[name].(type) {
	case map[string]any:
		out[name] = spoil(t, inner, rest, value)
	case []any:
		out[name] = append([]any{spoil(t, object(inner[0]), rest, value)}, inner[1:]...)
	default:
		out[name] = spoil(t, map[string]any{}, rest, value)
	}
	return out
}

// sound are inputs that AWS takes.
func sound(b *bench, s stage) map[string]map[string]any {
	database := b.database(s, nil)
	role := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	refusal := map[string]any{"type": "fixed-response", "fixedResponse": map[string]any{"contentType": "text/plain", "statusCode": "403"}}
	behaviour := map[string]any{
		"targetOriginId": "o", "viewerProtocolPolicy": "https-only", "allowedMethods": []any{"GET", "HEAD"},
		"cachedMethods": []any{"GET", "HEAD"}, "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
	}
	return map[string]map[string]any{
		groupType: {"name": "g", "description": "a group: [a-z] & 1/2", "vpcId": s.vpc["id"]},
		ingressType: {
			"securityGroupId": s.group["id"],
			"ipProtocol":      "tcp",
			"fromPort":        80,
			"toPort":          80,
			"cidrIpv4":        "10.0.0.0/8",
			"description":     "from inside",
		},
		egressType: {"securityGroupId": s.group["id"], "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0", "description": "anywhere"},
		instanceType: {
			"ami":             "ami-0fc1",
			"instanceType":    "t4g.nano",
			"subnetId":        s.a["id"],
			"rootBlockDevice": map[string]any{"volumeType": "gp3"},
		},
		subnetType: {"vpcId": s.vpc["id"], "cidrBlock": "10.10.9.0/24", "availabilityZoneId": "usw1-az1"},
		roleType: {
			"name":             "r",
			"assumeRolePolicy": trust,
			"description":      "What it is for, in Latin letters: é",
			"tags":             map[string]any{"a": "b"},
		},
		databaseType: b.databaseInputs(
			database["dbSubnetGroupName"],
			map[string]any{"password": "long-enough", "storageType": "gp3", "tags": map[string]any{}, "identifier": "other"},
		),
		taskType: {
			"family":                  "a",
			"cpu":                     "256",
			"memory":                  "512",
			"networkMode":             "awsvpc",
			"requiresCompatibilities": []any{"FARGATE"},
			"containerDefinitions": `[{"name":"a","image":"b",
			"dependsOn":[{"containerName":"c","condition":"SUCCESS"}],"healthCheck":{"command":["CMD","x"],"interval":10}},
			{"name":"c","image":"b","essential":false}]`,
		},
		balancerType: {"name": "lb", "internal": true, "subnets": []any{s.a["id"], s.b["id"]}},
		targetsType: {
			"name": "t", "port": 80, "protocol": "HTTP", "targetType": "ip", "vpcId": s.vpc["id"],
			"healthCheck": map[string]any{"interval": 30, "timeout": 5},
		},
		listenerType: {"loadBalancerArn": b.balancer(s, "other")["arn"], "port": 80, "protocol": "HTTP", "defaultActions": []any{
			refusal,
		}},
		"aws:cloudwatch/metricAlarm:MetricAlarm": {
			"name": "a", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 10, "datapointsToAlarm": 2, "metricName": "m",
			"namespace": "n", "period": 60, "statistic": "Sum", "threshold": 1, "treatMissingData": "missing",
		},
		distributionType: {
			"enabled": true, "comment": "a comment", "priceClass": "PriceClass_100", "httpVersion": "http2and3", "defaultCacheBehavior": behaviour,
			"origins": []any{
				map[string]any{"originId": "o", "domainName": "x", "vpcOriginConfig": map[string]any{"vpcOriginId": "v", "originReadTimeout": 60}},
			},
			"restrictions":      map[string]any{"geoRestriction": map[string]any{"restrictionType": "none"}},
			"viewerCertificate": map[string]any{"cloudfrontDefaultCertificate": true},
		},
		"aws:cloudfront/function:Function": {"name": "f", "runtime": "cloudfront-js-2.0", "code": "x", "comment": "c"},
		originType:                         origin("arn:aws:elasticloadbalancing:us-west-1:111122223333:loadbalancer/app/a/1"),
		headersType: {"name": "h", "securityHeadersConfig": map[string]any{
			"referrerPolicy": map[string]any{"referrerPolicy": "same-origin", "override": true},
		}},
		namespaceType: {"name": "a.internal", "vpc": s.vpc["id"]},
		discoveryType: {"name": "a", "dnsConfig": map[string]any{
			"namespaceId": "n", "routingPolicy": "MULTIVALUE", "dnsRecords": []any{map[string]any{"type": "A", "ttl": 10}},
		}},
		accessType: {"fileSystemId": "fs-01234567", "rootDirectory": map[string]any{
			"path": "/a", "creationInfo": map[string]any{"ownerUid": 1, "ownerGid": 1, "permissions": "0755"},
		}},
		logType:        {"name": "/a", "retentionInDays": 30},
		secretType:     {"name": "a/b", "recoveryWindowInDays": 30, "description": "A secret's description may have an apostrophe"},
		rolePolicyType: {"name": "p", "role": "r", "policy": role},
		bucketType:     {"bucket": "a-bucket"},
		objectType:     {"bucket": "b", "key": "k", "content": "x"},
		topicType:      {"name": "t"},
		ruleType: {
			"listenerArn": "l", "priority": 1,
			"actions":    []any{refusal},
			"conditions": []any{map[string]any{"pathPattern": map[string]any{"values": []any{"/a"}}}},
		},
	}
}

// tags are that many.
func tags(count int) map[string]any {
	out := map[string]any{}
	for i := range count {
		out["tag"+strings.Repeat("x", i)] = "v"
	}
	return out
}

// Each line is one value that AWS refuses, planted into inputs that it takes. The first 34 were accepted once.
func TestPlantedValuesAreRefused(t *testing.T) {
	t.Parallel()
	const alarm, function = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudfront/function:Function"
	conditions := func(values ...any) []any {
		return []any{map[string]any{"pathPattern": map[string]any{"values": values}}}
	}
	planted := []struct {
		token, path string
		value       any
	}{
		{groupType, "description", "LiteLLM's group"},
		{groupType, "description", strings.Repeat("x", 300)},
		{ingressType, "description", "VictoriaMetrics reads LiteLLM's metrics"},
		{ingressType, "toPort", 70000},
		{instanceType, "instanceType", "t4g.pico"},
		{instanceType, "rootBlockDevice.volumeType", "gp4"},
		{roleType, "description", "what it is for — a dash"},
		{roleType, "description", "the service’s role"},
		{roleType, "tags.a", "b & c"},
		{databaseType, "instanceClass", "db.t4g.nano"},
		{databaseType, "backupRetentionPeriod", 40},
		{databaseType, "username", "a_user_of_20_letters"},
		{databaseType, "engineVersion", "17.3"},
		{databaseType, "engineVersion", "17.99"},
		{databaseType, "enabledCloudwatchLogsExports", []any{"postgresql", "foo"}},
		{databaseType, "tags", tags(60)},
		{taskType, "containerDefinitions:dependsOn", []any{map[string]any{"containerName": "c", "condition": "DONE"}}},
		{taskType, "containerDefinitions:healthCheck.interval", 1},
		{taskType, "containerDefinitions:linuxParameters.capabilities", map[string]any{"add": []any{"NET_ADMIN"}}},
		{listenerType, "defaultActions.fixedResponse.contentType", "text/xml"},
		{alarm, "datapointsToAlarm", 99},
		{alarm, "statistic", "p95"},
		{alarm, "comparisonOperator", "LessThan"},
		{alarm, "treatMissingData", "bad"},
		{distributionType, "comment", strings.Repeat("x", 200)},
		{function, "comment", strings.Repeat("x", 200)},
		{distributionType, "priceClass", "PriceClass_300"},
		{distributionType, "defaultCacheBehavior.allowedMethods", []any{"GET", "POST"}},
		{distributionType, "httpVersion", "http4"},
		{originType, "vpcOriginEndpointConfig.originProtocolPolicy", "http"},
		{headersType, "securityHeadersConfig.referrerPolicy.referrerPolicy", "bad"},
		{namespaceType, "name", "a b"},
		{discoveryType, "dnsConfig.routingPolicy", "SIMPLE"},
		{accessType, "rootDirectory.creationInfo.permissions", "99"},

		{subnetType, "cidrBlock", "10.11.0.0/24"},
		{subnetType, "cidrBlock", "10.10.0.128/25"},
		{subnetType, "availabilityZoneId", "usw1-az2"},
		{groupType, "name", "sg-mine"},
		{balancerType, "name", strings.Repeat("x", 33)},
		{balancerType, "name", "a_b"},
		{balancerType, "idleTimeout", 5000},
		{targetsType, "name", "-a"},
		{targetsType, "healthCheck.timeout", 31},
		{targetsType, "deregistrationDelay", 4000},
		{ruleType, "priority", 60000},
		{ruleType, "conditions", conditions("/a", "/b", "/c", "/d", "/e", "/f")},
		{ruleType, "conditions", conditions("/a*b*", "/c*d*", "/e*f*")},
		{ruleType, "conditions", conditions("/" + strings.Repeat("x", 128))},
		{taskType, "memory", "4096"},
		{logType, "retentionInDays", 31},
		{logType, "name", "a b"},
		{roleType, "name", strings.Repeat("x", 65)},
		{roleType, "assumeRolePolicy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`},
		{rolePolicyType, "policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}`},
		{secretType, "name", "a b"},
		{secretType, "recoveryWindowInDays", 5},
		{function, "code", strings.Repeat("x", 10241)},
		{function, "runtime", "cloudfront-js-3.0"},
		{distributionType, "origins.vpcOriginConfig.originReadTimeout", 121},
		{databaseType, "password", "short"},
		{databaseType, "allocatedStorage", 10},

		{objectType, "tags", tags(11)},
		{roleType, "tags", map[string]any{"aws:name": "x"}},
		{egressType, "description", "it's"},
		{databaseType, "engineVersion", "16.4"},
		{topicType, "name", "a topic"},
	}
	require.GreaterOrEqual(t, len(planted), 61)
	b := newBench(t)
	s := b.stage()
	inputs := sound(b, s)
	for token, values := range inputs {
		require.Empty(t, b.check(token, "x", values).Failures, "the control of %s", token)
	}
	made := []string{subnetType, databaseType} // what only the account shows is refused when it is made
	for _, token := range made {
		require.NoError(t, b.destroy(token, b.make(token, "x", inputs[token])), "the control of %s", token)
	}
	for _, p := range planted {
		values := spoil(t, inputs[p.token], p.path, p.value)
		if len(b.check(p.token, "x", values).Failures) > 0 {
			continue
		}
		require.Contains(t, made, p.token, "%s %s = %v is accepted", p.token, p.path, p.value)
		_, err := b.try(p.token, "x", values)
		require.Error(t, err, "%s %s = %v is accepted", p.token, p.path, p.value)
	}
}

func TestDefaultTagsCountWithTheOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.Empty(t, b.check(topicType, "t", map[string]any{"name": "t", "tags": tags(49)}).Failures)
	require.Len(t, b.check(topicType, "t", map[string]any{"name": "t", "tags": tags(50)}).Failures, 1, "the provider adds one")
}

func TestAnInstanceClassThatARegionDoesNotOfferIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t).in("eu-south-1")
	_, subnets, err := b.account.SeedVpc(
		"eu-south-1",
		"10.50.0.0/16",
		map[string]string{"eus1-az1": "10.50.0.0/24", "eus1-az2": "10.50.1.0/24"},
		[]string{"eus1-az1", "eus1-az2"},
	)
	require.NoError(t, err)
	group := b.make("aws:rds/subnetGroup:SubnetGroup", "g", map[string]any{"subnetIds": anys(subnets)})
	_, err = b.try(databaseType, "db", b.databaseInputs(group["name"], map[string]any{"instanceClass": "db.m7g.large"}))
	require.ErrorContains(t, err, "InvalidParameterCombination")
	b.make(databaseType, "db", b.databaseInputs(group["name"], nil))
}

// A refusal names the rule and where it is from, never a secret value.
func TestARefusalSaysTheRuleAndKeepsTheValue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	failures := b.check(groupType, "g", map[string]any{"vpcId": "vpc-1", "description": "it's"}).Failures
	require.Len(t, failures, 1)
	require.Contains(t, failures[0].Reason, "Amazon EC2 API Reference")
	secret := strings.Repeat("s", 70000)
	failures = b.check("aws:secretsmanager/secretVersion:SecretVersion", "s", map[string]any{"secretId": "x", "secretString": secret}).Failures
	require.Len(t, failures, 1)
	require.NotContains(t, failures[0].Reason, secret[:100])
	require.Contains(t, failures[0].Reason, "at most 65536 characters")
}

func TestEveryLimitIsAboutAPropertyOfTheSchema(t *testing.T) {
	t.Parallel()
	facts, err := loadSchema()
	require.NoError(t, err)
	bounds, err := loadLimits()
	require.NoError(t, err)
	count := 0
	for token, paths := range bounds.Types {
		require.Contains(t, facts.resources, token)
		for path, l := range paths {
			first, _, _ := strings.Cut(strings.FieldsFunc(path, func(r rune) bool { return r == ' ' || r == ':' })[0], ".")
			require.Contains(t, facts.resources[token].properties, first, "%s %s", token, path)
			require.NotEmpty(t, l.From, "%s %s", token, path)
			require.True(t, l.Min != nil || l.Max != nil || l.pattern != nil || l.words != nil, "%s %s", token, path)
			count++
		}
	}
	require.Greater(t, count, 300)
	require.Contains(t, bounds.Postgres.Versions, "17.6")
	require.NotContains(t, bounds.Postgres.Versions, "17.4")
	require.Contains(t, bounds.Postgres.Classes, "db.t4g.micro")
	require.Contains(t, bounds.Postgres.Missing["db.m7g.large"], "eu-south-1")
}
