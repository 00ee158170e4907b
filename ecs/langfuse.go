package ecs

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

const (
	// langfuseUID is "nextjs" of the image (Dockerfile of langfuse/langfuse, major 2).
	langfuseUID = 1001
	// langfuseProject is the id of the project that every trace is in; dashboards link to it.
	langfuseProject = "llm-gateway"
	retentionPath   = DocumentsPath + "/retention.sh"
)

// LangfuseArgs is what Langfuse is made from.
type LangfuseArgs struct {
	Cluster  *Cluster
	Database *rds.Database
	// URL is the address people open; log-ins are redirected to it.
	URL pulumi.StringInput
}

// Langfuse keeps a trace of every call.
type Langfuse struct {
	*Service

	// AdminPassword is the first password of the first user.
	AdminPassword *secrets.Secret
	// PublicKey and SecretKey are the project's API keys, which LiteLLM uses.
	PublicKey *secrets.Secret
	SecretKey *secrets.Secret
}

// NewLangfuse makes Langfuse, with an organisation, a project, its API keys and a first user.
func NewLangfuse(ctx *pulumi.Context, name string, args *LangfuseArgs, opts ...pulumi.ResourceOption) (*Langfuse, error) {
	settings := args.Cluster.settings
	role, err := args.Database.NewRole(ctx, "langfuse", opts...)
	if err != nil {
		return nil, err
	}
	made := map[string]*secrets.Secret{}
	for _, secret := range []struct {
		name, description, existing, prefix string
		hex                                 bool
	}{
		{"admin-password", "first password of Langfuse's first user", settings.Secrets.LangfuseAdminPassword, "", false},
		{"public-key", "Langfuse project API key, public part", "", "pk-lf-", false},
		{"secret-key", "Langfuse project API key, secret part", "", "sk-lf-", false},
		{"session-secret", "Langfuse signs log-in sessions with it", "", "", false},
		{"salt", "Langfuse hashes API keys with it", "", "", false},
		// Langfuse demands exactly 64 hexadecimal digits (web/src/env.mjs, v2.95.12).
		{"encryption-key", "Langfuse encrypts stored credentials with it", "", "", true},
	} {
		length := keyLength
		if secret.hex {
			length = 64
		}
		if made[secret.name], err = secrets.New(ctx, name+"-"+secret.name, &secrets.Args{
			SecretName: settings.SecretName("langfuse", secret.name), Description: secret.description, Existing: secret.existing,
			Protect: settings.Database.DeletionProtection, Length: length, Hex: secret.hex, Prefix: secret.prefix,
		}, opts...); err != nil {
			return nil, err
		}
	}
	service, err := NewService(ctx, name, &ServiceArgs{
		Cluster: args.Cluster, Service: "langfuse", Settings: settings.Langfuse.Service, Port: targets["langfuse"].port, UID: langfuseUID,
		Main: Container{
			Name: "langfuse",
			// The image's own command, with a keep-alive longer than the load balancer's.
			Command: []string{"node", "./web/server.js", "--keepAliveTimeout", strconv.Itoa(config.TargetKeepAliveSeconds * 1000)},
			Environment: environment(langfuseEnvironment, map[string]pulumi.StringInput{
				"NEXTAUTH_URL":      args.URL,
				"DATABASE_HOST":     pulumi.Sprintf("%s:%d", args.Database.Address, rds.Port),
				"DATABASE_USERNAME": pulumi.String(role.Name),
				"DATABASE_NAME":     pulumi.String(role.Name),
				// Prisma verifies the server with sslaccept=strict and this one certificate (Prisma documentation, PostgreSQL connection URL).
				"DATABASE_ARGS": pulumi.String(fmt.Sprintf("sslmode=require&sslaccept=strict&sslcert=%s&connection_limit=%d",
					CACertificatePath, settings.Langfuse.DatabasePool)),
				"LANGFUSE_INIT_USER_EMAIL": pulumi.String(settings.Langfuse.AdminEmail),
			}),
			Secrets: map[string]*secrets.Secret{
				"DATABASE_PASSWORD": role.Password, "NEXTAUTH_SECRET": made["session-secret"], "SALT": made["salt"], "ENCRYPTION_KEY": made["encryption-key"],
				"LANGFUSE_INIT_PROJECT_PUBLIC_KEY": made["public-key"], "LANGFUSE_INIT_PROJECT_SECRET_KEY": made["secret-key"],
				"LANGFUSE_INIT_USER_PASSWORD": made["admin-password"],
			},
			// 127.0.0.1, not localhost: that resolves to IPv6 first in this image.
			HealthCheck: []string{"wget", "-q", "-O", "/dev/null", targets["langfuse"].local()},
		},
		Sidecars: []Container{{
			Name: "retention", Image: rds.InitImage,
			EntryPoint: []string{"/bin/sh", retentionPath},
			Environment: environment(map[string]string{
				"PGPORT": strconv.Itoa(rds.Port), "PGUSER": role.Name, "PGDATABASE": role.Name, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": CACertificatePath,
				"RETENTION_DAYS": strconv.Itoa(settings.Langfuse.RetentionDays),
			}, map[string]pulumi.StringInput{"PGHOST": args.Database.Address}),
			Secrets: map[string]*secrets.Secret{"PGPASSWORD": role.Password},
		}},
		Documents:    []Document{{Path: retentionPath, Content: []byte(rds.RetentionScript)}},
		Writable:     []string{"/tmp"},
		Database:     args.Database,
		Role:         role,
		GraceSeconds: serviceGrace,
	}, opts...)
	if err != nil {
		return nil, err
	}
	return &Langfuse{Service: service, AdminPassword: made["admin-password"], PublicKey: made["public-key"], SecretKey: made["secret-key"]}, nil
}

// langfuseEnvironment is what is the same in every stack. Names: web/src/env.mjs and web/src/initialize.ts of langfuse/langfuse v2.95.12.
var langfuseEnvironment = map[string]string{
	// Fargate sets HOSTNAME to the task's name, and the server would then listen on that address only.
	"HOSTNAME":                   "0.0.0.0",
	"PORT":                       "3000",
	"TELEMETRY_ENABLED":          "false",
	"AUTH_DISABLE_SIGNUP":        "true",
	"LANGFUSE_INIT_ORG_ID":       langfuseProject,
	"LANGFUSE_INIT_ORG_NAME":     "LLM gateway",
	"LANGFUSE_INIT_PROJECT_ID":   langfuseProject,
	"LANGFUSE_INIT_PROJECT_NAME": "LLM gateway",
	"LANGFUSE_INIT_USER_NAME":    "Administrator",
}
