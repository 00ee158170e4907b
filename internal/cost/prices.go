package cost

// Price is what AWS asks for one unit of one item in one region.
type Price struct {
	Region, Item, Unit string
	USD                float64
	Source             string
	// Verified says whether the source is AWS's own or a tool that reads AWS's price list; the rest is second-hand or derived.
	Verified bool
}

// priceDate is when the sources were read.
const priceDate = "2026-11"

// Sources of prices.
const (
	infracost = "infracost golden files (they hold AWS price-list values)"
	vantage   = "vantage.sh instance and Fargate pages"
	derived   = "derived from the us-east-1 price"
	thirdHand = "third-party tables"
	awsPages  = "AWS pricing page, the same in every region"
)

// prices is the table. Regions that are not in it have no estimate.
var prices = []Price{
	{"us-east-1", fargateARMvCPU, "vCPU-hour", 0.03238, vantage, true},
	{"us-east-1", fargateARMGB, "GB-hour", 0.00356, vantage, true},
	{"us-east-1", fargateX86vCPU, "vCPU-hour", 0.04048, infracost, true},
	{"us-east-1", fargateX86GB, "GB-hour", 0.004445, infracost, true},
	{"us-east-1", albHour, "hour", 0.0225, infracost, true},
	{"us-east-1", albLCU, "LCU-hour", 0.008, infracost, true},
	{"us-east-1", rdsHour + "db.t4g.micro", "hour", 0.016, derived, false},
	{"us-east-1", rdsHour + "db.t4g.small", "hour", 0.032, infracost, true},
	{"us-east-1", rdsHour + "db.t4g.medium", "hour", 0.065, derived, false},
	{"us-east-1", rdsHour + "db.t4g.large", "hour", 0.129, derived, false},
	{"us-east-1", rdsGB, "GB-month", 0.115, infracost, true},
	{"us-east-1", ec2Hour + "t4g.nano", "hour", 0.0042, "fck-nat documentation", true},
	{"us-east-1", ec2Hour + "t4g.micro", "hour", 0.0084, derived, false},
	{"us-east-1", ec2Hour + "t4g.small", "hour", 0.0168, derived, false},
	{"us-east-1", ebsGB, "GB-month", 0.08, infracost, true},
	{"us-east-1", natHour, "hour", 0.045, infracost, true},
	{"us-east-1", natGB, "GB", 0.045, infracost, true},
	{"us-east-1", logsIngest, "GB", 0.50, infracost, true},
	{"us-east-1", logsStore, "GB-month", 0.03, infracost, true},
	{"us-east-1", efsGB, "GB-month", 0.30, infracost, true},

	{"us-west-1", fargateARMvCPU, "vCPU-hour", 0.0372, derived, false},
	{"us-west-1", fargateARMGB, "GB-hour", 0.0041, derived, false},
	{"us-west-1", fargateX86vCPU, "vCPU-hour", 0.04656, thirdHand, false},
	{"us-west-1", fargateX86GB, "GB-hour", 0.00511, thirdHand, false},
	{"us-west-1", albHour, "hour", 0.0252, thirdHand, false},
	{"us-west-1", albLCU, "LCU-hour", 0.008, thirdHand, false},
	{"us-west-1", rdsHour + "db.t4g.micro", "hour", 0.019, thirdHand, false},
	{"us-west-1", rdsHour + "db.t4g.small", "hour", 0.038, derived, false},
	{"us-west-1", rdsHour + "db.t4g.medium", "hour", 0.076, derived, false},
	{"us-west-1", rdsHour + "db.t4g.large", "hour", 0.152, derived, false},
	{"us-west-1", rdsGB, "GB-month", 0.138, thirdHand, false},
	{"us-west-1", ec2Hour + "t4g.nano", "hour", 0.005, derived, false},
	{"us-west-1", ec2Hour + "t4g.micro", "hour", 0.01, derived, false},
	{"us-west-1", ec2Hour + "t4g.small", "hour", 0.02, derived, false},
	{"us-west-1", ebsGB, "GB-month", 0.096, thirdHand, false},
	{"us-west-1", natHour, "hour", 0.048, thirdHand, false},
	{"us-west-1", natGB, "GB", 0.048, thirdHand, false},
	{"us-west-1", logsIngest, "GB", 0.67, thirdHand, false},
	{"us-west-1", logsStore, "GB-month", 0.033, thirdHand, false},
	{"us-west-1", efsGB, "GB-month", 0.33, thirdHand, false},

	{"us-west-2", fargateARMvCPU, "vCPU-hour", 0.03238, derived, false},
	{"us-west-2", fargateARMGB, "GB-hour", 0.00356, derived, false},
	{"us-west-2", fargateX86vCPU, "vCPU-hour", 0.04048, derived, false},
	{"us-west-2", fargateX86GB, "GB-hour", 0.004445, derived, false},
	{"us-west-2", albHour, "hour", 0.0225, derived, false},
	{"us-west-2", albLCU, "LCU-hour", 0.008, derived, false},
	{"us-west-2", rdsHour + "db.t4g.micro", "hour", 0.016, derived, false},
	{"us-west-2", rdsHour + "db.t4g.small", "hour", 0.032, derived, false},
	{"us-west-2", rdsHour + "db.t4g.medium", "hour", 0.065, derived, false},
	{"us-west-2", rdsHour + "db.t4g.large", "hour", 0.129, derived, false},
	{"us-west-2", rdsGB, "GB-month", 0.115, derived, false},
	{"us-west-2", ec2Hour + "t4g.nano", "hour", 0.0042, derived, false},
	{"us-west-2", ec2Hour + "t4g.micro", "hour", 0.0084, derived, false},
	{"us-west-2", ec2Hour + "t4g.small", "hour", 0.0168, derived, false},
	{"us-west-2", ebsGB, "GB-month", 0.08, derived, false},
	{"us-west-2", natHour, "hour", 0.045, derived, false},
	{"us-west-2", natGB, "GB", 0.045, derived, false},
	{"us-west-2", logsIngest, "GB", 0.50, derived, false},
	{"us-west-2", logsStore, "GB-month", 0.03, derived, false},
	{"us-west-2", efsGB, "GB-month", 0.30, derived, false},

	{"", ipv4Hour, "hour", 0.005, awsPages, true},
	{"", secretMonth, "month", 0.40, infracost, true},
	{"", alarmMonth, "month", 0.10, awsPages, false},
	{"", edgeGB, "GB", 0.085, infracost, true},
	{"", edgeRequests, "10,000 requests", 0.01, infracost, true},
	{"", edgeFunction, "million runs", 0.10, awsPages, false},
	{"", zonesGB, "GB", 0.02, awsPages, false},
	{"", zoneMonth, "month", 0.50, awsPages, false},
	{"", ecrGB, "GB-month", 0.10, awsPages, false},
	{"", wafACL, "month", 5, awsPages, false},
	{"", wafRule, "month", 1, awsPages, false},
	{"", wafMillion, "million requests", 0.60, awsPages, false},
	{"", insightsMetric, "metric-month", 0.30, awsPages, false},
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
