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
	// victoriaMetricsUID owns the data; the image itself names no user.
	victoriaMetricsUID = 65534
	dataPath           = "/data"
	scrapePath         = ecs.DocumentsPath + "/scrape.yaml"
	startPath          = ecs.DocumentsPath + "/start.sh"
	liteLLMPort        = 4000
)

type fileSystem struct {
	made *efs.FileSystem
}

// makeVictoriaMetrics makes the metrics store: one task, its data on EFS.
func (b *builder) makeVictoriaMetrics(ctx *pulumi.Context) error {
	files, err := b.fileSystem(ctx)
	if err != nil {
		return err
	}
	settings := b.Settings.VictoriaMetrics
	scrape, err := b.Settings.ScrapeConfig(config.ScrapeTarget{Host: b.LiteLLM.Host, Port: liteLLMPort, IntervalSeconds: config.ScrapeSeconds})
	if err != nil {
		return err
	}
	b.victoriaMetrics, err = ecs.NewService(ctx, "victoriametrics", &ecs.ServiceArgs{
		Cluster: b.Cluster, Service: "victoriametrics", Settings: settings.Service, Port: config.VictoriaMetricsPort, UID: victoriaMetricsUID,
		Main: ecs.Container{
			Name:        "victoriametrics",
			EntryPoint:  []string{"/bin/sh", startPath, dataPath, "/victoria-metrics-prod"},
			Command:     b.Settings.VictoriaMetricsFlags(dataPath, scrapePath),
			Secrets:     map[string]*secrets.Secret{config.MetricsKeyVariable: b.LiteLLM.MetricsKey},
			HealthCheck: []string{"wget", "-q", "-O", "/dev/null", fmt.Sprintf("http://127.0.0.1:%d/health", config.VictoriaMetricsPort)},
			// VictoriaMetrics sizes its caches by the container's limit; the rest is the init container's, which has gone by then.
			MemoryMiB: settings.Memory - 64,
		},
		Documents: []ecs.Document{
			{Path: scrapePath, Content: scrape},
			{Path: startPath, Content: []byte(config.VictoriaMetricsStart)},
		},
		FileSystem:   files,
		GraceSeconds: 60,
		Singleton:    true,
	}, b.child()...)
	if err != nil {
		return err
	}
	return network.Allow(ctx, "victoriametrics-litellm", network.AllowArgs{
		From: b.victoriaMetrics.SecurityGroupID, To: b.LiteLLM.SecurityGroupID, Port: liteLLMPort, Description: "VictoriaMetrics scrapes LiteLLM",
	}, b.child()...)
}

// fileSystem makes the encrypted file system, a mount target in each private subnet and an access point that belongs to VictoriaMetrics.
func (b *builder) fileSystem(ctx *pulumi.Context) (*ecs.FileSystem, error) {
	physical := b.Settings.Name(config.MaxNameDefault, "metrics")
	tags := pulumi.StringMap{"Name": pulumi.String(physical)}
	files, err := efs.NewFileSystem(ctx, b.name, &efs.FileSystemArgs{
		CreationToken: pulumi.String(physical), Encrypted: pulumi.Bool(true), ThroughputMode: pulumi.String("bursting"), Tags: tags,
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("file system: %w", err)
	}
	b.files = &fileSystem{made: files}
	group, err := ec2.NewSecurityGroup(ctx, b.name+"-files", &ec2.SecurityGroupArgs{
		VpcId: b.Vpc.VpcID, Name: pulumi.String(physical), Description: pulumi.String("EFS: only VictoriaMetrics"), Tags: tags,
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("security group of the file system: %w", err)
	}
	var ready []pulumi.Resource
	for i := range b.Vpc.PrivateSubnets {
		target, err := efs.NewMountTarget(ctx, fmt.Sprintf("%s-%d", b.name, i+1), &efs.MountTargetArgs{
			FileSystemId: files.ID(), SubnetId: b.Vpc.PrivateSubnetIDs.Index(pulumi.Int(i)), SecurityGroups: pulumi.StringArray{group.ID()},
		}, b.child()...)
		if err != nil {
			return nil, fmt.Errorf("mount target %d: %w", i+1, err)
		}
		ready = append(ready, target)
	}
	point, err := efs.NewAccessPoint(ctx, b.name, &efs.AccessPointArgs{
		FileSystemId: files.ID(),
		PosixUser:    &efs.AccessPointPosixUserArgs{Uid: pulumi.Int(victoriaMetricsUID), Gid: pulumi.Int(victoriaMetricsUID)},
		RootDirectory: &efs.AccessPointRootDirectoryArgs{
			Path: pulumi.String("/victoriametrics"),
			CreationInfo: &efs.AccessPointRootDirectoryCreationInfoArgs{
				OwnerUid: pulumi.Int(victoriaMetricsUID), OwnerGid: pulumi.Int(victoriaMetricsUID), Permissions: pulumi.String("0750"),
			},
		},
		Tags: tags,
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("access point: %w", err)
	}
	return &ecs.FileSystem{
		ID: files.ID(), Arn: files.Arn, AccessPoint: point.ID(), AccessPointArn: point.Arn,
		SecurityGroupID: group.ID(), Path: dataPath, Ready: ready,
	}, nil
}
