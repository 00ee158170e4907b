package config

// Images are pinned by release. They come from registries without an anonymous limit per address where the project publishes to one.
const (
	// liteLLMImage: 1.102.4 is above every release with a known hole (fixed in 1.84.0 to 1.86.2), and its proxy-runtime extra demands
	// langfuse>=2.59.7,<3.0 (PyPI metadata of litellm 1.102.4), which a Langfuse v2 server needs. The non-root variant runs as nobody.
	liteLLMImage = "ghcr.io/berriai/litellm-non_root:1.102.4"
	// langfuseImage is the last image of major 2, the last that needs PostgreSQL alone; 2.95.12 was released without images.
	langfuseImage = "ghcr.io/langfuse/langfuse:2.95.11"
	// grafanaImage is of the last minor of major 12, which is supported longest. Grafana publishes to Docker Hub alone (100 anonymous pulls in six hours).
	grafanaImage         = "docker.io/grafana/grafana:12.4.10"
	victoriaMetricsImage = "quay.io/victoriametrics/victoria-metrics:v1.150.0"
)

// Defaults are the settings of a stack that sets nothing: the POC, in us-west-1. In another region the models differ (Parse).
func Defaults() *Settings {
	return &Settings{
		Tags:             map[string]string{},
		LogRetentionDays: 14,
		Network: Network{
			CreateVpc: true, VpcCidr: "10.10.0.0/16", PrivateSubnetIDs: []string{}, PublicSubnetIDs: []string{}, ZoneIDs: []string{},
			NAT: NATInstance, NATInstanceType: "t4g.nano",
		},
		Database: Database{
			Class: "db.t4g.micro", StorageGB: 20, MaxStorageGB: 100, Version: "17", BackupDays: 7,
		},
		LiteLLM: LiteLLM{
			Service:               service(liteLLMImage, 1024, 2048),
			Workers:               1,
			DatabasePool:          6,
			SpendLogRetentionDays: 30,
			MonthlyBudgetUSD:      1000,
			UserMonthlyBudgetUSD:  100,
			Models:                defaultModels("us-west-1"),
		},
		Langfuse: Langfuse{
			Service: service(langfuseImage, 512, 1024), RetentionDays: 30, Content: ContentFull, AdminEmail: "admin@example.com", DatabasePool: 8,
		},
		Grafana:         Grafana{Service: single(grafanaImage), Enabled: true, DatabasePool: 4},
		VictoriaMetrics: VictoriaMetrics{Service: single(victoriaMetricsImage), Enabled: true, RetentionDays: 30},
		Edge:            Edge{ConsoleCidrs: []string{}, APICidrs: []string{}, PublicMetrics: true, PriceClass: "PriceClass_100"},
		WAF:             WAF{RateLimit: 2000},
		Alarms:          Alarms{Enabled: true},
		Schedule:        Schedule{Timezone: "UTC"},
	}
}

// service is one task of the given size on ARM, which costs a fifth less than x86.
func service(image string, cpu, memory int) Service {
	return Service{
		Image: image, CPU: cpu, Memory: memory, Architecture: ARM64, Scaling: Scaling{DesiredCount: 1, MinCount: 1, MaxCount: 1, TargetCPUPercent: 70},
	}
}

// single is a service that runs once, on Spot.
func single(image string) Service {
	return Service{Image: image, CPU: 256, Memory: 512, Spot: true, Architecture: ARM64, Scaling: once(true)}
}
