// Package cloudfront is what faces the internet: the two distributions, their viewer-request functions, their VPC origin, and what can be
// added to them (custom domains, WAF). What is public is decided in package cloudfront/routes.
package cloudfront

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/network"
)

// TypeToken is the component's type in deployed stacks' state: a changed one needs an alias (pulumi.Aliases).
const TypeToken = "llmgateway:cloudfront:Edge"

// Args is what the edge is made from.
type Args struct {
	Settings *config.Settings
	Vpc      *network.Network
	// Cluster has the load balancer that CloudFront reaches.
	Cluster *ecs.Cluster
	// Account is the 12-digit id of the account.
	Account string
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
	*Args
	name   string
	edge   *Edge
	origin *cloudfront.VpcOrigin
	policy *cloudfront.ResponseHeadersPolicy
	acl    pulumi.StringPtrInput
}

// New makes the edge. It fails before anything is registered where the settings make a function too large for CloudFront.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	if err := check(args); err != nil {
		return nil, fmt.Errorf("edge %s: %w", name, err)
	}
	edge := &Edge{}
	if err := ctx.RegisterComponentResource(TypeToken, name, edge, opts...); err != nil {
		return nil, fmt.Errorf("edge %s: %w", name, err)
	}
	b := &builder{Args: args, name: name, edge: edge}
	if err := b.shared(ctx); err != nil {
		return nil, err
	}
	// The gateway's function redirects to Langfuse's domain, so Langfuse's distribution comes first.
	langfuse, err := b.langfuse(ctx)
	if err != nil {
		return nil, err
	}
	gateway, err := b.gateway(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.records(ctx, gateway, langfuse); err != nil {
		return nil, err
	}
	if err := b.accessLogs(ctx, gateway, langfuse); err != nil {
		return nil, err
	}
	edge.GatewayDomain = gateway.DomainName
	edge.GatewayURL = address(args.Settings.Edge.DomainName, gateway)
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

// check makes the functions once with a domain of the length CloudFront gives, so that what cannot work fails early.
func check(args *Args) error {
	edge := args.Settings.Edge
	domain := edge.LangfuseDomainName
	if domain == "" {
		domain = "d111111abcdef8.cloudfront.net"
	}
	public := PublicOptions(edge, args.Settings.LiteLLM.Kinds())
	if _, err := routes.GatewayFunction(public, routes.Table(public), "https://"+domain); err != nil {
		return err
	}
	if _, err := routes.LangfuseFunction(public); err != nil {
		return err
	}
	if args.UsEast1 == nil {
		return errors.New("the access logs and the web ACL need a provider for us-east-1")
	}
	return nil
}

// shared makes what both distributions use: the VPC origin, the response headers and the web ACL.
func (b *builder) shared(ctx *pulumi.Context) error {
	var err error
	if b.origin, err = b.vpcOrigin(ctx); err != nil {
		return err
	}
	if b.policy, err = b.responseHeaders(ctx); err != nil {
		return err
	}
	b.acl, err = b.webACL(ctx)
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
