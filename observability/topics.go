package observability

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// topic is where alarms of one region go.
type topic struct{ made *sns.Topic }

// makeTopics makes a topic in the stack's region and one in us-east-1, where CloudFront's alarms are: an alarm's topic must be in its region.
func (b *builder) makeTopics(ctx *pulumi.Context) error {
	if !b.Settings.Alarms.Enabled && b.Settings.Budget.MonthlyUSD == 0 {
		return nil
	}
	var err error
	if b.topic, err = b.makeTopic(ctx, "alarms", b.child()...); err != nil {
		return err
	}
	if b.Settings.Alarms.Enabled {
		b.edgeTopic, err = b.makeTopic(ctx, "edge-alarms", b.child(pulumi.Provider(b.UsEast1))...)
	}
	return err
}

func (b *builder) makeTopic(ctx *pulumi.Context, part string, opts ...pulumi.ResourceOption) (*topic, error) {
	made, err := sns.NewTopic(ctx, b.name+"-"+part, &sns.TopicArgs{Name: pulumi.String(b.Settings.Name(config.MaxNameDefault, part))}, opts...)
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", part, err)
	}
	policy := made.Arn.ApplyT(func(arn string) (string, error) {
		text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Sid": "AwsPublishes", "Effect": "Allow", "Action": "sns:Publish", "Resource": arn,
			"Principal": map[string]any{"Service": []string{"budgets.amazonaws.com", "cloudwatch.amazonaws.com"}},
		}}})
		return string(text), err
	}).(pulumi.StringOutput)
	if _, err := sns.NewTopicPolicy(ctx, b.name+"-"+part, &sns.TopicPolicyArgs{Arn: made.Arn, Policy: policy}, opts...); err != nil {
		return nil, fmt.Errorf("policy of topic %s: %w", part, err)
	}
	if email := b.Settings.Alarms.Email; email != "" {
		_, err := sns.NewTopicSubscription(ctx, b.name+"-"+part, &sns.TopicSubscriptionArgs{
			Topic: made.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(email),
		}, opts...)
		if err != nil {
			return nil, fmt.Errorf("subscription to topic %s: %w", part, err)
		}
	}
	return &topic{made: made}, nil
}
