package ecs

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

const (
	// liteLLMUID is "nobody" of the non-root image.
	liteLLMUID     = 65534
	liteLLMConfig  = DocumentsPath + "/litellm.yaml"
	metricsKeyPath = DocumentsPath + "/metricskey.py"
	keyLength      = 40
	serviceGrace   = 300
)

// LiteLLMArgs is what LiteLLM is made from.
type LiteLLMArgs struct {
	Cluster  *Cluster
	Database *rds.Database
	Langfuse *Langfuse
}

// LiteLLM is the gateway itself.
type LiteLLM struct {
	*Service

	// MasterKey administers LiteLLM.
	MasterKey *secrets.Secret
	// MetricsKey may read /metrics/ and nothing else.
	MetricsKey *secrets.Secret
}

// NewLiteLLM makes LiteLLM.
func NewLiteLLM(ctx *pulumi.Context, name string, args *LiteLLMArgs, opts ...pulumi.ResourceOption) (*LiteLLM, error) {
	settings := args.Cluster.settings
	documents, err := liteLLMDocuments(settings)
	if err != nil {
		return nil, err
	}
	bedrock, err := settings.BedrockPolicy(args.Cluster.account)
	if err != nil {
		return nil, err
	}
	role, err := args.Database.NewRole(ctx, "litellm", opts...)
	if err != nil {
		return nil, err
	}
	made := map[string]*secrets.Secret{}
	for _, secret := range []struct{ name, description, existing string }{
		{"master-key", "LiteLLM's master key: administers users, keys and budgets", settings.Secrets.MasterKey},
		{"salt-key", "LiteLLM encrypts stored credentials with it; it must never change", ""},
		{"metrics-key", "LiteLLM key with which metrics are read", ""},
	} {
		if made[secret.name], err = secrets.New(ctx, name+"-"+secret.name, &secrets.Args{
			SecretName: settings.SecretName("litellm", secret.name), Description: secret.description, Existing: secret.existing,
			Protect: settings.Database.DeletionProtection, Length: keyLength, Prefix: "sk-",
		}, opts...); err != nil {
			return nil, err
		}
	}
	service, err := NewService(ctx, name, &ServiceArgs{
		Cluster: args.Cluster, Service: "litellm", Settings: settings.LiteLLM.Service, Port: targets["litellm"].port, UID: liteLLMUID,
		Main: Container{
			Name:    "litellm",
			Command: []string{"--config", liteLLMConfig, "--port", strconv.Itoa(targets["litellm"].port), "--num_workers", strconv.Itoa(settings.LiteLLM.Workers)},
			Environment: environment(liteLLMEnvironment, map[string]pulumi.StringInput{
				"DATABASE_HOST":        args.Database.Address,
				"DATABASE_PORT":        pulumi.String(strconv.Itoa(rds.Port)),
				"DATABASE_USERNAME":    pulumi.String(role.Name),
				"DATABASE_NAME":        pulumi.String(role.Name),
				"DATABASE_SSLMODE":     pulumi.String("verify-full"),
				"DATABASE_SSLROOTCERT": pulumi.String(CACertificatePath),
				"KEEPALIVE_TIMEOUT":    pulumi.String(strconv.Itoa(config.TargetKeepAliveSeconds)),

				config.TracesURLVariable:     pulumi.String(args.Langfuse.URL),
				config.TracesContentVariable: pulumi.String(settings.Langfuse.Content),
			}),
			Secrets: map[string]*secrets.Secret{
				"LITELLM_MASTER_KEY": made["master-key"], "LITELLM_SALT_KEY": made["salt-key"], "DATABASE_PASSWORD": role.Password,
				config.TracesPublicKeyVariable: args.Langfuse.PublicKey, config.TracesSecretKeyVariable: args.Langfuse.SecretKey,
			},
			// The image has no curl; Python is always there.
			HealthCheck: []string{"python3", "-c", "import urllib.request; urllib.request.urlopen('" + targets["litellm"].local() + "', timeout=8)"},
		},
		Sidecars: []Container{{
			Name:       "metrics-key",
			EntryPoint: []string{"python3"},
			Command:    []string{metricsKeyPath},
			Secrets:    map[string]*secrets.Secret{"LITELLM_MASTER_KEY": made["master-key"], "METRICS_KEY": made["metrics-key"]},
		}},
		Documents:    documents,
		Writable:     []string{"/tmp"},
		Database:     args.Database,
		Role:         role,
		GraceSeconds: serviceGrace,
		TaskPolicies: map[string]pulumi.StringInput{"bedrock": pulumi.String(bedrock)},
	}, opts...)
	if err != nil {
		return nil, err
	}
	if err := network.Allow(ctx, name+"-langfuse", network.AllowArgs{
		From: service.SecurityGroupID, To: args.Langfuse.SecurityGroupID, Port: targets["langfuse"].port, Description: "LiteLLM sends traces to Langfuse",
	}, pulumi.Parent(service)); err != nil {
		return nil, err
	}
	return &LiteLLM{Service: service, MasterKey: made["master-key"], MetricsKey: made["metrics-key"]}, nil
}

// liteLLMDocuments are the files LiteLLM reads.
func liteLLMDocuments(settings *config.Settings) ([]Document, error) {
	document, err := settings.LiteLLMConfig()
	if err != nil {
		return nil, fmt.Errorf("LiteLLM's documents: %w", err)
	}
	documents := []Document{
		{Path: liteLLMConfig, Content: document},
		{Path: metricsKeyPath, Content: []byte(config.MetricsKeyScript)},
	}
	for name, content := range config.LiteLLMFiles() {
		documents = append(documents, Document{Path: DocumentsPath + "/" + name, Content: []byte(content)})
	}
	return documents, nil
}

// liteLLMEnvironment is what is the same in every stack. Names: LiteLLM 1.102.4, litellm/proxy/proxy_cli.py, litellm/proxy/proxy_server.py,
// litellm_proxy_extras/utils.py, and LiteLLM's documentation, environment variables.
var liteLLMEnvironment = map[string]string{
	"LITELLM_MODE": "PRODUCTION",
	"LITELLM_LOG":  "ERROR",
	// No calls home at start.
	"LITELLM_LOCAL_MODEL_COST_MAP":         "True",
	"LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
	"LITELLM_LOCAL_BLOG_POSTS":             "True",
	"LITELLM_LOCAL_POLICY_TEMPLATES":       "True",
	// Migrations bring the schema up to date; they need a folder to write to. Prisma's engine stays where the image has it: its
	// cache variables are left as they are (that the image runs read-only so is not verified here: no container engine, no image).
	"LITELLM_MIGRATION_DIR": "/tmp/migrations",
	// Without it LiteLLM serves, and its health check is content, after migrations that failed (proxy_cli.py, --enforce_prisma_migration_check).
	"ENFORCE_PRISMA_MIGRATION_CHECK": "true",
	// The admin UI is not reachable from outside and rewrites its files at start: it is left out.
	"DISABLE_ADMIN_UI": "True",
	"NO_DOCS":          "True",
	"NO_REDOC":         "True",
	"NO_OPENAPI":       "True",
}

// environment joins what is fixed and what other resources produce.
func environment(fixed map[string]string, more map[string]pulumi.StringInput) map[string]pulumi.StringInput {
	joined := make(map[string]pulumi.StringInput, len(fixed)+len(more))
	for name, value := range fixed {
		joined[name] = pulumi.String(value)
	}
	for name, value := range more {
		joined[name] = value
	}
	return joined
}
