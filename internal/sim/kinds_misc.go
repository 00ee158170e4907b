package sim

import (
	"encoding/json"
	"strings"
)

const (
	topicType     = "aws:sns/topic:Topic"
	namespaceType = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"
	scalingType   = "aws:appautoscaling/target:Target"

	deliverySourceType = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
	deliveryTargetType = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
)

func miscKinds() map[string]*kind {
	ofTarget := []reference{{path: "resourceId", types: []string{scalingType}, by: "resourceId", code: "ObjectNotFoundException"}}
	return map[string]*kind{
		logType: {
			id: "{name}", arn: "arn:aws:logs:{region}:{account}:log-group:{name}", naming: naming{property: "name", max: 512, prefix: "namePrefix"},
			unique: "name", taken: "ResourceAlreadyExistsException",
			outputs: map[string]any{"logGroupClass": "STANDARD"}, gone: []func(*op) error{writtenAgain},
		},
		"aws:cloudwatch/metricAlarm:MetricAlarm": {
			id: "{name}", arn: "arn:aws:cloudwatch:{region}:{account}:alarm:{name}", naming: naming{property: "name", max: 255}, unique: "name", taken: "ResourceAlreadyExists",
			static: []func(map[string]any) error{alarmShape}, rules: []func(*op) error{alarmActions},
			outputs: map[string]any{"evaluateLowSampleCountPercentiles": ""},
		},
		deliverySourceType: {
			id: "{name}", arn: "arn:aws:logs:{region}:{account}:delivery-source:{name}", naming: naming{property: "name", max: 60}, unique: "name", taken: "ConflictException",
			outputs: map[string]any{"service": "cloudfront"}, refs: []reference{byARN("resourceArn", distributionType, "ResourceNotFoundException")},
			rules: []func(*op) error{deliveredFromVirginia}, inUse: "ConflictException",
		},
		deliveryTargetType: {
			id: "{name}", arn: "arn:aws:logs:{region}:{account}:delivery-destination:{name}", naming: naming{property: "name", max: 60}, unique: "name", taken: "ConflictException",
			outputs: map[string]any{"deliveryDestinationType": "S3"}, rules: []func(*op) error{deliveredToBucket}, inUse: "ConflictException",
		},
		"aws:cloudwatch/logDelivery:LogDelivery": {
			id: "{hex16}", arn: "arn:aws:logs:{region}:{account}:delivery:{id}",
			outputs: map[string]any{"fieldDelimiter": "", "s3DeliveryConfigurations": []any{map[string]any{"enableHiveCompatiblePath": false, "suffixPath": "AWSLogs/{account-id}/CloudFront"}}},
			refs: []reference{
				byName("deliverySourceName", deliverySourceType, "ResourceNotFoundException"), byARN("deliveryDestinationArn", deliveryTargetType, "ResourceNotFoundException"),
			},
		},
		topicType: {
			id: "{arn}", arn: "arn:aws:sns:{region}:{account}:{name}", naming: naming{property: "name", max: 256, prefix: "namePrefix"},
			outputs: map[string]any{"owner": "{account}"}, static: []func(map[string]any) error{jsonValid("policy")},
		},
		"aws:sns/topicPolicy:TopicPolicy": {
			id: "{topicPolicyArn}", outputs: map[string]any{"owner": "{account}"}, static: []func(map[string]any) error{jsonValid("policy")}, rules: []func(*op) error{topicOf("arn")},
		},
		"aws:sns/topicSubscription:TopicSubscription": {
			id: "{arn}", arn: "{topicArn}:{uuid}", refs: []reference{{path: "topic", types: []string{topicType}, by: "arn", code: "NotFound"}}, rules: []func(*op) error{topicOf("topic")},
		},
		"aws:budgets/budget:Budget": {
			id: "{account}:{name}", arn: "arn:aws:budgets::{account}:budget/{name}", global: true, naming: naming{property: "name", max: 100, prefix: "namePrefix"},
			unique: "name", taken: "DuplicateRecordException", outputs: map[string]any{"accountId": "{account}", "timePeriodStart": "2026-01-01_00:00"},
		},
		scalingType: {
			id: "{resourceId}", arn: "arn:aws:application-autoscaling:{region}:{account}:scalable-target/{hex20}", inUse: "ConcurrentUpdateException",
			outputs: map[string]any{"roleArn": "arn:aws:iam::{account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"},
			rules:   []func(*op) error{scalable},
		},
		"aws:appautoscaling/policy:Policy": {
			id: "{name}", arn: "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{uuid}:resource/ecs/{resourceId}:policyName/{name}", naming: naming{property: "name", max: 256}, refs: ofTarget,
		},
		"aws:appautoscaling/scheduledAction:ScheduledAction": {
			id: "{name}-ecs-{resourceId}", arn: "arn:aws:autoscaling:{region}:{account}:scheduledAction:{uuid}", naming: naming{property: "name", max: 256}, refs: ofTarget,
		},
		"aws:route53/record:Record": {
			id: "{zoneId}_{name}_{type}", outputs: map[string]any{"fqdn": "{name}"}, global: true, naming: naming{property: "name", optional: true},
			refs: []reference{named("zoneId", "aws:route53/zone:Zone", "NoSuchHostedZone")}, taken: "InvalidChangeBatch",
		},
		"aws:wafv2/webAcl:WebAcl": {
			id: "{uuid}", arn: "arn:aws:wafv2:{region}:{account}:{scopeText}/webacl/{name}/{id}", inUse: "WAFAssociatedItemException", outputs: map[string]any{"lockToken": "{uuid}", "capacity": 25.0},
			naming: naming{property: "name", max: 128, prefix: "namePrefix"}, unique: "name", taken: "WAFDuplicateItemException",
			rules: []func(*op) error{webScope}, remove: []func(*op) error{webUnused},
		},
		namespaceType: {
			id: "ns-{hex16}", arn: "arn:aws:servicediscovery:{region}:{account}:namespace/{id}", inUse: "ResourceInUse", outputs: map[string]any{"hostedZone": "Z{HEX20}"},
			naming: naming{property: "name", max: 253}, refs: []reference{inVpc("vpc")}, rules: []func(*op) error{namespaceFree},
		},
		discoveryType: {
			id: "srv-{hex16}", arn: "arn:aws:servicediscovery:{region}:{account}:service/{id}", inUse: "ResourceInUse", outputs: map[string]any{"namespaceId": "{dnsConfig.namespaceId}", "type": "DNS"},
			naming: naming{property: "name", max: 127}, refs: []reference{named("dnsConfig.namespaceId", namespaceType, "NamespaceNotFound"), named("namespaceId", namespaceType, "NamespaceNotFound")},
			rules: []func(*op) error{discoveryFree}, remove: []func(*op) error{discoveryEmpty},
		},
	}
}

// writtenAgain: a log group that is deleted while RDS or Container Insights still write comes back, without retention.
func writtenAgain(o *op) error {
	for _, database := range o.here(databaseType) {
		writer := &op{state: o.state, region: o.region, out: database.State}
		if err := databaseLogs(writer); err != nil {
			return err
		}
	}
	for _, cluster := range o.here(clusterType) {
		writer := &op{state: o.state, region: o.region, out: cluster.State}
		if err := insightsGroup(writer); err != nil {
			return err
		}
	}
	return nil
}

func jsonValid(property string) func(map[string]any) error {
	return func(in map[string]any) error {
		if document := text(in, property); document != "" && !json.Valid([]byte(document)) {
			return failure("MalformedPolicyDocument", "%s is not valid JSON", property)
		}
		return nil
	}
}

func alarmShape(in map[string]any) error {
	single := in["metricName"] != nil
	if single == (in["metricQueries"] != nil) {
		return failure("ValidationError", "an alarm has either metricName or metricQueries")
	}
	if single && in["namespace"] == nil {
		return failure("ValidationError", "metricName needs a namespace")
	}
	if most := number(in, "evaluationPeriods"); most > 0 && number(in, "datapointsToAlarm") > most {
		return failure("ValidationError", "datapointsToAlarm %d is more than evaluationPeriods %d", number(in, "datapointsToAlarm"), most)
	}
	if period := number(in, "period"); period > 0 && period != 10 && period != 30 && period%60 != 0 {
		return failure("ValidationError", "period %d is neither 10, 30 nor a multiple of 60", period)
	}
	return nil
}

// alarmActions: topics must be in the alarm's region.
func alarmActions(o *op) error {
	for _, list := range []string{"alarmActions", "okActions", "insufficientDataActions"} {
		for _, arn := range texts(o.out, list) {
			if !strings.HasPrefix(arn, "arn:aws:sns:") {
				continue
			}
			if !strings.HasPrefix(arn, "arn:aws:sns:"+o.region+":") || o.find(topicType, o.region, "arn", arn) == nil {
				return failure("ValidationError", "Invalid region or topic in %s: %s is not a topic of %s", list, arn, o.region)
			}
		}
	}
	return nil
}

func topicOf(property string) func(*op) error {
	return func(o *op) error {
		arn := text(o.out, property)
		if o.find(topicType, o.region, "arn", arn) == nil {
			return failure("NotFound", "Topic does not exist: %s", arn)
		}
		o.words["topicArn"], o.words["topicPolicyArn"] = arn, arn
		return nil
	}
}

// scalable: a scalable target is an ECS service of the account.
func scalable(o *op) error {
	id := text(o.out, "resourceId")
	if !strings.HasPrefix(id, "service/") {
		return nil
	}
	for _, service := range o.all(serviceType) {
		if strings.HasSuffix(service.ID, ":"+id) {
			return nil
		}
	}
	return failure("ValidationException", "ECS service doesn't exist: %s", id)
}

func webScope(o *op) error {
	if text(o.out, "scope") == "CLOUDFRONT" && o.region != "us-east-1" {
		return failure("WAFInvalidParameterException", "The scope is not valid: CLOUDFRONT is in us-east-1 only, not %s", o.region)
	}
	o.words["scopeText"] = "regional"
	if text(o.out, "scope") == "CLOUDFRONT" {
		o.words["scopeText"] = "global"
	}
	return nil
}

func webUnused(o *op) error {
	for _, distribution := range o.all(distributionType) {
		if text(distribution.State, "webAclId") == text(o.out, "arn") {
			return failure("WAFAssociatedItemException", "AWS WAF couldn't perform the operation because your resource is being used by %s", distribution.ID)
		}
	}
	return nil
}

func namespaceFree(o *op) error {
	for _, other := range o.all(namespaceType) {
		if other.ID != o.id && text(other.State, "name") == text(o.out, "name") && text(other.State, "vpc") == text(o.out, "vpc") {
			return failure("ConflictingDomainExists", "The VPC %s has already been associated with the domain %s", text(o.out, "vpc"), text(o.out, "name"))
		}
	}
	return nil
}

func discoveryFree(o *op) error {
	for _, other := range o.all(discoveryType) {
		if other.ID != o.id && text(other.State, "name") == text(o.out, "name") && text(other.State, "dnsConfig.namespaceId") == text(o.out, "dnsConfig.namespaceId") {
			return failure("ServiceAlreadyExists", "Service already exists: %s", text(o.out, "name"))
		}
	}
	return nil
}

// deliveredFromVirginia: CloudFront's log deliveries exist in us-east-1 only (Amazon CloudFront Developer Guide, standard logging v2), one source for each
// distribution and type of log (CloudWatch Logs API Reference, PutDeliverySource).
func deliveredFromVirginia(o *op) error {
	if o.region != "us-east-1" {
		return failure("ValidationException", "log delivery of CloudFront is configured in us-east-1, not in %s", o.region)
	}
	for _, other := range o.all(deliverySourceType) {
		if other.ID != o.id && text(other.State, "resourceArn") == text(o.out, "resourceArn") && text(other.State, "logType") == text(o.out, "logType") {
			return failure("ConflictException", "the resource %s has the delivery source %s already", text(o.out, "resourceArn"), other.ID)
		}
	}
	return nil
}

// deliveredToBucket: the bucket is there, in whatever region.
func deliveredToBucket(o *op) error {
	target := text(o.out, "deliveryDestinationConfiguration.destinationResourceArn")
	for _, bucket := range o.all(bucketType) {
		if text(bucket.State, "arn") == target {
			return nil
		}
	}
	return failure("ResourceNotFoundException", "there is no bucket %s", target)
}
