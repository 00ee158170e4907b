package config

import "reflect"

// Setting is one setting as it is told to people.
type Setting struct {
	Key         string
	Type        string // string, integer, boolean, array or object, as in Pulumi.yaml
	Default     any
	Description string
}

// Table lists every setting with its default, in the order of the declaration.
func Table() []Setting {
	var table []Setting
	for _, f := range fields(Defaults()) {
		table = append(table, Setting{Key: f.key, Type: typeName(f.value), Default: f.value.Interface(), Description: descriptions[f.key]})
	}
	return table
}

func typeName(value reflect.Value) string {
	switch value.Kind() {
	case reflect.String:
		return "string"
	case reflect.Int:
		return "integer"
	case reflect.Bool:
		return "boolean"
	case reflect.Map:
		return "object"
	default:
		return "array"
	}
}

// descriptions say what each setting is, in one sentence or two; a test holds them against the settings.
var descriptions = map[string]string{
	"tags":                        "Tags for every resource, beside Project, Stack and ManagedBy.",
	"logs.retentionDays":          "How long CloudWatch keeps logs, and S3 the access logs of the edge, in days; one of the values CloudWatch Logs allows.",
	"ecs.containerInsights":       "Container Insights metrics of the cluster; billed per metric.",
	"ecs.executeCommand":          "ECS Exec into running tasks. AWS does not support it with a read-only root, so roots become writable.",
	"tunnel.instanceId":           "An EC2 instance in the VPC that Systems Manager manages, for tunnels to the admin API where there is no NAT instance.",
	"createVpc":                   "Make a VPC. false: use an existing one (vpcId, privateSubnetIds), with an internet gateway and DNS host names, whose private subnets reach the internet through a NAT.",
	"vpcCidr":                     "Range of the new VPC, a private one from /16 to /24.",
	"vpcId":                       "The existing VPC, when createVpc is false.",
	"privateSubnetIds":            "Two or more private subnets of the existing VPC, in different zones.",
	"publicSubnetIds":             "Public subnets of the existing VPC; checked, not otherwise used.",
	"zoneIds":                     "Two availability zones by zone id (usw1-az1); empty: the first two that CloudFront VPC origins support.",
	"nat":                         "How private subnets reach the internet: instance (cheapest), gateway, or gateway-per-zone (survives the loss of a zone).",
	"natInstance.type":            "EC2 type of the NAT instance, with an ARM processor.",
	"natInstance.ami":             "AMI of the NAT instance; empty: the pinned fck-nat release.",
	"database.class":              "RDS class. The connections it allows are checked against the services' pools.",
	"database.storageGb":          "Storage at the start, in GB (gp3).",
	"database.maxStorageGb":       "Storage grows by itself up to this, in GB.",
	"database.version":            "PostgreSQL major version, 14 to 18; raising it upgrades the database. RDS chooses the minor and upgrades it.",
	"database.multiAz":            "A standby in a second zone; doubles the database's price.",
	"database.backupDays":         "How long daily backups are kept; 0: none.",
	"database.deletionProtection": "pulumi destroy refuses before it deletes anything, AWS refuses to delete database and load balancer, and deleted secrets stay recoverable for 30 days.",
	"database.finalSnapshot":      "Take a last snapshot when the database is destroyed.",
	"database.snapshot":           "RDS snapshot, by name or ARN, that a new stack's database starts from, with its users, keys and traces. Read only when the database is made; later changes of it have no effect.",

	"litellm.image":                 "LiteLLM's image, pinned; 1.86.2 or later.",
	"litellm.cpu":                   "CPU units of a task (1024 = 1 vCPU).",
	"litellm.memory":                "Memory of a task in MiB. LiteLLM with one worker was seen to take 660 at rest and 1,350 with eight bodies of 25 MiB at once, beside a stand-in for Prisma's engine.",
	"litellm.desiredCount":          "Number of tasks.",
	"litellm.minCount":              "Fewest tasks when scaling, at least 1 unless maxCount is 0.",
	"litellm.maxCount":              "Most tasks when scaling, at most 8; scaling is on when it exceeds minCount.",
	"litellm.targetCpuPercent":      "Average CPU utilisation that scaling aims at.",
	"litellm.spot":                  "Run on Fargate Spot: cheaper, and tasks may be taken away at two minutes' notice.",
	"litellm.architecture":          "ARM64 or X86_64.",
	"models":                        "The models, in place of the default ones: list every one you want. Each has name, bedrock, aliases, region, rpm, tpm, inputCostPerMTok, outputCostPerMTok, cacheReadCostPerMTok, cacheWriteCostPerMTok. Empty: these three, by the profiles of the region's geography.",
	"litellm.workers":               "Worker processes in each task.",
	"litellm.databasePool":          "Database connections of each worker.",
	"litellm.spendLogRetentionDays": "How long LiteLLM keeps single spend-log rows, in days.",
	"litellm.monthlyBudgetUsd":      "What all calls together may cost in a calendar month (UTC), in USD; after that every call gets 429. 0: no limit.",
	"litellm.userMonthlyBudgetUsd":  "Monthly budget, in USD, of a user who is made without one. A user's budget that is given without a period is monthly too. 0: none.",

	"langfuse.image":            "Langfuse's image, pinned, of major 2.",
	"langfuse.cpu":              "CPU units of a task.",
	"langfuse.memory":           "Memory of a task in MiB.",
	"langfuse.desiredCount":     "Number of tasks.",
	"langfuse.minCount":         "Fewest tasks when scaling, at least 1 unless maxCount is 0.",
	"langfuse.maxCount":         "Most tasks when scaling, at most 4.",
	"langfuse.targetCpuPercent": "Average CPU utilisation that scaling aims at.",
	"langfuse.spot":             "Run on Fargate Spot.",
	"langfuse.architecture":     "ARM64 or X86_64.",
	"langfuse.retentionDays":    "Traces older than this are deleted daily, in days.",
	"langfuse.content":          "full: traces hold prompts and answers; none: only users, models, tokens and cost.",
	"langfuse.adminEmail":       "Log-in of Langfuse's first user; its password is generated.",
	"langfuse.databasePool":     "Database connections of each task.",

	"grafana.image":        "Grafana's image, pinned; one of scripts/grafana-image.sh (the stack's own repository) has the dashboards inside.",
	"grafana.cpu":          "CPU units of the task.",
	"grafana.memory":       "Memory of the task in MiB.",
	"grafana.enabled":      "Run it, once: two would send every alert twice.",
	"grafana.spot":         "Run on Fargate Spot.",
	"grafana.architecture": "ARM64 or X86_64.",
	"grafana.databasePool": "Database connections of the task.",

	"victoriametrics.image":         "VictoriaMetrics' image, pinned.",
	"victoriametrics.cpu":           "CPU units of the task.",
	"victoriametrics.memory":        "Memory of the task in MiB.",
	"victoriametrics.enabled":       "Run it, once: two must not share one data directory.",
	"victoriametrics.spot":          "Run on Fargate Spot.",
	"victoriametrics.architecture":  "ARM64 or X86_64.",
	"victoriametrics.retentionDays": "How long metrics are kept, in days.",

	"certificateArn":     "ACM certificate in us-east-1 for both domain names; the three come together.",
	"domainName":         "The gateway's own domain name.",
	"langfuseDomainName": "Langfuse's own domain name.",
	"hostedZoneId":       "Route 53 zone in which both names are made; empty: you make them.",
	"edge.consoleCidrs":  "Address ranges (IPv4, IPv6) from which Grafana and Langfuse can be reached; empty: everywhere. Set it before a team relies on it.",
	"edge.apiCidrs":      "Address ranges from which the API can be reached; empty: everywhere.",
	"edge.publicMetrics": "Let /metrics/ through the edge. LiteLLM answers there to the metrics key and the master key only.",
	"edge.priceClass":    "Where CloudFront answers from: PriceClass_100, PriceClass_200 or PriceClass_All.",
	"waf.enabled":        "A web ACL on both distributions: a rate limit, and AWS's managed rules in count mode.",
	"waf.rateLimit":      "Requests one address may make in five minutes.",
	"alarms.enabled":     "CloudWatch alarms; each is billed, the first ten of an account are free.",
	"alarms.email":       "Where alarms go; AWS sends a confirmation first. Empty: only to the topic.",
	"budget.monthlyUsd":  "AWS Budget in USD per month; 0: none.",
	"budget.email":       "Where the budget speaks to, beside the alarms' topic.",
	"budget.tagFilter":   "key=value of an activated cost-allocation tag; empty: the budget covers the whole account.",
	"schedule.start":     "When all services start, for instance cron(0 8 ? * MON-FRI *); with schedule.stop.",
	"schedule.stop":      "When all services are scaled to zero, for instance cron(0 19 ? * MON-FRI *).",
	"schedule.timezone":  "IANA time zone of the schedule.",

	"secrets.masterKey":             "Name of an existing secret with LiteLLM's master key (sk-…), encrypted with AWS's own key (aws/secretsmanager); empty: generated.",
	"secrets.grafanaAdminPassword":  "Name of an existing secret, encrypted likewise; empty: generated.",
	"secrets.langfuseAdminPassword": "Name of an existing secret, encrypted likewise; empty: generated.",
}
