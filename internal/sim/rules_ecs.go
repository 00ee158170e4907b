package sim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// fargateSize: the pairs of cpu and memory that Fargate runs (Amazon ECS Developer Guide, "Task definition parameters for Fargate").
func fargateSize(in map[string]any) error {
	if !slices.Contains(texts(in, "requiresCompatibilities"), "FARGATE") {
		return nil
	}
	if text(in, "networkMode") != "awsvpc" && known(in["networkMode"]) {
		return failure("ClientException", "Fargate only supports network mode 'awsvpc'")
	}
	if !known(in["cpu"]) || !known(in["memory"]) {
		return nil
	}
	cpu, _ := strconv.Atoi(text(in, "cpu"))
	memory, _ := strconv.Atoi(text(in, "memory"))
	type span struct{ low, high, step int }
	spans := map[int]span{
		256: {512, 2048, 512}, 512: {1024, 4096, 1024}, 1024: {2048, 8192, 1024}, 2048: {4096, 16384, 1024}, 4096: {8192, 30720, 1024},
		8192: {16384, 61440, 4096}, 16384: {32768, 122880, 8192},
	}
	s, ok := spans[cpu]
	if !ok || memory < s.low || memory > s.high || memory%s.step != 0 || (cpu == 256 && memory == 1536) {
		return failure("ClientException", "No Fargate configuration exists for given values: %s CPU, %s memory", text(in, "cpu"), text(in, "memory"))
	}
	return nil
}

// taskSize: a task definition has at most 64 KB (Amazon ECS service quotas).
func taskSize(in map[string]any) error {
	if size := len(text(in, "containerDefinitions")); size > 64*1024 {
		return failure("ClientException", "Actual length: '%d'. Max allowed length is '65536' bytes", size)
	}
	return nil
}

type containerDefinition struct {
	Name             string
	Image            string
	Essential        *bool
	Secrets          []struct{ Name, ValueFrom string }
	EnvironmentFiles []struct{ Value, Type string }
	LogConfiguration *struct {
		LogDriver string
		Options   map[string]string
	}
	MountPoints  []struct{ SourceVolume, ContainerPath string }
	DependsOn    []struct{ ContainerName, Condition string }
	PortMappings []struct{ ContainerPort, HostPort int }
}

func containersOf(values map[string]any) ([]containerDefinition, error) {
	var containers []containerDefinition
	if err := json.Unmarshal([]byte(text(values, "containerDefinitions")), &containers); err != nil {
		return nil, failure("ClientException", "ECS Task Definition container_definitions is invalid: %v", err)
	}
	return containers, nil
}

// containersValid: names, images, one essential container, mounts and dependencies that exist within the task.
func containersValid(in map[string]any) error {
	if !known(in["containerDefinitions"]) || text(in, "containerDefinitions") == "" {
		return nil
	}
	containers, err := containersOf(in)
	if err != nil {
		return err
	}
	names, essential := map[string]bool{}, false
	for _, c := range containers {
		if c.Name == "" || c.Image == "" || names[c.Name] {
			return failure("ClientException", "container %q needs a name of its own and an image", c.Name)
		}
		names[c.Name] = true
		essential = essential || c.Essential == nil || *c.Essential
	}
	if !essential {
		return failure("ClientException", "task definition must have at least one essential container")
	}
	for _, c := range containers {
		for _, mount := range c.MountPoints {
			if known(in["volumes"]) && !slices.Contains(texts(in, "volumes.name"), mount.SourceVolume) {
				return failure("ClientException", "Unknown volume '%s' in container %s", mount.SourceVolume, c.Name)
			}
		}
		for _, dependency := range c.DependsOn {
			if !names[dependency.ContainerName] {
				return failure("ClientException", "container %s depends on %q, which is not in the task", c.Name, dependency.ContainerName)
			}
		}
	}
	return nil
}

// nextRevision counts the revisions of a family; numbers are never used again.
func nextRevision(o *op) error {
	if o.old != nil {
		return nil
	}
	counter := "ecs/" + o.region + "/" + text(o.out, "family")
	o.Counters[counter]++
	o.out["revision"] = float64(o.Counters[counter])
	o.out["arn"] = "arn:aws:ecs:" + o.region + ":" + o.Settings.AccountID + ":task-definition/" + text(o.out, "family") + ":" + strconv.Itoa(o.Counters[counter])
	o.out["arnWithoutRevision"] = strings.TrimSuffix(text(o.out, "arn"), ":"+strconv.Itoa(o.Counters[counter]))
	return nil
}

// normalContainers is what AWS gives back: the same containers with its own defaults written out.
func normalContainers(o *op) error {
	var containers []map[string]any
	if err := json.Unmarshal([]byte(text(o.out, "containerDefinitions")), &containers); err != nil {
		return failure("ClientException", "ECS Task Definition container_definitions is invalid: %v", err)
	}
	for _, c := range containers {
		defaults := map[string]any{
			"cpu": 0.0, "essential": true, "environment": []any{}, "mountPoints": []any{}, "portMappings": []any{}, "volumesFrom": []any{}, "systemControls": []any{},
		}
		for name, value := range defaults {
			if c[name] == nil {
				c[name] = value
			}
		}
		for _, item := range at(c, "portMappings") {
			mapping, ok := item.(map[string]any)
			if !ok {
				continue
			}
			if mapping["hostPort"] == nil {
				mapping["hostPort"] = mapping["containerPort"]
			}
			if mapping["protocol"] == nil {
				mapping["protocol"] = "tcp"
			}
		}
	}
	o.out["containerDefinitions"] = canonical(containers)
	return nil
}

func insightsGroup(o *op) error {
	for _, item := range at(o.out, "settings") {
		if text(item, "name") == "containerInsights" && text(item, "value") != "disabled" {
			o.ownGroup("/aws/ecs/containerinsights/" + text(o.out, "name") + "/performance")
		}
	}
	return nil
}

// ownGroup makes a log group as AWS does when a service writes and there is none: without retention, and left behind.
func (o *op) ownGroup(name string) {
	if o.find(logType, o.region, "name", name) != nil {
		return
	}
	arn := "arn:aws:logs:" + o.region + ":" + o.Settings.AccountID + ":log-group:" + name
	o.Resources[key(logType, o.region, name)] = &Resource{
		Type: logType, ID: name, Region: o.region, MadeByAWS: true, State: map[string]any{"id": name, "name": name, "arn": arn, "retentionInDays": 0.0},
	}
}

func providers(o *op) error {
	for _, name := range texts(o.out, "capacityProviders") {
		if name != "FARGATE" && name != "FARGATE_SPOT" {
			return failure("InvalidParameterException", "The specified capacity provider '%s' was not found", name)
		}
	}
	for _, name := range texts(o.out, "defaultCapacityProviderStrategies.capacityProvider") {
		if !slices.Contains(texts(o.out, "capacityProviders"), name) {
			return failure("InvalidParameterException", "capacity provider '%s' is not associated with the cluster", name)
		}
	}
	return nil
}

func serviceName(o *op) error {
	cluster := o.find(clusterType, o.region, "arn", text(o.out, "cluster"))
	if cluster == nil {
		return failure("ClusterNotFoundException", "Cluster not found.")
	}
	o.words["clusterName"] = text(cluster.State, "name")
	for _, other := range o.all(serviceType) {
		if other.ID != o.id && text(other.State, "cluster") == cluster.ID && text(other.State, "name") == text(o.out, "name") {
			return failure("InvalidParameterException", "Creation of service was not idempotent: %s exists", text(o.out, "name"))
		}
	}
	return nil
}

// serviceTargets: a target group needs a load balancer before a service can use it, and a container that listens.
func serviceTargets(o *op) error {
	task := o.find(taskType, o.region, "arn", text(o.out, "taskDefinition"))
	for _, item := range at(o.out, "loadBalancers") {
		arn := text(item, "targetGroupArn")
		attached := false
		for _, token := range []string{listenerType, ruleType} {
			for _, r := range o.all(token) {
				attached = attached || strings.Contains(canonical(r.State), `"`+arn+`"`)
			}
		}
		if !attached {
			return failure("InvalidParameterException", "The target group with targetGroupArn %s does not have an associated load balancer.", arn)
		}
		targets := o.find(targetsType, o.region, "arn", arn)
		for _, subnet := range texts(o.out, "networkConfiguration.subnets") {
			if targets != nil && text(targets.State, "vpcId") != o.vpcOf(subnet) {
				return failure("InvalidParameterException", "subnet %s is not in the VPC of target group %s", subnet, arn)
			}
		}
		if targets != nil && text(targets.State, "targetType") != "ip" {
			return failure("InvalidParameterException", "The provided target group %s has target type %s, which is incompatible with the awsvpc network mode", arn, text(targets.State, "targetType"))
		}
		if task != nil && !listens(task.State, text(item, "containerName"), number(item, "containerPort")) {
			return failure("InvalidParameterException", "The container %s did not have a container port %d defined.", text(item, "containerName"), number(item, "containerPort"))
		}
	}
	return nil
}

func listens(task map[string]any, name string, port int) bool {
	containers, err := containersOf(task)
	if err != nil {
		return false
	}
	for _, c := range containers {
		for _, mapping := range c.PortMappings {
			if c.Name == name && mapping.ContainerPort == port {
				return true
			}
		}
	}
	return false
}

// serviceTask is what a task needs to start: AWS says so only when it runs, and a service that waits for steady state fails.
func serviceTask(o *op) error {
	task := o.find(taskType, o.region, "arn", text(o.out, "taskDefinition"))
	if task == nil {
		return failure("ClientException", "Unable to describe task definition %s", text(o.out, "taskDefinition"))
	}
	containers, err := containersOf(task.State)
	if err != nil {
		return err
	}
	for _, c := range containers {
		for _, secret := range c.Secrets {
			if !o.readable(secret.ValueFrom) {
				return failure("ResourceInitializationError", "unable to pull secrets: %s of container %s: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", secret.ValueFrom, c.Name)
			}
		}
		if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != "awslogs" || c.LogConfiguration.Options["awslogs-create-group"] == "true" {
			continue
		}
		if group := c.LogConfiguration.Options["awslogs-group"]; o.find(logType, o.region, "name", group) == nil {
			return failure("ResourceInitializationError", "failed to validate logger args: The task cannot find the Amazon CloudWatch log group %q of container %s", group, c.Name)
		}
	}
	if text(task.State, "executionRoleArn") == "" && len(containers) > 0 {
		return failure("ResourceInitializationError", "task definition %s has no execution role", task.ID)
	}
	return o.mountable(task)
}

// readable tells whether a secret has a value.
func (o *op) readable(valueFrom string) bool {
	for _, version := range o.all("aws:secretsmanager/secretVersion:SecretVersion") {
		if arn := text(version.State, "secretId"); version.Region == o.region && (valueFrom == arn || strings.HasPrefix(valueFrom, arn+":")) {
			return true
		}
	}
	return false
}

// mountable: a file system needs a mount target in the zone of every subnet.
func (o *op) mountable(task *Resource) error {
	for _, fs := range texts(task.State, "volumes.efsVolumeConfiguration.fileSystemId") {
		for _, subnet := range texts(o.out, "networkConfiguration.subnets") {
			found := false
			for _, target := range o.all("aws:efs/mountTarget:MountTarget") {
				found = found || (text(target.State, "fileSystemId") == fs && o.zoneOf(text(target.State, "subnetId")) == o.zoneOf(subnet))
			}
			if !found {
				return failure("ResourceInitializationError", "failed to invoke EFS utils commands to set up EFS volumes: no mount target of %s in the zone of %s", fs, subnet)
			}
		}
	}
	return nil
}

func (s *state) zoneOf(subnet string) string {
	if r := s.find(subnetType, "", "id", subnet); r != nil {
		return text(r.State, "availabilityZoneId")
	}
	return ""
}

func serviceProviders(o *op) error {
	used := texts(o.out, "capacityProviderStrategies.capacityProvider")
	if len(used) > 0 && text(o.in, "launchType") != "" {
		return failure("InvalidParameterException", "Specifying both a launch type and capacity provider strategy is not supported.")
	}
	for _, name := range used {
		associated := false
		for _, r := range o.all("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders") {
			associated = associated || (text(r.State, "clusterName") == o.words["clusterName"] && slices.Contains(texts(r.State, "capacityProviders"), name))
		}
		if !associated {
			return failure("InvalidParameterException", "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster: %s", name)
		}
	}
	return nil
}
