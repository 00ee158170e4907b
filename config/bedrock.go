package config

import (
	"fmt"
	"slices"
	"strings"

	"kong-llm-gateway/internal/iampolicy"
)

// maxInlinePolicy is the number of characters all inline policies of one IAM role may have together (IAM quotas).
const maxInlinePolicy = 10240

// profileDestinations are the regions to which an inference profile of each geography may send a request. A request can only go to a
// region whose model the caller may invoke, so each is in the policy. Source: Amazon Bedrock User Guide, supported Regions and models for inference
// profiles; for us.* from us-west-1 the guide names us-east-1, us-east-2, us-west-1 and us-west-2, from elsewhere it leaves us-west-1 out.
// The lists other than us are second-hand and not verified; a missing region shows as an AccessDenied error that names it.
var profileDestinations = map[string][]string{
	"us":   {"us-east-1", "us-east-2", "us-west-2"},
	"eu":   {"eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"},
	"apac": {"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-4"},
	"jp":   {"ap-northeast-1", "ap-northeast-3"},
	"au":   {"ap-southeast-2", "ap-southeast-4"},
}

// BedrockPolicy is the IAM policy that lets LiteLLM invoke exactly the configured models: each inference profile, and the model in each region that
// the profile may send a request to. account is the 12-digit account id. The error says that there are too many models for one role.
func (s *Settings) BedrockPolicy(account string) (string, error) {
	var resources []string
	for _, model := range s.LiteLLM.Models {
		resources = append(resources, s.modelArns(model, account)...)
	}
	slices.Sort(resources)
	policy, err := iampolicy.Render(iampolicy.Statement{
		Sid: "ConfiguredModels", Effect: "Allow",
		Action:   []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"},
		Resource: slices.Compact(resources),
	})
	if err != nil {
		return "", err
	}
	if len(policy) > maxInlinePolicy {
		return "", fmt.Errorf("models = %d entries: their Bedrock policy has %d characters, IAM allows a role %d; configure fewer different Bedrock models",
			len(s.LiteLLM.Models), len(policy), maxInlinePolicy)
	}
	return policy, nil
}

// modelArns are the ARNs that calling a model touches.
func (s *Settings) modelArns(model Model, account string) []string {
	region := s.ModelRegion(model)
	geography, id, profile := strings.Cut(model.Bedrock, ".")
	if geography == "global" && profile {
		// A global profile may go anywhere; AWS asks for the model's ARN without a region (Bedrock User Guide, global cross-Region inference).
		return []string{profileArn(region, account, model.Bedrock), foundationArn(region, id), foundationArn("", id)}
	}
	destinations, known := profileDestinations[geography]
	if !profile || !known {
		return []string{foundationArn(region, model.Bedrock)}
	}
	arns := []string{profileArn(region, account, model.Bedrock), foundationArn(region, id)}
	for _, destination := range destinations {
		arns = append(arns, foundationArn(destination, id))
	}
	return arns
}

func profileArn(region, account, id string) string {
	return fmt.Sprintf("arn:aws:bedrock:%s:%s:inference-profile/%s", region, account, id)
}

func foundationArn(region, id string) string {
	return fmt.Sprintf("arn:aws:bedrock:%s::foundation-model/%s", region, id)
}
