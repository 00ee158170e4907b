package observability

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/grafana"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

const (
	grafanaPort = 3000
	// grafanaUID is "grafana" of the image (Grafana documentation, configure a Docker image).
	grafanaUID   = 472
	grafanaFiles = ecs.DocumentsPath + "/grafana"
	// passwordLength is in letters and digits.
	passwordLength = 32
)

// makeGrafana makes the dashboards' service; its state is in PostgreSQL.
func (b *builder) makeGrafana(ctx *pulumi.Context) error {
	role, err := b.Database.NewRole(ctx, "grafana", b.child()...)
	if err != nil {
		return err
	}
	secret := func(name, description, existing string) (*secrets.Secret, error) {
		return secrets.New(ctx, "grafana-"+name, &secrets.Args{
			SecretName: b.Settings.SecretName("grafana", name), Description: description, Existing: existing,
			Protect: b.Settings.Database.DeletionProtection, Length: passwordLength,
		}, b.child()...)
	}
	if b.GrafanaAdminPassword, err = secret("admin-password", "first password of Grafana's user admin", b.Settings.Secrets.GrafanaAdminPassword); err != nil {
		return err
	}
	key, err := secret("secret-key", "Grafana encrypts what it stores with it; it must never change", "")
	if err != nil {
		return err
	}
	documents, err := b.grafanaDocuments()
	if err != nil {
		return err
	}
	b.grafana, err = ecs.NewService(ctx, "grafana", &ecs.ServiceArgs{
		Cluster: b.Cluster, Service: "grafana", Settings: b.Settings.Grafana.Service, Port: grafanaPort, UID: grafanaUID,
		Main: ecs.Container{
			Name:        "grafana",
			Environment: b.grafanaEnvironment(role),
			Secrets: map[string]*secrets.Secret{
				"GF_SECURITY_ADMIN_PASSWORD": b.GrafanaAdminPassword, "GF_SECURITY_SECRET_KEY": key, "GF_DATABASE_PASSWORD": role.Password,
			},
			HealthCheck: []string{"wget", "-q", "-O", "/dev/null", fmt.Sprintf("http://127.0.0.1:%d/grafana/api/health", grafanaPort)},
		},
		Documents:    documents,
		Writable:     []string{"/var/lib/grafana", "/tmp"},
		Database:     b.Database,
		Role:         role,
		GraceSeconds: 180,
		TaskPolicies: b.grafanaPolicies(),
	}, b.child()...)
	if err != nil {
		return err
	}
	return network.Allow(ctx, "grafana-victoriametrics", network.AllowArgs{
		From: b.grafana.SecurityGroupID, To: b.victoriaMetrics.SecurityGroupID, Port: config.VictoriaMetricsPort, Description: "Grafana queries VictoriaMetrics",
	}, b.child()...)
}

// baked says whether the image is one of scripts/grafana-image.sh, which has the files inside.
func (b *builder) baked() bool { return strings.Contains(b.Settings.Grafana.Image, "/"+repositoryName) }

// grafanaDocuments are provisioning and dashboards. Without alarms there is no topic for alerts, and their rules stay out.
func (b *builder) grafanaDocuments() ([]ecs.Document, error) {
	if b.baked() {
		return nil, nil
	}
	var documents []ecs.Document
	err := fs.WalkDir(grafana.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "/alerting/") && !b.Settings.Alarms.Enabled {
			return err
		}
		content, err := grafana.Files.ReadFile(path)
		documents = append(documents, ecs.Document{Path: grafanaFiles + "/" + path, Content: content})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read Grafana's files: %w", err)
	}
	return documents, nil
}

// grafanaEnvironment configures Grafana (Grafana documentation, configuration; every setting can be given as GF_<section>_<key>).
func (b *builder) grafanaEnvironment(role *rds.Role) map[string]pulumi.StringInput {
	fixed := map[string]string{
		"GF_SERVER_SERVE_FROM_SUB_PATH":         "true",
		"GF_DATABASE_TYPE":                      "postgres",
		"GF_DATABASE_NAME":                      role.Name,
		"GF_DATABASE_USER":                      role.Name,
		"GF_DATABASE_SSL_MODE":                  "verify-full",
		"GF_DATABASE_CA_CERT_PATH":              ecs.CACertificatePath,
		"GF_DATABASE_MAX_OPEN_CONN":             strconv.Itoa(b.Settings.Grafana.DatabasePool),
		"GF_SECURITY_COOKIE_SECURE":             "true",
		"GF_SECURITY_COOKIE_SAMESITE":           "lax",
		"GF_SECURITY_STRICT_TRANSPORT_SECURITY": "true",
		"GF_USERS_ALLOW_SIGN_UP":                "false",
		"GF_AUTH_ANONYMOUS_ENABLED":             "false",
		"GF_ANALYTICS_REPORTING_ENABLED":        "false",
		"GF_ANALYTICS_CHECK_FOR_UPDATES":        "false",
		"GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
		"GF_PLUGINS_PREINSTALL_DISABLED":        "true",
		"GF_NEWS_NEWS_FEED_ENABLED":             "false",
		// The edge refuses WebSockets.
		"GF_LIVE_MAX_CONNECTIONS": "0",
		"GF_LOG_MODE":             "console",
		"GF_LOG_CONSOLE_FORMAT":   "json",
		"AWS_REGION":              b.Settings.Region,
		"VICTORIAMETRICS_URL":     b.victoriaMetrics.URL,
	}
	if !b.baked() {
		fixed["GF_PATHS_PROVISIONING"] = grafanaFiles + "/provisioning"
		fixed["GATEWAY_DASHBOARDS"] = grafanaFiles + "/dashboards"
	}
	environment := map[string]pulumi.StringInput{
		"GF_SERVER_ROOT_URL": b.GrafanaURL,
		"GF_DATABASE_HOST":   pulumi.Sprintf("%s:%d", b.Database.Address, rds.Port),
		// The host of the address people type: Grafana compares the Origin header with it.
		"GF_SECURITY_CSRF_TRUSTED_ORIGINS": b.GrafanaURL.ApplyT(func(url string) string {
			return strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/grafana/")
		}).(pulumi.StringOutput),
	}
	for name, value := range fixed {
		environment[name] = pulumi.String(value)
	}
	if b.topic != nil {
		environment["ALERT_TOPIC_ARN"] = b.topic.made.Arn
	}
	return environment
}

// grafanaPolicies let Grafana's alerts reach the alarms' topic.
func (b *builder) grafanaPolicies() map[string]pulumi.StringInput {
	if b.topic == nil {
		return nil
	}
	return map[string]pulumi.StringInput{"alerts": pulumi.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Sid":"PublishAlerts","Effect":"Allow","Action":["sns:Publish"],"Resource":["%s"]}]}`, b.topic.made.Arn)}
}
