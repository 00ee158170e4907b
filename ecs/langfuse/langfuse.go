// Package langfuse makes Langfuse, which keeps a trace of every call, with the step that forgets old ones.
package langfuse

import (
	_ "embed" // for the retention script
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

// Target is where Langfuse answers.
var Target = ecs.Target{Service: routes.Langfuse, Port: 3000, Health: "/api/public/health"}

// retentionScript deletes old traces from Langfuse's database; see retention.sh for its environment.
//
//go:embed retention.sh
var retentionScript string

const (
	// uid is "nextjs" of the image (Dockerfile of langfuse/langfuse, major 2).
	uid = 1001
	// projectID is the project that every trace is in; dashboards link to it.
	projectID     = "llm-gateway"
	retentionPath = ecs.DocumentsPath + "/retention.sh"
	// encryptionKeyLength is in hexadecimal digits: Langfuse demands exactly that (web/src/env.mjs, v2.95.12).
	encryptionKeyLength = 64
)

// Args is what Langfuse is made from. Every field is required unless it says otherwise.
type Args struct {
	Cluster  *ecs.Cluster
	Database *rds.Database
	Settings config.Langfuse
	// AdminPassword is the name of an existing secret; empty: generated.
	AdminPassword string
	// Secrets makes what is generated.
	Secrets secrets.Maker
	// URL is the address people open; log-ins are redirected to it.
	URL pulumi.StringInput
}

// Langfuse keeps a trace of every call.
type Langfuse struct {
	Service *ecs.Service
	// AdminPassword is the first password of the first user.
	AdminPassword *secrets.Secret
	// PublicKey and SecretKey are the project's API keys, which LiteLLM uses.
	PublicKey *secrets.Secret
	SecretKey *secrets.Secret
}

// keys are Langfuse's own secrets.
type keys struct{ adminPassword, public, secret, session, salt, encryption *secrets.Secret }

// New makes Langfuse, with an organisation, a project, its API keys and a first user.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Langfuse, error) {
	role, err := args.Database.NewRole(ctx, "langfuse", opts...)
	if err != nil {
		return nil, err
	}
	made, err := createKeys(ctx, name, args, opts...)
	if err != nil {
		return nil, err
	}
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Cluster: args.Cluster, Name: "langfuse", Settings: args.Settings.Service, Port: Target.Port, TargetGroup: args.Cluster.TargetGroups[Target.Service], UID: uid,
		Main:      container(args, role, made),
		Sidecars:  []ecs.Container{retention(args, role)},
		Documents: []ecs.Document{{Path: retentionPath, Content: []byte(retentionScript)}},
		Writable:  []string{"/tmp"},
		Database:  args.Database,
		Role:      role,
	}, opts...)
	if err != nil {
		return nil, err
	}
	return &Langfuse{Service: service, AdminPassword: made.adminPassword, PublicKey: made.public, SecretKey: made.secret}, nil
}

// createKeys makes Langfuse's secrets.
func createKeys(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (keys, error) {
	var made keys
	err := args.Secrets.All(ctx, name, "langfuse", []secrets.Wanted{
		{Into: &made.adminPassword, Args: secrets.Args{Name: "admin-password", Description: "first password of Langfuse's first user", Existing: args.AdminPassword}},
		{Into: &made.public, Args: secrets.Args{Name: "public-key", Description: "Langfuse project API key, public part", Prefix: "pk-lf-"}},
		{Into: &made.secret, Args: secrets.Args{Name: "secret-key", Description: "Langfuse project API key, secret part", Prefix: "sk-lf-"}},
		{Into: &made.session, Args: secrets.Args{Name: "session-secret", Description: "Langfuse signs log-in sessions with it"}},
		{Into: &made.salt, Args: secrets.Args{Name: "salt", Description: "Langfuse hashes API keys with it"}},
		{Into: &made.encryption, Args: secrets.Args{Name: "encryption-key", Description: "Langfuse encrypts stored credentials with it", Hex: true, Length: encryptionKeyLength}},
	}, opts...)
	return made, err
}

// container is Langfuse's own container.
func container(args *Args, role *rds.Role, made keys) ecs.Container {
	return ecs.Container{
		Name: "langfuse",
		// The image's own command, with a keep-alive longer than the load balancer's.
		Command: []string{"node", "./web/server.js", "--keepAliveTimeout", strconv.Itoa(config.TargetKeepAliveSeconds * 1000)},
		Environment: ecs.Environment(environment, map[string]pulumi.StringInput{
			"NEXTAUTH_URL":      args.URL,
			"DATABASE_HOST":     pulumi.Sprintf("%s:%d", args.Database.Address, rds.Port),
			"DATABASE_USERNAME": pulumi.String(role.Name),
			"DATABASE_NAME":     pulumi.String(role.Name),
			// Prisma verifies the server with sslaccept=strict and this one certificate (Prisma documentation, PostgreSQL connection URL).
			"DATABASE_ARGS": pulumi.String(fmt.Sprintf("sslmode=require&sslaccept=strict&sslcert=%s&connection_limit=%d",
				ecs.CACertificatePath, args.Settings.DatabasePool)),
			"LANGFUSE_INIT_USER_EMAIL": pulumi.String(args.Settings.AdminEmail),
		}),
		Secrets: map[string]*secrets.Secret{
			"DATABASE_PASSWORD": role.Password, "NEXTAUTH_SECRET": made.session, "SALT": made.salt, "ENCRYPTION_KEY": made.encryption,
			"LANGFUSE_INIT_PROJECT_PUBLIC_KEY": made.public, "LANGFUSE_INIT_PROJECT_SECRET_KEY": made.secret,
			"LANGFUSE_INIT_USER_PASSWORD": made.adminPassword,
		},
		// 127.0.0.1, not localhost: that resolves to IPv6 first in this image.
		HealthCheck: []string{"wget", "-q", "-O", "/dev/null", Target.HealthURL()},
	}
}

// retention is the container that deletes old traces.
func retention(args *Args, role *rds.Role) ecs.Container {
	return ecs.Container{
		Name: "retention", Image: rds.InitImage,
		EntryPoint: []string{"/bin/sh", retentionPath},
		Environment: ecs.Environment(map[string]string{
			"PGPORT": strconv.Itoa(rds.Port), "PGUSER": role.Name, "PGDATABASE": role.Name, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": ecs.CACertificatePath,
			"RETENTION_DAYS": strconv.Itoa(args.Settings.RetentionDays),
		}, map[string]pulumi.StringInput{"PGHOST": args.Database.Address}),
		Secrets: map[string]*secrets.Secret{"PGPASSWORD": role.Password},
	}
}

// environment is what is the same in every stack. Names: web/src/env.mjs and web/src/initialize.ts of langfuse/langfuse v2.95.12.
var environment = map[string]string{
	// Fargate sets HOSTNAME to the task's name, and the server would then listen on that address only.
	"HOSTNAME":                   "0.0.0.0",
	"PORT":                       strconv.Itoa(Target.Port),
	"TELEMETRY_ENABLED":          "false",
	"AUTH_DISABLE_SIGNUP":        "true",
	"LANGFUSE_INIT_ORG_ID":       projectID,
	"LANGFUSE_INIT_ORG_NAME":     "LLM gateway",
	"LANGFUSE_INIT_PROJECT_ID":   projectID,
	"LANGFUSE_INIT_PROJECT_NAME": "LLM gateway",
	"LANGFUSE_INIT_USER_NAME":    "Administrator",
}
