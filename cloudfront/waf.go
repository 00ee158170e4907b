package cloudfront

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// webACLType is the token of the provider's web ACL. It is registered without the SDK's generated package, which takes 4.5 GB of memory and 71 CPU
// seconds to compile, for one resource that is off by default; the provider's schema still checks every property.
const webACLType = "aws:wafv2/webAcl:WebAcl"

// webACLResource is what a registered web ACL gives back.
type webACLResource struct {
	pulumi.CustomResourceState

	Arn pulumi.StringOutput `pulumi:"arn"`
}

// createWebACL makes the optional web ACL of both distributions: it blocks an address that makes too many requests, and counts what AWS's
// managed groups would block. They only count, because prompts hold what such groups take for attacks.
func (b *builder) createWebACL(ctx *pulumi.Context) (pulumi.StringPtrInput, error) {
	if !b.args.WAF.Enabled {
		return nil, nil
	}
	name := b.args.Names.Name(config.MaxPolicyName, "edge")
	visibility := func(metric string) pulumi.Map {
		return pulumi.Map{
			"cloudwatchMetricsEnabled": pulumi.Bool(true), "metricName": pulumi.String(metric), "sampledRequestsEnabled": pulumi.Bool(true),
		}
	}
	rules := pulumi.Array{pulumi.Map{
		"name":     pulumi.String("rate"),
		"priority": pulumi.Int(0),
		"action":   pulumi.Map{"block": pulumi.Map{}},
		"statement": pulumi.Map{"rateBasedStatement": pulumi.Map{
			"aggregateKeyType": pulumi.String("IP"), "evaluationWindowSec": pulumi.Int(300), "limit": pulumi.Int(b.args.WAF.RateLimit),
		}},
		"visibilityConfig": visibility(name + "-rate"),
	}}
	for i, group := range []string{"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"} {
		rules = append(rules, pulumi.Map{
			"name":           pulumi.String(group),
			"priority":       pulumi.Int(i + 1),
			"overrideAction": pulumi.Map{"count": pulumi.Map{}},
			"statement": pulumi.Map{"managedRuleGroupStatement": pulumi.Map{
				"vendorName": pulumi.String("AWS"), "name": pulumi.String(group),
			}},
			"visibilityConfig": visibility(name + "-" + group),
		})
	}
	var acl webACLResource
	err := ctx.RegisterResource(webACLType, b.name+"-waf", pulumi.Map{
		"name":             pulumi.String(name),
		"description":      pulumi.String("Rate limit of both distributions"),
		"scope":            pulumi.String("CLOUDFRONT"),
		"defaultAction":    pulumi.Map{"allow": pulumi.Map{}},
		"rules":            rules,
		"visibilityConfig": visibility(name),
	}, &acl, b.child(pulumi.Provider(b.args.UsEast1))...)
	if err != nil {
		return nil, fmt.Errorf("web acl: %w", err)
	}
	return acl.Arn.ToStringPtrOutput(), nil
}
