// Package bucket makes private S3 buckets: no public access, encrypted, reached by TLS only. Destroying the stack empties them.
package bucket

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/internal/iampolicy"
)

// Args says how one bucket is made.
type Args struct {
	// Name is the bucket's, which nobody else's in the world may have.
	Name string
	// Allow are the statements of its policy that let others in; nil: none. arn is the bucket's.
	Allow func(arn string) []iampolicy.Statement
}

// Bucket is a private bucket. Policy is what must be there before an AWS service that it lets in writes to it.
type Bucket struct {
	Bucket *s3.BucketV2
	Policy *s3.BucketPolicy
}

// New makes a bucket; all its parts have the logical name.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Bucket, error) {
	made, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{Bucket: pulumi.String(args.Name), ForceDestroy: pulumi.Bool(true)}, opts...)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", name, err)
	}
	_, err = s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                made.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("public access block of bucket %s: %w", name, err)
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: made.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")},
		}},
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("encryption of bucket %s: %w", name, err)
	}
	document := made.Arn.ApplyT(func(arn string) (string, error) {
		statements := []iampolicy.Statement{{
			Sid: "TlsOnly", Effect: "Deny", Action: []string{"s3:*"}, Resource: []string{arn, arn + "/*"}, Principal: map[string]any{"AWS": "*"},
			Condition: map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
		}}
		if args.Allow != nil {
			statements = slices.Concat(statements, args.Allow(arn))
		}
		return iampolicy.Render(statements...)
	}).(pulumi.StringOutput)
	policy, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{Bucket: made.ID(), Policy: document}, opts...)
	if err != nil {
		return nil, fmt.Errorf("policy of bucket %s: %w", name, err)
	}
	return &Bucket{Bucket: made, Policy: policy}, nil
}
