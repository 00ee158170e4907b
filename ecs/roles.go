package ecs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// statement is one statement of an IAM policy.
type statement struct {
	Sid       string         `json:"Sid,omitempty"`
	Effect    string         `json:"Effect"`
	Action    []string       `json:"Action"`
	Resource  []string       `json:"Resource,omitempty"`
	Principal map[string]any `json:"Principal,omitempty"`
	Condition map[string]any `json:"Condition,omitempty"`
}

// policy renders statements as an IAM policy.
func policy(statements ...statement) (string, error) {
	text, err := json.Marshal(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", statements})
	if err != nil {
		return "", fmt.Errorf("render policy: %w", err)
	}
	return string(text), nil
}

// role makes a role that only ECS tasks of this account can take on.
func (b *serviceBuilder) role(ctx *pulumi.Context, kind, description string) (*iam.Role, error) {
	trust, err := policy(statement{
		Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: map[string]any{"Service": "ecs-tasks.amazonaws.com"},
		Condition: map[string]any{"StringEquals": map[string]string{"aws:SourceAccount": b.Cluster.account}},
	})
	if err != nil {
		return nil, err
	}
	role, err := iam.NewRole(ctx, b.name+"-"+kind, &iam.RoleArgs{
		Name:             pulumi.String(b.settings.Name(config.MaxRoleName, b.ServiceArgs.Service, kind)),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trust),
	}, pulumi.Parent(b.Service))
	if err != nil {
		return nil, fmt.Errorf("%s role: %w", kind, err)
	}
	return role, nil
}

// attach gives a role an inline policy; a task must not start before it has it.
func (b *serviceBuilder) attach(ctx *pulumi.Context, name string, role *iam.Role, text pulumi.StringInput) error {
	made, err := iam.NewRolePolicy(ctx, b.name+"-"+name, &iam.RolePolicyArgs{Role: role.ID(), Name: pulumi.String(name), Policy: text}, pulumi.Parent(b.Service))
	if err != nil {
		return fmt.Errorf("policy %s: %w", name, err)
	}
	b.ready = append(b.ready, made)
	return nil
}

// executionRole is what ECS itself uses to start the task: it may read exactly this task's secrets and documents and write its log.
func (b *serviceBuilder) executionRole(ctx *pulumi.Context, delivery *delivery) (*iam.Role, error) {
	role, err := b.role(ctx, "execution", "ECS starts tasks of "+b.ServiceArgs.Service)
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
		statements := []statement{{
			Sid: "WriteLog", Effect: "Allow", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{known["logs"][0] + ":*"},
		}}
		if len(known["secrets"]) > 0 {
			slices.Sort(known["secrets"])
			statements = append(statements, statement{
				Sid: "ReadOwnSecrets", Effect: "Allow", Action: []string{"secretsmanager:GetSecretValue"}, Resource: known["secrets"],
			})
		}
		if bucket := known["documents"]; len(bucket) > 0 {
			statements = append(statements,
				statement{Sid: "ReadOwnDocuments", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{bucket[0] + "/*"}},
				statement{Sid: "FindOwnDocuments", Effect: "Allow", Action: []string{"s3:GetBucketLocation"}, Resource: bucket})
		}
		return policy(append(statements, b.registryStatements()...)...)
	}).(pulumi.StringOutput)
	return role, b.attach(ctx, "execution", role, text)
}

// registryStatements let ECS pull an image from this account's ECR; public registries need no permission.
func (b *serviceBuilder) registryStatements() []statement {
	registry, repository, found := strings.Cut(b.Settings.Image, "/")
	if !found || !strings.Contains(registry, ".dkr.ecr.") {
		return nil
	}
	account, _, _ := strings.Cut(registry, ".")
	repository, _, _ = strings.Cut(strings.Split(repository, "@")[0], ":")
	return []statement{
		// AWS knows no narrower resource for the log-in to ECR (service authorization reference).
		{Sid: "LogInToRegistry", Effect: "Allow", Action: []string{"ecr:GetAuthorizationToken"}, Resource: []string{"*"}},
		{
			Sid: "PullImage", Effect: "Allow", Action: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resource: []string{fmt.Sprintf("arn:aws:ecr:%s:%s:repository/%s", b.settings.Region, account, repository)},
		},
	}
}

// taskRole is what the service's own code uses.
func (b *serviceBuilder) taskRole(ctx *pulumi.Context) (*iam.Role, error) {
	role, err := b.role(ctx, "task", "Code of "+b.ServiceArgs.Service)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.TaskPolicies)) {
		if err := b.attach(ctx, name, role, b.TaskPolicies[name]); err != nil {
			return nil, err
		}
	}
	if files := b.FileSystem; files != nil {
		mount := pulumi.StringMap{"files": files.Arn, "point": files.AccessPointArn}.ToStringMapOutput().ApplyT(func(known map[string]string) (string, error) {
			return policy(statement{
				Sid: "MountOwnFiles", Effect: "Allow", Action: []string{"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}, Resource: []string{known["files"]},
				Condition: map[string]any{"StringEquals": map[string]string{"elasticfilesystem:AccessPointArn": known["point"]}},
			})
		}).(pulumi.StringOutput)
		if err := b.attach(ctx, "files", role, mount); err != nil {
			return nil, err
		}
	}
	if b.settings.ExecuteCommand {
		// ECS Exec needs these channels; AWS knows no narrower resource (ECS developer guide, ECS Exec).
		text, err := policy(statement{Sid: "ExecuteCommand", Effect: "Allow", Resource: []string{"*"}, Action: []string{
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
