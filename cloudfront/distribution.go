package cloudfront

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
)

// CloudFront's managed policies, by their fixed ids (CloudFront, "Use managed cache policies" and "Use managed origin request policies").
const (
	cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	// allViewer forwards everything of the viewer's request, the Host too: Grafana's CSRF check and every redirect depend on it.
	allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
)

// How a behaviour treats plain HTTP. An API refuses it: a client that is redirected has already sent its key in clear text.
const (
	httpsOnly       = "https-only"
	redirectToHTTPS = "redirect-to-https"
)

const originID = "alb"

// site is one distribution: what differs between the two.
type site struct {
	name     string
	comment  string
	header   string
	domain   string
	function *cloudfront.Function
	// protocol is the default behaviour's; paths are behaviours that have another, by path pattern.
	protocol string
	paths    []string
	other    string
}

// createGateway makes the main distribution; langfuse is the address to which /langfuse leads.
func (b *builder) createGateway(ctx *pulumi.Context, langfuse pulumi.StringOutput) (*cloudfront.Distribution, error) {
	edge := b.args.Settings
	code := langfuse.ApplyT(func(url string) (string, error) {
		public := PublicOptions(edge, b.args.Kinds)
		return routes.GatewayFunction(public, routes.Table(public), url)
	}).(pulumi.StringOutput)
	function, err := b.createFunction(ctx, "gateway", code)
	if err != nil {
		return nil, err
	}
	return b.createDistribution(ctx, site{
		name: "gateway", comment: "LLM gateway", header: routes.HeaderGateway, domain: edge.DomainName, function: function,
		protocol: httpsOnly, paths: []string{"/grafana*", "/langfuse*"}, other: redirectToHTTPS,
	})
}

// createLangfuse makes the distribution of Langfuse alone.
func (b *builder) createLangfuse(ctx *pulumi.Context) (*cloudfront.Distribution, error) {
	edge := b.args.Settings
	code, err := routes.LangfuseFunction(PublicOptions(edge, nil))
	if err != nil {
		return nil, err
	}
	function, err := b.createFunction(ctx, "langfuse", pulumi.String(code))
	if err != nil {
		return nil, err
	}
	return b.createDistribution(ctx, site{
		name: "langfuse", comment: "Langfuse", header: routes.HeaderLangfuse, domain: edge.LangfuseDomainName, function: function,
		protocol: redirectToHTTPS, paths: []string{"/api/*"}, other: httpsOnly,
	})
}

func (b *builder) createFunction(ctx *pulumi.Context, name string, code pulumi.StringInput) (*cloudfront.Function, error) {
	function, err := cloudfront.NewFunction(ctx, b.name+"-"+name+"-function", &cloudfront.FunctionArgs{
		Name:    pulumi.String(b.args.Names.Name(config.MaxFunctionName, name)),
		Comment: pulumi.String("Lets through what cloudfront/routes lists"),
		Runtime: pulumi.String("cloudfront-js-2.0"),
		Code:    code,
		Publish: pulumi.Bool(true),
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("viewer-request function %s: %w", name, err)
	}
	return function, nil
}

func (b *builder) createDistribution(ctx *pulumi.Context, s site) (*cloudfront.Distribution, error) {
	distribution, err := cloudfront.NewDistribution(ctx, b.name+"-"+s.name, &cloudfront.DistributionArgs{
		Enabled:               pulumi.Bool(true),
		Comment:               pulumi.String(b.args.Names.Project + " " + b.args.Names.Stack + ": " + s.comment),
		HttpVersion:           pulumi.String("http2and3"),
		IsIpv6Enabled:         pulumi.Bool(true),
		PriceClass:            pulumi.String(b.args.Settings.PriceClass),
		WebAclId:              b.acl,
		Aliases:               aliases(s.domain),
		ViewerCertificate:     b.certificate(),
		Origins:               cloudfront.DistributionOriginArray{b.originOf(s.header)},
		DefaultCacheBehavior:  b.defaultBehaviour(s),
		OrderedCacheBehaviors: b.orderedBehaviours(s),
		Restrictions: cloudfront.DistributionRestrictionsArgs{
			GeoRestriction: cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none")},
		},
		// A new distribution has another domain name, which no client knows.
	}, b.child(pulumi.Protect(b.args.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("distribution %s: %w", s.name, err)
	}
	return distribution, nil
}

// allMethods is the widest set CloudFront offers: which method a path takes is the function's business.
func allMethods() pulumi.StringArray {
	return pulumi.ToStringArray([]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
}

func cachedMethods() pulumi.StringArray {
	return pulumi.ToStringArray([]string{"GET", "HEAD"})
}

func (b *builder) defaultBehaviour(s site) cloudfront.DistributionDefaultCacheBehaviorArgs {
	return cloudfront.DistributionDefaultCacheBehaviorArgs{
		TargetOriginId:          pulumi.String(originID),
		ViewerProtocolPolicy:    pulumi.String(s.protocol),
		AllowedMethods:          allMethods(),
		CachedMethods:           cachedMethods(),
		CachePolicyId:           pulumi.String(cachingDisabled),
		OriginRequestPolicyId:   pulumi.String(allViewer),
		ResponseHeadersPolicyId: b.policy.ID(),
		FunctionAssociations: cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArray{
			cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs{
				EventType: pulumi.String("viewer-request"), FunctionArn: s.function.Arn,
			},
		},
	}
}

// orderedBehaviours differ from the default one in their path and in how they treat plain HTTP, in nothing else.
func (b *builder) orderedBehaviours(s site) cloudfront.DistributionOrderedCacheBehaviorArray {
	var behaviours cloudfront.DistributionOrderedCacheBehaviorArray
	for _, path := range s.paths {
		behaviours = append(behaviours, cloudfront.DistributionOrderedCacheBehaviorArgs{
			PathPattern:             pulumi.String(path),
			TargetOriginId:          pulumi.String(originID),
			ViewerProtocolPolicy:    pulumi.String(s.other),
			AllowedMethods:          allMethods(),
			CachedMethods:           cachedMethods(),
			CachePolicyId:           pulumi.String(cachingDisabled),
			OriginRequestPolicyId:   pulumi.String(allViewer),
			ResponseHeadersPolicyId: b.policy.ID(),
			FunctionAssociations: cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArray{
				cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArgs{
					EventType: pulumi.String("viewer-request"), FunctionArn: s.function.Arn,
				},
			},
		})
	}
	return behaviours
}
