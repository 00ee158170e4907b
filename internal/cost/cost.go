// Package cost estimates what a stack costs per month, from its settings and a table of prices. It needs no credentials and no deploy.
package cost

import (
	"fmt"
	"slices"
	"strings"

	"kong-llm-gateway/config"
)

// hoursPerMonth is AWS's own average.
const hoursPerMonth = 730

// spotShare is what Fargate Spot costs of the on-demand price. It moves with demand and so counts as unverified: AWS promises up to 70 % off; its feed
// of Spot prices had 68 % for ARM in us-east-1 in September 2026, older readings 70 % in us-west-1 and 69 % in us-west-2.
const spotShare = 0.32

// Use is what the per-use part of the estimate assumes for a month: a team of ten that works with a coding assistant.
var Use = struct {
	// Calls to models.
	Calls float64
	// EdgeGB leave through CloudFront, NATGB go through the NAT (calls to Bedrock, container images), LogsGB are written.
	EdgeGB, NATGB, LogsGB float64
	// LCU is the load balancer's average use, in its capacity units.
	LCU float64
	// TraceKB is a call's trace in the database, TraceWithoutContentKB one without prompts and answers, SpendLogKB LiteLLM's own row.
	TraceKB, TraceWithoutContentKB, SpendLogKB float64
	// MetricsGB is a month of metrics, DatabaseGB the database before the first call, ImageGB Grafana's image in ECR.
	MetricsGB, DatabaseGB, ImageGB float64
}{
	Calls: 300_000, EdgeGB: 10, NATGB: 15, LogsGB: 2, LCU: 0.1,
	TraceKB: 20, TraceWithoutContentKB: 2, SpendLogKB: 2,
	MetricsGB: 1, DatabaseGB: 1, ImageGB: 0.3,
}

const daysPerMonth = 30

// Line is one component of the estimate, in USD per month.
type Line struct {
	Component string
	Detail    string
	// Fixed is due whether or not anybody calls a model; PerUse is for the assumed use.
	Fixed, PerUse float64
	// Unverified says that some price behind it is second-hand or derived.
	Unverified bool
	// Missing are the items whose price in the region is not known; the line is without them.
	Missing []string
}

// Estimate is the whole bill before any call to a model.
type Estimate struct {
	Region string
	Lines  []Line
}

// Total adds up the fixed and the per-use parts, in USD per month.
func (e *Estimate) Total() (fixed, perUse float64) {
	for _, line := range e.Lines {
		fixed += line.Fixed
		perUse += line.PerUse
	}
	return fixed, perUse
}

// Missing are the items that the estimate lacks a price of.
func (e *Estimate) Missing() []string {
	var items []string
	for _, line := range e.Lines {
		items = append(items, line.Missing...)
	}
	slices.Sort(items)
	return slices.Compact(items)
}

// Regions are the regions whose prices are known.
func Regions() []string {
	var names []string
	for _, price := range prices {
		if price.Region != "" {
			names = append(names, price.Region)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// estimator looks prices up and remembers what it could not find or trust.
type estimator struct {
	region     string
	missing    []string
	unverified bool
}

// price is the price of an item in the region, or the one that is the same everywhere.
func (e *estimator) price(item string) float64 {
	for _, price := range slices.Concat(prices, classPrices) {
		if price.Item == item && (price.Region == e.region || price.Region == "") {
			e.unverified = e.unverified || !price.Verified
			return price.USD
		}
	}
	e.missing = append(e.missing, item)
	return 0
}

// line finishes a component and notes whether its prices can be trusted.
func (e *estimator) line(component, detail string, fixed, perUse float64) Line {
	made := Line{Component: component, Detail: detail, Fixed: fixed, PerUse: perUse, Unverified: e.unverified, Missing: e.missing}
	e.unverified, e.missing = false, nil
	return made
}

// For estimates a stack. The error says which regions have prices, where the stack's has none.
func For(s *config.Settings) (*Estimate, error) {
	if !slices.Contains(Regions(), s.Region) {
		return nil, fmt.Errorf("no prices of %s are known, only of %s", s.Region, strings.Join(Regions(), ", "))
	}
	e := &estimator{region: s.Region}
	running, followed := activeShare(s.Schedule)
	var lines []Line
	for _, service := range []struct {
		name     string
		settings config.Service
	}{{"LiteLLM", s.LiteLLM.Service}, {"Langfuse", s.Langfuse.Service}, {"Grafana", s.Grafana.Service}, {"VictoriaMetrics", s.VictoriaMetrics.Service}} {
		lines = append(lines, e.fargate(service.name, service.settings, running, followed))
	}
	lines = append(lines, e.database(s.Database), e.growth(s), e.balancer())
	lines = append(lines, e.nat(s)...)
	secrets := float64(Secrets(s))
	metrics := 0.0
	if s.VictoriaMetrics.Enabled {
		metrics = Use.MetricsGB * float64(s.VictoriaMetrics.RetentionDays) / daysPerMonth
	}
	kept := Use.LogsGB * float64(s.LogRetentionDays) / daysPerMonth
	lines = append(lines,
		e.line("Data between zones", fmt.Sprintf("half of the NAT's %.0f GB and of the traces", Use.NATGB), 0,
			(Use.NATGB+Use.Calls*e.traceKB(s)/kbPerGB)/2*e.price(zonesGB)),
		e.line("CloudFront", fmt.Sprintf("%.0f GB, %.0f requests, as many runs of its function", Use.EdgeGB, Use.Calls), 0,
			Use.EdgeGB*e.price(edgeGB)+Use.Calls/10_000*e.price(edgeRequests)+Use.Calls/million*e.price(edgeFunction)),
		e.line("Secrets Manager", fmt.Sprintf("%.0f secrets", secrets), secrets*e.price(secretMonth), 0),
		e.line("Route 53", "the private zone of service discovery", e.price(zoneMonth), 0),
		e.line("CloudWatch Logs", fmt.Sprintf("%.0f GB, kept %d days", Use.LogsGB, s.LogRetentionDays), 0, Use.LogsGB*e.price(logsIngest)+kept*e.price(logsStore)),
		e.line("EFS", fmt.Sprintf("%.1f GB: metrics of %d days", metrics, s.VictoriaMetrics.RetentionDays), 0, metrics*e.price(efsGB)),
	)
	lines = append(lines, e.optional(s)...)
	return &Estimate{Region: s.Region, Lines: lines}, nil
}

const (
	kbPerGB = 1e6
	million = 1e6
)

func (e *estimator) fargate(name string, s config.Service, running float64, followed bool) Line {
	cpu, memory := fargateARMvCPU, fargateARMGB
	if s.Architecture == config.X8664 {
		cpu, memory = fargateX86vCPU, fargateX86GB
	}
	hourly := float64(s.CPU)/1024*e.price(cpu) + float64(s.Memory)/1024*e.price(memory)
	detail := fmt.Sprintf("%d × %g vCPU, %g GB, %s", s.DesiredCount, float64(s.CPU)/1024, float64(s.Memory)/1024, s.Architecture)
	if s.MaxCount > s.DesiredCount {
		detail += fmt.Sprintf(" (load may bring %d)", s.MaxCount)
	}
	if s.Spot {
		hourly *= spotShare
		e.unverified = true
		detail += ", Spot"
	}
	if !followed {
		detail += ", all the time (the estimate follows schedules of full hours and days of the week only)"
	}
	if running < 1 {
		detail += fmt.Sprintf(", %.0f %% of the time", running*100)
	}
	return e.line("Fargate: "+name, detail, hourly*hoursPerMonth*float64(s.DesiredCount)*running, 0)
}

func (e *estimator) database(d config.Database) Line {
	detail := d.Class
	if d.MultiAZ {
		detail += ", Multi-AZ"
	}
	fixed := zones(d) * (hoursPerMonth*e.price(rdsHour+d.Class) + float64(d.StorageGB)*e.price(rdsGB))
	return e.line("RDS PostgreSQL", fmt.Sprintf("%s, %d GB (may grow to %d)", detail, d.StorageGB, d.MaxStorageGB), fixed, 0)
}

// traceKB is what one call leaves in Langfuse.
func (e *estimator) traceKB(s *config.Settings) float64 {
	switch {
	case s.Langfuse.MaxCount == 0:
		return 0
	case s.Langfuse.Content == config.ContentNone:
		return Use.TraceWithoutContentKB
	default:
		return Use.TraceKB
	}
}

// growth is the storage that traces and spend logs need beyond what is there from the start. RDS grows when less than a tenth is free
// (Amazon RDS User Guide, storage autoscaling), and never shrinks.
func (e *estimator) growth(s *config.Settings) Line {
	const free = 0.1
	months := func(days int) float64 { return float64(days) / daysPerMonth }
	used := Use.DatabaseGB + Use.Calls/kbPerGB*(e.traceKB(s)*months(s.Langfuse.RetentionDays)+Use.SpendLogKB*months(s.LiteLLM.SpendLogRetentionDays))
	more := max(0, min(used/(1-free), float64(s.Database.MaxStorageGB))-float64(s.Database.StorageGB))
	if used > float64(s.Database.MaxStorageGB) {
		return e.line("RDS storage growth", fmt.Sprintf("**%.0f GB are needed, database.maxStorageGb allows %d**", used, s.Database.MaxStorageGB), 0, more*zones(s.Database)*e.price(rdsGB))
	}
	detail := fmt.Sprintf("%.0f GB used: traces of %d days, spend logs of %d", used, s.Langfuse.RetentionDays, s.LiteLLM.SpendLogRetentionDays)
	return e.line("RDS storage growth", detail, 0, more*zones(s.Database)*e.price(rdsGB))
}

// zones is how many copies of the database there are.
func zones(d config.Database) float64 {
	if d.MultiAZ {
		return 2
	}
	return 1
}

func (e *estimator) balancer() Line {
	return e.line("Load balancer", fmt.Sprintf("internal; %g LCU on average", Use.LCU), hoursPerMonth*e.price(albHour), hoursPerMonth*Use.LCU*e.price(albLCU))
}

// nat is the way to the internet with its addresses and its data.
func (e *estimator) nat(s *config.Settings) []Line {
	n, addresses := s.Network, PublicAddresses(s)
	if addresses == 0 {
		return []Line{e.line("NAT", "the existing VPC's: not counted", 0, 0)}
	}
	address := e.line("Public IPv4 addresses", fmt.Sprintf("%d, of the NAT", addresses), float64(addresses)*hoursPerMonth*e.price(ipv4Hour), 0)
	if n.NAT == config.NATInstance {
		const diskGB = 4
		return []Line{
			e.line("NAT instance", n.NATInstanceType+", 4 GB disk", hoursPerMonth*e.price(ec2Hour+n.NATInstanceType)+diskGB*e.price(ebsGB), 0), address,
		}
	}
	return []Line{
		e.line("NAT gateway", fmt.Sprintf("%d, %.0f GB", addresses, Use.NATGB), float64(addresses)*hoursPerMonth*e.price(natHour), Use.NATGB*e.price(natGB)), address,
	}
}

// optional is what only some stacks have.
func (e *estimator) optional(s *config.Settings) []Line {
	var lines []Line
	if watched := AlarmMetrics(s); watched > 0 {
		const free = 10
		lines = append(lines, e.line("CloudWatch alarms", fmt.Sprintf("%d metrics watched; the first %d of an account are free", watched, free),
			float64(max(0, watched-free))*e.price(alarmMonth), 0))
	}
	if _, inECR := config.InECR(s.Grafana.Image); inECR {
		lines = append(lines, e.line("ECR", fmt.Sprintf("%g GB: Grafana's image", Use.ImageGB), Use.ImageGB*e.price(ecrGB), 0))
	}
	if s.WAF.Enabled {
		lines = append(lines, e.line("Web ACL", fmt.Sprintf("%d rules", WebACLRules), e.price(wafACL)+WebACLRules*e.price(wafRule), Use.Calls/million*e.price(wafMillion)))
	}
	if s.ContainerInsights {
		const metrics = 40
		lines = append(lines, e.line("Container Insights", fmt.Sprintf("about %d metrics", metrics), metrics*e.price(insightsMetric), 0))
	}
	return lines
}
