package ecs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"kong-llm-gateway/config"
)

// containerDefinition is one container as ECS reads it (ECS API reference, ContainerDefinition). Every list is sorted and none is left
// out, so that what AWS gives back equals what was sent and a second preview is empty.
type containerDefinition struct {
	Name             string            `json:"name"`
	Image            string            `json:"image"`
	Essential        bool              `json:"essential"`
	EntryPoint       []string          `json:"entryPoint,omitempty"`
	Command          []string          `json:"command,omitempty"`
	User             string            `json:"user"`
	ReadonlyRoot     bool              `json:"readonlyRootFilesystem"`
	Memory           int               `json:"memory,omitempty"`
	PortMappings     []portMapping     `json:"portMappings"`
	Environment      []variable        `json:"environment"`
	EnvironmentFiles []environmentFile `json:"environmentFiles,omitempty"`
	Secrets          []secretVariable  `json:"secrets,omitempty"`
	MountPoints      []mountPoint      `json:"mountPoints"`
	VolumesFrom      []struct{}        `json:"volumesFrom"`
	SystemControls   []struct{}        `json:"systemControls"`
	DependsOn        []dependency      `json:"dependsOn,omitempty"`
	HealthCheck      *healthCheck      `json:"healthCheck,omitempty"`
	LinuxParameters  *linuxParameters  `json:"linuxParameters,omitempty"`
	StopTimeout      int               `json:"stopTimeout,omitempty"`
	LogConfiguration logConfiguration  `json:"logConfiguration"`
}

type (
	portMapping struct {
		ContainerPort int    `json:"containerPort"`
		HostPort      int    `json:"hostPort"`
		Protocol      string `json:"protocol"`
	}
	variable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	environmentFile struct {
		Value string `json:"value"`
		Type  string `json:"type"`
	}
	secretVariable struct {
		Name      string `json:"name"`
		ValueFrom string `json:"valueFrom"`
	}
	mountPoint struct {
		SourceVolume  string `json:"sourceVolume"`
		ContainerPath string `json:"containerPath"`
		ReadOnly      bool   `json:"readOnly"`
	}
	dependency struct {
		ContainerName string `json:"containerName"`
		Condition     string `json:"condition"`
	}
	healthCheck struct {
		Command     []string `json:"command"`
		Interval    int      `json:"interval"`
		Timeout     int      `json:"timeout"`
		Retries     int      `json:"retries"`
		StartPeriod int      `json:"startPeriod"`
	}
	capabilities struct {
		Add  []string `json:"add"`
		Drop []string `json:"drop"`
	}
	linuxParameters struct {
		Capabilities       capabilities `json:"capabilities"`
		InitProcessEnabled bool         `json:"initProcessEnabled"`
	}
	logConfiguration struct {
		LogDriver string            `json:"logDriver"`
		Options   map[string]string `json:"options"`
	}
)

// maxTaskDefinitionBytes is the most ECS accepts (Amazon ECS service quotas, task definition size: 64 KB).
const maxTaskDefinitionBytes = 64 * 1024

// initDrops are the capabilities that the init container gives up: all that a container of root has by default (moby/moby, oci/caps/defaults.go), except
// CHOWN. They are named one by one because Fargate adds none but SYS_PTRACE (ECS API reference, KernelCapabilities): what ALL takes cannot be given back.
var initDrops = []string{
	"AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

// createTaskDefinition makes the revision that the service runs.
func (b *serviceBuilder) createTaskDefinition(ctx *pulumi.Context, containers []Container, documents *delivery, execution, task *role) (*ecs.TaskDefinition, error) {
	definition, err := ecs.NewTaskDefinition(ctx, b.name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(b.shared.Names.Name(config.MaxNameDefault, b.args.Name)),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(strconv.Itoa(b.args.Settings.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(b.args.Settings.Memory)),
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(b.args.Settings.Architecture), OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ExecutionRoleArn:     execution.Arn,
		TaskRoleArn:          task.Arn,
		Volumes:              b.volumes(),
		ContainerDefinitions: b.render(containers, documents.objects),
	}, pulumi.Parent(b.made))
	if err != nil {
		return nil, fmt.Errorf("task definition: %w", err)
	}
	return definition, nil
}

// render turns the containers into JSON once the values that other resources produce are known. files are the ARNs of the stored documents.
func (b *serviceBuilder) render(containers []Container, files pulumi.StringArray) pulumi.StringOutput {
	variables, arns := make(pulumi.StringMapArray, len(containers)), make(pulumi.StringMapArray, len(containers))
	for i, container := range containers {
		own := pulumi.StringMap{}
		for name, secret := range container.Secrets {
			own[name] = secret.Arn
		}
		variables[i], arns[i] = pulumi.StringMap(container.Environment), own
	}
	return pulumix.Cast[pulumi.StringOutput](pulumix.Apply3Err(variables, arns, files, func(variables, arns []map[string]string, files []string) (string, error) {
		definitions := make([]containerDefinition, len(containers))
		for i, container := range containers {
			definitions[i] = b.definition(container, variables[i], arns[i], files)
		}
		slices.SortFunc(definitions, func(x, y containerDefinition) int { return strings.Compare(x.Name, y.Name) })
		text, err := json.Marshal(definitions)
		if err != nil {
			return "", fmt.Errorf("render the containers of %s: %w", b.args.Name, err)
		}
		if len(text) > maxTaskDefinitionBytes {
			return "", fmt.Errorf("the containers of %s need %d bytes, a task definition may have %d", b.args.Name, len(text), maxTaskDefinitionBytes)
		}
		return string(text), nil
	}))
}

// definition is one container, with the values of its variables and the ARNs of its secrets, both by variable; files are the stored documents.
func (b *serviceBuilder) definition(container Container, variables, arns map[string]string, files []string) containerDefinition {
	isMain, isInit := container.Name == b.args.Main.Name, container.Name == initName
	definition := containerDefinition{
		Name:         container.Name,
		Image:        container.Image,
		Essential:    isMain,
		EntryPoint:   container.EntryPoint,
		Command:      container.Command,
		User:         fmt.Sprintf("%d:%d", b.args.UID, b.args.UID),
		ReadonlyRoot: !b.shared.ExecuteCommand,
		Memory:       container.MemoryMiB,
		PortMappings: []portMapping{}, Environment: []variable{}, VolumesFrom: []struct{}{}, SystemControls: []struct{}{},
		MountPoints: b.mounts(container),
		LogConfiguration: logConfiguration{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group": b.shared.Names.LogGroup(b.args.Name), "awslogs-region": b.shared.Region, "awslogs-stream-prefix": container.Name,
			// A slow CloudWatch must not stop the service.
			"mode": "non-blocking", "max-buffer-size": "4m",
		}},
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		definition.Environment = append(definition.Environment, variable{name, variables[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(arns)) {
		definition.Secrets = append(definition.Secrets, secretVariable{name, arns[name]})
	}
	if isInit {
		definition.User = "0:0"
		definition.LinuxParameters = &linuxParameters{Capabilities: capabilities{Add: []string{}, Drop: initDrops}, InitProcessEnabled: true}
		for _, file := range files {
			definition.EnvironmentFiles = append(definition.EnvironmentFiles, environmentFile{file, "s3"})
		}
		return definition
	}
	definition.DependsOn = []dependency{{initName, "SUCCESS"}}
	definition.LinuxParameters = &linuxParameters{Capabilities: capabilities{Add: []string{}, Drop: []string{"ALL"}}, InitProcessEnabled: true}
	if isMain {
		definition.StopTimeout = config.StopTimeoutSeconds
		definition.PortMappings = []portMapping{{b.args.Port, b.args.Port, "tcp"}}
		if len(container.HealthCheck) > 0 {
			definition.HealthCheck = &healthCheck{
				Command: append([]string{"CMD"}, container.HealthCheck...), Interval: 30, Timeout: 10, Retries: 3, StartPeriod: graceSeconds,
			}
		}
	}
	return definition
}
