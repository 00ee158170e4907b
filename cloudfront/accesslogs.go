package cloudfront

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
)

// maxDeliveryName is the longest name of a delivery source or destination (CloudWatch Logs API Reference, PutDeliverySource and PutDeliveryDestination).
const maxDeliveryName = 60

// accessLogFields are what a line of the access log holds (Amazon CloudFront Developer Guide, standard log file fields): when, from where, what, and how
// it was answered. There is no query (cs-uri-query), no cookie and no header.
var accessLogFields = []string{"date", "time", "c-ip", "cs-method", "cs-uri-stem", "sc-status", "sc-bytes", "x-edge-request-id"}

// createAccessLogs has both distributions write their access logs (standard logging v2) to one private bucket, which forgets them after logs.retentionDays.
func (b *builder) createAccessLogs(ctx *pulumi.Context, gateway, langfuse *cloudfront.Distribution) error {
	bucket, policy, err := b.createAccessLogsBucket(ctx, b.args.Account)
	if err != nil {
		return err
	}
	// CloudFront's deliveries exist in us-east-1 only; the bucket may be anywhere (Amazon CloudFront Developer Guide, standard logging v2).
	us := pulumi.Provider(b.args.UsEast1)
	destination, err := cloudwatch.NewLogDeliveryDestination(ctx, b.name+"-access-logs", &cloudwatch.LogDeliveryDestinationArgs{
		Name:         pulumi.String(b.args.Names.Name(maxDeliveryName, "edge", "access-logs")),
		OutputFormat: pulumi.String("json"),
		DeliveryDestinationConfiguration: cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs{
			DestinationResourceArn: bucket.Arn,
		},
	}, b.child(us)...)
	if err != nil {
		return fmt.Errorf("destination of the access logs: %w", err)
	}
	var before []pulumi.Resource
	for _, one := range []struct {
		name         string
		distribution *cloudfront.Distribution
	}{{"gateway", gateway}, {"langfuse", langfuse}} {
		source, err := cloudwatch.NewLogDeliverySource(ctx, b.name+"-"+one.name+"-access-logs", &cloudwatch.LogDeliverySourceArgs{
			Name:        pulumi.String(b.args.Names.Name(maxDeliveryName, one.name, "access-logs")),
			LogType:     pulumi.String("ACCESS_LOGS"),
			ResourceArn: one.distribution.Arn,
		}, b.child(us)...)
		if err != nil {
			return fmt.Errorf("source of the access logs of %s: %w", one.name, err)
		}
		delivery, err := cloudwatch.NewLogDelivery(ctx, b.name+"-"+one.name+"-access-logs", &cloudwatch.LogDeliveryArgs{
			DeliverySourceName:     source.Name,
			DeliveryDestinationArn: destination.Arn,
			RecordFields:           pulumi.ToStringArray(accessLogFields),
			// AWS refuses two deliveries that are made at once for one destination (ConflictException; hashicorp/terraform-provider-aws#42194).
		}, b.child(us, pulumi.DependsOn(append(before, policy)))...)
		if err != nil {
			return fmt.Errorf("delivery of the access logs of %s: %w", one.name, err)
		}
		before = []pulumi.Resource{delivery}
	}
	return nil
}

// createAccessLogsBucket makes the private bucket, and the policy that lets AWS write to it; destroying the stack empties the bucket.
func (b *builder) createAccessLogsBucket(ctx *pulumi.Context, account string) (*s3.BucketV2, *s3.BucketPolicy, error) {
	name := b.name + "-access-logs"
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		Bucket:       pulumi.String(b.args.Names.Name(config.MaxNameDefault, "edge", "access-logs", account)),
		ForceDestroy: pulumi.Bool(true),
	}, b.child()...)
	if err != nil {
		return nil, nil, fmt.Errorf("access logs bucket: %w", err)
	}
	_, err = s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, b.child()...)
	if err != nil {
		return nil, nil, fmt.Errorf("public access block of the access logs bucket: %w", err)
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")},
		}},
	}, b.child()...)
	if err != nil {
		return nil, nil, fmt.Errorf("encryption of the access logs bucket: %w", err)
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:         pulumi.String("expire"),
			Status:     pulumi.String("Enabled"),
			Filter:     s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(b.args.LogRetentionDays)},
		}},
	}, b.child()...)
	if err != nil {
		return nil, nil, fmt.Errorf("expiry of the access logs bucket: %w", err)
	}
	// Without the second statement AWS would write it itself, behind Pulumi's back (Amazon CloudWatch Logs User Guide, logs sent to Amazon S3, V2 permissions).
	document := bucket.Arn.ApplyT(func(arn string) (string, error) {
		return iampolicy.Render(
			iampolicy.Statement{
				Sid: "TlsOnly", Effect: "Deny", Action: []string{"s3:*"}, Resource: []string{arn, arn + "/*"}, Principal: map[string]any{"AWS": "*"},
				Condition: map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
			},
			iampolicy.Statement{
				Sid: "AWSLogDeliveryWrite", Effect: "Allow", Action: []string{"s3:PutObject"}, Resource: []string{arn + "/AWSLogs/" + account + "/*"},
				Principal: map[string]any{"Service": "delivery.logs.amazonaws.com"},
				Condition: map[string]any{
					"StringEquals": map[string]string{"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account},
					"ArnLike":      map[string]string{"aws:SourceArn": "arn:aws:logs:us-east-1:" + account + ":delivery-source:*"},
				},
			},
		)
	}).(pulumi.StringOutput)
	policy, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{Bucket: bucket.ID(), Policy: document}, b.child()...)
	if err != nil {
		return nil, nil, fmt.Errorf("policy of the access logs bucket: %w", err)
	}
	return bucket, policy, nil
}
