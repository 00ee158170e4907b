package alarms

import (
	"fmt"
	"strings"
)

// The tables of alarms. Every metric is published at no charge, by the resource the dimensions name; the sources:
//
//	AWS/ECS             CPUUtilization, MemoryUtilization by ClusterName, ServiceName: ECS developer guide, CloudWatch metrics ("if a service has
//	                    no running tasks, no metrics will be reported") and service utilization metrics (SampleCount over a minute counts running tasks)
//	AWS/ApplicationELB  HTTPCode_ELB_5XX_Count, HTTPCode_Target_5XX_Count by LoadBalancer; TargetResponseTime, UnHealthyHostCount by TargetGroup,
//	                    LoadBalancer: Elastic Load Balancing guide for Application Load Balancers, CloudWatch metrics
//	AWS/RDS             FreeStorageSpace, FreeableMemory (bytes), CPUSurplusCreditsCharged, DatabaseConnections by DBInstanceIdentifier: RDS user guide
//	AWS/EC2             StatusCheckFailed_System, StatusCheckFailed_Instance (1 min), CPUSurplusCreditsCharged, NetworkOut (5 min) by InstanceId: EC2 user guide
//	AWS/EFS             BurstCreditBalance (bytes) by FileSystemId: EFS user guide
//	AWS/CloudFront      5xxErrorRate (per cent) by DistributionId, Region=Global, in us-east-1: CloudFront developer guide
//
// Container Insights' RunningTaskCount is not used: it is billed and off by default.

const (
	minute = 60
	five   = 5 * minute
	gib    = 1 << 30
	mib    = 1 << 20
)

// ofService is a metric of one ECS service.
func ofService(name, statistic string, one Watched) Metric {
	return Metric{"AWS/ECS", name, statistic, []Dimension{{Name: "ClusterName", Part: Cluster}, {Name: "ServiceName", Part: Service, Of: one}}}
}

// serviceAlarms watch each service: does it run at all, and is it near its limits. ECS reports nothing for a service without a running
// task, so the latter are silent while it is scaled to zero.
func (s Stack) serviceAlarms() []Alarm {
	var all []Alarm
	for _, one := range s.services() {
		if !one.runs() {
			continue
		}
		name := string(one.Name)
		all = append(all, s.notRunning(one),
			Alarm{
				Name: name + "-memory", Heading: "memory", Metric: ofService("MemoryUtilization", "Maximum", one.Name),
				Meaning: name + " uses more than 90 % of its memory; at 100 % its task is killed.",
				Above:   true, Threshold: 90, PeriodSeconds: minute, Periods: 10, Bad: 5,
			},
			Alarm{
				Name: name + "-cpu", Heading: "cpu", Metric: ofService("CPUUtilization", "Average", one.Name),
				Meaning: name + " has used more than 90 % of its CPU for a quarter of an hour.",
				Above:   true, Threshold: 90, PeriodSeconds: five, Periods: 3,
			})
	}
	return all
}

// notRunning tells when a service has no running task. Without a schedule, no data means just that. With one, all services rest and wake
// together, so a service is missed only while another runs: that needs no billed metric and is silent while all rest, but tells nothing
// where all four are gone at once (then the load balancer's and the edge's clients see it).
func (s Stack) notRunning(one Observed) Alarm {
	name := string(one.Name)
	a := Alarm{
		Name: name + "-not-running", Heading: "no-running-task",
		Meaning: name + " has no running task.",
		Metric:  ofService("CPUUtilization", "SampleCount", one.Name),
		// Ten minutes: a deployment of a service that stops before it starts takes less.
		Threshold: 1, PeriodSeconds: minute, Periods: 10, MissingIsBad: true,
	}
	if !s.Schedule.On() {
		return a
	}
	a.MissingIsBad, a.Queries = false, map[string]Metric{"own": a.Metric}
	var others []string
	for _, other := range s.services() {
		if other.Name == one.Name {
			continue
		}
		a.Queries[string(other.Name)] = ofService("CPUUtilization", "SampleCount", other.Name)
		others = append(others, fmt.Sprintf("FILL(%s,0)", other.Name))
	}
	a.Expression = fmt.Sprintf("IF(FILL(own,0) < 1 AND (%s) > 0, 0, 1)", strings.Join(others, " + "))
	return a
}

// loadBalancerAlarms watch what clients get. Without a target the load balancer itself answers 503, so with a schedule its errors count
// only while LiteLLM runs.
func (s Stack) loadBalancerAlarms() []Alarm {
	balancer := []Dimension{{Name: "LoadBalancer", Part: LoadBalancer}}
	refused := Alarm{
		Name: "alb-5xx", Heading: "errors-at-the-load-balancer", Metric: Metric{"AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", balancer},
		Meaning: "The load balancer answered with errors of its own: a service is not there or does not answer in time.", Above: true, Threshold: 10, PeriodSeconds: five, Periods: 2,
	}
	if s.Schedule.On() {
		refused.Queries = map[string]Metric{"errors": refused.Metric, "tasks": ofService("CPUUtilization", "SampleCount", LiteLLM)}
		refused.Expression = "IF(FILL(tasks,0) > 0, FILL(errors,0), 0)"
	}
	all := []Alarm{refused, {
		Name: "target-5xx", Heading: "errors-at-the-load-balancer", Metric: Metric{"AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", balancer},
		Meaning: "Services answer with errors.", Above: true, Threshold: 10, PeriodSeconds: five, Periods: 2,
	}}
	for _, one := range s.services() {
		if !one.Balanced {
			continue
		}
		name := string(one.Name)
		dimensions := []Dimension{{Name: "LoadBalancer", Part: LoadBalancer}, {Name: "TargetGroup", Part: TargetGroup, Of: one.Name}}
		all = append(all, Alarm{
			Name: name + "-unhealthy", Heading: "unhealthy-targets", Metric: Metric{"AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", dimensions},
			Meaning: "Tasks of " + name + " fail the load balancer's health check.", Above: true, Threshold: 0, PeriodSeconds: minute, Periods: 10,
		})
		if one.Name == LiteLLM {
			all = append(all, Alarm{
				Name: "litellm-slow", Heading: "slow-answers", Metric: Metric{"AWS/ApplicationELB", "TargetResponseTime", "p95", dimensions},
				Meaning: "One call in twenty waits more than a minute for the first byte of its answer.",
				Above:   true, Threshold: 60, PeriodSeconds: five, Periods: 3,
			})
		}
	}
	return all
}

// databaseAlarms watch PostgreSQL, which no schedule stops.
func (s Stack) databaseAlarms() []Alarm {
	settings := s.Database
	of := func(name, statistic string) Metric {
		return Metric{"AWS/RDS", name, statistic, []Dimension{{Name: "DBInstanceIdentifier", Part: Database}}}
	}
	// A thirty-second part of the class's memory, 32 MiB of the smallest. PostgreSQL fills a quarter with its buffers and the system most of the
	// rest with its cache, of which this metric counts only what can be had back at once, so on 1 GiB a healthy server is often below 100 MiB
	// (an estimate: no figure of AWS's was found).
	const share = 32
	memory := int(settings.MemoryGiB()*gib) / share
	all := []Alarm{
		{
			Name: "database-storage", Heading: "database-storage", Metric: of("FreeStorageSpace", "Minimum"),
			Meaning:   "The database has less than a tenth of its storage left; at its maximum it stops growing by itself.",
			Threshold: float64(settings.StorageGB) * gib / 10, PeriodSeconds: five, Periods: 3,
		},
		{
			Name: "database-memory", Heading: "database-memory", Metric: of("FreeableMemory", "Average"),
			Meaning:   fmt.Sprintf("The database has less than %d MiB of memory left.", memory/mib),
			Threshold: float64(memory), PeriodSeconds: five, Periods: 3,
		},
		{
			Name: "database-connections", Heading: "database-connections", Metric: of("DatabaseConnections", "Maximum"),
			Meaning: "The database's connections are near the number this stack plans with.",
			Above:   true, Threshold: float64(s.UsableConnections) * 0.9, PeriodSeconds: minute, Periods: 5,
		},
	}
	if strings.HasPrefix(settings.Class, "db.t") {
		all = append(all, surplusCredits("database-cpu-credits", "The database", of("CPUSurplusCreditsCharged", "Maximum")))
	}
	return all
}

// surplusCredits tells when an instance uses more CPU than it is paid for. T4g instances start without credits and in unlimited mode: they borrow
// what they need, and pay for what they have not earned back within a day (EC2 user guide, unlimited mode; RDS user guide, CloudWatch metrics). So a
// low balance says nothing, on a fresh instance in particular, and a charge does.
func surplusCredits(name, who string, charged Metric) Alarm {
	return Alarm{
		Name: name, Heading: "cpu-credits", Metric: charged, Above: true, Threshold: 0, PeriodSeconds: five, Periods: 3,
		Meaning: who + " has used more CPU than its type earns for so long that the surplus is billed.",
	}
}

// natBaselineMbit is the bandwidth an instance type has without end, in Mbit/s (EC2 instance types guide, network specifications, baseline).
var natBaselineMbit = map[string]float64{
	"t4g.nano": 32, "t4g.micro": 64, "t4g.small": 128, "t4g.medium": 256, "t4g.large": 512, "t4g.xlarge": 1024, "t4g.2xlarge": 2048,
}

// natAlarms watch the NAT instance and mend it: a failed system check moves it to other hardware, a failed instance check reboots it
// (EC2 user guide, alarm actions). They act once, before anyone reads the mail.
func (s Stack) natAlarms() []Alarm {
	if s.NATInstanceType == "" {
		return nil
	}
	of := func(name, statistic string) Metric {
		return Metric{"AWS/EC2", name, statistic, []Dimension{{Name: "InstanceId", Part: NATInstance}}}
	}
	mend := func(action string) []string {
		return []string{fmt.Sprintf("arn:aws:automate:%s:ec2:%s", s.Region, action)}
	}
	all := []Alarm{
		{
			Name: "nat-system", Heading: "nat-instance", Metric: of("StatusCheckFailed_System", "Maximum"), Actions: mend("recover"),
			Meaning: "The NAT instance's hardware failed; AWS moves it.", Above: true, Threshold: 0, PeriodSeconds: minute, Periods: 2,
		},
		{
			Name: "nat-instance", Heading: "nat-instance", Metric: of("StatusCheckFailed_Instance", "Maximum"), Actions: mend("reboot"),
			Meaning: "The NAT instance does not answer; it is rebooted.", Above: true, Threshold: 0, PeriodSeconds: minute, Periods: 3,
		},
		surplusCredits("nat-cpu-credits", "The NAT instance", of("CPUSurplusCreditsCharged", "Maximum")),
	}
	if baseline, known := natBaselineMbit[s.NATInstanceType]; known {
		const bitsPerByte, share, million = 8, 0.8, 1e6
		all = append(all, Alarm{
			Name: "nat-traffic", Heading: "nat-traffic", Metric: of("NetworkOut", "Sum"),
			Meaning: fmt.Sprintf("The NAT instance has sent more than 80 %% of the %.0f Mbit/s it may send without end, for half an hour.", baseline),
			Above:   true, Threshold: baseline * million / bitsPerByte * five * share, PeriodSeconds: five, Periods: 6,
		})
	}
	return all
}

// fileAlarms watch the metrics' file system; its burst credits come to 2.1 TiB at most (EFS user guide, performance).
func (s Stack) fileAlarms() []Alarm {
	return []Alarm{{
		Name: "metrics-burst-credits", Heading: "burst-credits", Meaning: "The metrics' file system has nearly used up its burst credits and becomes slow.",
		Metric:    Metric{"AWS/EFS", "BurstCreditBalance", "Minimum", []Dimension{{Name: "FileSystemId", Part: FileSystem}}},
		Threshold: 200 * gib, PeriodSeconds: five, Periods: 3,
	}}
}

// edgeAlarms watch what CloudFront answers. With a schedule there is none: while the services rest every answer is a 503, an alarm in
// us-east-1 cannot see whether they run, and the load balancer's alarm, which can, sees the same errors.
func (s Stack) edgeAlarms() []Alarm {
	if s.Schedule.On() {
		return nil
	}
	var all []Alarm
	for _, name := range []Watched{Gateway, Langfuse} {
		all = append(all, Alarm{
			Name: "edge-" + string(name) + "-5xx", Heading: "errors-at-the-edge", Edge: true,
			Meaning: "More than one in twenty answers of the " + string(name) + " distribution is an error of the server.",
			Metric:  Metric{"AWS/CloudFront", "5xxErrorRate", "Average", []Dimension{{Name: "DistributionId", Part: Distribution, Of: name}, {Name: "Region", Part: Everywhere}}},
			Above:   true, Threshold: 5, PeriodSeconds: five, Periods: 3,
		})
	}
	return all
}
