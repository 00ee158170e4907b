package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDefaultModelsFollowTheRegionsGeography holds a default stack in every region: it is valid, and its models are of the region's geography.
func TestDefaultModelsFollowTheRegionsGeography(t *testing.T) {
	t.Parallel()
	want := map[string]string{"us-west-1": "us", "ca-central-1": "us", "eu-central-1": "eu", "eu-west-2": "eu", "ap-northeast-1": "jp", "ap-southeast-2": "au", "sa-east-1": "global", "ap-south-1": "global"}
	for _, region := range Regions() {
		got, err := Parse(project, "poc", region, nil)
		require.NoError(t, err)
		require.Len(t, got.LiteLLM.Models, 3)
		for _, model := range got.LiteLLM.Models {
			prefix, _, _ := strings.Cut(model.Bedrock, ".")
			if wanted := want[region]; wanted != "" {
				require.Equal(t, wanted, prefix, "%s in %s", model.Bedrock, region)
			}
		}
	}
}

// TestAnEmptyListOfModelsIsTheDefault is how Pulumi.yaml leaves the models to the region.
func TestAnEmptyListOfModelsIsTheDefault(t *testing.T) {
	t.Parallel()
	got, err := Parse(project, "poc", "eu-central-1", map[string]string{"models": "[]"})
	require.NoError(t, err)
	require.Equal(t, defaultModels("eu-central-1"), got.LiteLLM.Models)
}

func TestAModelIsHeldAgainstTheRegionItIsCalledIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stack, model, region string
		says                 []string // empty: accepted
	}{
		"us in Frankfurt":          {"eu-central-1", "us.anthropic.claude-opus-5", "", []string{"eu-central-1", "eu, global", "us-west-1"}},
		"us in Canada":             {"ca-central-1", "us.anthropic.claude-opus-5", "", nil},
		"ca in Canada":             {"ca-central-1", "ca.amazon.nova-lite-v1:0", "", nil},
		"ca in the US":             {"us-west-1", "ca.amazon.nova-lite-v1:0", "", []string{"us, global", "ca-central-1"}},
		"global anywhere":          {"me-south-1", "global.anthropic.claude-opus-5", "", nil},
		"us by the model's region": {"eu-central-1", "us.anthropic.claude-opus-5", "us-east-1", nil},
		"eu by the model's region": {"eu-central-1", "eu.anthropic.claude-opus-5", "us-east-1", []string{"us-east-1", "us, global"}},
		"jp in Tokyo":              {"ap-northeast-1", "jp.anthropic.claude-opus-5", "", nil},
		"jp in Seoul":              {"ap-northeast-2", "jp.anthropic.claude-opus-5", "", []string{"apac, global", "ap-northeast-3"}},
		"au in Sydney":             {"ap-southeast-2", "au.anthropic.claude-opus-5", "", nil},
		"apac in Mumbai":           {"ap-south-1", "apac.amazon.nova-lite-v1:0", "", nil},
		"government":               {"us-west-1", "us-gov.anthropic.claude-opus-5", "", []string{"us, global", "us-gov-west-1"}},
		"unknown geography":        {"us-west-1", "mars.anthropic.claude-opus-5", "", []string{"us, eu, apac, jp, au, ca, us-gov, global"}},
		"no profile":               {"us-west-2", "deepseek.v3.2", "", nil},
		"provider of no profile":   {"us-west-2", "zai.glm-4.7", "", nil},
		"provider nobody knows":    {"us-west-2", "newcomer.model-v1:0", "", []string{"has a price for"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(project, "poc", test.stack, map[string]string{"models": `[{"name":"a","bedrock":"` + test.model + `","region":"` + test.region + `"}]`})
			if len(test.says) == 0 {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "models[0].bedrock = "+test.model+": ")
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

// TestEveryModelOutsideItsGeographyIsToldAtOnce is the stack that only moved to another region.
func TestEveryModelOutsideItsGeographyIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse(project, "poc", "eu-central-1", map[string]string{
		"models": `[{"name":"a","bedrock":"us.anthropic.claude-opus-5"},{"name":"b","bedrock":"us.anthropic.claude-sonnet-5"},{"name":"c","bedrock":"eu.anthropic.claude-haiku-4-5-20251001-v1:0"}]`,
	})
	require.ErrorContains(t, err, "2 settings need your attention")
	require.ErrorContains(t, err, "models[0].bedrock")
	require.ErrorContains(t, err, "models[1].bedrock")
}

// TestTheGeographiesTableHoldsTogether keeps typing mistakes out: regions that exist, defaults among the sources, each region with at most one default.
func TestTheGeographiesTableHoldsTogether(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, g := range geographies {
		for _, region := range g.defaults {
			require.Contains(t, g.sources, region)
			require.Empty(t, seen[region], "%s is %s already", region, seen[region])
			seen[region] = g.prefix
		}
		for _, region := range slices.Concat(g.sources, g.destinations) {
			require.True(t, slices.Contains(regions, region) || slices.Contains([]string{"ca-west-1", "us-gov-east-1", "us-gov-west-1"}, region), region)
		}
	}
}
