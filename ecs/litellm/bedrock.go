package litellm

import (
	"fmt"
	"slices"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/iampolicy"
)

// maxInlinePolicy is the number of characters all inline policies of one IAM role may have together (IAM quotas).
const maxInlinePolicy = 10240

// bedrockPolicy is the IAM policy that lets LiteLLM call exactly the given models, in the ways in which each can be called: each inference profile,
// and the model in each region that the profile may send a request to. region is the stack's, account the 12-digit account id. It may be longer than
// maxInlinePolicy: Check tells.
func bedrockPolicy(models []config.Model, region, account string) (string, error) {
	var invoked, reranked, counted []string
	for _, model := range models {
		call := model.Call(region)
		if model.Kind() == routes.Rerank {
			reranked = append(reranked, arns(call, account)...)
			continue
		}
		invoked = append(invoked, arns(call, account)...)
		if bedrockCounts(call) {
			counted = append(counted, foundationArn(call.Region, call.Model)) // LiteLLM asks by the model's own id
		}
	}
	var statements []iampolicy.Statement
	for _, statement := range []iampolicy.Statement{
		{Sid: "ConfiguredModels", Action: []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}, Resource: invoked},
		{Sid: "CountTokens", Action: []string{"bedrock:CountTokens"}, Resource: counted},
		{Sid: "RerankModels", Action: []string{"bedrock:InvokeModel"}, Resource: reranked},
	} {
		if len(statement.Resource) > 0 {
			// In the order of the models, not of the ARNs: one model more is then one change of the policy, in one place.
			statement.Effect, statement.Resource = "Allow", once(statement.Resource)
			statements = append(statements, statement)
		}
	}
	if len(reranked) > 0 {
		// Rerank has no resource type (Service Authorization Reference, Amazon Bedrock): InvokeModel on the model is what limits it.
		statements = append(statements, iampolicy.Statement{Sid: "Rerank", Effect: "Allow", Action: []string{"bedrock:Rerank"}, Resource: []string{"*"}})
	}
	return iampolicy.Render(statements...)
}

// once keeps the first of equal texts.
func once(list []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(text string) bool {
		before := seen[text]
		seen[text] = true
		return before
	})
}

// arns are the ARNs that a call touches: a request can only go to a region whose model the caller may invoke, so each is named.
func arns(call config.BedrockCall, account string) []string {
	if !call.Profile {
		return []string{foundationArn(call.Region, call.Model)}
	}
	list := []string{fmt.Sprintf("arn:aws:bedrock:%s:%s:inference-profile/%s", call.Region, account, call.ID)}
	if len(call.Destinations) == 0 {
		// It may go anywhere; AWS asks for the model's ARN without a region (Bedrock User Guide, global cross-Region inference).
		return append(list, foundationArn(call.Region, call.Model), foundationArn("", call.Model))
	}
	for _, destination := range call.Destinations {
		list = append(list, foundationArn(destination, call.Model))
	}
	return list
}

func foundationArn(region, id string) string {
	return fmt.Sprintf("arn:aws:bedrock:%s::foundation-model/%s", region, id)
}
