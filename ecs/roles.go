package ecs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
)

// role makes a role that only ECS tasks of this account can take on.
func (b *serviceBuilder) role(ctx *pulumi.Context, kind, description string) (*iam.Role, error) {
	trust, err := iampolicy.Trust("ecs-tasks.amazonaws.com", b.shared.Account)
	if err != nil {
		return nil, err
	}
	role, err := iam.NewRole(ctx, b.name+"-"+kind, &iam.RoleArgs{
		Name:             pulumi.String(b.shared.Names.Name(config.MaxRoleName, b.args.Name, kind)),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trust),
	}, pulumi.Parent(b.made))
	if err != nil {
		return nil, fmt.Errorf("%s role: %w", kind, err)
	}
	return role, nil
}

// attach gives a role an inline policy; a task must not start before it has it.
func (b *serviceBuilder) attach(ctx *pulumi.Context, name string, role *iam.Role, text pulumi.StringInput) error {
	made, err := iam.NewRolePolicy(ctx, b.name+"-"+name, &iam.RolePolicyArgs{Role: role.ID(), Name: pulumi.String(name), Policy: text}, pulumi.Parent(b.made))
	if err != nil {
		return fmt.Errorf("policy %s: %w", name, err)
	}
	b.ready = append(b.ready, made)
	return nil
}

// executionRole is what ECS itself uses to start the task: it may read exactly this task's secrets and documents and write its log.
func (b *serviceBuilder) executionRole(ctx *pulumi.Context, delivery *delivery) (*iam.Role, error) {
	role, err := b.role(ctx, "execution", "ECS starts tasks of "+b.args.Name)
	if err != nil {
		return nil, err
	}
	var arns pulumi.StringArray
	for _, secret := range b.allSecrets() {
		arns = append(arns, secret.Arn)
	}
	inputs := pulumi.StringArrayMap{"secrets": arns, "logs": pulumi.StringArray{b.logGroup.Arn}}
	if delivery.bucket != nil {
		inputs["documents"] = pulumi.StringArray{delivery.bucket.Arn}
	}
	text := inputs.ToStringArrayMapOutput().ApplyT(func(known map[string][]string) (string, error) {
		statements := []iampolicy.Statement{{
			Sid: "WriteLog", Effect: "Allow", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{known["logs"][0] + ":*"},
		}}
		if len(known["secrets"]) > 0 {
			slices.Sort(known["secrets"])
			statements = append(statements, iampolicy.Statement{
				Sid: "ReadOwnSecrets", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"}, Resource: known["secrets"],
			})
		}
		if bucket := known["documents"]; len(bucket) > 0 {
			statements = append(statements,
				iampolicy.Statement{Sid: "ReadOwnDocuments", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{bucket[0] + "/*"}},
				iampolicy.Statement{Sid: "FindOwnDocuments", Effect: "Allow", Action: []string{"s3:GetBucketLocation"}, Resource: bucket})
		}
		return iampolicy.Render(append(statements, b.registryStatements()...)...)
	}).(pulumi.StringOutput)
	return role, b.attach(ctx, "execution", role, text)
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

// taskRole is what the service's own code uses.
func (b *serviceBuilder) taskRole(ctx *pulumi.Context) (*iam.Role, error) {
	role, err := b.role(ctx, "task", "Code of "+b.args.Name)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.args.TaskPolicies)) {
		if err := b.attach(ctx, name, role, b.args.TaskPolicies[name]); err != nil {
			return nil, err
		}
	}
	if files := b.args.FileSystem; files != nil {
		mount := pulumi.StringMap{"files": files.Arn, "point": files.AccessPointArn}.ToStringMapOutput().ApplyT(func(known map[string]string) (string, error) {
			return iampolicy.Render(iampolicy.Statement{
				Sid: "MountOwnFiles", Effect: "Allow", Action: []string{"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}, Resource: []string{known["files"]},
				Condition: map[string]any{"StringEquals": map[string]string{"elasticfilesystem:AccessPointArn": known["point"]}},
			})
		}).(pulumi.StringOutput)
		if err := b.attach(ctx, "files", role, mount); err != nil {
			return nil, err
		}
	}
	if b.shared.ExecuteCommand {
		// ECS Exec needs these channels; AWS knows no narrower resource (ECS developer guide, ECS Exec).
		text, err := iampolicy.Render(iampolicy.Statement{Sid: "ExecuteCommand", Effect: "Allow", Resource: []string{"*"}, Action: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		}})
		if err != nil {
			return nil, err
		}
		if err := b.attach(ctx, "exec", role, pulumi.String(text)); err != nil {
			return nil, err
		}
	}
	return role, nil
}
