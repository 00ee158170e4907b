package observability

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/observability/alarms"
)

// runbook is what an alarm's description points at.
const runbook = "docs/operations.md"

// watched is what is deployed of what alarms name.
type watched struct {
	services   map[alarms.Watched]*ecs.Service
	fileSystem pulumi.StringOutput
}

// createAlarms makes every alarm of the stack.
func (b *builder) createAlarms(ctx *pulumi.Context, to topics, of watched) error {
	if !b.args.Alarms.Enabled {
		return nil
	}
	stack := alarms.Stack{
		Region: b.args.Region, Schedule: b.args.Schedule, Database: b.args.DatabaseSettings, UsableConnections: b.args.UsableConnections,
		LiteLLM: b.args.LiteLLMSettings, Langfuse: b.args.LangfuseSettings, Grafana: b.args.Grafana.Service, VictoriaMetrics: b.args.VictoriaMetrics.Service,
	}
	if b.args.HasNatInstance {
		stack.NATInstanceType = b.args.NATInstanceType
	}
	for _, one := range alarms.All(stack) {
		if err := b.createAlarm(ctx, one, to, of); err != nil {
			return err
		}
	}
	return nil
}

// dimensions are a metric's, with the names of what is deployed.
func (b *builder) dimensions(metric alarms.Metric, of watched) pulumi.StringMap {
	values := pulumi.StringMap{}
	for _, dimension := range metric.Dimensions {
		var value pulumi.StringInput
		switch dimension.Part {
		case alarms.Cluster:
			value = b.args.Cluster.Name
		case alarms.Service:
			value = of.services[dimension.Of].Name
		case alarms.LoadBalancer:
			value = b.args.Cluster.LoadBalancerArnSuffix
		case alarms.TargetGroup:
			value = b.args.Cluster.TargetGroups[routes.Service(dimension.Of)].ArnSuffix
		case alarms.Database:
			value = b.args.Database.Identifier
		case alarms.NATInstance:
			value = b.args.NatInstanceID
		case alarms.FileSystem:
			value = of.fileSystem
		case alarms.Distribution:
			value = b.args.Distributions[dimension.Of]
		case alarms.Everywhere:
			value = pulumi.String("Global")
		}
		values[dimension.Name] = value
	}
	return values
}

// queries are the metrics of the expression, and the expression, whose value the alarm judges.
func (b *builder) queries(a alarms.Alarm, of watched) cloudwatch.MetricAlarmMetricQueryArray {
	queries := cloudwatch.MetricAlarmMetricQueryArray{&cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("value"), Expression: pulumi.String(a.Expression), Label: pulumi.String(a.Name), ReturnData: pulumi.Bool(true),
	}}
	for _, id := range slices.Sorted(maps.Keys(a.Queries)) {
		one := a.Queries[id]
		queries = append(queries, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(one.Namespace), MetricName: pulumi.String(one.Name), Dimensions: b.dimensions(one, of),
				Period: pulumi.Int(a.PeriodSeconds), Stat: pulumi.String(one.Statistic),
			},
		})
	}
	return queries
}

func (b *builder) createAlarm(ctx *pulumi.Context, a alarms.Alarm, to topics, of watched) error {
	topic, opts := to.region, []pulumi.ResourceOption{b.child()}
	if a.Edge {
		topic, opts = to.usEast1, append(opts, pulumi.Provider(b.args.UsEast1))
	}
	operator, missing := "LessThanThreshold", "notBreaching"
	if a.Above {
		operator = "GreaterThanThreshold"
	}
	if a.MissingIsBad {
		missing = "breaching"
	}
	actions := pulumi.Array{topic}
	for _, arn := range a.Actions {
		actions = append(actions, pulumi.String(arn))
	}
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(b.args.Names.Name(config.MaxAlarmName, a.Name)),
		AlarmDescription:   pulumi.String(fmt.Sprintf("%s What to do: %s#%s", a.Meaning, runbook, a.Heading)),
		ComparisonOperator: pulumi.String(operator),
		Threshold:          pulumi.Float64(a.Threshold),
		EvaluationPeriods:  pulumi.Int(a.Periods),
		DatapointsToAlarm:  pulumi.Int(cmp.Or(a.Bad, a.Periods)),
		TreatMissingData:   pulumi.String(missing),
		AlarmActions:       actions,
		OkActions:          pulumi.Array{topic},
	}
	if a.Expression == "" {
		args.Namespace, args.MetricName, args.Period = pulumi.String(a.Metric.Namespace), pulumi.String(a.Metric.Name), pulumi.Int(a.PeriodSeconds)
		args.Dimensions = b.dimensions(a.Metric, of)
		if strings.HasPrefix(a.Metric.Statistic, "p") { // CloudWatch calls percentiles extended statistics
			args.ExtendedStatistic = pulumi.String(a.Metric.Statistic)
		} else {
			args.Statistic = pulumi.String(a.Metric.Statistic)
		}
	} else {
		args.MetricQueries = b.queries(a, of)
	}
	if _, err := cloudwatch.NewMetricAlarm(ctx, b.name+"-"+a.Name, args, opts...); err != nil {
		return fmt.Errorf("alarm %s: %w", a.Name, err)
	}
	return nil
}
