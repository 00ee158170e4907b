package ecs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
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
	ID          pulumi.StringInput
	Arn         pulumi.StringInput
	AccessPoint pulumi.StringInput
	// AccessPointArn is what the task's role may mount.
	AccessPointArn  pulumi.StringInput
	SecurityGroupID pulumi.StringInput
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

// serviceBuilder holds what the steps of one service share.
type serviceBuilder struct {
	args *ServiceArgs
	made *Service
	name string
	// shared is what all services of the cluster share.
	shared   *Args
	logGroup *cloudwatch.LogGroup
	// ready is what a task needs before it can start.
	ready []pulumi.Resource
	// revision is what the service runs.
	revision pulumi.Output
}

// NewService makes a service: log group, roles, security group, private DNS name, task definition, service and its scaling.
func NewService(ctx *pulumi.Context, name string, args *ServiceArgs, opts ...pulumi.ResourceOption) (*Service, error) {
	host := args.Name + "." + args.Cluster.args.Names.Namespace()
	service := &Service{Host: host, Port: args.Port, URL: fmt.Sprintf("http://%s:%d", host, args.Port)}
	if err := ctx.RegisterComponentResource(ServiceTypeToken, name, service, opts...); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	b := &serviceBuilder{args: args, made: service, name: name, shared: args.Cluster.args}
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("service %s: %w", args.Name, err)
	}
	return service, ctx.RegisterResourceOutputs(service, pulumi.Map{"name": service.Name, "url": pulumi.String(service.URL), "revision": b.revision})
}

func (b *serviceBuilder) build(ctx *pulumi.Context) error {
	var err error
	b.logGroup, err = cloudwatch.NewLogGroup(ctx, b.name, &cloudwatch.LogGroupArgs{
		Name: pulumi.String(b.shared.Names.LogGroup(b.args.Name)), RetentionInDays: pulumi.Int(b.shared.LogRetentionDays),
	}, pulumi.Parent(b.made))
	if err != nil {
		return fmt.Errorf("log group: %w", err)
	}
	b.ready = slices.Concat(b.shared.Internet, []pulumi.Resource{b.args.Cluster.capacity})
	for _, secret := range b.allSecrets() {
		b.ready = append(b.ready, secret.Versions...)
	}
	if err := b.securityGroup(ctx); err != nil {
		return err
	}
	registry, err := b.discovery(ctx)
	if err != nil {
		return err
	}
	definition, err := b.taskDefinition(ctx)
	if err != nil {
		return err
	}
	service, err := b.service(ctx, definition, registry)
	if err != nil {
		return err
	}
	b.made.Name, b.revision = service.Name, b.running(ctx, service, definition)
	return b.scaling(ctx, service)
}

// allSecrets lists every secret that some container of the task gets, each once.
func (b *serviceBuilder) allSecrets() []*secrets.Secret {
	var all []*secrets.Secret
	for _, container := range append([]Container{b.initContainer(), b.args.Main}, b.args.Sidecars...) {
		for _, variable := range slices.Sorted(maps.Keys(container.Secrets)) {
			if secret := container.Secrets[variable]; !slices.Contains(all, secret) {
				all = append(all, secret)
			}
		}
	}
	return all
}

// securityGroup lets the service reach HTTPS anywhere (AWS's APIs, image registries), its database and its data, and lets the load balancer reach it.
func (b *serviceBuilder) securityGroup(ctx *pulumi.Context) error {
	child, physical := pulumi.Parent(b.made), b.shared.Names.Name(config.MaxNameDefault, b.args.Name)
	group, err := ec2.NewSecurityGroup(ctx, b.name, &ec2.SecurityGroupArgs{
		VpcId: b.shared.VpcID, Name: pulumi.String(physical), Description: pulumi.String("Tasks of " + b.args.Name),
		Tags: pulumi.StringMap{"Name": pulumi.String(physical)},
	}, child)
	if err != nil {
		return fmt.Errorf("security group: %w", err)
	}
	b.made.SecurityGroupID = group.ID().ToStringOutput()
	https, err := vpc.NewSecurityGroupEgressRule(ctx, b.name+"-https", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: group.ID(), CidrIpv4: pulumi.String("0.0.0.0/0"), IpProtocol: pulumi.String("tcp"),
		FromPort: pulumi.Int(443), ToPort: pulumi.Int(443), Description: pulumi.String("AWS APIs and image registries"),
	}, child)
	if err != nil {
		return fmt.Errorf("egress rule: %w", err)
	}
	b.ready = append(b.ready, https)
	allow := func(name string, from, to pulumi.StringInput, port int, description string) error {
		return network.Allow(ctx, b.name+"-"+name, network.AllowArgs{From: from, To: to, Port: port, Description: description}, child)
	}
	if b.args.Role != nil {
		if err := allow("database", b.made.SecurityGroupID, b.args.Database.SecurityGroupID, rds.Port, b.args.Name+" to its database"); err != nil {
			return err
		}
	}
	if b.args.FileSystem != nil {
		if err := allow("files", b.made.SecurityGroupID, b.args.FileSystem.SecurityGroupID, 2049, b.args.Name+" to its files"); err != nil {
			return err
		}
		b.ready = append(b.ready, b.args.FileSystem.Ready...)
	}
	if b.args.TargetGroup != nil {
		return allow("alb", b.args.Cluster.balancerGroup, b.made.SecurityGroupID, b.args.Port, "load balancer to "+b.args.Name)
	}
	return nil
}

// discovery gives the service its name in private DNS: the addresses of all its tasks, up to eight.
func (b *serviceBuilder) discovery(ctx *pulumi.Context) (*servicediscovery.Service, error) {
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

// service makes the ECS service. It waits for a steady state; whether the revision that is steady is the new one, running tells.
func (b *serviceBuilder) service(ctx *pulumi.Context, definition *ecs.TaskDefinition, registry *servicediscovery.Service) (*ecs.Service, error) {
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
		b.ready = append(b.ready, b.args.Cluster.routes...)
	}
	opts := []pulumi.ResourceOption{pulumi.Parent(b.made), pulumi.DependsOn(b.ready)}
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
