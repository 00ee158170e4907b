package observability

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// notices are when the budget speaks: what was spent, and what the month is forecast to cost, in percent of the limit.
var notices = []struct {
	kind    string
	percent float64
}{{"ACTUAL", 80}, {"ACTUAL", 100}, {"FORECASTED", 100}}

// makeBudget makes the monthly budget, over the whole account unless a tag narrows it.
func (b *builder) makeBudget(ctx *pulumi.Context) error {
	settings := b.Settings.Budget
	if settings.MonthlyUSD == 0 {
		return nil
	}
	var notifications budgets.BudgetNotificationArray
	for _, notice := range notices {
		notification := &budgets.BudgetNotificationArgs{
			NotificationType: pulumi.String(notice.kind), ComparisonOperator: pulumi.String("GREATER_THAN"),
			Threshold: pulumi.Float64(notice.percent), ThresholdType: pulumi.String("PERCENTAGE"),
			SubscriberSnsTopicArns: pulumi.StringArray{b.topic.made.Arn},
		}
		if settings.Email != "" {
			notification.SubscriberEmailAddresses = pulumi.ToStringArray([]string{settings.Email})
		}
		notifications = append(notifications, notification)
	}
	args := &budgets.BudgetArgs{
		Name: pulumi.String(b.Settings.Name(config.MaxNameDefault, "monthly")), BudgetType: pulumi.String("COST"),
		LimitAmount: pulumi.String(strconv.Itoa(settings.MonthlyUSD)), LimitUnit: pulumi.String("USD"), TimeUnit: pulumi.String("MONTHLY"),
		Notifications: notifications,
	}
	if key, value, found := strings.Cut(settings.TagFilter, "="); found {
		// AWS Budgets writes a user's tag as user:<key>$<value> (AWS Budgets API reference, cost filters).
		args.CostFilters = budgets.BudgetCostFilterArray{&budgets.BudgetCostFilterArgs{
			Name: pulumi.String("TagKeyValue"), Values: pulumi.ToStringArray([]string{"user:" + key + "$" + value}),
		}}
	}
	if _, err := budgets.NewBudget(ctx, b.name, args, b.child()...); err != nil {
		return fmt.Errorf("budget: %w", err)
	}
	return nil
}
