package ecs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

// graceSeconds is how long a started service may fail its health checks: LiteLLM, Langfuse and Grafana listen only after the migrations of their
// databases, which take their time on a small one, and VictoriaMetrics may wait for the lock of the task before it.
const graceSeconds = 300

// Capacity providers of Fargate.
const (
	onDemand = "FARGATE"
	spot     = "FARGATE_SPOT"
)

// Container is a program in a task. The image of a side container defaults to the service's.
type Container struct {
	Name        string
	Image       string
	EntryPoint  []string
	Command     []string
	Environment map[string]pulumi.StringInput
	// Secrets are environment variables that ECS fills from Secrets Manager.
	Secrets map[string]*secrets.Secret
	// HealthCheck is a command that exits 0 while the program is well.
	HealthCheck []string
	// MemoryMiB bounds the container within its task; 0: the task's memory.
	MemoryMiB int
}

// Document is a file that the init container writes before the service starts.
type Document struct {
	// Path is absolute and below DocumentsPath.
	Path    string
	Content []byte
}

// FileSystem is an EFS access point that a service keeps its data on.
type FileSystem struct {
	ID          pulumi.StringOutput
	Arn         pulumi.StringOutput
	AccessPoint pulumi.StringOutput
	// AccessPointArn is what the task's role may mount.
	AccessPointArn  pulumi.StringOutput
	SecurityGroupID pulumi.StringOutput
	// Path is where the service sees it.
	Path string
	// Ready is what must exist before a task can mount it.
	Ready []pulumi.Resource
}

// ServiceArgs describes one Fargate service.
type ServiceArgs struct {
	Cluster *Cluster
	// Name is the service's, in ECS, in private DNS and in physical names.
	Name     string
	Settings config.Service
	// Port is where the service listens.
	Port int
	// TargetGroup is the service's place behind the load balancer; nil: it has none.
	TargetGroup *TargetGroup
	// UID is the user and group the service runs as; what it may write belongs to it.
	UID int
	// Main is the service's own container; its name is the service's.
	Main     Container
	Sidecars []Container
	// Documents are written by the init container; Writable are further paths that the service may write to. Roots are read-only.
	Documents []Document
	Writable  []string
	// Database and Role give the service its database, when Role is set.
	Database *rds.Database
	Role     *rds.Role
	// FileSystem is where the service keeps its data, if anywhere.
	FileSystem *FileSystem
	// Singleton makes a deployment stop the old task before it starts the new one.
	Singleton bool
	// TaskPolicies are the policies of the task's role, by name.
	TaskPolicies map[string]pulumi.StringInput
}

// Service is a running service as others need it.
type Service struct {
	pulumi.ResourceState

	// Name is the ECS service's, which its CloudWatch metrics carry.
	Name            pulumi.StringOutput
	SecurityGroupID pulumi.StringOutput
	// Host is the name in private DNS, Port where it answers, URL the address made of both.
	Host string
	Port int
	URL  string
}

// serviceBuilder is what the steps of one service are made from; each step returns what the next one needs.
type serviceBuilder struct {
	args *ServiceArgs
	made *Service
	name string
	// shared is what all services of the cluster share.
	shared *Args
}

// NewService makes a service: log group, roles, security group, private DNS name, task definition, service and its scaling.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	host := args.Name + "." + args.Cluster.args.Names.Namespace()
	service := &Service{Host: host, Port: args.Port, URL: fmt.Sprintf("http://%s:%d", host, args.Port)}
	if err := ctx.RegisterComponentResource(ServiceTypeToken, name, service, opts...); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	b := &serviceBuilder{args: args, made: service, name: name, shared: args.Cluster.args}
	revision, err := b.create(ctx)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", args.Name, err)
	}
	return service, ctx.RegisterResourceOutputs(service, pulumi.Map{"name": service.Name, "url": pulumi.String(service.URL), "revision": revision})
}

// create makes the parts in the order in which they need each other, and returns the revision that the service runs.
func (b *serviceBuilder) create(ctx *pulumi.Context) (pulumi.Output, error) {
	logs, err := cloudwatch.NewLogGroup(ctx, b.name, &cloudwatch.LogGroupArgs{
		Name: pulumi.String(b.shared.Names.LogGroup(b.args.Name)), RetentionInDays: pulumi.Int(b.shared.LogRetentionDays),
	}, pulumi.Parent(b.made))
	if err != nil {
		return nil, fmt.Errorf("log group: %w", err)
	}
	documents, err := b.createDocuments(ctx)
	if err != nil {
		return nil, err
	}
	containers := b.containers(documents)
	readable := secretsOf(containers)
	execution, err := b.createExecutionRole(ctx, logs, readable, documents)
	if err != nil {
		return nil, err
	}
	task, err := b.createTaskRole(ctx)
	if err != nil {
		return nil, err
	}
	definition, err := b.createTaskDefinition(ctx, containers, documents, execution, task)
	if err != nil {
		return nil, err
	}
	group, outbound, err := b.createSecurityGroup(ctx)
	if err != nil {
		return nil, err
	}
	b.made.SecurityGroupID = group
	registry, err := b.createRegistry(ctx)
	if err != nil {
		return nil, err
	}
	// What ECS finds missing when it starts the first task makes a deploy fail now and then.
	before := slices.Concat(b.shared.Internet, []pulumi.Resource{b.args.Cluster.capacity, outbound}, versionsOf(readable), execution.policies, task.policies)
	if b.args.FileSystem != nil {
		before = slices.Concat(before, b.args.FileSystem.Ready)
	}
	if b.args.TargetGroup != nil {
		before = slices.Concat(before, b.args.Cluster.routes)
	}
	service, err := b.createService(ctx, definition, registry, before)
	if err != nil {
		return nil, err
	}
	b.made.Name = service.Name
	return b.revision(ctx, service, definition), b.createScaling(ctx, service)
}

// secretsOf are the secrets that some container gets, each once.
func secretsOf(containers []Container) []*secrets.Secret {
	var all []*secrets.Secret
	for _, container := range containers {
		for _, variable := range slices.Sorted(maps.Keys(container.Secrets)) {
			if secret := container.Secrets[variable]; !slices.Contains(all, secret) {
				all = append(all, secret)
			}
		}
	}
	return all
}

// versionsOf are what holds the secrets' values.
func versionsOf(list []*secrets.Secret) []pulumi.Resource {
	var all []pulumi.Resource
	for _, secret := range list {
		all = append(all, secret.Versions...)
	}
	return all
}

// createRegistry gives the service its name in private DNS: the addresses of all its tasks, up to eight.
func (b *serviceBuilder) createRegistry(ctx *pulumi.Context) (*servicediscovery.Service, error) {
	registry, err := servicediscovery.NewService(ctx, b.name, &servicediscovery.ServiceArgs{
		Name: pulumi.String(b.args.Name),
		// ECS takes a service's instances out some time after the service is gone, and Cloud Map keeps what has one.
		ForceDestroy: pulumi.Bool(true),
		DnsConfig: &servicediscovery.ServiceDnsConfigArgs{
			NamespaceId:   b.args.Cluster.namespace.ID(),
			RoutingPolicy: pulumi.String("MULTIVALUE"),
			DnsRecords:    servicediscovery.ServiceDnsConfigDnsRecordArray{&servicediscovery.ServiceDnsConfigDnsRecordArgs{Type: pulumi.String("A"), Ttl: pulumi.Int(10)}},
		},
	}, pulumi.Parent(b.made))
	if err != nil {
		return nil, fmt.Errorf("private dns name: %w", err)
	}
	return registry, nil
}

// capacityProvider is what the service's tasks run on.
func (b *serviceBuilder) capacityProvider() string {
	if b.args.Settings.Spot {
		return spot
	}
	return onDemand
}

// createService makes the ECS service once what its tasks need is there. It waits for a steady state; whether the revision that is steady is the new one,
// revision tells.
func (b *serviceBuilder) createService(
	ctx *pulumi.Context, definition *ecs.TaskDefinition, registry *servicediscovery.Service, before []pulumi.Resource,
) (*ecs.Service, error) {
	least, most, rebalancing := 100, 200, "ENABLED"
	if b.args.Singleton {
		least, most, rebalancing = 0, 100, "DISABLED"
	}
	args := &ecs.ServiceArgs{
		Name:                 pulumi.String(b.args.Name),
		Cluster:              b.args.Cluster.Arn,
		TaskDefinition:       definition.Arn,
		DesiredCount:         pulumi.Int(b.args.Settings.DesiredCount),
		PlatformVersion:      pulumi.String("1.4.0"),
		PropagateTags:        pulumi.String("SERVICE"),
		EnableExecuteCommand: pulumi.Bool(b.shared.ExecuteCommand),
		WaitForSteadyState:   pulumi.Bool(true),
		// Else a change of the capacity provider replaces the service, the old one first (terraform-provider-aws 5.100,
		// internal/service/ecs/service.go, capacityProviderStrategyCustomizeDiff). Any change of the service then rolls its tasks.
		ForceNewDeployment:              pulumi.Bool(true),
		AvailabilityZoneRebalancing:     pulumi.String(rebalancing),
		DeploymentMinimumHealthyPercent: pulumi.Int(least),
		DeploymentMaximumPercent:        pulumi.Int(most),
		DeploymentCircuitBreaker:        &ecs.ServiceDeploymentCircuitBreakerArgs{Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true)},
		CapacityProviderStrategies: ecs.ServiceCapacityProviderStrategyArray{
			&ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(b.capacityProvider()), Weight: pulumi.Int(1)},
		},
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets: b.shared.SubnetIDs, SecurityGroups: pulumi.StringArray{b.made.SecurityGroupID}, AssignPublicIp: pulumi.Bool(false),
		},
		ServiceRegistries: &ecs.ServiceServiceRegistriesArgs{RegistryArn: registry.Arn},
	}
	if b.args.TargetGroup != nil {
		args.LoadBalancers = ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: b.args.TargetGroup.Arn, ContainerName: pulumi.String(b.args.Name), ContainerPort: pulumi.Int(b.args.Port),
		}}
		args.HealthCheckGracePeriodSeconds = pulumi.Int(graceSeconds)
	}
	opts := []pulumi.ResourceOption{pulumi.Parent(b.made), pulumi.DependsOn(before)}
	if b.scales() {
		// The number of tasks belongs to the scaling, else every deploy would set it back.
		opts = append(opts, pulumi.IgnoreChanges([]string{"desiredCount"}))
	}
	service, err := ecs.NewService(ctx, b.name, args, opts...)
	if err != nil {
		return nil, fmt.Errorf("ecs service: %w", err)
	}
	return service, nil
}
