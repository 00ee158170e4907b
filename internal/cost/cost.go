// Package cost estimates what a stack costs per month, from its settings and a table of prices. It needs no credentials and no deploy.
package cost

import (
	"fmt"

	"kong-llm-gateway/config"
)

// hoursPerMonth is AWS's own average.
const hoursPerMonth = 730

// spotShare is what Fargate Spot costs of the on-demand price: AWS promises up to 70 % off; this is a cautious 65 (unverified: it moves with demand).
const spotShare = 0.35

// Use is what the per-use part of the estimate assumes for a month; a small team's.
var Use = struct {
	TransferGB, Requests10k, NATGB, LogsGB, EFSGB, LCU float64
}{TransferGB: 10, Requests10k: 30, NATGB: 15, LogsGB: 2, EFSGB: 1, LCU: 0.1}

// Line is one component of the estimate, in USD per month.
type Line struct {
	Component string
	Detail    string
	// Fixed is due whether or not anybody calls a model; PerUse is for the assumed use.
	Fixed, PerUse float64
	// Unverified says that some price behind it is second-hand or derived.
	Unverified bool
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

// estimator looks prices up and remembers what it could not find or trust.
type estimator struct {
	region     string
	missing    []string
	unverified bool
}

// price is the price of an item in the region, or the one that is the same everywhere.
func (e *estimator) price(item string) float64 {
	for _, price := range prices {
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
	made := Line{Component: component, Detail: detail, Fixed: fixed, PerUse: perUse, Unverified: e.unverified}
	e.unverified = false
	return made
}

// For estimates a stack. The error names what has no price in its region.
func For(s *config.Settings) (*Estimate, error) {
	e := &estimator{region: s.Region}
	running := activeShare(s.Schedule)
	var lines []Line
	for _, service := range []struct {
		name     string
		settings config.Service
	}{{"LiteLLM", s.LiteLLM.Service}, {"Langfuse", s.Langfuse.Service}, {"Grafana", s.Grafana.Service}, {"VictoriaMetrics", s.VictoriaMetrics.Service}} {
		lines = append(lines, e.fargate(service.name, service.settings, running))
	}
	lines = append(lines, e.database(s.Database), e.balancer())
	lines = append(lines, e.nat(s.Network)...)
	lines = append(lines,
		e.line("CloudFront", fmt.Sprintf("%.0f GB, %.0f0,000 requests", Use.TransferGB, Use.Requests10k), 0,
			Use.TransferGB*e.price(transferGB)+Use.Requests10k*e.price(requests10k)),
		e.line("Secrets Manager", fmt.Sprintf("%d secrets", secretCount), secretCount*e.price(secretMonth), 0),
		e.line("CloudWatch Logs", fmt.Sprintf("%.0f GB, kept %d days", Use.LogsGB, s.LogRetentionDays), 0,
			Use.LogsGB*e.price(logsIngest)+Use.LogsGB*float64(s.LogRetentionDays)/30*e.price(logsStore)),
		e.line("EFS", fmt.Sprintf("%.0f GB of metrics", Use.EFSGB), 0, Use.EFSGB*e.price(efsGB)),
	)
	lines = append(lines, e.optional(s)...)
	if len(e.missing) > 0 {
		return nil, fmt.Errorf("no price in %s for %v", s.Region, e.missing)
	}
	return &Estimate{Region: s.Region, Lines: lines}, nil
}

// secretCount is how many secrets a stack has: the database's master, three roles, LiteLLM's three, Langfuse's six, Grafana's two.
const secretCount = 15

func (e *estimator) fargate(name string, s config.Service, running float64) Line {
	cpu, memory := fargateARMvCPU, fargateARMGB
	if s.Architecture == config.X8664 {
		cpu, memory = fargateX86vCPU, fargateX86GB
	}
	hourly := float64(s.CPU)/1024*e.price(cpu) + float64(s.Memory)/1024*e.price(memory)
	detail := fmt.Sprintf("%d × %g vCPU, %g GB, %s", s.DesiredCount, float64(s.CPU)/1024, float64(s.Memory)/1024, s.Architecture)
	if s.Spot {
		hourly *= spotShare
		e.unverified = true
		detail += ", Spot"
	}
	if running < 1 {
		detail += fmt.Sprintf(", %.0f %% of the time", running*100)
	}
	return e.line("Fargate: "+name, detail, hourly*hoursPerMonth*float64(s.DesiredCount)*running, 0)
}

func (e *estimator) database(d config.Database) Line {
	zones, detail := 1.0, d.Class
	if d.MultiAZ {
		zones, detail = 2, detail+", Multi-AZ"
	}
	fixed := zones * (hoursPerMonth*e.price(rdsHour+d.Class) + float64(d.StorageGB)*e.price(rdsGB))
	return e.line("RDS PostgreSQL", fmt.Sprintf("%s, %d GB (may grow to %d)", detail, d.StorageGB, d.MaxStorageGB), fixed, 0)
}

func (e *estimator) balancer() Line {
	return e.line("Load balancer", fmt.Sprintf("internal; %g LCU on average", Use.LCU), hoursPerMonth*e.price(albHour), hoursPerMonth*Use.LCU*e.price(albLCU))
}

// nat is the way to the internet with its address and its data.
func (e *estimator) nat(n config.Network) []Line {
	if !n.CreateVpc {
		return nil
	}
	address := hoursPerMonth * e.price(ipv4Hour)
	if n.NAT == config.NATInstance {
		const diskGB = 4
		return []Line{
			e.line("NAT instance", n.NATInstanceType+", 4 GB disk", hoursPerMonth*e.price(ec2Hour+n.NATInstanceType)+diskGB*e.price(ebsGB), 0),
			e.line("Public IPv4 address", "of the NAT instance", address, 0),
		}
	}
	count := 1.0
	if n.NAT == config.NATGatewayPerZone {
		count = 2
	}
	return []Line{
		e.line("NAT gateway", fmt.Sprintf("%.0f, %.0f GB", count, Use.NATGB), count*hoursPerMonth*e.price(natHour), Use.NATGB*e.price(natGB)),
		e.line("Public IPv4 address", "of each NAT gateway", count*address, 0),
	}
}

// optional is what only some stacks have.
func (e *estimator) optional(s *config.Settings) []Line {
	var lines []Line
	if s.Alarms.Enabled {
		const alarms, free = 29, 10
		lines = append(lines, e.line("CloudWatch alarms", fmt.Sprintf("about %d, the first %d of an account are free", alarms, free), (alarms-free)*e.price(alarmMonth), 0))
	}
	if s.WAF.Enabled {
		const rules = 3
		lines = append(lines, e.line("Web ACL", fmt.Sprintf("%d rules", rules), e.price(wafACL)+rules*e.price(wafRule), Use.Requests10k/100*e.price(wafMillion)))
	}
	if s.ContainerInsights {
		const metrics = 40
		lines = append(lines, e.line("Container Insights", fmt.Sprintf("about %d metrics", metrics), metrics*e.price(insightsMetric), 0))
	}
	return lines
}
