// Package litellm makes the gateway itself: LiteLLM with its configuration, its permission to call Bedrock, and the Python that goes beside it.
package litellm

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

// Target is where LiteLLM answers.
var Target = ecs.Target{Service: routes.LiteLLM, Port: 4000, Health: "/health/liveliness"}

const (
	// uid is "nobody" of the non-root image.
	uid            = 65534
	configPath     = ecs.DocumentsPath + "/litellm.yaml"
	metricsKeyPath = ecs.DocumentsPath + "/metricskey.py"
)

// Args is what LiteLLM is made from. Every field is required unless it says otherwise.
type Args struct {
	Cluster  *ecs.Cluster
	Database *rds.Database
	// Langfuse is where traces go, Content how much of a conversation goes with them.
	Langfuse *langfuse.Langfuse
	Content  config.LangfuseContent
	Settings config.LiteLLM
	// Region is the stack's; models that name none are called there. Account is the 12-digit id.
	Region  string
	Account string
	// MasterKey is the name of an existing secret; empty: generated.
	MasterKey string
	// Secrets makes what is generated.
	Secrets secrets.Maker
}

// LiteLLM is the gateway itself.
type LiteLLM struct {
	Service *ecs.Service
	// MasterKey administers LiteLLM.
	MasterKey *secrets.Secret
	// MetricsKey may read /metrics/ and nothing else.
	MetricsKey *secrets.Secret
}

// keys are LiteLLM's own secrets.
type keys struct{ master, salt, metrics *secrets.Secret }

// New makes LiteLLM.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*LiteLLM, error) {
	files, err := documents(args.Settings, args.Region, args.Content)
	if err != nil {
		return nil, err
	}
	bedrock, err := bedrockPolicy(args.Settings.Models, args.Region, args.Account)
	if err != nil {
		return nil, err
	}
	role, err := args.Database.NewRole(ctx, "litellm", opts...)
	if err != nil {
		return nil, err
	}
	made, err := createKeys(ctx, name, args, opts...)
	if err != nil {
		return nil, err
	}
	service, err := ecs.NewService(ctx, name, &ecs.ServiceArgs{
		Cluster: args.Cluster, Name: "litellm", Settings: args.Settings.Service, Port: Target.Port, TargetGroup: args.Cluster.TargetGroups[Target.Service], UID: uid,
		Main: container(args, role, made),
		Sidecars: []ecs.Container{{
			Name:       "metrics-key",
			EntryPoint: []string{"python3"},
			Command:    []string{metricsKeyPath},
			Secrets:    map[string]*secrets.Secret{"LITELLM_MASTER_KEY": made.master, "METRICS_KEY": made.metrics},
		}},
		Documents:    files,
		Writable:     []string{"/tmp"},
		Database:     args.Database,
		Role:         role,
		TaskPolicies: map[string]pulumi.StringInput{"bedrock": pulumi.String(bedrock)},
	}, opts...)
	if err != nil {
		return nil, err
	}
	if err := network.Allow(ctx, name+"-langfuse", network.AllowArgs{
		From: service.SecurityGroupID, To: args.Langfuse.Service.SecurityGroupID, Port: args.Langfuse.Service.Port, Description: "LiteLLM sends traces to Langfuse",
	}, pulumi.Parent(service)); err != nil {
		return nil, err
	}
	return &LiteLLM{Service: service, MasterKey: made.master, MetricsKey: made.metrics}, nil
}

// createKeys makes LiteLLM's secrets.
func createKeys(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (keys, error) {
	var made keys
	err := args.Secrets.All(ctx, name, "litellm", []secrets.Wanted{
		{Into: &made.master, Args: secrets.Args{
			Name: "master-key", Description: "LiteLLM's master key: administers users, keys and budgets", Existing: args.MasterKey, Prefix: "sk-",
		}},
		{Into: &made.salt, Args: secrets.Args{Name: "salt-key", Description: "LiteLLM encrypts stored credentials with it; it must never change", Prefix: "sk-"}},
		{Into: &made.metrics, Args: secrets.Args{Name: "metrics-key", Description: "LiteLLM key with which metrics are read", Prefix: "sk-"}},
	}, opts...)
	return made, err
}

// container is LiteLLM's own container.
func container(args *Args, role *rds.Role, made keys) ecs.Container {
	return ecs.Container{
		Name:    "litellm",
		Command: []string{"--config", configPath, "--port", strconv.Itoa(Target.Port), "--num_workers", strconv.Itoa(args.Settings.Workers)},
		Environment: ecs.Environment(environment, map[string]pulumi.StringInput{
			"DATABASE_HOST":        args.Database.Address,
			"DATABASE_PORT":        pulumi.String(strconv.Itoa(rds.Port)),
			"DATABASE_USERNAME":    pulumi.String(role.Name),
			"DATABASE_NAME":        pulumi.String(role.Name),
			"DATABASE_SSLMODE":     pulumi.String("verify-full"),
			"DATABASE_SSLROOTCERT": pulumi.String(ecs.CACertificatePath),
			"KEEPALIVE_TIMEOUT":    pulumi.String(strconv.Itoa(config.TargetKeepAliveSeconds)),

			TracesURLVariable:     pulumi.String(args.Langfuse.Service.URL),
			TracesContentVariable: pulumi.String(args.Content),
			stopVariable:          pulumi.String(strconv.Itoa(stopSeconds)),
			bodyRoomVariable:      pulumi.String(strconv.Itoa(bodyRoomBytes(args.Settings))),
		}),
		Secrets: map[string]*secrets.Secret{
			"LITELLM_MASTER_KEY": made.master, "LITELLM_SALT_KEY": made.salt, "DATABASE_PASSWORD": role.Password,
			TracesPublicKeyVariable: args.Langfuse.PublicKey, TracesSecretKeyVariable: args.Langfuse.SecretKey,
		},
		// The image has no curl; Python is always there.
		HealthCheck: []string{"python3", "-c", "import urllib.request; urllib.request.urlopen('" + Target.HealthURL() + "', timeout=8)"},
	}
}

// documents are the files LiteLLM reads.
func documents(settings config.LiteLLM, region string, content config.LangfuseContent) ([]ecs.Document, error) {
	rendered, err := Config(settings, region, content)
	if err != nil {
		return nil, fmt.Errorf("LiteLLM's documents: %w", err)
	}
	list := []ecs.Document{
		{Path: configPath, Content: rendered},
		{Path: metricsKeyPath, Content: []byte(metricsKeyScript)},
	}
	for name, text := range Files() {
		list = append(list, ecs.Document{Path: ecs.DocumentsPath + "/" + name, Content: []byte(text)})
	}
	return list, nil
}

// environment is what is the same in every stack. Names: LiteLLM 1.102.4, litellm/proxy/proxy_cli.py, litellm/proxy/proxy_server.py,
// litellm_proxy_extras/utils.py, and LiteLLM's documentation, environment variables.
var environment = map[string]string{
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
	// Budgets of users, teams and keys that made no call since the start are in the metrics after a minute, not five (litellm 1.102.4,
	// litellm/integrations/prometheus.py, initialize_budget_metrics_cron_job). A pass reads these tables once.
	"PROMETHEUS_BUDGET_METRICS_REFRESH_INTERVAL_MINUTES": "1",
	// The admin UI is not reachable from outside and rewrites its files at start: it is left out.
	"DISABLE_ADMIN_UI": "True",
	// Nobody is believed who says in X-Forwarded-For whom a request is from: a client writes that as it likes. Uvicorn, LiteLLM's server, would believe
	// its own host (uvicorn 0.51, uvicorn/config.py and uvicorn/middleware/proxy_headers.py).
	"FORWARDED_ALLOW_IPS": "none",
	"NO_DOCS":             "True",
	"NO_REDOC":            "True",
	"NO_OPENAPI":          "True",
}
