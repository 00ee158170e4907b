// Package cloudfront is what faces the internet: the two distributions, their viewer-request functions, their VPC origin, and what can be
// added to them (custom domains, WAF). What is public is decided in package cloudfront/routes.
package cloudfront

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
)

// TypeToken is the component's type in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const TypeToken = "llmgateway:cloudfront:Edge"

// Args is what the edge is made from; every field is required.
type Args struct {
	// Names makes the physical names.
	Names config.Names
	// Account is the 12-digit id of the account.
	Account string
	// Settings say who may reach what, under which domains; Kinds are those of the configured models, which decide what is public.
	Settings config.Edge
	Kinds    []routes.Kind
	// WAF is the optional web ACL.
	WAF config.WAF
	// LogRetentionDays is how long the access logs are kept.
	LogRetentionDays int
	// Protect makes Pulumi refuse to delete the distributions.
	Protect bool
	// LoadBalancerArn and LoadBalancerDNS are the load balancer that CloudFront reaches, on routes.ListenerPort.
	LoadBalancerArn pulumi.StringOutput
	LoadBalancerDNS pulumi.StringOutput
	// OriginNeeds is what must be there before a VPC origin: the edge listener, and the internet gateway of a new VPC (CloudFront, "Restrict access with
	// VPC origins": the VPC needs one attached, without a route).
	OriginNeeds []pulumi.Resource
	// UsEast1 is a provider for us-east-1, where CloudFront's web ACLs and log deliveries must be.
	UsEast1 *aws.Provider
}

// Edge is what faces the internet.
type Edge struct {
	pulumi.ResourceState

	// GatewayDomain is CloudFront's own host name of the gateway, also where a custom domain is set: what a DNS record points at.
	GatewayDomain pulumi.StringOutput
	// GatewayURL, GrafanaURL and LangfuseURL are what people and clients use: https, the custom domains where they are set.
	// GrafanaURL ends in a slash, the others do not.
	GatewayURL  pulumi.StringOutput
	GrafanaURL  pulumi.StringOutput
	LangfuseURL pulumi.StringOutput
	// GatewayDistributionID and LangfuseDistributionID are the ids that CloudWatch metrics carry.
	GatewayDistributionID  pulumi.StringOutput
	LangfuseDistributionID pulumi.StringOutput
}

// builder holds what both distributions share.
type builder struct {
	args   *Args
	name   string
	edge   *Edge
	origin *cloudfront.VpcOrigin
	policy *cloudfront.ResponseHeadersPolicy
	acl    pulumi.StringPtrInput
}

// New makes the edge. It fails before anything is registered where the settings make a function too large for CloudFront.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	if args.UsEast1 == nil {
		return nil, errors.New("edge: the access logs and the web ACL need a provider for us-east-1")
	}
	for _, problem := range Check(args.Settings, args.Kinds) {
		return nil, fmt.Errorf("edge %s: %s", name, problem)
	}
	edge := &Edge{}
	if err := ctx.RegisterComponentResource(TypeToken, name, edge, opts...); err != nil {
		return nil, fmt.Errorf("edge %s: %w", name, err)
	}
	b := &builder{args: args, name: name, edge: edge}
	if err := b.createShared(ctx); err != nil {
		return nil, err
	}
	// The gateway's function redirects to Langfuse's domain, so Langfuse's distribution comes first.
	langfuse, err := b.createLangfuse(ctx)
	if err != nil {
		return nil, err
	}
	edge.LangfuseURL = address(args.Settings.LangfuseDomainName, langfuse)
	gateway, err := b.createGateway(ctx, edge.LangfuseURL)
	if err != nil {
		return nil, err
	}
	if err := b.createRecords(ctx, gateway, langfuse); err != nil {
		return nil, err
	}
	if err := b.createAccessLogs(ctx, gateway, langfuse); err != nil {
		return nil, err
	}
	edge.GatewayDomain = gateway.DomainName
	edge.GatewayURL = address(args.Settings.DomainName, gateway)
	edge.GrafanaURL = pulumi.Sprintf("%s/grafana/", edge.GatewayURL)
	edge.GatewayDistributionID = gateway.ID().ToStringOutput()
	edge.LangfuseDistributionID = langfuse.ID().ToStringOutput()
	return edge, ctx.RegisterResourceOutputs(edge, pulumi.Map{
		"gatewayDomain":          edge.GatewayDomain,
		"gatewayUrl":             edge.GatewayURL,
		"grafanaUrl":             edge.GrafanaURL,
		"langfuseUrl":            edge.LangfuseURL,
		"gatewayDistributionId":  edge.GatewayDistributionID,
		"langfuseDistributionId": edge.LangfuseDistributionID,
	})
}

// Check says what of the settings only shows when the functions are made of them: it makes both once, with a domain of the length CloudFront gives.
func Check(settings config.Edge, kinds []routes.Kind) []config.Problem {
	domain, public := cmp.Or(settings.LangfuseDomainName, "d111111abcdef8.cloudfront.net"), PublicOptions(settings, kinds)
	_, err := routes.GatewayFunction(public, routes.Table(public), "https://"+domain)
	if err == nil {
		_, err = routes.LangfuseFunction(public)
	}
	if err == nil {
		return nil
	}
	ranges := fmt.Sprintf("%d and edge.apiCidrs = %d ranges", len(settings.ConsoleCidrs), len(settings.APICidrs))
	return []config.Problem{{Key: "edge.consoleCidrs", Value: ranges, Allowed: err.Error()}}
}

// createShared makes what both distributions use: the VPC origin, the response headers and the web ACL.
func (b *builder) createShared(ctx *pulumi.Context) error {
	var err error
	if b.origin, err = b.createOrigin(ctx); err != nil {
		return err
	}
	if b.policy, err = b.createHeadersPolicy(ctx); err != nil {
		return err
	}
	b.acl, err = b.createWebACL(ctx)
	return err
}

// child is the option every resource of the edge carries, with further ones.
func (b *builder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.edge)}, more...)
}

// address is a distribution's URL: its custom domain, or CloudFront's.
func address(domain string, distribution *cloudfront.Distribution) pulumi.StringOutput {
	if domain != "" {
		return pulumi.String("https://" + domain).ToStringOutput()
	}
	return pulumi.Sprintf("https://%s", distribution.DomainName)
}
