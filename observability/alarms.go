package observability

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// What CloudWatch makes of a missing data point.
const (
	quiet  = "notBreaching"
	silent = "breaching"
)

// Comparisons, as CloudWatch spells them.
const (
	above = "GreaterThanThreshold"
	below = "LessThanThreshold"
)

// runbook is where each alarm's section is; its heading is the alarm's name.
const runbook = "docs/operations.md"

// alarm is one CloudWatch alarm: a metric that AWS publishes for a resource, and what is wrong with it.
type alarm struct {
	name       string
	namespace  string
	metric     string
	dimensions map[string]pulumi.StringInput
	statistic  string
	// period is in seconds, for the given number of periods.
	period, periods int
	comparison      string
	threshold       float64
	missing         string
	// says is what happened and what to do first.
	says string
	// automatic is an action of EC2's own, taken besides the message.
	automatic string
}

// makeAlarms makes every alarm of the table.
func (b *builder) makeAlarms(ctx *pulumi.Context) error {
	if !b.Settings.Alarms.Enabled {
		return nil
	}
	for _, one := range b.regionalAlarms() {
		if err := b.makeAlarm(ctx, one, b.topic, b.child()...); err != nil {
			return err
		}
	}
	for _, one := range b.edgeAlarms() {
		if err := b.makeAlarm(ctx, one, b.edgeTopic, b.child(pulumi.Provider(b.UsEast1))...); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) makeAlarm(ctx *pulumi.Context, one alarm, to *topic, opts ...pulumi.ResourceOption) error {
	actions := pulumi.Array{to.made.Arn}
	if one.automatic != "" {
		actions = append(actions, pulumi.String(one.automatic))
	}
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(b.Settings.Name(255, one.name)),
		AlarmDescription:   pulumi.String(fmt.Sprintf("%s See %s#%s", one.says, runbook, one.name)),
		Namespace:          pulumi.String(one.namespace),
		MetricName:         pulumi.String(one.metric),
		Dimensions:         pulumi.StringMap(one.dimensions),
		Period:             pulumi.Int(one.period),
		EvaluationPeriods:  pulumi.Int(one.periods),
		ComparisonOperator: pulumi.String(one.comparison),
		Threshold:          pulumi.Float64(one.threshold),
		TreatMissingData:   pulumi.String(one.missing),
		AlarmActions:       actions,
		OkActions:          pulumi.Array{to.made.Arn},
	}
	if strings.HasPrefix(one.statistic, "p") {
		args.ExtendedStatistic = pulumi.String(one.statistic)
	} else {
		args.Statistic = pulumi.String(one.statistic)
	}
	if _, err := cloudwatch.NewMetricAlarm(ctx, b.name+"-"+one.name, args, opts...); err != nil {
		return fmt.Errorf("alarm %s: %w", one.name, err)
	}
	return nil
}

// regionalAlarms are those in the stack's region. Metrics and dimensions: the CloudWatch pages of the Elastic Load Balancing, ECS, RDS, EC2 and EFS user guides.
func (b *builder) regionalAlarms() []alarm {
	var all []alarm
	all = append(all, b.balancerAlarms()...)
	all = append(all, b.serviceAlarms()...)
	all = append(all, b.databaseAlarms()...)
	all = append(all, b.natAlarms()...)
	return append(all, alarm{
		name: "files-burst-credits", namespace: "AWS/EFS", metric: "BurstCreditBalance",
		dimensions: map[string]pulumi.StringInput{"FileSystemId": b.files.made.ID()},
		statistic:  "Minimum", period: 300, periods: 3, comparison: below, threshold: 200e9, missing: quiet,
		says: "VictoriaMetrics uses its file system faster than the credits grow; it will become slow.",
	})
}

func (b *builder) balancerAlarms() []alarm {
	balancer := map[string]pulumi.StringInput{"LoadBalancer": b.Cluster.LoadBalancerArnSuffix}
	all := []alarm{
		{
			name: "gateway-5xx", namespace: "AWS/ApplicationELB", metric: "HTTPCode_Target_5XX_Count", dimensions: balancer,
			statistic: "Sum", period: 300, periods: 2, comparison: above, threshold: 20, missing: quiet,
			says: "More than 20 answers in 5 minutes were errors of a service. Look at LiteLLM's log.",
		},
		{
			name: "balancer-5xx", namespace: "AWS/ApplicationELB", metric: "HTTPCode_ELB_5XX_Count", dimensions: balancer,
			statistic: "Sum", period: 300, periods: 2, comparison: above, threshold: 10, missing: quiet,
			says: "The load balancer could not reach a service. Look for stopped tasks.",
		},
		{
			name: "gateway-slow", namespace: "AWS/ApplicationELB", metric: "TargetResponseTime", dimensions: balancer,
			statistic: "p95", period: 300, periods: 3, comparison: above, threshold: 60, missing: quiet,
			says: "One answer in twenty takes more than a minute to start. Look at the dashboard Gateway health.",
		},
	}
	for _, service := range []string{"litellm", "langfuse", "grafana"} {
		all = append(all, alarm{
			name: service + "-unhealthy", namespace: "AWS/ApplicationELB", metric: "UnHealthyHostCount",
			dimensions: map[string]pulumi.StringInput{"LoadBalancer": b.Cluster.LoadBalancerArnSuffix, "TargetGroup": b.Cluster.TargetGroups[service].ArnSuffix},
			statistic:  "Minimum", period: 60, periods: 5, comparison: above, threshold: 0, missing: quiet,
			says: "A task of " + service + " fails its health check. Look at its log.",
		})
	}
	return all
}

// serviceAlarms watch each service. ECS publishes a service's CPU once a minute for each running task, so that no data means no task; with a
// schedule that is as it should be at night, and the alarm stays quiet without data.
func (b *builder) serviceAlarms() []alarm {
	missing := silent
	if b.Settings.Schedule.Stop != "" {
		missing = quiet
	}
	var all []alarm
	for _, service := range []struct {
		name   string
		made   pulumi.StringInput
		memory float64
		tasks  int
	}{
		{"litellm", b.LiteLLM.Name, 90, b.Settings.LiteLLM.DesiredCount},
		{"langfuse", b.Langfuse.Name, 90, b.Settings.Langfuse.DesiredCount},
		{"grafana", b.grafana.Name, 90, b.Settings.Grafana.DesiredCount},
		{"victoriametrics", b.victoriaMetrics.Name, 90, b.Settings.VictoriaMetrics.DesiredCount},
	} {
		dimensions := map[string]pulumi.StringInput{"ClusterName": b.Cluster.Name, "ServiceName": service.made}
		if service.tasks > 0 {
			all = append(all, alarm{
				name: service.name + "-no-task", namespace: "AWS/ECS", metric: "CPUUtilization", dimensions: dimensions,
				statistic: "SampleCount", period: 60, periods: 5, comparison: below, threshold: 1, missing: missing,
				says: "No task of " + service.name + " has run for five minutes. Look at the service's events.",
			})
		}
		all = append(all, alarm{
			name: service.name + "-memory", namespace: "AWS/ECS", metric: "MemoryUtilization", dimensions: dimensions,
			statistic: "Maximum", period: 300, periods: 3, comparison: above, threshold: service.memory, missing: quiet,
			says: "A task of " + service.name + " is about to run out of memory. Raise " + service.name + ".memory.",
		}, alarm{
			name: service.name + "-cpu", namespace: "AWS/ECS", metric: "CPUUtilization", dimensions: dimensions,
			statistic: "Average", period: 300, periods: 6, comparison: above, threshold: 90, missing: quiet,
			says: service.name + " has been short of CPU for half an hour. Raise " + service.name + ".cpu or the number of tasks.",
		})
	}
	return all
}

func (b *builder) databaseAlarms() []alarm {
	const mebibyte, gigabyte = 1 << 20, 1e9
	dimensions := map[string]pulumi.StringInput{"DBInstanceIdentifier": b.Database.Identifier}
	database := func(name, metric, comparison string, threshold float64, says string) alarm {
		return alarm{
			name: "database-" + name, namespace: "AWS/RDS", metric: metric, dimensions: dimensions, statistic: "Average",
			period: 300, periods: 3, comparison: comparison, threshold: threshold, missing: quiet, says: says,
		}
	}
	all := []alarm{
		database("storage", "FreeStorageSpace", below, 0.1*float64(b.Settings.Database.StorageGB)*gigabyte,
			"Less than a tenth of the storage is free. Raise database.maxStorageGb if it has reached its ceiling."),
		database("memory", "FreeableMemory", below, 64*mebibyte, "The database is short of memory. Take a larger database.class."),
		database("connections", "DatabaseConnections", above, float64(b.Settings.Connections().Usable),
			"More connections are open than the budget allows. Lower the pools or take a larger database.class."),
	}
	if strings.HasPrefix(b.Settings.Database.Class, "db.t") {
		all = append(all, database("cpu-credits", "CPUCreditBalance", below, 20, "The database has used up its CPU credits and becomes slow. Take a larger database.class."))
	}
	return all
}

// natAlarms watch the NAT instance, if there is one; EC2 itself recovers or restarts it.
func (b *builder) natAlarms() []alarm {
	if !b.Vpc.HasNatInstance {
		return nil
	}
	dimensions := map[string]pulumi.StringInput{"InstanceId": b.Vpc.NatInstanceID}
	automate := "arn:aws:automate:" + b.Settings.Region + ":ec2:"
	all := []alarm{
		{
			name: "nat-system-check", namespace: "AWS/EC2", metric: "StatusCheckFailed_System", dimensions: dimensions, statistic: "Maximum",
			period: 60, periods: 2, comparison: above, threshold: 0, missing: silent, automatic: automate + "recover",
			says: "The NAT instance's hardware failed; EC2 is moving it. Until then no service reaches the internet.",
		},
		{
			name: "nat-instance-check", namespace: "AWS/EC2", metric: "StatusCheckFailed_Instance", dimensions: dimensions, statistic: "Maximum",
			period: 60, periods: 3, comparison: above, threshold: 0, missing: quiet, automatic: automate + "reboot",
			says: "The NAT instance does not answer; EC2 is restarting it. Until then no service reaches the internet.",
		},
		{
			name: "nat-cpu-credits", namespace: "AWS/EC2", metric: "CPUCreditBalance", dimensions: dimensions, statistic: "Average",
			period: 300, periods: 3, comparison: below, threshold: 10, missing: quiet,
			says: "The NAT instance has used up its CPU credits. Take a larger nat.instanceType.",
		},
	}
	if b.Settings.Network.NATInstanceType == config.Defaults().Network.NATInstanceType {
		// A t4g.nano sustains 32 Mbit/s (fck-nat documentation): 1.2 GB in five minutes, of which this is four fifths.
		all = append(all, alarm{
			name: "nat-traffic", namespace: "AWS/EC2", metric: "NetworkOut", dimensions: dimensions, statistic: "Sum",
			period: 300, periods: 6, comparison: above, threshold: 960e6, missing: quiet,
			says: "The NAT instance has been near its sustained limit for half an hour. Take a larger nat.instanceType or nat: gateway.",
		})
	}
	return all
}

// edgeAlarms are CloudFront's, whose metrics are in us-east-1 only (Amazon CloudFront Developer Guide, CloudWatch metrics).
func (b *builder) edgeAlarms() []alarm {
	var all []alarm
	for _, what := range []string{"gateway", "langfuse"} {
		all = append(all, alarm{
			name: "edge-" + what + "-5xx", namespace: "AWS/CloudFront", metric: "5xxErrorRate",
			dimensions: map[string]pulumi.StringInput{"DistributionId": b.Distributions[what], "Region": pulumi.String("Global")},
			statistic:  "Average", period: 300, periods: 3, comparison: above, threshold: 5, missing: quiet,
			says: "More than one in twenty answers of the " + what + " distribution is a server error. Look at the load balancer first.",
		})
	}
	return all
}
