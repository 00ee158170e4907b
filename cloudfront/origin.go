package cloudfront

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
)

// httpsPort is demanded by the API and unused: the origin speaks plain HTTP inside the VPC.
const httpsPort = 443

// originKeepAliveSeconds is how long CloudFront keeps an idle connection to the load balancer: less than the load balancer does (180
// s), and within CloudFront's 1 to 120 s (VpcOriginConfig.OriginKeepaliveTimeout, aws-sdk-go-v2 cloudfront types).
const originKeepAliveSeconds = 60

// vpcOriginTimeout covers deploying and deleting a VPC origin, "up to 15 minutes" by CloudFront's documentation ("Restrict access
// with VPC origins").
const vpcOriginTimeout = "30m"

// createOrigin makes the door through which CloudFront reaches the private load balancer. CloudFront refuses to change or delete one
// that a distribution uses, so a change makes a new one (its name carries a hash of its inputs), the distributions move, and the old
// one goes.
func (b *builder) createOrigin(ctx *pulumi.Context) (*cloudfront.VpcOrigin, error) {
	const protocol = "http-only"
	name := b.args.LoadBalancerArn.ApplyT(func(arn string) string {
		sum := sha256.Sum256([]byte(arn + "|" + strconv.Itoa(routes.ListenerPort) + "|" + protocol))
		return b.args.Names.Name(config.MaxNameDefault, "alb", hex.EncodeToString(sum[:])[:8])
	}).(pulumi.StringOutput)
	origin, err := cloudfront.NewVpcOrigin(ctx, b.name+"-origin", &cloudfront.VpcOriginArgs{
		VpcOriginEndpointConfig: &cloudfront.VpcOriginVpcOriginEndpointConfigArgs{
			Name:                 name,
			Arn:                  b.args.LoadBalancerArn,
			HttpPort:             pulumi.Int(routes.ListenerPort),
			HttpsPort:            pulumi.Int(httpsPort),
			OriginProtocolPolicy: pulumi.String(protocol),
			OriginSslProtocols: &cloudfront.VpcOriginVpcOriginEndpointConfigOriginSslProtocolsArgs{
				Items: pulumi.ToStringArray([]string{"TLSv1.2"}), Quantity: pulumi.Int(1),
			},
		},
		Timeouts: &cloudfront.VpcOriginTimeoutsArgs{
			Create: pulumi.String(vpcOriginTimeout), Update: pulumi.String(vpcOriginTimeout), Delete: pulumi.String(vpcOriginTimeout),
		},
	}, b.child(pulumi.DependsOn(b.args.OriginNeeds), pulumi.ReplaceOnChanges([]string{"vpcOriginEndpointConfig"}))...)
	if err != nil {
		return nil, fmt.Errorf("vpc origin: %w", err)
	}
	return origin, nil
}

// originOf is the load balancer as one distribution's origin. CloudFront sets the header and overwrites a viewer's
// (CloudFront, "Add custom headers to origin requests").
func (b *builder) originOf(header string) cloudfront.DistributionOriginArgs {
	return cloudfront.DistributionOriginArgs{
		OriginId:   pulumi.String(originID),
		DomainName: b.args.LoadBalancerDNS,
		CustomHeaders: cloudfront.DistributionOriginCustomHeaderArray{
			cloudfront.DistributionOriginCustomHeaderArgs{Name: pulumi.String(routes.HeaderName), Value: pulumi.String(header)},
		},
		VpcOriginConfig: cloudfront.DistributionOriginVpcOriginConfigArgs{
			VpcOriginId:            b.origin.ID(),
			OriginReadTimeout:      pulumi.Int(config.EdgeReadTimeoutSeconds),
			OriginKeepaliveTimeout: pulumi.Int(originKeepAliveSeconds),
		},
	}
}
