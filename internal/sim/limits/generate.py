#!/usr/bin/env python3
"""Writes limits.json: what AWS allows in the properties of the simulated resource types.

Lengths, ranges, patterns and enumerations come from AWS's own API models, as the package botocore carries them, and from the data that cfn-lint
carries (RDS engine versions and instance classes). TYPES says which request a type's properties go into; a property belongs to the member of the same
name unless it is listed there. WORDED is what AWS states in words only, each with its page.

    generate.py              writes limits.json (`make limits`, with the versions of internal/test/runtime/judges/requirements.txt)
    generate.py --check      fails if limits.json is not what would be written (`make test-runtime`)
    generate.py --unmapped   lists the properties that no member was found for
"""

import json
import re
import sys
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE / "limits.json"
SCHEMA = HERE.parent / "schema"

# For each type its service, its request and, where the names differ, "property path": "member path". "^" starts at the request itself, "." is the same
# member again, "" is none.
TYPES = {
    "aws:appautoscaling/policy:Policy": ("application-autoscaling", "PutScalingPolicyRequest", {"name": "PolicyName"}),
    "aws:appautoscaling/scheduledAction:ScheduledAction": ("application-autoscaling", "PutScheduledActionRequest", {"name": "ScheduledActionName"}),
    "aws:appautoscaling/target:Target": ("application-autoscaling", "RegisterScalableTargetRequest", {}),
    "aws:budgets/budget:Budget": ("budgets", "CreateBudgetRequest", {
        "name": "Budget.BudgetName", "budgetType": "Budget.BudgetType", "timeUnit": "Budget.TimeUnit", "limitUnit": "Budget.BudgetLimit.Unit",
        "limitAmount": "Budget.BudgetLimit.Amount", "notifications": "NotificationsWithSubscribers.Notification",
    }),
    "aws:cloudfront/distribution:Distribution": ("cloudfront", "DistributionConfig", {
        "orderedCacheBehaviors": "CacheBehaviors", "isIpv6Enabled": "IsIPV6Enabled", "loggingConfig": "Logging", "webAclId": "WebACLId",
        "defaultCacheBehavior.cachedMethods": "AllowedMethods.CachedMethods", "orderedCacheBehaviors.cachedMethods": "AllowedMethods.CachedMethods",
        "defaultCacheBehavior.minTtl": "MinTTL", "origins.originId": "Id", "origins.customHeaders": "CustomHeaders",
        "origins.customHeaders.name": "HeaderName", "origins.customHeaders.value": "HeaderValue", "restrictions.geoRestriction.locations": "Items",
        "viewerCertificate.acmCertificateArn": "ACMCertificateArn", "viewerCertificate.sslSupportMethod": "SSLSupportMethod",
    }),
    "aws:cloudfront/function:Function": ("cloudfront", "CreateFunctionRequest", {"comment": "FunctionConfig.Comment", "runtime": "FunctionConfig.Runtime", "code": ""}),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ("cloudfront", "ResponseHeadersPolicyConfig", {
        "customHeadersConfig.items": ".", "securityHeadersConfig.xssProtection": "XSSProtection",
    }),
    "aws:cloudfront/vpcOrigin:VpcOrigin": ("cloudfront", "CreateVpcOriginRequest", {
        "vpcOriginEndpointConfig.httpPort": "HTTPPort", "vpcOriginEndpointConfig.httpsPort": "HTTPSPort",
        "vpcOriginEndpointConfig.originSslProtocols.items": ".",
    }),
    "aws:cloudwatch/logDelivery:LogDelivery": ("logs", "CreateDeliveryRequest", {"s3DeliveryConfigurations": "s3DeliveryConfiguration"}),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": ("logs", "PutDeliveryDestinationRequest", {}),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": ("logs", "PutDeliverySourceRequest", {}),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "CreateLogGroupRequest", {"name": "logGroupName"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarmInput", {
        "name": "AlarmName", "metricQueries": "Metrics", "metricQueries.metric": "MetricStat", "metricQueries.metric.metricName": "Metric.MetricName",
        "metricQueries.metric.namespace": "Metric.Namespace", "metricQueries.metric.dimensions": "Metric.Dimensions",
        "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    }),
    "aws:ec2/eip:Eip": ("ec2", "AllocateAddressRequest", {}),
    "aws:ec2/instance:Instance": ("ec2", "RunInstancesRequest", {
        "rootBlockDevice": "BlockDeviceMappings.Ebs", "ebsBlockDevices": "BlockDeviceMappings.Ebs", "tenancy": "Placement.Tenancy", "hostId": "", "userData": "",
        "iamInstanceProfile": "", "securityGroups": "", "networkInterfaces": "",
    }),
    "aws:ec2/natGateway:NatGateway": ("ec2", "CreateNatGatewayRequest", {}),
    "aws:ec2/vpc:Vpc": ("ec2", "CreateVpcRequest", {}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("ec2", "CreateVpcEndpointRequest", {}),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ("ecr", "PutLifecyclePolicyRequest", {"repository": "repositoryName", "policy": "lifecyclePolicyText"}),
    "aws:ecr/repository:Repository": ("ecr", "CreateRepositoryRequest", {"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"}),
    "aws:ecs/cluster:Cluster": ("ecs", "CreateClusterRequest", {"name": "clusterName"}),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ("ecs", "PutClusterCapacityProvidersRequest", {
        "clusterName": "cluster", "defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy",
    }),
    "aws:ecs/service:Service": ("ecs", "CreateServiceRequest", {
        "name": "serviceName", "capacityProviderStrategies": "capacityProviderStrategy", "networkConfiguration": "networkConfiguration.awsvpcConfiguration",
        "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker", "networkConfiguration.assignPublicIp": "", "iamRole": "",
    }),
    "aws:ecs/taskDefinition:TaskDefinition": ("ecs", "RegisterTaskDefinitionRequest", {
        "volumes.efsVolumeConfiguration.fileSystemId": "fileSystemId", "containerDefinitions": "containerDefinitions",
    }),
    "aws:efs/accessPoint:AccessPoint": ("efs", "CreateAccessPointRequest", {}),
    "aws:efs/backupPolicy:BackupPolicy": ("efs", "PutBackupPolicyRequest", {}),
    "aws:efs/fileSystem:FileSystem": ("efs", "CreateFileSystemRequest", {}),
    "aws:efs/mountTarget:MountTarget": ("efs", "CreateMountTargetRequest", {}),
    "aws:iam/instanceProfile:InstanceProfile": ("iam", "CreateInstanceProfileRequest", {"name": "InstanceProfileName"}),
    "aws:iam/role:Role": ("iam", "CreateRoleRequest", {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "PutRolePolicyRequest", {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("iam", "AttachRolePolicyRequest", {"role": "RoleName"}),
    "aws:lb/listener:Listener": ("elbv2", "CreateListenerInput", {
        "defaultActions.fixedResponse": "FixedResponseConfig", "defaultActions.redirect": "RedirectConfig", "defaultActions.forward": "ForwardConfig",
    }),
    "aws:lb/listenerRule:ListenerRule": ("elbv2", "CreateRuleInput", {
        "actions.fixedResponse": "FixedResponseConfig", "actions.redirect": "RedirectConfig", "actions.forward": "ForwardConfig",
        "conditions.hostHeader": "HostHeaderConfig", "conditions.httpHeader": "HttpHeaderConfig", "conditions.pathPattern": "PathPatternConfig",
        "conditions.queryStrings": "QueryStringConfig.Values", "conditions.sourceIp": "SourceIpConfig", "conditions.httpRequestMethod": "HttpRequestMethodConfig",
    }),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2", "CreateLoadBalancerInput", {"loadBalancerType": "Type"}),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", "CreateTargetGroupInput", {
        "healthCheck.interval": "^HealthCheckIntervalSeconds", "healthCheck.timeout": "^HealthCheckTimeoutSeconds", "healthCheck.path": "^HealthCheckPath",
        "healthCheck.healthyThreshold": "^HealthyThresholdCount", "healthCheck.unhealthyThreshold": "^UnhealthyThresholdCount",
        "healthCheck.protocol": "^HealthCheckProtocol", "healthCheck": "^",
    }),
    "aws:rds/instance:Instance": ("rds", "CreateDBInstanceMessage", {
        "identifier": "DBInstanceIdentifier", "instanceClass": "DBInstanceClass", "username": "MasterUsername", "password": "MasterUserPassword", "name": "",
    }),
    "aws:rds/parameterGroup:ParameterGroup": ("rds", "CreateDBParameterGroupMessage", {"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"}),
    "aws:rds/subnetGroup:SubnetGroup": ("rds", "CreateDBSubnetGroupMessage", {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"}),
    "aws:route53/record:Record": ("route53", "ResourceRecordSet", {"aliases": "AliasTarget", "aliases.zoneId": "HostedZoneId", "records": "ResourceRecords.Value"}),
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": ("s3", "PutBucketLifecycleConfigurationRequest", {
        "rules": "LifecycleConfiguration.Rules", "rules.id": "ID",
    }),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("s3", "PutObjectRequest", {"content": "", "tags": "", "etag": "", "source": ""}),
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": ("s3", "PutBucketEncryptionRequest", {
        "rules": "ServerSideEncryptionConfiguration.Rules", "rules.applyServerSideEncryptionByDefault.sseAlgorithm": "SSEAlgorithm",
    }),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "CreateSecretRequest", {"policy": ""}),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretsmanager", "PutSecretValueRequest", {}),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": ("servicediscovery", "CreatePrivateDnsNamespaceRequest", {}),
    "aws:servicediscovery/service:Service": ("servicediscovery", "CreateServiceRequest", {"type": ""}),
    "aws:sns/topic:Topic": ("sns", "CreateTopicInput", {}),
    "aws:wafv2/webAcl:WebAcl": ("wafv2", "CreateWebACLRequest", {"visibilityConfig.cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled", "ruleJson": ""}),
}

UNBOUNDED = 2**31 - 1  # what a model says where there is no real bound
LONG = 62  # from here on Go takes long to compile a bounded repetition, or refuses it; the length is bounded apart
EC2_TEXT = {"max": 255, "pattern": r"^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*$"}
PORT = {"min": -1, "max": 65535}
ELB_NAME = {"max": 32, "pattern": r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$"}
CONTENT_TYPES = {"enum": ["text/plain", "text/css", "text/html", "application/javascript", "application/json"]}
CONTAINER = "containerDefinitions:"

# What the models leave to words: type, property, limit, the page that says it.
WORDED = [
    ("aws:ec2/securityGroup:SecurityGroup", "description", EC2_TEXT, "Amazon EC2 API Reference, CreateSecurityGroup, GroupDescription"),
    ("aws:ec2/securityGroup:SecurityGroup", "name", EC2_TEXT, "Amazon EC2 API Reference, CreateSecurityGroup, GroupName"),
    *[(f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule", name, limit, f"Amazon EC2 API Reference, IpPermission and IpRange, {member}")
      for way in ("Ingress", "Egress")
      for name, limit, member in (("description", EC2_TEXT, "Description"), ("fromPort", PORT, "FromPort"), ("toPort", PORT, "ToPort"))],
    ("aws:rds/instance:Instance", "backupRetentionPeriod", {"min": 0, "max": 35}, "Amazon RDS API Reference, CreateDBInstance, BackupRetentionPeriod"),
    ("aws:rds/instance:Instance", "username", {"max": 16, "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"}, "Amazon RDS API Reference, CreateDBInstance, MasterUsername"),
    ("aws:rds/instance:Instance", "identifier", {"max": 63, "pattern": r"^[A-Za-z](-?[A-Za-z0-9])*$"}, "Amazon RDS API Reference, CreateDBInstance, DBInstanceIdentifier"),
    ("aws:rds/instance:Instance", "port", {"min": 1150, "max": 65535}, "Amazon RDS API Reference, CreateDBInstance, Port"),
    ("aws:rds/instance:Instance", "enabledCloudwatchLogsExports", {"enum": ["postgresql", "upgrade", "iam-db-auth-error"]},
     "Amazon RDS API Reference, CreateDBInstance, EnableCloudwatchLogsExports (of PostgreSQL)"),
    ("aws:rds/instance:Instance", "storageType", {"enum": ["gp2", "gp3", "io1", "io2", "standard"]}, "Amazon RDS API Reference, CreateDBInstance, StorageType"),
    ("aws:rds/parameterGroup:ParameterGroup", "name", {"max": 255, "pattern": r"^[A-Za-z](-?[A-Za-z0-9.])*$"}, "Amazon RDS API Reference, CreateDBParameterGroup"),
    ("aws:rds/subnetGroup:SubnetGroup", "name", {"max": 255, "pattern": r"^[A-Za-z0-9 ._-]+$"}, "Amazon RDS API Reference, CreateDBSubnetGroup, DBSubnetGroupName"),
    ("aws:lb/loadBalancer:LoadBalancer", "name", ELB_NAME, "Elastic Load Balancing API Reference, CreateLoadBalancer, Name"),
    ("aws:lb/targetGroup:TargetGroup", "name", ELB_NAME, "Elastic Load Balancing API Reference, CreateTargetGroup, Name"),
    ("aws:s3/bucketV2:BucketV2", "bucket", {"min": 3, "max": 63, "pattern": r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$"}, "Amazon S3 User Guide, general purpose bucket naming rules"),
    ("aws:secretsmanager/secret:Secret", "name", {"pattern": r"^[A-Za-z0-9/_+=.@-]+$"}, "AWS Secrets Manager API Reference, CreateSecret, Name"),
    ("aws:servicediscovery/service:Service", "name", {"max": 127}, "AWS Cloud Map API Reference, CreateService, Name"),
    ("aws:lb/loadBalancer:LoadBalancer", "idleTimeout", {"min": 1, "max": 4000}, "Elastic Load Balancing API Reference, LoadBalancerAttribute"),
    ("aws:lb/loadBalancer:LoadBalancer", "clientKeepAlive", {"min": 60, "max": 604800}, "Elastic Load Balancing API Reference, LoadBalancerAttribute"),
    ("aws:lb/targetGroup:TargetGroup", "deregistrationDelay", {"min": 0, "max": 3600}, "Elastic Load Balancing API Reference, TargetGroupAttribute"),
    ("aws:lb/listener:Listener", "defaultActions.fixedResponse.contentType", CONTENT_TYPES, "Elastic Load Balancing API Reference, FixedResponseActionConfig"),
    ("aws:lb/listenerRule:ListenerRule", "actions.fixedResponse.contentType", CONTENT_TYPES, "Elastic Load Balancing API Reference, FixedResponseActionConfig"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "treatMissingData", {"enum": ["breaching", "notBreaching", "ignore", "missing"]},
     "Amazon CloudWatch API Reference, PutMetricAlarm, TreatMissingData"),
    ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", {"enum": [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]},
     "Amazon CloudWatch Logs API Reference, PutRetentionPolicy"),
    ("aws:cloudfront/distribution:Distribution", "comment", {"max": 128}, "Amazon CloudFront API Reference, DistributionConfig, Comment"),
    ("aws:cloudfront/function:Function", "comment", {"max": 128}, "Amazon CloudFront API Reference (AWS's CloudFormation schema of AWS::CloudFront::Function has no bound; unverified)"),
    ("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "comment", {"max": 128}, "Amazon CloudFront API Reference, ResponseHeadersPolicyConfig, Comment"),
    ("aws:cloudfront/distribution:Distribution", "origins.vpcOriginConfig.originReadTimeout", {"min": 1, "max": 120}, "Amazon CloudFront API Reference, VpcOriginConfig"),
    ("aws:cloudfront/distribution:Distribution", "origins.vpcOriginConfig.originKeepaliveTimeout", {"min": 1, "max": 120}, "Amazon CloudFront API Reference, VpcOriginConfig"),
    ("aws:secretsmanager/secret:Secret", "recoveryWindowInDays", {"min": 7, "max": 30}, "AWS Secrets Manager API Reference, DeleteSecret, RecoveryWindowInDays"),
    ("aws:sns/topic:Topic", "name", {"max": 256, "pattern": r"^[A-Za-z0-9_-]+(\.fifo)?$"}, "Amazon SNS API Reference, CreateTopic, Name"),
    ("aws:ecs/cluster:Cluster", "name", {"max": 255, "pattern": r"^[A-Za-z0-9_-]+$"}, "Amazon ECS API Reference, CreateCluster, clusterName"),
    ("aws:ecs/service:Service", "name", {"max": 255, "pattern": r"^[A-Za-z0-9_-]+$"}, "Amazon ECS API Reference, CreateService, serviceName"),
    ("aws:ecs/taskDefinition:TaskDefinition", "family", {"max": 255, "pattern": r"^[A-Za-z0-9_-]+$"}, "Amazon ECS API Reference, RegisterTaskDefinition, family"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "healthCheck.interval", {"min": 5, "max": 300}, "Amazon ECS API Reference, HealthCheck"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "healthCheck.timeout", {"min": 2, "max": 120}, "Amazon ECS API Reference, HealthCheck"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "healthCheck.retries", {"min": 1, "max": 10}, "Amazon ECS API Reference, HealthCheck"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "healthCheck.startPeriod", {"min": 0, "max": 300}, "Amazon ECS API Reference, HealthCheck"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "stopTimeout", {"min": 2, "max": 120}, "Amazon ECS API Reference, ContainerDefinition, stopTimeout (Fargate)"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "linuxParameters.capabilities.add", {"enum": ["SYS_PTRACE"]},
     "Amazon ECS API Reference, KernelCapabilities (Fargate)"),
    ("aws:ecs/taskDefinition:TaskDefinition", CONTAINER + "name", {"max": 255, "pattern": r"^[A-Za-z0-9_-]+$"}, "Amazon ECS API Reference, ContainerDefinition, name"),
]


class Models:
    """The API models of botocore, by service."""

    def __init__(self):
        self.loader = import_module("botocore.loaders").Loader()
        self.shapes = {}

    def shape(self, service, name):
        if service not in self.shapes:
            self.shapes[service] = self.loader.load_service_model(service, "service-2")["shapes"]
        return self.shapes[service][name]


def load_schema():
    types = {}
    for file in sorted(SCHEMA.glob("*.json")):
        types |= json.loads(file.read_text()).get("resources", {})
    return types


def line_of(prop):
    return (prop if isinstance(prop, str) else prop["_"]).split(" = ")[0]


def spellings(name):
    yield name
    if name.endswith("ies"):
        yield name[:-3] + "y"
    if name.endswith("s"):
        yield name[:-1]
    yield name + "s"


def readable(pattern):
    """The pattern as Go reads it: no look-around, code points in braces, long repetitions without their bound; a bare one matches the whole."""
    out, i = "", 0
    while i < len(pattern):
        if pattern.startswith(("(?!", "(?="), i):
            depth, j = 1, i + 3
            while depth:
                depth += {"(": 1, ")": -1}.get(pattern[j], 0) if pattern[j - 1] != "\\" else 0
                j += 1
            i = j + (pattern[j:j + 1] in "+*?" and pattern[j:j + 1] != "")
            continue
        out += pattern[i]
        i += 1
    out = out.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10FFFF}")
    out = re.sub(r"\\u([0-9A-Fa-f]{4})", r"\\x{\1}", out)
    out = re.sub(r"\\u\{([0-9A-Fa-f]+)\}", r"\\x{\1}", out)
    out = out.replace(r"\p{ASCII}", r"[\x{00}-\x{7F}]").replace(r"\p{Print}", r"[\x{20}-\x{7E}]").replace(r"\p{Alnum}", "[A-Za-z0-9]").replace(r"\p{Graph}", r"[\x{21}-\x{7E}]")
    out = re.sub(r"\{(\d+),(\d+)\}", lambda m: m[0] if int(m[2]) < LONG else "*" if m[1] == "0" else "+", out)
    if "^" != out[:1] and "$" != out[-1:]:
        out = "^(?:" + out + ")$"
    return "(?s)" + out


class Writer:
    def __init__(self, models):
        self.models, self.unmapped, self.rows = models, [], {}

    def member(self, service, shape, path):
        """The shape under a dotted path; lists and Items on the way are walked."""
        for name in filter(None, path.split(".")):
            found = {key.lower(): key for key in shape.get("members", {})}
            if name.lower() not in found:
                shape = self.structure(service, shape)
                found = {key.lower(): key for key in shape.get("members", {})}
            key = found.get(name.lower())
            if key is None:
                return None
            shape = self.models.shape(service, shape["members"][key]["shape"])
        return shape

    def structure(self, service, shape):
        while True:
            if shape["type"] == "list":
                shape = self.models.shape(service, shape["member"]["shape"])
            elif shape["type"] == "structure" and "Items" in shape["members"] and set(shape["members"]) <= {"Quantity", "Items", "CachedMethods", "Enabled"}:
                shape = self.models.shape(service, shape["members"]["Items"]["shape"])
            else:
                return shape

    def put(self, token, path, limit, source):
        if limit:
            self.rows.setdefault(token, {})[path] = limit | {"from": source}

    def walk(self, token, service, request, renames, properties, shape, path=""):
        for name, prop in properties.items():
            if name == "_" or "output" in line_of(prop).split():
                continue
            here = path + name
            wanted = renames.get(here)
            root, found = shape, None
            if wanted == "":
                continue
            if wanted == ".":
                found = shape
            elif wanted and wanted.startswith("^"):
                root, wanted = self.models.shape(service, request), wanted[1:]
                found = root if wanted == "" else self.member(service, root, wanted)
            for spelling in [wanted] if wanted else spellings(name):
                found = found or self.member(service, root, spelling)
            if found is None:
                if renames.get(here):
                    sys.exit(f"{token} {here}: no member {renames[here]}")
                self.unmapped.append(f"{token} {here}")
                continue
            source = f"{service} {request}.{renames.get(here) or here}"
            if here == "containerDefinitions":
                self.document(token, service, self.structure(service, found), CONTAINER, ())
            elif isinstance(prop, dict):
                self.walk(token, service, request, renames, prop, self.structure(service, found), here + ".")
            elif line_of(prop).startswith("map("):
                self.pairs(token, service, here, found, source)
            else:
                self.put(token, here, self.limit(self.structure(service, found), line_of(prop)), source)

    def pairs(self, token, service, path, shape, source):
        """Tags and dimensions: a map here, a list of keys and values or a map there."""
        if shape["type"] == "list":
            members = self.structure(service, shape).get("members", {})
            key, value = members.get("Key") or members.get("key") or members.get("Name"), members.get("Value") or members.get("value")
            if not key or not value:
                return
        elif shape["type"] == "map":
            key, value = shape["key"], shape["value"]
        else:
            return
        self.put(token, path + " keys", self.limit(self.models.shape(service, key["shape"]), "string"), source)
        self.put(token, path + " values", self.limit(self.models.shape(service, value["shape"]), "string"), source)

    def document(self, token, service, shape, path, seen):
        """A document in a property, by the model alone."""
        for name, member in shape.get("members", {}).items():
            inner = self.structure(service, self.models.shape(service, member["shape"]))
            here = path + name
            if inner["type"] == "structure" and member["shape"] not in seen:
                self.document(token, service, inner, here + ".", (*seen, member["shape"]))
            elif inner["type"] in ("string", "integer", "long"):
                self.put(token, here, self.limit(inner, {"string": "string"}.get(inner["type"], "int")), f"{service} RegisterTaskDefinitionRequest.{here}")

    def limit(self, shape, kind):
        number = re.match(r"(list\(|set\()?(int|float)", kind) is not None
        if number != (shape["type"] in ("integer", "long", "float", "double")) or shape["type"] in ("structure", "map", "blob", "boolean", "timestamp"):
            return None
        limit = {key: shape[key] for key in ("min", "max") if key in shape and abs(shape[key]) < UNBOUNDED}
        if "pattern" in shape and shape["pattern"] not in (".*", ".+"):
            limit["pattern"] = readable(shape["pattern"])
        if "enum" in shape:
            limit["enum"] = shape["enum"]
        return limit


def postgres():
    """The versions that RDS has, and the regions in which it does not offer an instance class (DescribeDBEngineVersions and others, by cfn-lint)."""
    folder = Path(find_spec("cfnlint").origin).parent / "data/schemas/extensions/aws_rds_dbinstance"

    def of(node, engine):
        return node["if"]["properties"]["Engine"].get("const") == engine

    known = next(n for n in json.loads((folder / "engine_version.json").read_text())["allOf"] if of(n, "postgres"))
    gone = next(n for n in json.loads((folder / "engine_version_deprecated.json").read_text())["allOf"] if of(n, "postgres"))
    versions = set(known["then"]["properties"]["EngineVersion"]["enum"]) - set(gone["if"]["properties"]["EngineVersion"]["enum"])
    classes, regions = {}, json.loads((folder / "dbinstanceclass_enum.json").read_text())
    for region, rules in regions.items():
        for rule in rules["allOf"]:
            if of(rule, "postgres"):
                for name in rule["then"]["properties"]["DBInstanceClass"]["enum"]:
                    classes.setdefault(name, set()).add(region)
    plain = [v for v in versions if re.fullmatch(r"\d+\.\d+", v) and int(v.split(".")[0]) >= 14]
    graviton = {name: sorted(set(regions) - there) for name, there in classes.items() if re.match(r"db\.(t4g|[mr][678]g)\.", name)}
    return {
        "versions": sorted(plain, key=lambda v: [int(n) for n in v.split(".")]),
        "classes": sorted(classes),
        "missing": {name: graviton[name] for name in sorted(graviton) if graviton[name]},
    }


def tags(writer, schema):
    """Every tag has these bounds; some services say more."""
    source = "Tagging AWS Resources and Tag Editor User Guide, tag naming limits and requirements"
    letters = {"pattern": r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$"}
    for token, properties in schema.items():
        if not token.startswith("aws:") or not isinstance(properties.get("tags"), str):
            continue
        more = letters if token.startswith(("aws:rds/", "aws:s3/")) else {}
        for part, limit in (("keys", {"min": 1, "max": 128}), ("values", {"min": 0, "max": 256})):
            if f"tags {part}" not in writer.rows.get(token, {}):
                writer.put(token, f"tags {part}", limit | more, source)


def rows():
    models = Models()
    writer = Writer(models)
    schema = load_schema()
    for token, (service, request, renames) in TYPES.items():
        writer.walk(token, service, request, renames, schema[token], models.shape(service, request))
    for token, path, limit, source in WORDED:
        if path.split(":")[0].split(".")[0] not in schema[token]:
            sys.exit(f"{token} has no property {path}")
        row = writer.rows.setdefault(token, {}).get(path, {})
        writer.rows[token][path] = {k: v for k, v in row.items() if k != "from"} | limit | {"from": source}
    tags(writer, schema)
    return writer


def wrapped(values):
    """A long enumeration as lines of words."""
    if not all(isinstance(v, str) and " " not in v and v for v in values):
        return values
    lines, line = [], ""
    for value in values:
        if len(line) + len(value) > 110:
            lines.append(line.strip())
            line = ""
        line += " " + value
    return [*lines, line.strip()] if line.strip() else lines


def text():
    writer = rows()
    data = postgres()
    out = {
        "source": [f"{name} {metadata.version(name)}" for name in ("botocore", "cfn-lint")],
        "types": {
            token: {path: {k: wrapped(v) if k == "enum" else v for k, v in limit.items()} for path, limit in sorted(paths.items())}
            for token, paths in sorted(writer.rows.items())
        },
        "postgres": {"versions": wrapped(data["versions"]), "classes": wrapped(data["classes"]), "missing": {k: wrapped(v) for k, v in data["missing"].items()}},
    }
    return json.dumps(out, indent=1, ensure_ascii=True) + "\n", writer


def main():
    content, writer = text()
    if "--unmapped" in sys.argv:
        print("\n".join(writer.unmapped))
        return
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text() != content:
            sys.exit(f"{TARGET} is not what generate.py writes: run it")
        return
    TARGET.write_text(content)


if __name__ == "__main__":
    main()
