package litellm

import (
	"fmt"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
)

// maxObjectTags is how many tags an object in S3 may have (S3 user guide, object tagging); it gets the user's and Project, Stack and ManagedBy.
const maxObjectTags, programTags = 10, 3

// anyAccount stands for the account where only the length of a policy counts.
const anyAccount = "123456789012"

// Check says what of the settings only shows when they are rendered: a Bedrock policy that no role can have, and documents that cannot be delivered.
// tags is the number of the user's tags.
func Check(settings config.LiteLLM, region string, content config.LangfuseContent, tags int) []config.Problem {
	var problems []config.Problem
	policy, err := bedrockPolicy(settings.Models, region, anyAccount)
	if err != nil {
		return []config.Problem{settings.TooMany(err.Error())}
	}
	if len(policy) > maxInlinePolicy {
		problems = append(problems, settings.TooMany(fmt.Sprintf(
			"fewer different Bedrock models: their policy has %d characters, IAM allows a role %d", len(policy), maxInlinePolicy)))
	}
	list, err := documents(settings, region, content)
	if err != nil {
		return append(problems, settings.TooMany(err.Error()))
	}
	packed, err := ecs.PackedBytes(list, region)
	if err != nil {
		return append(problems, settings.TooMany(err.Error()))
	}
	if packed > ecs.MaxStoredBytes {
		problems = append(problems, settings.TooMany(fmt.Sprintf(
			"fewer models: LiteLLM's documents have %d bytes packed, and %d can be delivered", packed, ecs.MaxStoredBytes)))
	}
	if most := maxObjectTags - programTags; packed > ecs.MaxInlineBytes && tags > most {
		problems = append(problems, config.Problem{
			Key: "tags", Value: fmt.Sprintf("%d tags", tags),
			Allowed: fmt.Sprintf("at most %d with this many models: their document goes to S3, whose objects may have %d tags, %d of them the program's; or fewer models",
				most, maxObjectTags, programTags),
		})
	}
	return problems
}
