package observability

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// maxAlarmName is CloudWatch's limit for an alarm's name, in characters (CloudWatch API reference, PutMetricAlarm).
const maxAlarmName = 255

// percentile says whether a statistic is one that CloudWatch calls extended, for instance p95.
func percentile(statistic string) bool { return strings.HasPrefix(statistic, "p") }

// queries are the metrics of the expression, and the expression, whose value the alarm judges.
func (a alarm) queries() cloudwatch.MetricAlarmMetricQueryArray {
	queries := cloudwatch.MetricAlarmMetricQueryArray{&cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("value"), Expression: pulumi.String(a.Expression), Label: pulumi.String(a.Name), ReturnData: pulumi.Bool(true),
	}}
	for _, id := range slices.Sorted(maps.Keys(a.Queries)) {
		one := a.Queries[id]
		queries = append(queries, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(one.Namespace), MetricName: pulumi.String(one.Name), Dimensions: one.Dimensions,
				Period: pulumi.Int(a.PeriodSeconds), Stat: pulumi.String(one.Statistic),
			},
		})
	}
	return queries
}

// scheduled says whether a schedule scales the services to zero.
func (b *builder) scheduled() bool { return b.args.Schedule.On() }
