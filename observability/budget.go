package observability

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// notices are when the budget says something: per cent of the month's limit.
var notices = []struct {
	kind    string
	percent float64
}{{"ACTUAL", 80}, {"ACTUAL", 100}, {"FORECASTED", 100}}

// createBudget makes the AWS Budget: of the whole account, or of one cost-allocation tag, which must first be activated for billing.
func (b *builder) createBudget(ctx *pulumi.Context, to topics) error {
	settings := b.args.Budget
	if settings.MonthlyUSD == 0 {
		return nil
	}
	args := &budgets.BudgetArgs{
		Name:        pulumi.String(b.args.Names.Name(config.MaxNameDefault)),
		BudgetType:  pulumi.String("COST"),
		TimeUnit:    pulumi.String("MONTHLY"),
		LimitAmount: pulumi.String(strconv.Itoa(settings.MonthlyUSD)),
		LimitUnit:   pulumi.String("USD"),
	}
	notifications := budgets.BudgetNotificationArray{}
	for _, notice := range notices {
		one := &budgets.BudgetNotificationArgs{
			NotificationType: pulumi.String(notice.kind), ComparisonOperator: pulumi.String("GREATER_THAN"),
			Threshold: pulumi.Float64(notice.percent), ThresholdType: pulumi.String("PERCENTAGE"),
			SubscriberSnsTopicArns: pulumi.StringArray{to.region},
		}
		if settings.Email != "" {
			one.SubscriberEmailAddresses = pulumi.ToStringArray([]string{settings.Email})
		}
		notifications = append(notifications, one)
	}
	args.Notifications = notifications
	if key, value, found := strings.Cut(settings.TagFilter, "="); found {
		// A user-defined tag is written user:key$value (AWS Budgets API reference, Budget, CostFilters, TagKeyValue).
		args.CostFilters = budgets.BudgetCostFilterArray{&budgets.BudgetCostFilterArgs{
			Name: pulumi.String("TagKeyValue"), Values: pulumi.ToStringArray([]string{"user:" + key + "$" + value}),
		}}
	}
	if _, err := budgets.NewBudget(ctx, b.name, args, b.child()); err != nil {
		return fmt.Errorf("budget: %w", err)
	}
	return nil
}
