package cloudfront

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// webACL makes the optional web ACL of both distributions: it blocks an address that makes too many requests, and counts what AWS's
// managed groups would block. They only count, because prompts hold what such groups take for attacks.
func (b *builder) webACL(ctx *pulumi.Context) (pulumi.StringPtrInput, error) {
	if !b.Settings.WAF.Enabled {
		return nil, nil
	}
	const maxACLName = 128 // WAFV2 API, CreateWebACL: Name
	name := b.Settings.Name(maxACLName, "edge")
	rules := wafv2.WebAclRuleArray{wafv2.WebAclRuleArgs{
		Name:     pulumi.String("rate"),
		Priority: pulumi.Int(0),
		Action:   wafv2.WebAclRuleActionArgs{Block: wafv2.WebAclRuleActionBlockArgs{}},
		Statement: wafv2.WebAclRuleStatementArgs{RateBasedStatement: wafv2.WebAclRuleStatementRateBasedStatementArgs{
			AggregateKeyType: pulumi.String("IP"), EvaluationWindowSec: pulumi.Int(300), Limit: pulumi.Int(b.Settings.WAF.RateLimit),
		}},
		VisibilityConfig: wafv2.WebAclRuleVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true), MetricName: pulumi.String(name + "-rate"), SampledRequestsEnabled: pulumi.Bool(true),
		},
	}}
	for i, group := range []string{"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"} {
		rules = append(rules, wafv2.WebAclRuleArgs{
			Name:           pulumi.String(group),
			Priority:       pulumi.Int(i + 1),
			OverrideAction: wafv2.WebAclRuleOverrideActionArgs{Count: wafv2.WebAclRuleOverrideActionCountArgs{}},
			Statement: wafv2.WebAclRuleStatementArgs{ManagedRuleGroupStatement: wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs{
				VendorName: pulumi.String("AWS"), Name: pulumi.String(group),
			}},
			VisibilityConfig: wafv2.WebAclRuleVisibilityConfigArgs{
				CloudwatchMetricsEnabled: pulumi.Bool(true), MetricName: pulumi.String(name + "-" + group), SampledRequestsEnabled: pulumi.Bool(true),
			},
		})
	}
	acl, err := wafv2.NewWebAcl(ctx, b.name+"-waf", &wafv2.WebAclArgs{
		Name:          pulumi.String(name),
		Description:   pulumi.String("Rate limit of both distributions"),
		Scope:         pulumi.String("CLOUDFRONT"),
		DefaultAction: wafv2.WebAclDefaultActionArgs{Allow: wafv2.WebAclDefaultActionAllowArgs{}},
		Rules:         rules,
		VisibilityConfig: wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true), MetricName: pulumi.String(name), SampledRequestsEnabled: pulumi.Bool(true),
		},
	}, b.child(pulumi.Provider(b.UsEast1))...)
	if err != nil {
		return nil, fmt.Errorf("web acl: %w", err)
	}
	return acl.Arn.ToStringPtrOutput(), nil
}
