package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
)

// observed is a service that alarms watch.
type observed struct {
	name     string
	service  *ecs.Service
	settings config.Service
}

// alarm is one CloudWatch alarm. It watches either one metric or, where Expression is set, what is computed from several.
type alarm struct {
	// Name follows the stack's prefix.
	Name string
	// Heading is the anchor of the section in docs/operations.md that says what to do.
	Heading string
	// What the alarm means, in a sentence, for the mail.
	What string
	// Metric is the metric watched, or the only one of the expression's that is not about a running service.
	Metric metric
	// Above or, if false, below Threshold is bad.
	Above     bool
	Threshold float64
	// Periods of PeriodSeconds; Of how many of them, 0 meaning all, must be bad.
	PeriodSeconds, Periods, Of int
	// MissingIsBad makes no data as bad as a bad value; otherwise it is good.
	MissingIsBad bool
	// Expression computes the value from the queries (CloudWatch user guide, metric math).
	Expression string
	Queries    map[string]metric
	// Actions are further actions, beside the topic.
	Actions pulumi.Array
	// Edge puts the alarm into us-east-1.
	Edge bool
}

// metric is a metric of one resource. Statistic is Average, Sum, Maximum, Minimum, SampleCount or a percentile.
type metric struct {
	Namespace, Name, Statistic string
	Dimensions                 pulumi.StringMap
}

// runbook is what an alarm's description points at.
const runbook = "docs/operations.md"

// createAlarms makes every alarm of the tables.
func (b *builder) createAlarms(ctx *pulumi.Context, running []observed) error {
	if !b.args.Alarms.Enabled {
		return nil
	}
	all := b.serviceAlarms(running)
	all = append(all, b.loadBalancerAlarms(running)...)
	all = append(all, b.databaseAlarms()...)
	all = append(all, b.natAlarms()...)
	all = append(all, b.fileAlarms()...)
	all = append(all, b.edgeAlarms()...)
	for _, one := range all {
		if err := b.createAlarm(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) createAlarm(ctx *pulumi.Context, a alarm) error {
	topic, opts := b.topic, []pulumi.ResourceOption{b.child()}
	if a.Edge {
		topic, opts = b.edgeTopic, append(opts, pulumi.Provider(b.args.UsEast1))
	}
	operator, missing, of := "LessThanThreshold", "notBreaching", a.Of
	if a.Above {
		operator = "GreaterThanThreshold"
	}
	if a.MissingIsBad {
		missing = "breaching"
	}
	if of == 0 {
		of = a.Periods
	}
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(b.args.Names.Name(maxAlarmName, a.Name)),
		AlarmDescription:   pulumi.String(fmt.Sprintf("%s What to do: %s#%s", a.What, runbook, a.Heading)),
		ComparisonOperator: pulumi.String(operator),
		Threshold:          pulumi.Float64(a.Threshold),
		EvaluationPeriods:  pulumi.Int(a.Periods),
		DatapointsToAlarm:  pulumi.Int(of),
		TreatMissingData:   pulumi.String(missing),
		AlarmActions:       append(pulumi.Array{topic}, a.Actions...),
		OkActions:          pulumi.Array{topic},
	}
	if a.Expression == "" {
		args.Namespace, args.MetricName, args.Period = pulumi.String(a.Metric.Namespace), pulumi.String(a.Metric.Name), pulumi.Int(a.PeriodSeconds)
		args.Dimensions = a.Metric.Dimensions
		if percentile(a.Metric.Statistic) {
			args.ExtendedStatistic = pulumi.String(a.Metric.Statistic)
		} else {
			args.Statistic = pulumi.String(a.Metric.Statistic)
		}
	} else {
		args.MetricQueries = a.queries()
	}
	if _, err := cloudwatch.NewMetricAlarm(ctx, b.name+"-"+a.Name, args, opts...); err != nil {
		return fmt.Errorf("alarm %s: %w", a.Name, err)
	}
	return nil
}
