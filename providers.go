package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// providers are the two AWS regions the gateway lives in.
type providers struct {
	// region is where everything is but what belongs to CloudFront.
	region *aws.Provider
	// usEast1 is where CloudFront keeps its web ACLs and its metrics.
	usEast1 *aws.Provider
	// account is the 12-digit id of the account they work in.
	account string
}

// newProviders makes both providers: in the account that the stack file names, with the tags that every resource carries.
func newProviders(ctx *pulumi.Context, settings *config.Settings) (*providers, error) {
	tags := pulumi.StringMap{}
	for key, value := range settings.Tags {
		tags[key] = pulumi.String(value)
	}
	tags["Project"] = pulumi.String(settings.Project)
	tags["Stack"] = pulumi.String(settings.Stack)
	tags["ManagedBy"] = pulumi.String("pulumi")

	provider := func(name, region string) (*aws.Provider, error) {
		created, err := aws.NewProvider(ctx, name, &aws.ProviderArgs{
			Region:              pulumi.String(region),
			Profile:             given(settings.Account.Profile),
			AllowedAccountIds:   texts(settings.Account.AllowedIDs),
			ForbiddenAccountIds: texts(settings.Account.ForbiddenIDs),
			AssumeRole:          assumeRole(settings.Account.AssumeRole),
			DefaultTags:         &aws.ProviderDefaultTagsArgs{Tags: tags},
		})
		if err != nil {
			return nil, fmt.Errorf("aws provider for %s: %w", region, err)
		}
		return created, nil
	}
	region, err := provider("aws", settings.Region)
	if err != nil {
		return nil, err
	}
	usEast1, err := provider("aws-us-east-1", "us-east-1")
	if err != nil {
		return nil, err
	}
	caller, err := aws.GetCallerIdentity(ctx, nil, pulumi.Provider(region))
	if err != nil {
		return nil, fmt.Errorf("find out the account: %w", err)
	}
	return &providers{region: region, usEast1: usEast1, account: caller.AccountId}, nil
}

// assumeRole is the role that a provider takes on, nil for none.
func assumeRole(role *config.AssumeRole) aws.ProviderAssumeRolePtrInput {
	if role == nil {
		return nil
	}
	return &aws.ProviderAssumeRoleArgs{
		RoleArn:     pulumi.String(role.RoleArn),
		SessionName: given(role.SessionName),
		ExternalId:  given(role.ExternalID),
		Duration:    given(role.Duration),
	}
}

// given is a text, or nothing where it is empty.
func given(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}

// texts is a list, or nothing where it is empty.
func texts(list []string) pulumi.StringArrayInput {
	if len(list) == 0 {
		return nil
	}
	return pulumi.ToStringArray(list)
}
