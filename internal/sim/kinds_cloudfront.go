package sim

import (
	"slices"
	"strings"
)

const (
	distributionType = "aws:cloudfront/distribution:Distribution"
	// AWS's own policies of these types exist; a program makes only response headers policies.
	cacheType   = "aws:cloudfront/cachePolicy:CachePolicy"
	requestType = "aws:cloudfront/originRequestPolicy:OriginRequestPolicy"
	headersType = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
)

func cloudfrontKinds() map[string]*kind {
	behaviours := func(field, token, by, code string) []reference {
		types := []string{token}
		return []reference{
			{path: "defaultCacheBehavior." + field, types: types, by: by, code: code},
			{path: "orderedCacheBehaviors." + field, types: types, by: by, code: code},
		}
	}
	var refs []reference
	refs = append(refs, behaviours("cachePolicyId", cacheType, "id", "NoSuchCachePolicy")...)
	refs = append(refs, behaviours("originRequestPolicyId", requestType, "id", "NoSuchOriginRequestPolicy")...)
	refs = append(refs, behaviours("responseHeadersPolicyId", headersType, "id", "NoSuchResponseHeadersPolicy")...)
	refs = append(refs, behaviours("functionAssociations.functionArn", "aws:cloudfront/function:Function", "arn", "InvalidFunctionAssociation")...)
	refs = append(refs, named("origins.vpcOriginConfig.vpcOriginId", originType, "EntityNotFound"))
	return map[string]*kind{
		headersType: {
			id: "{uuid}", arn: "arn:aws:cloudfront::{account}:response-headers-policy/{id}", outputs: map[string]any{"etag": "E{HEX13}"}, global: true, inUse: "ResourceInUse",
			naming: naming{property: "name", max: 128}, unique: "name", taken: "AlreadyExists",
		},
		"aws:cloudfront/function:Function": {
			id: "{name}", arn: "arn:aws:cloudfront::{account}:function/{name}", global: true, inUse: "FunctionInUse",
			outputs: map[string]any{"etag": "ETVP{HEX9}", "liveStageEtag": "ETVP{HEX9}", "status": "UNASSOCIATED"},
			naming:  naming{property: "name", max: 64}, unique: "name", taken: "FunctionAlreadyExists", static: []func(map[string]any) error{functionSize},
		},
		originType: {
			id: "vo_{hex22}", arn: "arn:aws:cloudfront::{account}:vpcorigin/{id}", outputs: map[string]any{"etag": "E{HEX13}"}, global: true, inUse: "CannotDeleteEntityWhileInUse",
			refs:  []reference{byARN("vpcOriginEndpointConfig.arn", balancerType, "EntityNotFound")},
			rules: []func(*op) error{originFits, originFrozen},
		},
		distributionType: {
			id: "E{HEX13}", arn: "arn:aws:cloudfront::{account}:distribution/{id}", global: true, inUse: "DistributionInUse",
			outputs: map[string]any{
				"domainName": "d{hex13}.cloudfront.net", "etag": "E{HEX13}", "hostedZoneId": "Z2FDTNDATAQYW2", "status": "Deployed", "inProgressValidationBatches": 0.0,
				"callerReference": "{uuid}", "lastModifiedTime": "2026-01-01 00:00:00 +0000 UTC",
			},
			refs: refs, static: []func(map[string]any) error{behavioursFit}, rules: []func(*op) error{viewerCertificate, aliasesFree, webACL, functionsPublished},
		},
	}
}

// functionSize: 10 KB of code (Amazon CloudFront Developer Guide, "Quotas on CloudFront Functions").
func functionSize(in map[string]any) error {
	if size := len(text(in, "code")); size > 10*1024 {
		return failure("FunctionSizeLimitExceeded", "the function has %d bytes, at most %d are allowed", size, 10*1024)
	}
	return nil
}

// unsupportedZones cannot hold VPC origins (Amazon CloudFront Developer Guide, "Supported AWS Regions" of VPC origins).
func unsupportedZones() []string { return []string{"usw1-az2", "use1-az3", "apne1-az3", "cac1-az3"} }

// originFits: the VPC has an internet gateway, and the balancer lies in zones that support VPC origins.
func originFits(o *op) error {
	balancer := o.find(balancerType, o.scope(), "arn", text(o.out, "vpcOriginEndpointConfig.arn"))
	if balancer == nil {
		return failure("InvalidArgument", "a VPC origin of this simulation is a load balancer of the same region")
	}
	if !flag(balancer.State, "internal") {
		return failure("InvalidArgument", "the load balancer %s is internet-facing, a VPC origin must be in private subnets", balancer.ID)
	}
	if !o.hasGateway(text(balancer.State, "vpcId")) {
		return failure("InvalidArgument", "VPC %s has no internet gateway", text(balancer.State, "vpcId"))
	}
	for _, subnet := range texts(balancer.State, "subnets") {
		if zone := o.zoneOf(subnet); slices.Contains(unsupportedZones(), zone) {
			return failure("InvalidArgument", "availability zone %s of subnet %s does not support VPC origins", zone, subnet)
		}
	}
	return nil
}

// originFrozen: a VPC origin that a distribution uses can be neither changed nor deleted.
func originFrozen(o *op) error {
	if o.old == nil || canonical(o.old["vpcOriginEndpointConfig"]) == canonical(o.out["vpcOriginEndpointConfig"]) {
		return nil
	}
	for _, distribution := range o.all(distributionType) {
		if slices.Contains(texts(distribution.State, "origins.vpcOriginConfig.vpcOriginId"), o.id) {
			return failure("CannotUpdateEntityWhileInUse", "409: VPC origin %s is in use by distribution %s", o.id, distribution.ID)
		}
	}
	return nil
}

// behavioursFit: every behaviour leads to an origin of the distribution.
func behavioursFit(in map[string]any) error {
	if !known(in["origins"]) {
		return nil
	}
	origins := texts(in, "origins.originId")
	for _, path := range []string{"defaultCacheBehavior", "orderedCacheBehaviors"} {
		for _, behaviour := range at(in, path) {
			target := text(behaviour, "targetOriginId")
			if target != "" && !slices.Contains(origins, target) {
				return failure("NoSuchOrigin", "One or more of your origins or origin groups do not exist: %s", target)
			}
			if b, ok := behaviour.(map[string]any); ok && b["cachePolicyId"] == nil && b["forwardedValues"] == nil {
				return failure("InvalidArgument", "a behaviour needs cachePolicyId (or the legacy forwardedValues)")
			}
			if err := methodsFit(behaviour); err != nil {
				return err
			}
			if types := texts(behaviour, "functionAssociations.eventType"); len(types) == 2 && types[0] == types[1] {
				return failure("InvalidFunctionAssociation", "two functions for %s", types[0])
			}
		}
	}
	return nil
}

// methodsFit: a behaviour allows one of three sets of methods (Amazon CloudFront API Reference, AllowedMethods).
func methodsFit(behaviour any) error {
	methods := texts(behaviour, "allowedMethods")
	slices.Sort(methods)
	switch strings.Join(methods, " ") {
	case "", "GET HEAD", "GET HEAD OPTIONS", "DELETE GET HEAD OPTIONS PATCH POST PUT":
		return nil
	}
	return failure("InvalidArgument", "The parameter AllowedMethods contains methods that are not allowed together: %v", methods)
}

func viewerCertificate(o *op) error {
	arn := text(o.out, "viewerCertificate.acmCertificateArn")
	if arn == "" {
		if len(texts(o.out, "aliases")) > 0 {
			return failure("InvalidViewerCertificate", "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate")
		}
		return nil
	}
	certificate := o.find("aws:acm/certificate:Certificate", "", "arn", arn)
	if certificate == nil || !strings.HasPrefix(arn, "arn:aws:acm:us-east-1:") {
		return failure("InvalidViewerCertificate", "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain: %s", arn)
	}
	return nil
}

func aliasesFree(o *op) error {
	for _, other := range o.all(distributionType) {
		for _, alias := range texts(o.out, "aliases") {
			if other.ID != o.id && slices.Contains(texts(other.State, "aliases"), alias) {
				return failure("CNAMEAlreadyExists", "%s is an alias of distribution %s already", alias, other.ID)
			}
		}
	}
	return nil
}

func webACL(o *op) error {
	arn := text(o.out, "webAclId")
	if arn != "" && (!strings.Contains(arn, ":us-east-1:") || o.find("aws:wafv2/webAcl:WebAcl", "", "arn", arn) == nil) {
		return failure("InvalidWebACLId", "web ACL %s does not exist in us-east-1 with scope CLOUDFRONT", arn)
	}
	return nil
}

func functionsPublished(o *op) error {
	for _, path := range []string{"defaultCacheBehavior", "orderedCacheBehaviors"} {
		for _, arn := range texts(o.out, path+".functionAssociations.functionArn") {
			if f := o.find("aws:cloudfront/function:Function", "", "arn", arn); f != nil && !flag(f.State, "publish") {
				return failure("InvalidFunctionAssociation", "function %s is not published", arn)
			}
		}
	}
	return nil
}
