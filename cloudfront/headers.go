package cloudfront

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// hstsSeconds is a year: how long a browser uses https only.
const hstsSeconds = 365 * 24 * 60 * 60

// createHeadersPolicy adds security headers to every answer. Grafana and Langfuse set a content security policy and frame options of their
// own, and LiteLLM answers CORS, so none of those is overwritten and no CORS header is set here.
func (b *builder) createHeadersPolicy(ctx *pulumi.Context) (*cloudfront.ResponseHeadersPolicy, error) {
	policy, err := cloudfront.NewResponseHeadersPolicy(ctx, b.name+"-headers", &cloudfront.ResponseHeadersPolicyArgs{
		Name:    pulumi.String(b.args.Names.Name(config.MaxPolicyName, "security-headers")),
		Comment: pulumi.String("Security headers of both distributions"),
		SecurityHeadersConfig: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs{
			StrictTransportSecurity: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs{
				AccessControlMaxAgeSec: pulumi.Int(hstsSeconds), Override: pulumi.Bool(true),
			},
			ContentTypeOptions: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs{Override: pulumi.Bool(true)},
			FrameOptions: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs{
				FrameOption: pulumi.String("SAMEORIGIN"), Override: pulumi.Bool(false),
			},
			ReferrerPolicy: &cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs{
				ReferrerPolicy: pulumi.String("strict-origin-when-cross-origin"), Override: pulumi.Bool(false),
			},
		},
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("response headers policy: %w", err)
	}
	return policy, nil
}
