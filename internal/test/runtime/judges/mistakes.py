"""Planted mistakes: values that AWS refuses, put one at a time into a good resource, to see what the judges see."""

from __future__ import annotations

import copy
import re
from typing import Any, Iterator, NamedTuple

import calls
from convert import Converted, expanded
from places import Api
from state import Resource, leaves, shown

# Written by hand: type, property, the wrong value, what it is. Each was refused by AWS or stands in its documentation.
PLANTED = [
    # EC2
    ("aws:ec2/securityGroup:SecurityGroup", "description", "the gateway's group", "an apostrophe in a group's description"),
    ("aws:ec2/securityGroup:SecurityGroup", "description", "x" * 300, "a group's description of 300 characters"),
    ("aws:ec2/securityGroup:SecurityGroup", "name", "sg-gateway", "a group's name that begins like an id"),
    (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "description",
        "reads LiteLLM's metrics",
        "an apostrophe in a rule's description",
    ),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "toPort", 70000, "a rule's port 70000"),
    ("aws:ec2/instance:Instance", "instanceType", "t4g.pico", "an instance type that is not there"),
    ("aws:ec2/instance:Instance", "rootBlockDevice.volumeType", "gp4", "a volume type that is not there"),
    ("aws:ec2/instance:Instance", "metadataOptions.httpPutResponseHopLimit", 65, "a hop limit of 65"),
    ("aws:ec2/vpc:Vpc", "cidrBlock", "10.0.0.0/8", "a VPC of /8"),
    ("aws:ec2/subnet:Subnet", "cidrBlock", "10.10.0.0", "a subnet's range without its size"),
    ("aws:ec2/subnet:Subnet", "cidrBlock", "10.99.0.0/24", "a subnet outside its VPC"),
    # IAM
    ("aws:iam/role:Role", "description", "NAT instance \u2014 sessions", "an em dash in a role's description"),
    ("aws:iam/role:Role", "description", "the gateway\u2019s role", "a curly quote in a role's description"),
    ("aws:iam/role:Role", "tagsAll.Name", "b & c", "an ampersand in a tag"),
    ("aws:iam/role:Role", "name", "r" * 70, "a role's name of 70 characters"),
    # RDS
    ("aws:rds/instance:Instance", "instanceClass", "db.t4g.nano", "a class that is not there"),
    ("aws:rds/instance:Instance", "backupRetentionPeriod", 40, "backups of 40 days"),
    ("aws:rds/instance:Instance", "username", "gateway_administrate", "a user name of 20 characters"),
    ("aws:rds/instance:Instance", "engineVersion", "17.3", "an engine version that was withdrawn"),
    ("aws:rds/instance:Instance", "engineVersion", "17.99", "an engine version that never was"),
    ("aws:rds/instance:Instance", "enabledCloudwatchLogsExports[0]", "foo", "a log that PostgreSQL does not have"),
    ("aws:rds/instance:Instance", "tagsAll", {f"t{i}": "x" for i in range(60)}, "60 tags"),
    ("aws:rds/instance:Instance", "identifier", "gateway--poc", "two hyphens in an identifier"),
    ("aws:rds/instance:Instance", "allocatedStorage", 10, "10 GB"),
    ("aws:rds/instance:Instance", "password", "p@ssword/1234567", "a password with @ and /"),
    ("aws:rds/parameterGroup:ParameterGroup", "name", "gateway_poc", "an underscore in a parameter group's name"),
    # ECS
    ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions[0].dependsOn[0].condition", "DONE", "a condition that is not there"),
    ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions[0].healthCheck.interval", 1, "a health check each second"),
    (
        "aws:ecs/taskDefinition:TaskDefinition",
        "containerDefinitions[0].linuxParameters.capabilities.add",
        ["NET_ADMIN"],
        "NET_ADMIN on Fargate",
    ),
    ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions[0].name", "lite llm", "a space in a container's name"),
    ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions[0].stopTimeout", 300, "a stop time-out of 300 s on Fargate"),
    ("aws:ecs/taskDefinition:TaskDefinition", "cpu", "300", "a size that Fargate does not have"),
    ("aws:ecs/taskDefinition:TaskDefinition", "memory", "65000", "memory in none of the steps of Fargate"),
    ("aws:ecs/taskDefinition:TaskDefinition", "networkMode", "vpc", "a network mode that is not there"),
    # Elastic Load Balancing
    (
        "aws:lb/listener:Listener",
        "defaultActions[0].fixedResponse.contentType",
        "text/xml",
        "a content type that a fixed response does not have",
    ),
    ("aws:lb/listener:Listener", "defaultActions[0].fixedResponse.statusCode", "600", "an answer 600"),
    ("aws:lb/listener:Listener", "port", 70000, "a listener on port 70000"),
    ("aws:lb/listenerRule:ListenerRule", "priority", 50001, "a priority over 50000"),
    (
        "aws:lb/listenerRule:ListenerRule",
        "conditions[1].pathPattern.values",
        ["/a", "/b", "/c", "/d", "/e", "/f"],
        "six values in a rule's conditions",
    ),
    ("aws:lb/loadBalancer:LoadBalancer", "name", "gateway-" * 4 + "alb", "a load balancer's name of 35 characters"),
    ("aws:lb/loadBalancer:LoadBalancer", "idleTimeout", 5000, "an idle time-out of 5000 s"),
    ("aws:lb/targetGroup:TargetGroup", "healthCheck.healthyThreshold", 1, "one success for health"),
    ("aws:lb/targetGroup:TargetGroup", "deregistrationDelay", 4000, "a deregistration delay of 4000 s"),
    # CloudWatch
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "datapointsToAlarm", 99, "99 datapoints of fewer periods"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "statistic", "p95", "a percentile as statistic"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "comparisonOperator", "LessThan", "a comparison that is not there"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "treatMissingData", "bad", "a treatment of missing data that is not there"),
    ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 15, "a retention of 15 days"),
    # CloudFront
    ("aws:cloudfront/distribution:Distribution", "comment", "x" * 200, "a distribution's comment of 200 characters"),
    ("aws:cloudfront/distribution:Distribution", "priceClass", "PriceClass_300", "a price class that is not there"),
    ("aws:cloudfront/distribution:Distribution", "defaultCacheBehavior.allowedMethods", ["GET", "POST"], "GET and POST without the others"),
    ("aws:cloudfront/distribution:Distribution", "httpVersion", "http4", "an HTTP version that is not there"),
    ("aws:cloudfront/function:Function", "comment", "x" * 200, "a function's comment of 200 characters"),
    ("aws:cloudfront/function:Function", "code", "//" + "x" * 11000, "a function of 11 KB"),
    ("aws:cloudfront/vpcOrigin:VpcOrigin", "vpcOriginEndpointConfig.originProtocolPolicy", "http", "an origin protocol that is not there"),
    (
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "securityHeadersConfig.referrerPolicy.referrerPolicy",
        "bad",
        "a referrer policy that is not there",
    ),
    # The rest
    ("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "name", "a b", "a namespace with a space"),
    (
        "aws:servicediscovery/service:Service",
        "dnsConfig.routingPolicy",
        "SIMPLE",
        "a routing policy of Route 53 that Cloud Map does not have",
    ),
    ("aws:efs/accessPoint:AccessPoint", "rootDirectory.creationInfo.permissions", "99", "permissions that are not octal"),
    ("aws:secretsmanager/secret:Secret", "name", "gateway key", "a space in a secret's name"),
    ("aws:sns/topic:Topic", "name", "gateway.alarms", "a dot in a topic's name"),
]

# What the judges do not see, with the reason.
UNSEEN = {
    "a subnet outside its VPC": "each resource is judged alone; the simulated account refuses it",
}


class Mistake(NamedTuple):
    """A resource with one wrong value."""

    what: str
    by_hand: bool
    resource: Resource


def spoilt(resource: Resource, path: str, value: Any) -> Resource | None:
    """The resource with another value at a path; None where it has nothing there to replace."""
    inputs = copy.deepcopy(expanded(resource))
    node: Any = inputs
    *parents, last = [int(part[1:-1]) if part[0] == "[" else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", path)]
    for part in parents:
        if isinstance(part, str) and isinstance(node, dict) and part not in node and value == ["NET_ADMIN"]:
            node[part] = {}  # capabilities are nowhere given
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return None
    if not isinstance(node, (dict, list)) or isinstance(node, list) and last >= len(node):
        return None
    node[last] = value
    return resource._replace(inputs=inputs)


def by_hand(resources: list[Resource]) -> tuple[list[Mistake], list[str]]:
    """The planted mistakes, and those for which there is no resource."""
    made, impossible = [], []
    for token, path, value, what in PLANTED:
        candidates = (spoilt(resource, path, value) for resource in resources if resource.kind.token == token)
        found = next((candidate for candidate in candidates if candidate), None)
        if found:
            made.append(Mistake(what, True, found))
        else:
            impossible.append(what)
    return made, impossible


def generated(resources: list[tuple[Resource, Converted]]) -> tuple[list[Mistake], list[str]]:
    """A mistake for each rule of each property that is restricted, and the properties that nobody restricts."""
    made, free, seen = [], [], set()
    for resource, converted in resources:
        values = dict(leaves(expanded(resource)))
        for path, places in converted.places.items():
            name = f"{resource.kind.token} {shown(path)}"
            if name in seen or path not in values:
                continue
            seen.add(name)
            wrong = dict(value for place in places for value in wrong_values(place, values[path]))
            if not wrong and not isinstance(values[path], bool):
                free.append(name)
            made += [Mistake(f"{name}: {kind}", False, spoilt_at(resource, path, value)) for kind, value in wrong.items()]
    return made, free


def spoilt_at(resource: Resource, path: tuple, value: Any) -> Resource:
    inputs = copy.deepcopy(expanded(resource))
    node: Any = inputs
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return resource._replace(inputs=inputs)


def rules(place: Any) -> dict:
    """All rules for a value at a place of either side."""
    if isinstance(place, Api):
        stated = calls.limits().get(place.name.removesuffix("[]"))
        rule = stated.rule if stated else {}
        return {**calls.model_rule(place.shape), **(rule.get("each", {}) if place.name.endswith("[]") else rule)}
    return place.restrictions()


def wrong_values(place: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """Values of the same type that break a rule of a place, with the kind of the mistake."""
    rule = rules(place)
    # The API's patterns are of the whole text, those of CloudFormation's schema (JSON Schema) of some part of it.
    fits = calls.matches if isinstance(place, Api) else lambda pattern, text: calls.compiled(pattern).search(text) is not None
    if isinstance(value, str):
        if rule.get("enum"):
            yield "not in enum", f"{value}-x"
        if rule.get("max", 1 << 31) <= 1 << 20:
            yield "too long", ((value or "a") + (value or "a")[-1] * rule["max"])[: rule["max"] + 1]
        if rule.get("min", 0) == 1:
            yield "too short", ""
        if rule.get("pattern"):
            for text in ("\u2014", "not \u201cthis\u201d", "a b&c", "-", "\n"):
                if not fits(rule["pattern"], text):
                    yield "wrong pattern", text
                    break
    if isinstance(value, (int, float)) and not isinstance(value, bool) or isinstance(value, str) and value.isdigit():
        kind = type(value)
        if "to" in rule:
            yield "above max", kind(int(rule["to"]) + 1)
        if "from" in rule:
            yield "below min", kind(int(rule["from"]) - 1)
        if rule.get("enum") and not isinstance(value, str):
            yield "not in enum", max(number for number in rule["enum"]) + 1
