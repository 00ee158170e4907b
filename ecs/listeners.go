package ecs

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
)

// createListeners makes the edge listener, which refuses what no rule allows, and the internal listener, which forwards everything to LiteLLM.
func (c *Cluster) createListeners(ctx *pulumi.Context) error {
	refusal, err := json.Marshal(map[string]any{
		"error": map[string]any{"message": "not available at this address", "type": "forbidden", "param": nil, "code": "403"},
	})
	if err != nil {
		return fmt.Errorf("refusal of the edge listener: %w", err)
	}
	edge, err := lb.NewListener(ctx, c.name+"-edge", &lb.ListenerArgs{
		LoadBalancerArn: c.LoadBalancerArn,
		Port:            pulumi.Int(routes.ListenerPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: &lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("application/json"), MessageBody: pulumi.String(refusal), StatusCode: pulumi.String("403"),
			},
		}},
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("edge listener: %w", err)
	}
	internal, err := lb.NewListener(ctx, c.name+"-internal", &lb.ListenerArgs{
		LoadBalancerArn: c.LoadBalancerArn,
		Port:            pulumi.Int(internalListenerPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("forward"), TargetGroupArn: c.TargetGroups[routes.LiteLLM].Arn,
		}},
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("internal listener: %w", err)
	}
	c.EdgeListener = edge
	c.routes = []pulumi.Resource{edge, internal}
	for _, rule := range c.args.EdgeRules {
		made, err := lb.NewListenerRule(ctx, fmt.Sprintf("%s-edge-%03d", c.name, rule.Priority), &lb.ListenerRuleArgs{
			ListenerArn: edge.Arn,
			Priority:    pulumi.Int(rule.Priority),
			Actions: lb.ListenerRuleActionArray{&lb.ListenerRuleActionArgs{
				Type: pulumi.String("forward"), TargetGroupArn: c.TargetGroups[rule.Service].Arn,
			}},
			Conditions: lb.ListenerRuleConditionArray{
				&lb.ListenerRuleConditionArgs{HttpHeader: &lb.ListenerRuleConditionHttpHeaderArgs{
					HttpHeaderName: pulumi.String(routes.HeaderName), Values: pulumi.ToStringArray([]string{rule.Header}),
				}},
				&lb.ListenerRuleConditionArgs{PathPattern: &lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray(rule.Paths)}},
			},
		}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("edge rule %d: %w", rule.Priority, err)
		}
		c.routes = append(c.routes, made)
	}
	return nil
}
