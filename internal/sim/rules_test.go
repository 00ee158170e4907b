package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each case builds on the stage and ends with an operation that AWS refuses.
func TestAWSRefuses(t *testing.T) {
	t.Parallel()
	forward := func(arn any) []any { return []any{map[string]any{"type": "forward", "targetGroupArn": arn}} }
	paths := func(values ...any) []any {
		return []any{map[string]any{"pathPattern": map[string]any{"values": values}}}
	}
	refuse := []any{map[string]any{"type": "fixed-response", "fixedResponse": map[string]any{"contentType": "text/plain", "statusCode": "403"}}}
	last := func(_ map[string]any, err error) error { return err }
	for name, c := range map[string]struct {
		code string
		run  func(b *bench, s stage) error
	}{
		"a subnet outside the VPC": {"InvalidSubnet.Range", func(b *bench, s stage) error {
			return last(b.try(subnetType, "x", map[string]any{"vpcId": s.vpc["id"], "cidrBlock": "10.11.0.0/24"}))
		}},
		"a subnet over another": {"InvalidSubnet.Conflict", func(b *bench, s stage) error {
			return last(b.try(subnetType, "x", map[string]any{"vpcId": s.vpc["id"], "cidrBlock": "10.10.0.128/25"}))
		}},
		"a zone of nowhere": {"InvalidParameterValue", func(b *bench, s stage) error {
			return last(b.try(subnetType, "x", map[string]any{"vpcId": s.vpc["id"], "cidrBlock": "10.10.9.0/24", "availabilityZoneId": "usw1-az2"}))
		}},
		"a dangling reference": {"InvalidVpcID.NotFound", func(b *bench, _ stage) error {
			return last(b.try(subnetType, "x", map[string]any{"vpcId": "vpc-0", "cidrBlock": "10.10.9.0/24"}))
		}},
		"deleting a VPC in use": {"DependencyViolation", func(b *bench, s stage) error { return b.destroy(vpcType, s.vpc) }},
		"a balancer in one zone": {"ValidationError", func(b *bench, s stage) error {
			return last(b.try(balancerType, "x", map[string]any{"internal": true, "subnets": []any{s.a["id"]}}))
		}},
		"a group in use": {"DependencyViolation", func(b *bench, s stage) error {
			b.balancer(s, "lb")
			return b.destroy(groupType, s.group)
		}},
		"a second rule with CloudFront's prefix list": {"RulesPerSecurityGroupLimitExceeded", func(b *bench, s stage) error {
			list, err := b.invoke("aws:ec2/getManagedPrefixList:getManagedPrefixList", map[string]any{"name": cloudfrontList})
			require.NoError(b, err)
			rule := map[string]any{"securityGroupId": s.group["id"], "ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "prefixListId": list["id"]}
			b.make(ingressType, "one", rule)
			rule["fromPort"], rule["toPort"] = 81, 81
			return last(b.try(ingressType, "two", rule))
		}},
		"the same rule twice": {"InvalidPermission.Duplicate", func(b *bench, s stage) error {
			rule := map[string]any{"securityGroupId": s.group["id"], "ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "cidrIpv4": "10.0.0.0/8"}
			b.make(ingressType, "one", rule)
			return last(b.try(ingressType, "two", rule))
		}},
		"a priority in use": {"PriorityInUse", func(b *bench, s stage) error {
			listener := b.listener(b.balancer(s, "lb")["arn"], 80)
			rule := map[string]any{"listenerArn": listener["arn"], "priority": 1, "actions": refuse, "conditions": paths("/a")}
			b.make(ruleType, "one", rule)
			return last(b.try(ruleType, "two", rule))
		}},
		"six condition values": {"TooManyConditionValues", func(b *bench, _ stage) error {
			return last(b.try(ruleType, "x", map[string]any{"listenerArn": "l", "priority": 1, "actions": refuse, "conditions": append(paths("/a", "/b", "/c", "/d", "/e"), map[string]any{"httpHeader": map[string]any{"httpHeaderName": "X", "values": []any{"v"}}})}))
		}},
		"six wildcards": {"TooManyWildcards", func(b *bench, _ stage) error {
			return last(b.try(ruleType, "x", map[string]any{"listenerArn": "l", "priority": 1, "actions": refuse, "conditions": paths("/a*b*", "/c*d*", "/e*f*")}))
		}},
		"a target group of a listener rule": {"ResourceInUse", func(b *bench, s stage) error {
			listener := b.listener(b.balancer(s, "lb")["arn"], 80)
			targets := b.make(targetsType, "t", map[string]any{"port": 80, "protocol": "HTTP", "targetType": "ip", "vpcId": s.vpc["id"]})
			b.make(ruleType, "one", map[string]any{"listenerArn": listener["arn"], "priority": 1, "actions": forward(targets["arn"]), "conditions": paths("/a")})
			return b.destroy(targetsType, targets)
		}},
		"too large inline policies": {"LimitExceeded", func(b *bench, _ stage) error {
			role := b.make(roleType, "r", map[string]any{"assumeRolePolicy": trust})
			policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s"}]}`, strings.Repeat("x", 6000))
			b.make(rolePolicyType, "one", map[string]any{"role": role["name"], "policy": policy})
			return last(b.try(rolePolicyType, "two", map[string]any{"role": role["name"], "policy": policy}))
		}},
		"a role with policies": {"DeleteConflict", func(b *bench, _ stage) error {
			role := b.make(roleType, "r", map[string]any{"assumeRolePolicy": trust})
			b.make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", map[string]any{"role": role["name"], "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"})
			return b.destroy(roleType, role)
		}},
		"the name of a deleted secret": {"InvalidRequestException", func(b *bench, _ stage) error {
			secret := map[string]any{"name": "a/b", "recoveryWindowInDays": 30}
			require.NoError(b, b.destroy(secretType, b.make(secretType, "s", secret)))
			return last(b.try(secretType, "s", secret))
		}},
		"a protected database": {"InvalidParameterCombination", func(b *bench, s stage) error {
			return b.destroy(databaseType, b.database(s, map[string]any{"deletionProtection": true}))
		}},
		"a database without the name of its last snapshot": {"InvalidParameterCombination", func(b *bench, s stage) error {
			return b.destroy(databaseType, b.database(s, map[string]any{"skipFinalSnapshot": false}))
		}},
		"a snapshot's name again": {"DBSnapshotAlreadyExists", func(b *bench, s stage) error {
			made := b.database(s, map[string]any{"skipFinalSnapshot": false, "finalSnapshotIdentifier": "last"})
			require.NoError(b, b.destroy(databaseType, made))
			made = b.make(databaseType, "again", map[string]any{"instanceClass": "db.t4g.micro", "engine": "postgres", "allocatedStorage": 20, "dbSubnetGroupName": made["dbSubnetGroupName"], "finalSnapshotIdentifier": "last"})
			return b.destroy(databaseType, made)
		}},
		"a full bucket": {"BucketNotEmpty", func(b *bench, _ stage) error {
			bucket := b.make(bucketType, "b", map[string]any{})
			b.make(objectType, "o", map[string]any{"bucket": bucket["id"], "key": "a", "content": "x"})
			return b.destroy(bucketType, bucket)
		}},
		"a web ACL for CloudFront elsewhere": {"WAFInvalidParameterException", func(b *bench, _ stage) error {
			return last(b.try("aws:wafv2/webAcl:WebAcl", "w", map[string]any{
				"scope": "CLOUDFRONT", "defaultAction": map[string]any{"allow": map[string]any{}},
				"visibilityConfig": map[string]any{"cloudwatchMetricsEnabled": true, "metricName": "m", "sampledRequestsEnabled": true},
			}))
		}},
		"log delivery of CloudFront elsewhere": {"ValidationException", func(b *bench, s stage) error {
			made := b.make(distributionType, "d", distribution(b.make(originType, "o", origin(b.balancer(s, "lb")["arn"]))["id"], nil))
			return last(b.try(deliverySourceType, "s", map[string]any{"name": "s", "logType": "ACCESS_LOGS", "resourceArn": made["arn"]}))
		}},
		"two sources of one distribution's logs": {"has the delivery source s already", func(b *bench, s stage) error {
			made := b.make(distributionType, "d", distribution(b.make(originType, "o", origin(b.balancer(s, "lb")["arn"]))["id"], nil))
			us := b.in("us-east-1")
			us.make(deliverySourceType, "s", map[string]any{"name": "s", "logType": "ACCESS_LOGS", "resourceArn": made["arn"]})
			return last(us.try(deliverySourceType, "t", map[string]any{"name": "t", "logType": "ACCESS_LOGS", "resourceArn": made["arn"]}))
		}},
		"log delivery to no bucket": {"ResourceNotFoundException", func(b *bench, _ stage) error {
			return last(b.in("us-east-1").try(deliveryTargetType, "t", map[string]any{
				"name": "t", "outputFormat": "json", "deliveryDestinationConfiguration": map[string]any{"destinationResourceArn": "arn:aws:s3:::none"},
			}))
		}},
		"an alarm with a topic of another region": {"ValidationError", func(b *bench, _ stage) error {
			topic := b.make(topicType, "t", map[string]any{})
			return last(b.in("us-east-1").try("aws:cloudwatch/metricAlarm:MetricAlarm", "a", map[string]any{
				"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "metricName": "m", "namespace": "n", "period": 60, "statistic": "Sum", "threshold": 1,
				"alarmActions": []any{topic["arn"]},
			}))
		}},
		"a function that is too long": {"FunctionSizeLimitExceeded", func(b *bench, _ stage) error {
			return last(b.try("aws:cloudfront/function:Function", "f", map[string]any{"runtime": "cloudfront-js-2.0", "code": strings.Repeat("x", 10241)}))
		}},
		"a VPC origin without an internet gateway": {"no internet gateway", func(b *bench, s stage) error {
			balancer := b.balancer(s, "lb")
			require.NoError(b, b.destroy(gatewayType, s.igw))
			return last(b.try(originType, "o", origin(balancer["arn"])))
		}},
		"the gateway of a VPC origin": {"DependencyViolation", func(b *bench, s stage) error {
			b.make(originType, "o", origin(b.balancer(s, "lb")["arn"]))
			return b.destroy(gatewayType, s.igw)
		}},
		"a VPC origin in use": {"CannotDeleteEntityWhileInUse", func(b *bench, s stage) error {
			made := b.make(originType, "o", origin(b.balancer(s, "lb")["arn"]))
			b.make(distributionType, "d", distribution(made["id"], nil))
			return b.destroy(originType, made)
		}},
		"an alias without a certificate": {"InvalidViewerCertificate", func(b *bench, s stage) error {
			made := b.make(originType, "o", origin(b.balancer(s, "lb")["arn"]))
			return last(b.try(distributionType, "d", distribution(made["id"], map[string]any{"aliases": []any{"a.example.com"}})))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			require.ErrorContains(t, c.run(b, b.stage()), c.code)
		})
	}
}

func (b *bench) database(s stage, more map[string]any) map[string]any {
	b.Helper()
	group := b.make("aws:rds/subnetGroup:SubnetGroup", "g", map[string]any{"subnetIds": []any{s.a["id"], s.b["id"]}})
	return b.make(databaseType, "db", b.databaseInputs(group["name"], more))
}

func (b *bench) databaseInputs(group any, more map[string]any) map[string]any {
	inputs := map[string]any{
		"instanceClass": "db.t4g.micro", "engine": "postgres", "engineVersion": "17.9", "allocatedStorage": 20, "dbSubnetGroupName": group, "username": "gateway_admin",
		"skipFinalSnapshot": true, "enabledCloudwatchLogsExports": []any{"postgresql"},
	}
	for name, value := range more {
		inputs[name] = value
	}
	return inputs
}

func origin(balancer any) map[string]any {
	return map[string]any{"vpcOriginEndpointConfig": map[string]any{
		"name": "o", "arn": balancer, "httpPort": 8080, "httpsPort": 443, "originProtocolPolicy": "http-only",
		"originSslProtocols": map[string]any{"items": []any{"TLSv1.2"}, "quantity": 1},
	}}
}

func distribution(origin any, more map[string]any) map[string]any {
	inputs := map[string]any{
		"enabled":      true,
		"origins":      []any{map[string]any{"originId": "alb", "domainName": "x", "vpcOriginConfig": map[string]any{"vpcOriginId": origin}}},
		"restrictions": map[string]any{"geoRestriction": map[string]any{"restrictionType": "none"}}, "viewerCertificate": map[string]any{"cloudfrontDefaultCertificate": true},
		"defaultCacheBehavior": map[string]any{
			"targetOriginId": "alb", "viewerProtocolPolicy": "https-only", "allowedMethods": []any{"GET", "HEAD"}, "cachedMethods": []any{"GET", "HEAD"},
			"cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
		},
	}
	for name, value := range more {
		inputs[name] = value
	}
	return inputs
}

func TestDatabaseLeavesTheLogGroupsThatItMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	made := b.database(b.stage(), nil)
	require.NoError(t, b.destroy(databaseType, made))
	resources, err := b.account.Resources()
	require.NoError(t, err)
	var left []string
	for _, r := range resources {
		if r.MadeByAWS {
			left = append(left, r.ID)
		}
	}
	require.Equal(t, []string{"/aws/rds/instance/" + text(made, "identifier") + "/postgresql"}, left)
	require.Regexp(t, `^db-[0-9a-f]{7}\.[0-9a-f]{12}\.us-west-1\.rds\.amazonaws\.com:5432$`, made["endpoint"])
}

func TestZonesWithoutVpcOriginsRefuseThem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.NoError(t, b.account.Configure(func(s *Settings) { s.Zones = map[string][]string{"us-west-1": {"usw1-az1", "usw1-az2"}} }))
	vpc, subnets, err := b.account.SeedVpc("us-west-1", "10.50.0.0/16", map[string]string{"usw1-az1": "10.50.0.0/24", "usw1-az2": "10.50.1.0/24"}, []string{"usw1-az1", "usw1-az2"})
	require.NoError(t, err)
	require.NotEmpty(t, vpc)
	balancer := b.make(balancerType, "lb", map[string]any{"internal": true, "subnets": []any{subnets[0], subnets[1]}})
	_, err = b.try(originType, "o", origin(balancer["arn"]))
	require.ErrorContains(t, err, "usw1-az2")
}

func TestRevisionsAreNeverUsedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	task := map[string]any{"family": "a", "containerDefinitions": `[{"name":"a","image":"b"}]`}
	one := b.make(taskType, "a", task)
	require.NoError(t, b.destroy(taskType, one))
	two := b.make(taskType, "a", task)
	require.Equal(t, "arn:aws:ecs:us-west-1:111122223333:task-definition/a:2", two["arn"])
	require.InDelta(t, 2, two["revision"], 0)
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	arn, err := b.account.SeedSecret("us-west-1", "mine", "value")
	require.NoError(t, err)
	for _, c := range []struct {
		token  string
		args   map[string]any
		result string
		wanted any
	}{
		{"aws:index/getAvailabilityZones:getAvailabilityZones", map[string]any{}, "zoneIds", []any{"usw1-az1", "usw1-az3"}},
		{"aws:index/getCallerIdentity:getCallerIdentity", map[string]any{}, "accountId", "111122223333"},
		{"aws:secretsmanager/getSecret:getSecret", map[string]any{"name": "mine"}, "arn", arn},
		{"aws:ec2/getAmi:getAmi", map[string]any{
			"owners":  []any{"568608671756"},
			"filters": []any{map[string]any{"name": "name", "values": []any{"fck-nat-al2023-hvm-7.8.9-20300102-arm64-ebs"}}},
		}, "architecture", "arm64"},
	} {
		result, err := b.invoke(c.token, c.args)
		require.NoError(t, err, c.token)
		require.Equal(t, c.wanted, result[c.result], c.token)
	}
	for _, wrong := range []map[string]any{
		{"owners": []any{"111122223333"}, "filters": []any{map[string]any{"name": "name", "values": []any{"fck-nat-al2023-hvm-7.8.9-20300102-arm64-ebs"}}}},
		{"owners": []any{"568608671756"}, "filters": []any{map[string]any{"name": "name", "values": []any{"fck-nat-al2023-hvm-7.8-arm64-ebs"}}}},
	} {
		_, err = b.invoke(imageLookup, wrong)
		require.ErrorContains(t, err, "InvalidAMIID.NotFound")
	}
	_, err = b.invoke("aws:ec2/getSubnet:getSubnet", map[string]any{"id": "subnet-0"})
	require.ErrorContains(t, err, "InvalidSubnetID.NotFound")
}

func TestFaultsHitTheOperationTheyName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.NoError(t, b.account.SetFaults(Fault{Verb: "create", Type: logType, Nth: 2, Action: "throttle"}))
	b.make(logType, "one", map[string]any{"name": "/1"})
	_, err := b.try(logType, "two", map[string]any{"name": "/2"})
	require.ErrorContains(t, err, "ThrottlingException")
	b.make(logType, "two", map[string]any{"name": "/2"})
}
