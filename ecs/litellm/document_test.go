package litellm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"kong-llm-gateway/config"
)

// TestNoLoggerOfLiteLLMsOwnSendsAnything: LiteLLM's loggers take the host that they send their credentials to from the body of a request, also of one
// without a valid key. Prometheus sends nothing.
func TestNoLoggerOfLiteLLMsOwnSendsAnything(t *testing.T) {
	t.Parallel()
	settings := config.Defaults()
	content, err := Config(settings.LiteLLM, settings.Region, settings.Langfuse.Content)
	require.NoError(t, err)
	var document struct {
		Settings map[string]any `yaml:"litellm_settings"`
	}
	require.NoError(t, yaml.Unmarshal(content, &document))
	require.Equal(t, []any{"prometheus", "gateway_traces.logger"}, document.Settings["callbacks"])
	require.Equal(t, []any{}, document.Settings["success_callback"])
	require.Equal(t, []any{}, document.Settings["failure_callback"])
	require.Equal(t, true, document.Settings["global_disable_no_log_param"])
}

// TestAProfileThatLiteLLMDoesNotKnowIsGivenItsRouteAndItsPrice: LiteLLM 1.102.4 has no ca among its geographies, so by itself it takes the id for
// one of an unknown model, calls another API and counts no cost.
func TestAProfileThatLiteLLMDoesNotKnowIsGivenItsRouteAndItsPrice(t *testing.T) {
	t.Parallel()
	settings, err := config.Parse("kong-llm-gateway", "poc", "ca-central-1", map[string]string{
		"models": `[{"name":"nova","bedrock":"ca.amazon.nova-lite-v1:0"},{"name":"haiku","bedrock":"us.anthropic.claude-haiku-4-5-20251001-v1:0"}]`,
	})
	require.NoError(t, err)
	content, err := Config(settings.LiteLLM, settings.Region, settings.Langfuse.Content)
	require.NoError(t, err)
	var document struct {
		Models []struct {
			Params struct{ Model string } `yaml:"litellm_params"`
			Info   map[string]any         `yaml:"model_info"`
		} `yaml:"model_list"`
	}
	require.NoError(t, yaml.Unmarshal(content, &document))
	require.Equal(t, "bedrock/converse/ca.amazon.nova-lite-v1:0", document.Models[0].Params.Model)
	require.Equal(t, "amazon.nova-lite-v1:0", document.Models[0].Info["base_model"])
	require.Equal(t, "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", document.Models[1].Params.Model)
	require.NotContains(t, document.Models[1].Info, "base_model")
}

// TestSpendLogsAreCleanedUpAlsoWhereLiteLLMStopsEveryDay: the first pass comes one interval after the start, and a schedule may leave LiteLLM an hour or two.
func TestSpendLogsAreCleanedUpAlsoWhereLiteLLMStopsEveryDay(t *testing.T) {
	t.Parallel()
	settings := config.Defaults()
	content, err := Config(settings.LiteLLM, settings.Region, settings.Langfuse.Content)
	require.NoError(t, err)
	var document struct {
		Settings map[string]any `yaml:"general_settings"`
	}
	require.NoError(t, yaml.Unmarshal(content, &document))
	text, isText := document.Settings["maximum_spend_logs_retention_interval"].(string)
	require.True(t, isText)
	interval, err := time.ParseDuration(text)
	require.NoError(t, err, "hours or minutes, which both Go and LiteLLM read")
	require.LessOrEqual(t, interval, time.Hour)
}

// TestAModelIsOneDeploymentWhateverItsNames: LiteLLM counts rpm and tpm for each deployment, and would wait a minute before it tells a refusal of its own.
func TestAModelIsOneDeploymentWhateverItsNames(t *testing.T) {
	t.Parallel()
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", map[string]string{"models": `[
		{"name":"limited","bedrock":"us.anthropic.claude-haiku-4-5-20251001-v1:0","aliases":["one","two"],"tpm":1000},
		{"name":"free","bedrock":"us.anthropic.claude-opus-5","aliases":["three"]}]`})
	require.NoError(t, err)
	content, err := Config(settings.LiteLLM, settings.Region, settings.Langfuse.Content)
	require.NoError(t, err)
	var document struct {
		Models []struct {
			Name string `yaml:"model_name"`
		} `yaml:"model_list"`
		Router struct {
			Checks  []string                  `yaml:"optional_pre_call_checks"`
			Aliases map[string]string         `yaml:"model_group_alias"`
			Retries map[string]map[string]int `yaml:"model_group_retry_policy"`
		} `yaml:"router_settings"`
	}
	require.NoError(t, yaml.Unmarshal(content, &document))
	require.Len(t, document.Models, 2)
	require.Equal(t, []string{"enforce_model_rate_limits"}, document.Router.Checks)
	require.Equal(t, map[string]string{"one": "limited", "two": "limited", "three": "free"}, document.Router.Aliases)
	never := map[string]int{"RateLimitErrorRetries": 0, "TimeoutErrorRetries": 0, "DefaultRetries": 0}
	require.Equal(t, map[string]map[string]int{"limited": never, "one": never, "two": never}, document.Router.Retries)
}

// TestBudgetsThatNobodyGaveAreRenderedAndSwitchedOff: LiteLLM takes a budget of 0 for users as none of them may spend anything.
func TestBudgetsThatNobodyGaveAreRenderedAndSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given         map[string]string
		all, duration any
		users         any
	}{
		{nil, 1000, "1mo", map[string]any{"max_budget": 100, "budget_duration": "1mo"}},
		{map[string]string{"litellm.monthlyBudgetUsd": "0", "litellm.userMonthlyBudgetUsd": "0"}, nil, nil, nil},
	} {
		settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", test.given)
		require.NoError(t, err)
		content, err := Config(settings.LiteLLM, settings.Region, settings.Langfuse.Content)
		require.NoError(t, err)
		var document struct {
			Settings map[string]any `yaml:"litellm_settings"`
		}
		require.NoError(t, yaml.Unmarshal(content, &document))
		require.Equal(t, test.all, document.Settings["max_budget"])
		require.Equal(t, test.duration, document.Settings["budget_duration"])
		require.Equal(t, test.users, document.Settings["default_internal_user_params"])
	}
}
