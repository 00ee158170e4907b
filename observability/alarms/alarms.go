// Package alarms says which CloudWatch alarms a stack has, as plain values: package observability registers them, and the estimate counts their metrics.
package alarms

import (
	"slices"

	"kong-llm-gateway/config"
)

// Watched is a service, or a distribution, that alarms watch.
type Watched string

// What is watched. Gateway is a distribution, Langfuse a service and a distribution.
const (
	LiteLLM         Watched = "litellm"
	Langfuse        Watched = "langfuse"
	Grafana         Watched = "grafana"
	VictoriaMetrics Watched = "victoriametrics"
	Gateway         Watched = "gateway"
)

// Part is a part of the stack that a dimension names; its name is known only once the stack is deployed.
type Part int

// The parts. Service, TargetGroup and Distribution are those of a Watched; Everywhere is the text Global, which CloudFront's metrics carry.
const (
	Cluster Part = iota
	Service
	LoadBalancer
	TargetGroup
	Database
	NATInstance
	FileSystem
	Distribution
	Everywhere
)

// Dimension is one dimension of a metric: its name at CloudWatch, and what names its value.
type Dimension struct {
	Name string
	Part Part
	Of   Watched
}

// Metric is a metric of one resource. Statistic is Average, Sum, Maximum, Minimum, SampleCount or a percentile.
type Metric struct {
	Namespace, Name, Statistic string
	Dimensions                 []Dimension
}

// Alarm is one CloudWatch alarm. It watches either one metric or, where Expression is set, what is computed from several.
type Alarm struct {
	// Name follows the stack's prefix.
	Name string
	// Heading is the anchor of the section in docs/operations.md that says what to do.
	Heading string
	// Meaning is what the alarm says, in a sentence, for the mail.
	Meaning string
	// Metric is the metric watched; with an Expression, the one that Queries add the running services to.
	Metric Metric
	// Above or, if false, below Threshold is bad.
	Above     bool
	Threshold float64
	// Periods is how many periods of PeriodSeconds are looked at, Bad how many of them must be bad; 0: all.
	PeriodSeconds, Periods, Bad int
	// MissingIsBad makes no data as bad as a bad value; otherwise it is good.
	MissingIsBad bool
	// Expression computes the value from the queries (CloudWatch user guide, metric math); empty: none.
	Expression string
	Queries    map[string]Metric
	// Actions are the ARNs of further actions, beside the topic.
	Actions []string
	// Edge puts the alarm into us-east-1.
	Edge bool
}

// Observed is a service with what alarms need to know of it.
type Observed struct {
	Name Watched
	// Balanced says that it has a target group behind the load balancer.
	Balanced bool
	Settings config.Service
}

// runs says whether the service ever has a task.
func (o Observed) runs() bool { return o.Settings.DesiredCount > 0 || o.Settings.MaxCount > 0 }

// Stack is what the alarms of a stack depend on.
type Stack struct {
	Region   string
	Schedule config.Schedule
	Database config.Database
	// UsableConnections is how many connections to the database the stack plans with.
	UsableConnections int
	// NATInstanceType is the NAT instance's EC2 type; empty: there is none.
	NATInstanceType string
	// LiteLLM and the others are the four services.
	LiteLLM, Langfuse, Grafana, VictoriaMetrics config.Service
}

// services are the four, LiteLLM first.
func (s Stack) services() []Observed {
	return []Observed{{LiteLLM, true, s.LiteLLM}, {Langfuse, true, s.Langfuse}, {Grafana, true, s.Grafana}, {VictoriaMetrics, false, s.VictoriaMetrics}}
}

// All are the alarms of a stack.
func All(s Stack) []Alarm {
	return slices.Concat(s.serviceAlarms(), s.loadBalancerAlarms(), s.databaseAlarms(), s.natAlarms(), s.fileAlarms(), s.edgeAlarms())
}

// Metrics is how many metrics the alarms watch; an alarm on an expression is billed for each metric in it.
func Metrics(list []Alarm) int {
	count := 0
	for _, one := range list {
		count += max(1, len(one.Queries))
	}
	return count
}
