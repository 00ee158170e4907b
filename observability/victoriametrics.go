package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
)

const (
	// metricsUID owns the metrics' data. The image has no user of its own (it starts as root); any number does.
	metricsUID = 8428
	// metricsPath is where VictoriaMetrics sees its data.
	metricsPath  = "/victoria-metrics-data"
	scrapeConfig = ecs.DocumentsPath + "/scrape.yaml"
	// metricsBinary is where the image has the program (VictoriaMetrics app/victoria-metrics/deployment/Dockerfile).
	metricsBinary = "/victoria-metrics-prod"
)

// createVictoriaMetrics makes the metrics' store. Only one task may write its data: a deployment stops the old one before it starts the
// new one, and a start that meets the old one's lock waits for it.
func (b *builder) createVictoriaMetrics(ctx *pulumi.Context, files *ecs.FileSystem) (*ecs.Service, error) {
	settings, litellm := b.args.VictoriaMetrics, b.args.LiteLLM.Service
	document, err := ScrapeConfig(ScrapeTarget{Host: litellm.Host, Port: litellm.Port, IntervalSeconds: scrapeSeconds}, b.args.Budget.MonthlyUSD)
	if err != nil {
		return nil, err
	}
	service, err := ecs.NewService(ctx, "victoriametrics", &ecs.ServiceArgs{
		Cluster: b.args.Cluster, Name: "victoriametrics", Settings: settings.Service, Port: VictoriaMetricsPort, UID: metricsUID,
		Main: ecs.Container{
			Name:       "victoriametrics",
			EntryPoint: []string{"/bin/sh", "-c", VictoriaMetricsStart, "start", metricsPath},
			Command:    append([]string{metricsBinary}, VictoriaMetricsFlags(metricsPath, scrapeConfig, settings.RetentionDays)...),
			Secrets:    map[string]*secrets.Secret{MetricsKeyVariable: b.args.LiteLLM.MetricsKey},
			// VictoriaMetrics takes its memory limit from the container's (lib/cgroup/mem.go).
			MemoryMiB:   settings.Memory,
			HealthCheck: []string{"wget", "-q", "-O", "/dev/null", fmt.Sprintf("http://127.0.0.1:%d/health", VictoriaMetricsPort)},
		},
		Documents:  []ecs.Document{{Path: scrapeConfig, Content: document}},
		FileSystem: files,
		Singleton:  true,
	}, b.child())
	if err != nil {
		return nil, err
	}
	if err := network.Allow(ctx, b.name+"-scrape", network.AllowArgs{
		From: service.SecurityGroupID, To: litellm.SecurityGroupID, Port: litellm.Port, Description: "VictoriaMetrics reads the metrics of LiteLLM",
	}, b.child()); err != nil {
		return nil, err
	}
	return service, nil
}

// createMetricsFiles makes the file system that the metrics are kept on, with a mount target in every private subnet.
func (b *builder) createMetricsFiles(ctx *pulumi.Context) (*ecs.FileSystem, error) {
	name, physical := b.name+"-metrics", b.args.Names.Name(config.MaxNameDefault, "metrics")
	tags := pulumi.StringMap{"Name": pulumi.String(physical)}
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId: b.args.VpcID, Name: pulumi.String(physical), Description: pulumi.String("Metrics files: only VictoriaMetrics"), Tags: tags,
	}, b.child())
	if err != nil {
		return nil, fmt.Errorf("security group of the metrics' files: %w", err)
	}
	files, err := efs.NewFileSystem(ctx, name, &efs.FileSystemArgs{
		CreationToken: pulumi.String(physical), Encrypted: pulumi.Bool(true), PerformanceMode: pulumi.String("generalPurpose"),
		// Bursting costs nothing beyond the storage; an alarm watches its credits.
		ThroughputMode: pulumi.String("bursting"), Tags: tags,
	}, b.child(), pulumi.Protect(b.args.Secrets.Protect))
	if err != nil {
		return nil, fmt.Errorf("metrics' files: %w", err)
	}
	// No backup: metrics are kept for their retention and no longer, and a copy of files being written is not consistent.
	if _, err := efs.NewBackupPolicy(ctx, name, &efs.BackupPolicyArgs{
		FileSystemId: files.ID(), BackupPolicy: &efs.BackupPolicyBackupPolicyArgs{Status: pulumi.String("DISABLED")},
	}, b.child()); err != nil {
		return nil, fmt.Errorf("backup policy of the metrics' files: %w", err)
	}
	owner := pulumi.Int(metricsUID)
	point, err := efs.NewAccessPoint(ctx, name, &efs.AccessPointArgs{
		FileSystemId: files.ID(),
		PosixUser:    &efs.AccessPointPosixUserArgs{Uid: owner, Gid: owner},
		RootDirectory: &efs.AccessPointRootDirectoryArgs{
			Path:         pulumi.String("/victoriametrics"),
			CreationInfo: &efs.AccessPointRootDirectoryCreationInfoArgs{OwnerUid: owner, OwnerGid: owner, Permissions: pulumi.String("0750")},
		},
		Tags: tags,
	}, b.child())
	if err != nil {
		return nil, fmt.Errorf("access point of the metrics' files: %w", err)
	}
	ready := make([]pulumi.Resource, b.args.Subnets)
	for i := range ready {
		if ready[i], err = efs.NewMountTarget(ctx, fmt.Sprintf("%s-%d", name, i+1), &efs.MountTargetArgs{
			FileSystemId: files.ID(), SubnetId: b.args.SubnetIDs.Index(pulumi.Int(i)), SecurityGroups: pulumi.StringArray{group.ID()},
		}, b.child()); err != nil {
			return nil, fmt.Errorf("mount target %d of the metrics' files: %w", i+1, err)
		}
	}
	return &ecs.FileSystem{
		ID: files.ID().ToStringOutput(), Arn: files.Arn, AccessPoint: point.ID().ToStringOutput(), AccessPointArn: point.Arn,
		SecurityGroupID: group.ID().ToStringOutput(), Path: metricsPath, Ready: ready,
	}, nil
}
