package cloudfront

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// certificate is the custom domains' certificate with the TLS versions it brings, or CloudFront's own.
func (b *builder) certificate() cloudfront.DistributionViewerCertificateArgs {
	arn := b.args.Settings.CertificateArn
	if arn == "" {
		return cloudfront.DistributionViewerCertificateArgs{CloudfrontDefaultCertificate: pulumi.Bool(true)}
	}
	return cloudfront.DistributionViewerCertificateArgs{
		AcmCertificateArn:      pulumi.String(arn),
		MinimumProtocolVersion: pulumi.String("TLSv1.2_2021"),
		SslSupportMethod:       pulumi.String("sni-only"),
	}
}

func aliases(domain string) pulumi.StringArrayInput {
	if domain == "" {
		return nil
	}
	return pulumi.ToStringArray([]string{domain})
}

// createRecords makes the records that point the custom domains at their distributions, over IPv4 and IPv6, where a hosted zone is configured.
func (b *builder) createRecords(ctx *pulumi.Context, gateway, langfuse *cloudfront.Distribution) error {
	edge := b.args.Settings
	if edge.HostedZoneID == "" {
		return nil
	}
	targets := []struct {
		name, domain string
		distribution *cloudfront.Distribution
	}{{"gateway", edge.DomainName, gateway}, {"langfuse", edge.LangfuseDomainName, langfuse}}
	for _, target := range targets {
		for _, kind := range []string{"A", "AAAA"} {
			_, err := route53.NewRecord(ctx, b.name+"-"+target.name+"-"+strings.ToLower(kind), &route53.RecordArgs{
				ZoneId: pulumi.String(edge.HostedZoneID),
				Name:   pulumi.String(target.domain),
				Type:   pulumi.String(kind),
				Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
					Name: target.distribution.DomainName, ZoneId: target.distribution.HostedZoneId, EvaluateTargetHealth: pulumi.Bool(false),
				}},
			}, b.child()...)
			if err != nil {
				return fmt.Errorf("record %s %s: %w", kind, target.domain, err)
			}
		}
	}
	return nil
}
