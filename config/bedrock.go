package config

import (
	"fmt"
	"slices"

	"kong-llm-gateway/internal/iampolicy"
)

// maxInlinePolicy is the number of characters all inline policies of one IAM role may have together (IAM quotas).
const maxInlinePolicy = 10240

// BedrockPolicy is the IAM policy that lets LiteLLM call exactly the configured models, in the ways in which each can be called: each inference profile,
// and the model in each region that the profile may send a request to. account is the 12-digit account id. The error says that there are too many
// models for one role.
func (s *Settings) BedrockPolicy(account string) (string, error) {
	var invoked, reranked, counted []string
	for _, model := range s.LiteLLM.Models {
		region := s.ModelRegion(model)
		_, id := profile(model.Bedrock)
		if model.Kind() == KindRerank {
			reranked = append(reranked, s.modelArns(model, account)...)
			continue
		}
		invoked = append(invoked, s.modelArns(model, account)...)
		if bedrockCounts(id, region) {
			counted = append(counted, foundationArn(region, id)) // LiteLLM asks by the model's own id
		}
	}
	var statements []iampolicy.Statement
	for _, statement := range []iampolicy.Statement{
		{Sid: "ConfiguredModels", Action: []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}, Resource: invoked},
		{Sid: "CountTokens", Action: []string{"bedrock:CountTokens"}, Resource: counted},
		{Sid: "RerankModels", Action: []string{"bedrock:InvokeModel"}, Resource: reranked},
	} {
		if len(statement.Resource) > 0 {
			slices.Sort(statement.Resource)
			statement.Effect, statement.Resource = "Allow", slices.Compact(statement.Resource)
			statements = append(statements, statement)
		}
	}
	if len(reranked) > 0 {
		// Rerank has no resource type (Service Authorization Reference, Amazon Bedrock): InvokeModel on the model is what limits it.
		statements = append(statements, iampolicy.Statement{Sid: "Rerank", Effect: "Allow", Action: []string{"bedrock:Rerank"}, Resource: []string{"*"}})
	}
	policy, err := iampolicy.Render(statements...)
	if err != nil {
		return "", err
	}
	if len(policy) > maxInlinePolicy {
		return "", fmt.Errorf("models = %d entries: their Bedrock policy has %d characters, IAM allows a role %d; configure fewer different Bedrock models",
			len(s.LiteLLM.Models), len(policy), maxInlinePolicy)
	}
	return policy, nil
}

// modelArns are the ARNs that calling a model touches: a request can only go to a region whose model the caller may invoke, so each is named.
func (s *Settings) modelArns(model Model, account string) []string {
	region := s.ModelRegion(model)
	geo, id := profile(model.Bedrock)
	if geo == nil {
		return []string{foundationArn(region, id)}
	}
	arns := []string{profileArn(region, account, model.Bedrock), foundationArn(region, id)}
	if geo.prefix == globalPrefix {
		// It may go anywhere; AWS asks for the model's ARN without a region (Bedrock User Guide, global cross-Region inference).
		return append(arns, foundationArn("", id))
	}
	for _, destination := range geo.destinations {
		arns = append(arns, foundationArn(destination, id))
	}
	return arns
}

// BedrockCall is one Bedrock id that LiteLLM calls.
type BedrockCall struct {
	// ID is the configured id, Model the model's own, without a geography; Region is where it is called.
	ID     string `json:"id"`
	Model  string `json:"model"`
	Region string `json:"region"`
	// Profile says that the id is an inference profile; Destinations are then the regions to which the policy lets it send requests, empty for all.
	Profile      bool     `json:"profile"`
	Destinations []string `json:"destinations"`
}

// BedrockCalls are the different Bedrock ids of the configured models, each with the region it is called in.
func (s *Settings) BedrockCalls() []BedrockCall {
	var calls []BedrockCall
	seen := map[string]bool{}
	for _, model := range s.LiteLLM.Models {
		region := s.ModelRegion(model)
		if seen[region+" "+model.Bedrock] {
			continue
		}
		seen[region+" "+model.Bedrock] = true
		geo, id := profile(model.Bedrock)
		call := BedrockCall{ID: model.Bedrock, Model: id, Region: region, Profile: geo != nil}
		if geo != nil && geo.prefix != globalPrefix {
			call.Destinations = append([]string{region}, geo.destinations...)
			slices.Sort(call.Destinations)
			call.Destinations = slices.Compact(call.Destinations)
		}
		calls = append(calls, call)
	}
	return calls
}

func profileArn(region, account, id string) string {
	return fmt.Sprintf("arn:aws:bedrock:%s:%s:inference-profile/%s", region, account, id)
}

func foundationArn(region, id string) string {
	return fmt.Sprintf("arn:aws:bedrock:%s::foundation-model/%s", region, id)
}
