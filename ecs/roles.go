package ecs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
	"kong-llm-gateway/internal/secrets"
)

// role is a role with its inline policies, without which no task may start.
type role struct {
	*iam.Role
	policies []pulumi.Resource
}

// createRole makes a role that only ECS tasks of this account can take on, with its inline policies, by name.
func (b *serviceBuilder) createRole(ctx *pulumi.Context, kind, description string, policies map[string]pulumi.StringInput) (*role, error) {
	trust, err := iampolicy.Trust("ecs-tasks.amazonaws.com", b.shared.Account)
	if err != nil {
		return nil, err
	}
	made, err := iam.NewRole(ctx, b.name+"-"+kind, &iam.RoleArgs{
		Name:             pulumi.String(b.shared.Names.Name(config.MaxRoleName, b.args.Name, kind)),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trust),
	}, pulumi.Parent(b.made))
	if err != nil {
		return nil, fmt.Errorf("%s role: %w", kind, err)
	}
	whole := &role{Role: made}
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		policy, err := iam.NewRolePolicy(ctx, b.name+"-"+name, &iam.RolePolicyArgs{
			Role: made.ID(), Name: pulumi.String(name), Policy: policies[name],
		}, pulumi.Parent(b.made))
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		whole.policies = append(whole.policies, policy)
	}
	return whole, nil
}

// createExecutionRole makes what ECS itself uses to start the task: it may read exactly this task's secrets and documents and write its log.
func (b *serviceBuilder) createExecutionRole(
	ctx *pulumi.Context, logs *cloudwatch.LogGroup, readable []*secrets.Secret, documents *delivery,
) (*role, error) {
	arns, buckets := pulumi.StringArray{}, pulumi.StringArray{}
	for _, secret := range readable {
		arns = append(arns, secret.Arn)
	}
	if documents.bucket != nil {
		buckets = append(buckets, documents.bucket.Arn)
	}
	text := pulumix.Apply3Err(logs.Arn, arns, buckets, func(log string, arns, buckets []string) (string, error) {
		statements := []iampolicy.Statement{{
			Sid: "WriteLog", Effect: "Allow", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{log + ":*"},
		}}
		if len(arns) > 0 {
			statements = append(statements, iampolicy.Statement{
				Sid: "ReadOwnSecrets", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"}, Resource: slices.Sorted(slices.Values(arns)),
			})
		}
		for _, bucket := range buckets {
			statements = append(statements,
				iampolicy.Statement{Sid: "ReadOwnDocuments", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{bucket + "/*"}},
				iampolicy.Statement{Sid: "FindOwnDocuments", Effect: "Allow", Action: []string{"s3:GetBucketLocation"}, Resource: []string{bucket}})
		}
		return iampolicy.Render(append(statements, b.registryStatements()...)...)
	})
	return b.createRole(ctx, "execution", "ECS starts tasks of "+b.args.Name, map[string]pulumi.StringInput{"execution": pulumix.Cast[pulumi.StringOutput](text)})
}

// registryStatements let ECS pull an image from ECR; public registries need no permission. A repository other than Grafana's own may be a pull-through
// cache, which fetches an image at the first pull and then makes the repository (Amazon ECR User Guide, IAM permissions for pull-through caches).
func (b *serviceBuilder) registryStatements() []iampolicy.Statement {
	image, found := config.InECR(b.args.Settings.Image)
	if !found {
		return nil
	}
	arn := []string{image.RepositoryArn()}
	statements := []iampolicy.Statement{
		// AWS knows no narrower resource for the log-in to ECR (service authorization reference).
		{Sid: "LogInToRegistry", Effect: "Allow", Action: []string{"ecr:GetAuthorizationToken"}, Resource: []string{"*"}},
		{
			Sid: "PullImage", Effect: "Allow", Resource: arn,
			Action: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
		},
	}
	if image.Repository != b.shared.Names.GrafanaRepository() {
		statements = append(statements, iampolicy.Statement{
			Sid: "FillPullThroughCache", Effect: "Allow", Resource: arn,
			Action: []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
		})
	}
	return statements
}

// createTaskRole makes what the service's own code uses.
func (b *serviceBuilder) createTaskRole(ctx *pulumi.Context) (*role, error) {
	policies := map[string]pulumi.StringInput{}
	maps.Copy(policies, b.args.TaskPolicies)
	if files := b.args.FileSystem; files != nil {
		policies["files"] = pulumix.Cast[pulumi.StringOutput](pulumix.Apply2Err(files.Arn, files.AccessPointArn, func(arn, point string) (string, error) {
			return iampolicy.Render(iampolicy.Statement{
				Sid: "MountOwnFiles", Effect: "Allow", Action: []string{"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}, Resource: []string{arn},
				Condition: map[string]any{"StringEquals": map[string]string{"elasticfilesystem:AccessPointArn": point}},
			})
		}))
	}
	if b.shared.ExecuteCommand {
		// ECS Exec needs these channels; AWS knows no narrower resource (ECS developer guide, ECS Exec).
		text, err := iampolicy.Render(iampolicy.Statement{Sid: "ExecuteCommand", Effect: "Allow", Resource: []string{"*"}, Action: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		}})
		if err != nil {
			return nil, err
		}
		policies["exec"] = pulumi.String(text)
	}
	return b.createRole(ctx, "task", "Code of "+b.args.Name, policies)
}
