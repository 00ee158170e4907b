package observability

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/ecs"
	dashboards "kong-llm-gateway/grafana"
	"kong-llm-gateway/internal/iampolicy"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

// GrafanaTarget is where Grafana answers.
var GrafanaTarget = ecs.Target{Service: routes.Grafana, Port: 3000, Health: "/grafana/api/health"}

const (
	// grafanaUID is "grafana" of the image (grafana/grafana Dockerfile, GF_UID).
	grafanaUID = 472
	// grafanaFiles is where provisioning and dashboards are delivered; bakedFiles is where grafana/Dockerfile puts them.
	grafanaFiles = ecs.DocumentsPath + "/grafana"
	bakedFiles   = "/etc/grafana"
)

// grafanaEnvironment is what is the same in every stack. Names: Grafana documentation, configuration; conf/defaults.ini.
var grafanaEnvironment = map[string]string{
	"GF_SERVER_HTTP_PORT":           strconv.Itoa(GrafanaTarget.Port),
	"GF_SERVER_SERVE_FROM_SUB_PATH": "true",
	"GF_DATABASE_TYPE":              "postgres",
	"GF_DATABASE_SSL_MODE":          "verify-full",
	"GF_DATABASE_CA_CERT_PATH":      ecs.CACertificatePath,
	"GF_DATABASE_MAX_IDLE_CONN":     "2",
	"GF_SECURITY_COOKIE_SECURE":     "true",
	"GF_AUTH_ANONYMOUS_ENABLED":     "false",
	"GF_USERS_ALLOW_SIGN_UP":        "false",
	"GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
	// Grafana's own /metrics asks for no log-in, and everything below /grafana/ is public (Grafana documentation, "metrics").
	"GF_METRICS_ENABLED": "false",
	// The edge refuses WebSockets.
	"GF_LIVE_MAX_CONNECTIONS": "0",
	// No calls home, and no plug-ins fetched at start.
	"GF_ANALYTICS_REPORTING_ENABLED":        "false",
	"GF_ANALYTICS_CHECK_FOR_UPDATES":        "false",
	"GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
	"GF_NEWS_NEWS_FEED_ENABLED":             "false",
	"GF_PLUGINS_PREINSTALL_DISABLED":        "true",
	"GF_LOG_MODE":                           "console",
	"GF_LOG_CONSOLE_FORMAT":                 "json",
}

// createGrafana makes the dashboards' service. It keeps its state in PostgreSQL; dashboards, data source and alerts come from grafana/.
func (b *builder) createGrafana(ctx *pulumi.Context, metrics *ecs.Service, to topics) (*ecs.Service, error) {
	role, err := b.args.Database.NewRole(ctx, "grafana", b.child())
	if err != nil {
		return nil, err
	}
	var key *secrets.Secret
	if err := b.args.Secrets.All(ctx, "grafana", "grafana", []secrets.Wanted{
		{Into: &b.made.GrafanaAdminPassword, Args: secrets.Args{
			Name: "admin-password", Description: "first password of Grafana's user admin", Existing: b.args.AdminPassword,
		}},
		{Into: &key, Args: secrets.Args{Name: "secret-key", Description: "Grafana encrypts stored credentials with it; it must not change"}},
	}, b.child()); err != nil {
		return nil, err
	}
	files, documents, err := b.grafanaDocuments()
	if err != nil {
		return nil, err
	}
	publish, err := b.publishPolicy(to)
	if err != nil {
		return nil, err
	}
	service, err := ecs.NewService(ctx, "grafana", &ecs.ServiceArgs{
		Cluster: b.args.Cluster, Name: "grafana", Settings: b.args.Grafana.Service, Port: GrafanaTarget.Port, TargetGroup: b.args.Cluster.TargetGroups[GrafanaTarget.Service], UID: grafanaUID,
		Main: ecs.Container{
			Name:        "grafana",
			Environment: b.grafanaVariables(role, metrics, files, to),
			Secrets: map[string]*secrets.Secret{
				"GF_DATABASE_PASSWORD": role.Password, "GF_SECURITY_ADMIN_PASSWORD": b.made.GrafanaAdminPassword, "GF_SECURITY_SECRET_KEY": key,
			},
			HealthCheck: []string{"wget", "-q", "-O", "/dev/null", GrafanaTarget.HealthURL()},
		},
		Documents: documents,
		// Grafana's plug-in folder, its logs and its temporary files.
		Writable:     []string{"/var/lib/grafana", "/tmp"},
		Database:     b.args.Database,
		Role:         role,
		TaskPolicies: publish,
	}, b.child())
	if err != nil {
		return nil, err
	}
	if err := network.Allow(ctx, b.name+"-query", network.AllowArgs{
		From: service.SecurityGroupID, To: metrics.SecurityGroupID, Port: VictoriaMetricsPort, Description: "Grafana queries VictoriaMetrics",
	}, b.child()); err != nil {
		return nil, err
	}
	return service, nil
}

// grafanaDocuments are grafana/'s files and the folder Grafana finds them in. An image from the stack's own repository has them baked in
// (grafana/Dockerfile), and what is delivered would shadow what was built, so nothing is.
func (b *builder) grafanaDocuments() (string, []ecs.Document, error) {
	if b.args.Names.Baked(b.args.Grafana.Image) {
		return bakedFiles, nil, nil
	}
	files, err := dashboards.Read()
	if err != nil {
		return "", nil, err
	}
	documents := make([]ecs.Document, len(files))
	for i, file := range files {
		documents[i] = ecs.Document{Path: grafanaFiles + "/" + file.Path, Content: file.Content}
	}
	return grafanaFiles, documents, nil
}

// grafanaVariables joins what is fixed and what other resources produce; the last group is what grafana/provisioning reads.
func (b *builder) grafanaVariables(role *rds.Role, metrics *ecs.Service, files string, to topics) map[string]pulumi.StringInput {
	return ecs.Environment(grafanaEnvironment, map[string]pulumi.StringInput{
		"GF_SERVER_ROOT_URL":                 b.args.GrafanaURL,
		"GF_SECURITY_CSRF_TRUSTED_ORIGINS":   hostOf(b.args.GrafanaURL),
		"GF_DATABASE_HOST":                   pulumi.Sprintf("%s:%d", b.args.Database.Address, rds.Port),
		"GF_DATABASE_NAME":                   pulumi.String(role.Name),
		"GF_DATABASE_USER":                   pulumi.String(role.Name),
		"GF_DATABASE_MAX_OPEN_CONN":          pulumi.String(strconv.Itoa(b.args.Grafana.DatabasePool)),
		"GF_UNIFIED_ALERTING_EXECUTE_ALERTS": pulumi.String(strconv.FormatBool(b.args.Alarms.Enabled)),
		"GF_PATHS_PROVISIONING":              pulumi.String(files + "/provisioning"),
		dashboards.DashboardsVariable:        pulumi.String(files + "/dashboards"),
		dashboards.VictoriaMetricsVariable:   pulumi.String(metrics.URL),
		dashboards.AlertTopicVariable:        b.alertTopic(to),
		dashboards.AlertRegionVariable:       pulumi.String(b.args.Region),
	})
}

// alertTopic is where Grafana's alerts go. Without alarms Grafana evaluates none, but its contact point must still name a topic.
func (b *builder) alertTopic(to topics) pulumi.StringInput {
	if b.args.Alarms.Enabled {
		return to.region
	}
	return pulumi.Sprintf("arn:aws:sns:%s:%s:none", b.args.Region, b.args.Account)
}

// publishPolicy lets Grafana's task write to the alarms' topic, where there is one to write to.
func (b *builder) publishPolicy(to topics) (map[string]pulumi.StringInput, error) {
	if !b.args.Alarms.Enabled {
		return nil, nil
	}
	policy := to.region.ApplyT(func(arn string) (string, error) {
		return iampolicy.Render(iampolicy.Statement{Sid: "SendAlerts", Effect: "Allow", Action: []string{"sns:Publish"}, Resource: []string{arn}})
	})
	text, ok := policy.(pulumi.StringOutput)
	if !ok {
		return nil, fmt.Errorf("policy of grafana's alerts: not a text")
	}
	return map[string]pulumi.StringInput{"alerts": text}, nil
}

// hostOf is the host name of an https address.
func hostOf(address pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.Sprintf("%s", address.ApplyT(func(url string) string {
		host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
		return host
	}))
}
