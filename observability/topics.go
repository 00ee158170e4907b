package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
)

// publishers are the AWS services that write to the topics, and the Sid under which a policy lets them.
var publishers = []struct{ sid, service string }{
	{"Alarms", "cloudwatch.amazonaws.com"},
	{"Budgets", "budgets.amazonaws.com"},
}

// topics are where alarms, alerts and the budget go: region is unset where all three are off, usEast1 where alarms are.
type topics struct{ region, usEast1 pulumi.StringOutput }

// createTopics makes the topic that alarms, Grafana's alerts and the budget write to, and its twin in us-east-1: an alarm's topic must be in
// the alarm's region, and CloudFront's metrics are there (CloudFront developer guide, monitoring with CloudWatch).
// They are not encrypted with the AWS-managed key: CloudWatch may not use it (CloudWatch user guide, alarm actions on encrypted topics),
// a key of one's own costs a dollar a month, and messages hold no secret.
func (b *builder) createTopics(ctx *pulumi.Context) (topics, error) {
	var made topics
	if !b.args.Alarms.Enabled && b.args.Budget.MonthlyUSD == 0 {
		return made, nil
	}
	var err error
	if made.region, err = b.createTopic(ctx, "alarms"); err != nil || !b.args.Alarms.Enabled {
		return made, err
	}
	made.usEast1, err = b.createTopic(ctx, "edge-alarms", pulumi.Provider(b.args.UsEast1))
	return made, err
}

func (b *builder) createTopic(ctx *pulumi.Context, role string, opts ...pulumi.ResourceOption) (pulumi.StringOutput, error) {
	name, opts := b.name+"-"+role, append(opts, b.child())
	var none pulumi.StringOutput
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{Name: pulumi.String(b.args.Names.Name(config.MaxNameDefault, role))}, opts...)
	if err != nil {
		return none, fmt.Errorf("topic %s: %w", role, err)
	}
	policy := topic.Arn.ApplyT(func(arn string) (string, error) {
		var statements []iampolicy.Statement
		for _, publisher := range publishers {
			statements = append(statements, iampolicy.Statement{
				Sid: publisher.sid, Effect: "Allow", Principal: map[string]any{"Service": publisher.service}, Action: []string{"sns:Publish"}, Resource: []string{arn},
				Condition: iampolicy.OfAccount(b.args.Account),
			})
		}
		return iampolicy.Render(statements...)
	})
	if _, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{Arn: topic.Arn, Policy: policy}, opts...); err != nil {
		return none, fmt.Errorf("policy of topic %s: %w", role, err)
	}
	if b.args.Alarms.Email != "" {
		// The address gets a message with a link; until it is followed nothing is sent.
		if _, err := sns.NewTopicSubscription(ctx, name, &sns.TopicSubscriptionArgs{
			Topic: topic.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(b.args.Alarms.Email),
		}, opts...); err != nil {
			return none, fmt.Errorf("subscription to topic %s: %w", role, err)
		}
	}
	return topic.Arn, nil
}
