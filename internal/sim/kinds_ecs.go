package sim

const (
	clusterType   = "aws:ecs/cluster:Cluster"
	taskType      = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType   = "aws:ecs/service:Service"
	balancerType  = "aws:lb/loadBalancer:LoadBalancer"
	listenerType  = "aws:lb/listener:Listener"
	ruleType      = "aws:lb/listenerRule:ListenerRule"
	targetsType   = "aws:lb/targetGroup:TargetGroup"
	roleType      = "aws:iam/role:Role"
	logType       = "aws:cloudwatch/logGroup:LogGroup"
	secretType    = "aws:secretsmanager/secret:Secret"
	fileType      = "aws:efs/fileSystem:FileSystem"
	accessType    = "aws:efs/accessPoint:AccessPoint"
	discoveryType = "aws:servicediscovery/service:Service"
	originType    = "aws:cloudfront/vpcOrigin:VpcOrigin"
)

func ecsKinds() map[string]*kind {
	return map[string]*kind{
		clusterType: {
			id: "{arn}", arn: "arn:aws:ecs:{region}:{account}:cluster/{name}", inUse: "ClusterContainsServicesException",
			naming: naming{property: "name", max: 255}, unique: "name", taken: "ClusterAlreadyExists",
			after: []func(*op) error{insightsGroup},
		},
		"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
			id: "{clusterName}", refs: []reference{byName("clusterName", clusterType, "ClusterNotFoundException")}, rules: []func(*op) error{providers},
		},
		taskType: {
			id: "{arn}", // the real provider's id is the family, which two revisions share

			refs: []reference{
				byARN("executionRoleArn", roleType, "ClientException"), byARN("taskRoleArn", roleType, "ClientException"),
				{path: "volumes.efsVolumeConfiguration.fileSystemId", types: []string{fileType}, by: "id", code: "ClientException", weak: true},
				{path: "volumes.efsVolumeConfiguration.authorizationConfig.accessPointId", types: []string{accessType}, by: "id", code: "ClientException", weak: true},
			},
			static: []func(map[string]any) error{fargateSize, taskSize, containersValid},
			rules:  []func(*op) error{nextRevision, normalContainers},
		},
		serviceType: {
			id: "{arn}", arn: "arn:aws:ecs:{region}:{account}:service/{clusterName}/{name}", inUse: "ResourceInUseException",
			outputs: map[string]any{"iamRole": "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "platformVersion": "LATEST", "availabilityZoneRebalancing": "DISABLED"},
			naming:  naming{property: "name", max: 255},
			refs: []reference{
				{path: "cluster", types: []string{clusterType}, by: "arn", code: "ClusterNotFoundException"},
				{path: "taskDefinition", types: []string{taskType}, by: "arn", code: "ClientException", weak: true},
				byARN("loadBalancers.targetGroupArn", targetsType, "InvalidParameterException"),
				inSubnet("networkConfiguration.subnets"), inGroup("networkConfiguration.securityGroups"),
				byARN("serviceRegistries.registryArn", discoveryType, "InvalidParameterException"),
			},
			rules: []func(*op) error{
				serviceName, groupsInVpc("networkConfiguration.subnets", "networkConfiguration.securityGroups"), serviceTargets, serviceTask, serviceProviders, tasksReach,
			},
			replaces: map[string]func(old, wanted map[string]any) bool{"capacityProviderStrategies": strategyReplaces},
			after:    []func(*op) error{deployService}, gone: []func(*op) error{instancesLeft},
		},
	}
}

func lbKinds() map[string]*kind {
	name := naming{property: "name", max: 32, prefix: "namePrefix"}
	return map[string]*kind{
		balancerType: {
			id: "{arn}", arn: "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}", inUse: "ResourceInUse",
			outputs: map[string]any{"dnsName": "{dnsLabel}-{dec10}.{region}.elb.amazonaws.com", "zoneId": "Z368ELLRRE2KJ0", "ipAddressType": "ipv4"},
			naming:  name, unique: "name", taken: "DuplicateLoadBalancerName",
			refs:   []reference{inSubnet("subnets"), inGroup("securityGroups"), inSubnet("subnetMappings.subnetId"), {path: "accessLogs.bucket", types: []string{bucketType}, by: "id", code: "InvalidConfigurationRequest"}},
			rules:  []func(*op) error{balancerZones, balancerRoom, groupsInVpc("subnets", "securityGroups")},
			after:  []func(*op) error{balancerSuffix},
			remove: []func(*op) error{balancerUnused},
		},
		targetsType: {
			id: "{arn}", arn: "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}", inUse: "ResourceInUse",
			outputs: map[string]any{"loadBalancingAlgorithmType": "round_robin", "protocolVersion": "HTTP1", "ipAddressType": "ipv4"},
			naming:  name, unique: "name", taken: "DuplicateTargetGroupName",
			refs: []reference{inVpc("vpcId")}, static: []func(map[string]any) error{healthCheck}, after: []func(*op) error{balancerSuffix},
		},
		listenerType: {
			id: "{arn}", arn: "{listenerArn}/{hex16}", inUse: "ResourceInUse",
			outputs: map[string]any{"protocol": "HTTP"},
			refs: []reference{
				byARN("loadBalancerArn", balancerType, "LoadBalancerNotFound"), byARN("defaultActions.targetGroupArn", targetsType, "TargetGroupNotFound"),
				byARN("defaultActions.forward.targetGroups.arn", targetsType, "TargetGroupNotFound"), byARN("certificateArn", "aws:acm/certificate:Certificate", "CertificateNotFound"),
			},
			static: []func(map[string]any) error{actionsFit("defaultActions")}, rules: []func(*op) error{listenerPort},
		},
		ruleType: {
			id: "{arn}", arn: "{ruleArn}/{hex16}", inUse: "ResourceInUse",
			refs: []reference{
				byARN("listenerArn", listenerType, "ListenerNotFound"), byARN("actions.targetGroupArn", targetsType, "TargetGroupNotFound"),
				byARN("actions.forward.targetGroups.arn", targetsType, "TargetGroupNotFound"),
			},
			static: []func(map[string]any) error{conditionsFit, actionsFit("actions")}, rules: []func(*op) error{rulePriority},
		},
	}
}
