package litellm

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
)

const account = "123456789012"

// resources are the ARNs that the policy for the given models names, in the policy's order.
func resources(t *testing.T, models ...config.Model) []string {
	t.Helper()
	text, err := bedrockPolicy(models, "us-west-1", account)
	require.NoError(t, err)
	var policy struct {
		Statement []struct{ Action, Resource []string }
	}
	require.NoError(t, json.Unmarshal([]byte(text), &policy))
	require.Len(t, policy.Statement, 1)
	require.Equal(t, []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}, policy.Statement[0].Action)
	return policy.Statement[0].Resource
}

func TestBedrockPolicyNamesProfileAndModelInEveryDestination(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		model config.Model
		want  []string
	}{
		"us profile from us-west-1 may also stay there": {
			config.Model{Bedrock: "us.anthropic.a"},
			[]string{
				"arn:aws:bedrock:us-east-1::foundation-model/anthropic.a", "arn:aws:bedrock:us-east-2::foundation-model/anthropic.a",
				"arn:aws:bedrock:us-west-1:123456789012:inference-profile/us.anthropic.a",
				"arn:aws:bedrock:us-west-1::foundation-model/anthropic.a", "arn:aws:bedrock:us-west-2::foundation-model/anthropic.a",
			},
		},
		"us profile from elsewhere never goes to us-west-1": {
			config.Model{Bedrock: "us.anthropic.a", Region: "us-east-1"},
			[]string{
				"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.a",
				"arn:aws:bedrock:us-east-1::foundation-model/anthropic.a", "arn:aws:bedrock:us-east-2::foundation-model/anthropic.a",
				"arn:aws:bedrock:us-west-2::foundation-model/anthropic.a",
			},
		},
		"eu profile from London may also stay there": {
			config.Model{Bedrock: "eu.anthropic.a", Region: "eu-west-2"},
			[]string{
				"arn:aws:bedrock:eu-central-1::foundation-model/anthropic.a", "arn:aws:bedrock:eu-north-1::foundation-model/anthropic.a",
				"arn:aws:bedrock:eu-south-1::foundation-model/anthropic.a", "arn:aws:bedrock:eu-south-2::foundation-model/anthropic.a",
				"arn:aws:bedrock:eu-west-1::foundation-model/anthropic.a", "arn:aws:bedrock:eu-west-2:123456789012:inference-profile/eu.anthropic.a",
				"arn:aws:bedrock:eu-west-2::foundation-model/anthropic.a", "arn:aws:bedrock:eu-west-3::foundation-model/anthropic.a",
			},
		},
		"Canadian profile goes to both Canadian regions": {
			config.Model{Bedrock: "ca.amazon.a", Region: "ca-central-1"},
			[]string{
				"arn:aws:bedrock:ca-central-1:123456789012:inference-profile/ca.amazon.a",
				"arn:aws:bedrock:ca-central-1::foundation-model/amazon.a", "arn:aws:bedrock:ca-west-1::foundation-model/amazon.a",
			},
		},
		"global profile may go anywhere": {
			config.Model{Bedrock: "global.anthropic.a", Region: "sa-east-1"},
			[]string{
				"arn:aws:bedrock:::foundation-model/anthropic.a", "arn:aws:bedrock:sa-east-1:123456789012:inference-profile/global.anthropic.a",
				"arn:aws:bedrock:sa-east-1::foundation-model/anthropic.a",
			},
		},
		"a model without a profile is called in its region only": {
			config.Model{Bedrock: "anthropic.a", Region: "us-west-2"},
			[]string{"arn:aws:bedrock:us-west-2::foundation-model/anthropic.a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, test.want, resources(t, test.model))
		})
	}
}

// statements are the policy's statements by their Sid, as "actions on resources".
func statements(t *testing.T, region string, models ...config.Model) map[string][2][]string {
	t.Helper()
	text, err := bedrockPolicy(models, region, account)
	require.NoError(t, err)
	var policy struct {
		Statement []struct {
			Sid              string
			Action, Resource []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &policy))
	found := map[string][2][]string{}
	for _, statement := range policy.Statement {
		found[statement.Sid] = [2][]string{statement.Action, statement.Resource}
	}
	return found
}

// TestCountTokensIsGrantedWhereBedrockHasIt: not in every region, not for every model, and on the model only: LiteLLM asks by its own id.
func TestCountTokensIsGrantedWhereBedrockHasIt(t *testing.T) {
	t.Parallel()
	haiku := config.Model{Name: "haiku", Bedrock: "us.anthropic.claude-haiku-4-5-20251001-v1:0"}
	opus := config.Model{Name: "opus", Bedrock: "us.anthropic.claude-opus-5"}
	require.NotContains(t, statements(t, "us-west-1", haiku, opus), "CountTokens", "us-west-1 has no CountTokens")
	require.NotContains(t, statements(t, "us-east-1", opus), "CountTokens", "Bedrock does not count for Opus 5")
	require.Equal(t, [2][]string{
		{"bedrock:CountTokens"}, {"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"},
	}, statements(t, "us-east-1", haiku, opus)["CountTokens"])
}

func TestRerankIsGrantedWhereAModelReranks(t *testing.T) {
	t.Parallel()
	rerank := config.Model{Name: "rerank", Bedrock: "cohere.rerank-v3-5:0"}
	opus := config.Model{Name: "opus", Bedrock: "us.anthropic.claude-opus-5"}
	require.NotContains(t, statements(t, "us-west-2", opus), "Rerank")
	got := statements(t, "us-west-2", opus, rerank)
	require.Equal(t, [2][]string{{"bedrock:Rerank"}, {"*"}}, got["Rerank"])
	require.Equal(t, [2][]string{{"bedrock:InvokeModel"}, {"arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0"}}, got["RerankModels"])
	require.NotContains(t, got["ConfiguredModels"][1], "arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0", "it cannot be streamed")
	require.NotContains(t, statements(t, "us-west-2", rerank), "ConfiguredModels")
}

func TestBedrockPolicyFollowsTheModelsAndNamesNothingTwice(t *testing.T) {
	t.Parallel()
	b, a := config.Model{Bedrock: "us.b"}, config.Model{Bedrock: "us.a"}
	two := resources(t, b, b)
	require.Len(t, two, 5)
	more := resources(t, b, a, b)
	require.Len(t, more, 10)
	require.Equal(t, two, more[:5], "what was there stays where it was")
}
