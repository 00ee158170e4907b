// Package config holds every setting of a stack: it loads them from the Pulumi configuration, fills in defaults, checks them
// all at once. It creates no resource and renders no document.
package config

// Settings is every setting of one stack. A field's `key` tag is its Pulumi configuration key (namespace kong-llm-gateway);
// what it is, with its unit, and what its empty value means, is said by descriptions (describe.go). The same keys, with type, default and
// description, stand in Pulumi.yaml. A key with a dot is a path: `pulumi config set --path database.multiAz true`.
type Settings struct {
	// Names has the Pulumi project and stack.
	Names
	// Region is the AWS region (Pulumi key aws:region), for instance us-west-1.
	Region string
	// Account is which AWS account the stack belongs to (Pulumi keys aws:profile, aws:allowedAccountIds …).
	Account Account

	Tags              map[string]string `key:"tags"`
	LogRetentionDays  int               `key:"logs.retentionDays"`
	ContainerInsights bool              `key:"ecs.containerInsights"`
	ExecuteCommand    bool              `key:"ecs.executeCommand"`
	TunnelInstanceID  string            `key:"tunnel.instanceId"`

	Network         Network
	Database        Database
	LiteLLM         LiteLLM
	Langfuse        Langfuse
	Grafana         Grafana
	VictoriaMetrics VictoriaMetrics
	Edge            Edge
	WAF             WAF
	Alarms          Alarms
	Budget          Budget
	Schedule        Schedule
	Secrets         Secrets
}

// NATMode is how private subnets reach the internet.
type NATMode string

// The NAT modes.
const (
	NATInstance       NATMode = "instance"
	NATGateway        NATMode = "gateway"
	NATGatewayPerZone NATMode = "gateway-per-zone"
)

// Network describes the VPC: one of our own, or an existing one.
type Network struct {
	CreateVpc        bool     `key:"createVpc"`
	VpcCidr          string   `key:"vpcCidr"`
	VpcID            string   `key:"vpcId"`
	PrivateSubnetIDs []string `key:"privateSubnetIds"`
	PublicSubnetIDs  []string `key:"publicSubnetIds"`
	ZoneIDs          []string `key:"zoneIds"`
	NAT              NATMode  `key:"nat"`
	NATInstanceType  string   `key:"natInstance.type"`
	NATAmi           string   `key:"natInstance.ami"`
}

// Database describes the RDS instance.
type Database struct {
	Class              string `key:"database.class"`
	StorageGB          int    `key:"database.storageGb"`
	MaxStorageGB       int    `key:"database.maxStorageGb"`
	Version            string `key:"database.version"`
	MultiAZ            bool   `key:"database.multiAz"`
	BackupDays         int    `key:"database.backupDays"`
	DeletionProtection bool   `key:"database.deletionProtection"`
	FinalSnapshot      bool   `key:"database.finalSnapshot"`
	Snapshot           string `key:"database.snapshot"`
}

// Architecture is the CPU architecture of a Fargate task.
type Architecture string

// The Fargate architectures, as ECS spells them.
const (
	ARM64 Architecture = "ARM64"
	X8664 Architecture = "X86_64"
)

// Service is what can be set for each of the four Fargate services. Its keys follow the service's name: litellm.cpu, grafana.spot …
type Service struct {
	Image        string       `key:"image"`
	CPU          int          `key:"cpu"`
	Memory       int          `key:"memory"`
	Spot         bool         `key:"spot"`
	Architecture Architecture `key:"architecture"`
	Scaling
}

// Scaling is how many tasks a service has. Of a service that runs once at most it follows from its Enabled (settle).
type Scaling struct {
	DesiredCount     int `key:"desiredCount"`
	MinCount         int `key:"minCount"`
	MaxCount         int `key:"maxCount"`
	TargetCPUPercent int `key:"targetCpuPercent"`
}

// once is the scaling of a service that has one task, or none.
func once(enabled bool) Scaling {
	tasks := 0
	if enabled {
		tasks = 1
	}
	return Scaling{DesiredCount: tasks, MinCount: tasks, MaxCount: tasks}
}

// settle derives what follows from other settings.
func (s *Settings) settle() {
	s.Grafana.Scaling, s.VictoriaMetrics.Scaling = once(s.Grafana.Enabled), once(s.VictoriaMetrics.Enabled)
}

// LiteLLM describes the gateway itself.
type LiteLLM struct {
	Service               `key:"litellm"`
	Models                []Model `key:"models"`
	Workers               int     `key:"litellm.workers"`
	DatabasePool          int     `key:"litellm.databasePool"`
	SpendLogRetentionDays int     `key:"litellm.spendLogRetentionDays"`
	MonthlyBudgetUSD      int     `key:"litellm.monthlyBudgetUsd"`
	UserMonthlyBudgetUSD  int     `key:"litellm.userMonthlyBudgetUsd"`
}

// Model is one entry of the models setting: a name clients ask for, served by a Bedrock model or inference profile.
type Model struct {
	// Name is what clients put into "model".
	Name string `yaml:"name" json:"name"`
	// Bedrock is the Bedrock model id or inference-profile id, for instance us.anthropic.claude-haiku-4-5-20251001-v1:0.
	Bedrock string `yaml:"bedrock" json:"bedrock"`
	// Aliases are further names the model answers to; they share its limits.
	Aliases []string `yaml:"aliases,omitempty" json:"aliases,omitempty"`
	// Region is the Bedrock region to call; empty: the stack's.
	Region string `yaml:"region,omitempty" json:"region,omitempty"`
	// RPM and TPM limit requests and tokens per minute, of all the model's names together, in each worker process; 0: no limit.
	RPM int `yaml:"rpm,omitempty" json:"rpm,omitempty"`
	TPM int `yaml:"tpm,omitempty" json:"tpm,omitempty"`
	// InputCostPerMTok and OutputCostPerMTok override LiteLLM's price map, in USD per million tokens; 0: the map's price.
	InputCostPerMTok  float64 `yaml:"inputCostPerMTok,omitempty" json:"inputCostPerMTok,omitempty"`
	OutputCostPerMTok float64 `yaml:"outputCostPerMTok,omitempty" json:"outputCostPerMTok,omitempty"`
	// CacheReadCostPerMTok and CacheWriteCostPerMTok go with InputCostPerMTok: what is read from and written to the prompt cache; 0: as other input.
	CacheReadCostPerMTok  float64 `yaml:"cacheReadCostPerMTok,omitempty" json:"cacheReadCostPerMTok,omitempty"`
	CacheWriteCostPerMTok float64 `yaml:"cacheWriteCostPerMTok,omitempty" json:"cacheWriteCostPerMTok,omitempty"`
}

// LangfuseContent says how much of a conversation LiteLLM sends to Langfuse.
type LangfuseContent string

// The values of langfuse.content.
const (
	ContentFull LangfuseContent = "full"
	ContentNone LangfuseContent = "none"
)

// Langfuse describes the tracing service.
type Langfuse struct {
	Service       `key:"langfuse"`
	RetentionDays int             `key:"langfuse.retentionDays"`
	Content       LangfuseContent `key:"langfuse.content"`
	AdminEmail    string          `key:"langfuse.adminEmail"`
	DatabasePool  int             `key:"langfuse.databasePool"`
}

// Grafana describes the dashboards' service.
type Grafana struct {
	Service      `key:"grafana" tasks:"once"`
	Enabled      bool `key:"grafana.enabled"`
	DatabasePool int  `key:"grafana.databasePool"`
}

// VictoriaMetrics describes the metrics store.
type VictoriaMetrics struct {
	Service       `key:"victoriametrics" tasks:"once"`
	Enabled       bool `key:"victoriametrics.enabled"`
	RetentionDays int  `key:"victoriametrics.retentionDays"`
}

// Edge describes what faces the internet.
type Edge struct {
	CertificateArn     string   `key:"certificateArn"`
	DomainName         string   `key:"domainName"`
	LangfuseDomainName string   `key:"langfuseDomainName"`
	HostedZoneID       string   `key:"hostedZoneId"`
	ConsoleCidrs       []string `key:"edge.consoleCidrs"`
	APICidrs           []string `key:"edge.apiCidrs"`
	PublicMetrics      bool     `key:"edge.publicMetrics"`
	PriceClass         string   `key:"edge.priceClass"`
}

// WAF describes the optional web ACL of both distributions.
type WAF struct {
	Enabled   bool `key:"waf.enabled"`
	RateLimit int  `key:"waf.rateLimit"`
}

// Alarms describes the CloudWatch alarms.
type Alarms struct {
	Enabled bool   `key:"alarms.enabled"`
	Email   string `key:"alarms.email"`
}

// Budget describes the AWS Budget.
type Budget struct {
	MonthlyUSD int    `key:"budget.monthlyUsd"`
	Email      string `key:"budget.email"`
	TagFilter  string `key:"budget.tagFilter"`
}

// Schedule scales the services to zero outside working hours; both expressions empty: never.
type Schedule struct {
	Start    string `key:"schedule.start"`
	Stop     string `key:"schedule.stop"`
	Timezone string `key:"schedule.timezone"`
}

// On says whether there is a schedule.
func (s Schedule) On() bool { return s.Stop != "" }

// Secrets names existing Secrets Manager secrets to use instead of generated ones; empty: generated.
type Secrets struct {
	MasterKey             string `key:"secrets.masterKey"`
	GrafanaAdminPassword  string `key:"secrets.grafanaAdminPassword"`
	LangfuseAdminPassword string `key:"secrets.langfuseAdminPassword"`
}
