package cloudfront

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/bucket"
	"kong-llm-gateway/internal/iampolicy"
)

// accessLogFields are what a line of the access log holds (Amazon CloudFront Developer Guide, standard log file fields): when, from where, what, and how
// it was answered. There is no query (cs-uri-query), no cookie and no header.
var accessLogFields = []string{"date", "time", "c-ip", "cs-method", "cs-uri-stem", "sc-status", "sc-bytes", "x-edge-request-id"}

// createAccessLogs has both distributions write their access logs (standard logging v2) to one private bucket, which forgets them after logs.retentionDays.
func (b *builder) createAccessLogs(ctx *pulumi.Context, gateway, langfuse *cloudfront.Distribution) error {
	logs, err := b.createAccessLogsBucket(ctx, b.args.Account)
	if err != nil {
		return err
	}
	// CloudFront's deliveries exist in us-east-1 only; the bucket may be anywhere (Amazon CloudFront Developer Guide, standard logging v2).
	us := pulumi.Provider(b.args.UsEast1)
	destination, err := cloudwatch.NewLogDeliveryDestination(ctx, b.name+"-access-logs", &cloudwatch.LogDeliveryDestinationArgs{
		Name:         pulumi.String(b.args.Names.Name(config.MaxDeliveryName, "edge", "access-logs")),
		OutputFormat: pulumi.String("json"),
		DeliveryDestinationConfiguration: cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs{
			DestinationResourceArn: logs.Bucket.Arn,
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
			Name:        pulumi.String(b.args.Names.Name(config.MaxDeliveryName, one.name, "access-logs")),
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
		}, b.child(us, pulumi.DependsOn(append(before, logs.Policy)))...)
		if err != nil {
			return fmt.Errorf("delivery of the access logs of %s: %w", one.name, err)
		}
		before = []pulumi.Resource{delivery}
	}
	return nil
}

// createAccessLogsBucket makes the private bucket, which AWS may write to.
func (b *builder) createAccessLogsBucket(ctx *pulumi.Context, account string) (*bucket.Bucket, error) {
	name := b.name + "-access-logs"
	made, err := bucket.New(ctx, name, bucket.Args{
		Name: b.args.Names.Name(config.MaxNameDefault, "edge", "access-logs", account),
		// AWS would write this statement itself, behind Pulumi's back (Amazon CloudWatch Logs User Guide, logs sent to Amazon S3, V2 permissions).
		Allow: func(arn string) []iampolicy.Statement {
			return []iampolicy.Statement{{
				Sid: "AWSLogDeliveryWrite", Effect: "Allow", Action: []string{"s3:PutObject"}, Resource: []string{arn + "/AWSLogs/" + account + "/*"},
				Principal: map[string]any{"Service": "delivery.logs.amazonaws.com"},
				Condition: map[string]any{
					"StringEquals": map[string]string{"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account},
					"ArnLike":      map[string]string{"aws:SourceArn": "arn:aws:logs:us-east-1:" + account + ":delivery-source:*"},
				},
			}}
		},
	}, b.child()...)
	if err != nil {
		return nil, err
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: made.Bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:         pulumi.String("expire"),
			Status:     pulumi.String("Enabled"),
			Filter:     s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(b.args.LogRetentionDays)},
		}},
	}, b.child()...)
	if err != nil {
		return nil, fmt.Errorf("expiry of the access logs bucket: %w", err)
	}
	return made, nil
}
