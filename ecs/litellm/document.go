package litellm

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"kong-llm-gateway/config"
)

// The keys below were read in the source of LiteLLM 1.102.4 (litellm/proxy/proxy_server.py, litellm/proxy/_types.py, litellm/router.py,
// litellm/types/integrations/prometheus.py); the runtime tests start that release with the rendered document.

// document is LiteLLM's configuration file.
type document struct {
	ModelList       []modelEntry    `yaml:"model_list"`
	LiteLLMSettings proxySettings   `yaml:"litellm_settings"`
	GeneralSettings generalSettings `yaml:"general_settings"`
	RouterSettings  routerSettings  `yaml:"router_settings"`
}

type modelEntry struct {
	ModelName string     `yaml:"model_name"`
	Params    parameters `yaml:"litellm_params"`
	Info      modelInfo  `yaml:"model_info,omitempty"`
}

// modelInfo is what LiteLLM cannot tell from a model's id.
type modelInfo struct {
	// BaseModel is the id whose price LiteLLM's map has.
	BaseModel string `yaml:"base_model,omitempty"`
	// BedrockCountsTokens is read by tokencounter.py.
	BedrockCountsTokens bool `yaml:"bedrock_counts_tokens,omitempty"`
	// NoHealthCheck and generalSettings.SkipHealthChecks together keep GET /health, which any key may call, from calling the model.
	NoHealthCheck bool `yaml:"disable_background_health_check"`
}

type parameters struct {
	Model              string  `yaml:"model"`
	Region             string  `yaml:"aws_region_name"`
	RPM                int     `yaml:"rpm,omitempty"`
	TPM                int     `yaml:"tpm,omitempty"`
	InputCostPerToken  float64 `yaml:"input_cost_per_token,omitempty"`
	OutputCostPerToken float64 `yaml:"output_cost_per_token,omitempty"`
	// LiteLLM counts cached tokens apart from the others, and without prices of their own as free (litellm 1.102.4,
	// litellm/litellm_core_utils/llm_cost_calc/utils.py); what is kept for an hour has a price of its own there.
	CacheReadCostPerToken  float64 `yaml:"cache_read_input_token_cost,omitempty"`
	CacheWriteCostPerToken float64 `yaml:"cache_creation_input_token_cost,omitempty"`
	CacheHourCostPerToken  float64 `yaml:"cache_creation_input_token_cost_above_1hr,omitempty"`
}

type proxySettings struct {
	Callbacks             []string          `yaml:"callbacks"`
	SuccessCallback       []string          `yaml:"success_callback"`
	FailureCallback       []string          `yaml:"failure_callback"`
	MetricsAuth           bool              `yaml:"require_auth_for_metrics_endpoint"`
	BudgetMetrics         bool              `yaml:"prometheus_initialize_budget_metrics"`
	Metrics               []prometheusGroup `yaml:"prometheus_metrics_config"`
	RequestTimeout        int               `yaml:"request_timeout"`
	NumRetries            int               `yaml:"num_retries"`
	DropParams            bool              `yaml:"drop_params"`
	JSONLogs              bool              `yaml:"json_logs"`
	TurnOffMessageLogging bool              `yaml:"turn_off_message_logging"`
	DisableNoLog          bool              `yaml:"global_disable_no_log_param"`
	// NoUserAgentTags: else each call's user agent is a tag of its row and a row of its own in the sums per tag, as the client words it (litellm 1.102.4,
	// litellm/litellm_core_utils/litellm_logging.py, _get_user_agent_tags).
	NoUserAgentTags bool             `yaml:"disable_add_user_agent_to_request_tags"`
	CustomProviders []customProvider `yaml:"custom_provider_map"`
	KeyGeneration   keyGeneration    `yaml:"key_generation_settings"`
	// MaxBudget and BudgetDuration are the whole proxy's. LiteLLM adds each call's cost to the user litellm-proxy-budget, by which it judges
	// (litellm 1.102.4, litellm/proxy/auth/auth_checks.py, _global_proxy_budget_check).
	MaxBudget      int           `yaml:"max_budget,omitempty"`
	BudgetDuration string        `yaml:"budget_duration,omitempty"`
	UserDefaults   *userDefaults `yaml:"default_internal_user_params,omitempty"`
}

// keyGeneration says who makes keys (litellm 1.102.4, litellm/proxy/management_endpoints/key_management_endpoints.py, key_generation_check).
// Without it a user's key, whatever its limits, makes keys of that user without any.
type keyGeneration struct {
	Personal struct {
		Roles []string `yaml:"allowed_user_roles"`
	} `yaml:"personal_key_generation"`
	Team struct {
		Roles []string `yaml:"allowed_team_member_roles"`
	} `yaml:"team_key_generation"`
}

// byAdministrators leaves the making of keys to the master key.
func byAdministrators() keyGeneration {
	var rule keyGeneration
	rule.Personal.Roles, rule.Team.Roles = []string{"proxy_admin"}, []string{}
	return rule
}

// userDefaults are what a user gets who is made without it, unless an administrator (litellm 1.102.4,
// litellm/proxy/management_endpoints/internal_user_endpoints.py, _update_internal_new_user_params). max_internal_user_budget would be
// given only to those made with the role internal_user.
type userDefaults struct {
	MaxBudget      int    `yaml:"max_budget"`
	BudgetDuration string `yaml:"budget_duration"`
}

// customProvider names a Python object beside the configuration, as module.object.
type customProvider struct {
	Provider string `yaml:"provider"`
	Handler  string `yaml:"custom_handler"`
}

// handler has LiteLLM load a file of ours, as the handler of a provider that no model uses.
func handler(file string) customProvider {
	module := strings.TrimSuffix(file, ".py")
	return customProvider{Provider: "unused_" + module, Handler: module + ".unused"}
}

// prometheusGroup keeps the named labels, and no others, on the named metrics.
type prometheusGroup struct {
	Group   string   `yaml:"group"`
	Metrics []string `yaml:"metrics"`
	Labels  []string `yaml:"include_labels,omitempty"`
}

type generalSettings struct {
	MasterKey          string `yaml:"master_key"`
	DatabasePool       int    `yaml:"database_connection_pool_limit"`
	BatchWriteSeconds  int    `yaml:"proxy_batch_write_at"`
	KeyCacheSeconds    int    `yaml:"user_api_key_cache_ttl"`
	SpendLogsRetention string `yaml:"maximum_spend_logs_retention_period"`
	SpendLogsInterval  string `yaml:"maximum_spend_logs_retention_interval"`
	StoreModelInDB     bool   `yaml:"store_model_in_db"`
	SkipHealthChecks   bool   `yaml:"health_check_skip_disabled_background_models"`
	MaxRequests        int    `yaml:"max_in_flight_requests_per_worker"`
}

type routerSettings struct {
	RoutingStrategy string         `yaml:"routing_strategy"`
	Timeout         int            `yaml:"timeout"`
	StreamTimeout   int            `yaml:"stream_timeout"`
	NumRetries      int            `yaml:"num_retries"`
	RetryPolicy     map[string]int `yaml:"retry_policy"`
	// PreCallChecks makes rpm and tpm of a deployment limits; without it simple-shuffle takes them for weights (litellm 1.102.4,
	// litellm/router_utils/pre_call_checks/model_rate_limit_check.py and litellm/router_strategy/simple_shuffle.py). Each process counts for itself.
	PreCallChecks []string `yaml:"optional_pre_call_checks"`
	// Aliases are further names, each with the model that it stands for, so that they share its limits (litellm/router.py, _get_model_from_alias).
	Aliases map[string]string `yaml:"model_group_alias,omitempty"`
	// ModelRetryPolicy is RetryPolicy for single models, by each of their names.
	ModelRetryPolicy map[string]map[string]int `yaml:"model_group_retry_policy,omitempty"`
}

// retryPolicy calls a model again after a throttled call (429), which Bedrock refuses at once, and after nothing else. After a time-out
// the client has its 504 already, or nearly, and each further call would be paid for and answered to nobody. 500 and 503, which LiteLLM takes
// for one kind, may come as late as an answer; clients' SDKs try those again themselves.
// Names: litellm 1.102.4, litellm/types/router.py, RetryPolicy. DefaultRetries is for every kind that is not named.
var retryPolicy = map[string]int{"RateLimitErrorRetries": config.LiteLLMRetries, "TimeoutErrorRetries": 0, "DefaultRetries": 0}

// limitedRetryPolicy is for models with rpm or tpm: LiteLLM's own refusal says retry-after 60, so a retry would keep the client waiting for a minute,
// and it cannot be told from Bedrock's 429 (litellm 1.102.4, litellm/router.py, async_function_with_retries and _time_to_sleep_before_retry).
var limitedRetryPolicy = map[string]int{"RateLimitErrorRetries": 0, "TimeoutErrorRetries": 0, "DefaultRetries": 0}

const (
	// streamTimeoutSeconds bounds a streamed call; the edge lets it live as long as a byte arrives in each read time-out.
	streamTimeoutSeconds = 600
	// spendLogsInterval is how often rows older than their retention are deleted. LiteLLM's first pass comes one interval after its start
	// (litellm 1.102.4, litellm/proxy/proxy_server.py, spend_log_cleanup_job; an interval job of APScheduler), so with a day a process that
	// stops every evening never makes one. A pass over an indexed date that finds nothing costs little.
	spendLogsInterval = "1h"
	// maxRequests is how many requests, streams among them, one worker process handles at once; as many more wait for a second and then get 503 with
	// retry-after (litellm 1.102.4, litellm/proxy/middleware/admission_control_middleware.py). A stream with a prompt of 200 kB was seen to take 1.2 MB.
	maxRequests = 400
	// batchWriteSeconds is how often spend is written; LiteLLM's production notes advise 60 (docs/proxy/prod.md).
	batchWriteSeconds = 60
	// KeyCacheSeconds is how long a LiteLLM process believes what it read of a key, a user or the proxy's spend, so how long a key that was blocked
	// through another process still works. LiteLLM's own is 60 (litellm 1.102.4, litellm/proxy/proxy_server.py, UserAPIKeyCacheTTLEnum).
	KeyCacheSeconds = 10
	// aMonth ends with the calendar's, in UTC (litellm 1.102.4, litellm/litellm_core_utils/duration_parser.py).
	aMonth = "1mo"
)

// keptMetrics are the metrics the dashboards and alerts read, with the labels they keep. Client addresses, user agents, e-mail
// addresses and hashes of keys are left out: metrics identify people by user, team, key alias and model only.
var keptMetrics = []prometheusGroup{
	{
		Group:   "usage",
		Metrics: []string{"litellm_spend_metric", "litellm_input_tokens_metric", "litellm_output_tokens_metric", "litellm_total_tokens_metric"},
		Labels:  []string{"user", "team", "team_alias", "api_key_alias", "model", "requested_model"},
	},
	{
		Group:   "requests",
		Metrics: []string{"litellm_proxy_total_requests_metric"},
		Labels:  []string{"user", "team", "team_alias", "api_key_alias", "requested_model", "status_code"},
	},
	{
		Group:   "failures",
		Metrics: []string{"litellm_proxy_failed_requests_metric"},
		Labels:  []string{"user", "team", "team_alias", "api_key_alias", "requested_model", "exception_status", "exception_class"},
	},
	{
		Group: "latency",
		Metrics: []string{
			"litellm_request_total_latency_metric", "litellm_llm_api_latency_metric", "litellm_llm_api_time_to_first_token_metric",
		},
		Labels: []string{"requested_model", "model"},
	},
	{
		Group:   "overhead",
		Metrics: []string{"litellm_overhead_latency_metric"},
		Labels:  []string{"model_group"},
	},
	{
		Group:   "deployments",
		Metrics: []string{"litellm_deployment_total_requests", "litellm_deployment_success_responses"},
		Labels:  []string{"litellm_model_name", "requested_model"},
	},
	{
		Group:   "deployment failures",
		Metrics: []string{"litellm_deployment_failure_responses"},
		Labels:  []string{"litellm_model_name", "requested_model", "exception_status", "exception_class"},
	},
	{
		Group:   "queue",
		Metrics: []string{"litellm_request_queue_time_seconds"},
		Labels:  []string{"requested_model"},
	},
	{
		Group:   "as they are",
		Metrics: []string{"litellm_deployment_state", "litellm_deployment_cooled_down", "litellm_in_flight_requests", "litellm_callback_logging_failures_metric"},
	},
	{
		Group:   "user budgets",
		Metrics: []string{"litellm_remaining_user_budget_metric", "litellm_user_max_budget_metric", "litellm_user_budget_remaining_hours_metric"},
		Labels:  []string{"user"},
	},
	{
		Group:   "team budgets",
		Metrics: []string{"litellm_remaining_team_budget_metric", "litellm_team_max_budget_metric", "litellm_team_budget_remaining_hours_metric"},
		Labels:  []string{"team", "team_alias"},
	},
	{
		Group:   "key budgets",
		Metrics: []string{"litellm_remaining_api_key_budget_metric", "litellm_api_key_max_budget_metric", "litellm_api_key_budget_remaining_hours_metric"},
		Labels:  []string{"api_key_alias"},
	},
}

// Config renders LiteLLM's configuration file for a stack in the region; content says how much of a conversation is sent to Langfuse. Traces go to Langfuse by a logger of ours alone: LiteLLM's own takes host and credentials from
// the body of a request, also of one without a valid key. It holds no secret: those are named by the environment variable they arrive in.
func Config(settings config.LiteLLM, region string, content config.LangfuseContent) ([]byte, error) {
	rendered := document{
		LiteLLMSettings: proxySettings{
			Callbacks:             []string{"prometheus", tracesCallback},
			SuccessCallback:       []string{},
			FailureCallback:       []string{},
			MetricsAuth:           true,
			BudgetMetrics:         true,
			Metrics:               keptMetrics,
			RequestTimeout:        config.RequestTimeoutSeconds,
			NumRetries:            config.LiteLLMRetries,
			DropParams:            true,
			JSONLogs:              true,
			TurnOffMessageLogging: content == config.ContentNone,
			DisableNoLog:          true,
			NoUserAgentTags:       true,
			KeyGeneration:         byAdministrators(),
			CustomProviders:       []customProvider{handler(TokenCounterFile), handler(requestsFile), handler(stopFile)},
		},
		GeneralSettings: generalSettings{
			MasterKey:          "os.environ/LITELLM_MASTER_KEY",
			DatabasePool:       settings.DatabasePool,
			BatchWriteSeconds:  batchWriteSeconds,
			KeyCacheSeconds:    KeyCacheSeconds,
			SpendLogsRetention: fmt.Sprintf("%dd", settings.SpendLogRetentionDays),
			SpendLogsInterval:  spendLogsInterval,
			SkipHealthChecks:   true,
			MaxRequests:        maxRequests,
		},
		RouterSettings: routerSettings{
			RoutingStrategy: "simple-shuffle", Timeout: config.RequestTimeoutSeconds, StreamTimeout: streamTimeoutSeconds, NumRetries: config.LiteLLMRetries,
			RetryPolicy:   retryPolicy,
			PreCallChecks: []string{"enforce_model_rate_limits"},
			Aliases:       map[string]string{}, ModelRetryPolicy: map[string]map[string]int{},
		},
	}
	if settings.MonthlyBudgetUSD > 0 {
		rendered.LiteLLMSettings.MaxBudget, rendered.LiteLLMSettings.BudgetDuration = settings.MonthlyBudgetUSD, aMonth
	}
	if settings.UserMonthlyBudgetUSD > 0 {
		rendered.LiteLLMSettings.UserDefaults = &userDefaults{MaxBudget: settings.UserMonthlyBudgetUSD, BudgetDuration: aMonth}
	}
	for _, model := range settings.Models {
		rendered.ModelList = append(rendered.ModelList, modelEntry{ModelName: model.Name, Params: parametersOf(model, region), Info: infoOf(model, region)})
		for _, alias := range model.Aliases {
			rendered.RouterSettings.Aliases[alias] = model.Name
		}
		for _, name := range append([]string{model.Name}, model.Aliases...) {
			if model.RPM > 0 || model.TPM > 0 {
				rendered.RouterSettings.ModelRetryPolicy[name] = limitedRetryPolicy
			}
		}
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(rendered); err != nil {
		return nil, fmt.Errorf("render LiteLLM's configuration: %w", err)
	}
	return text.Bytes(), nil
}

func parametersOf(model config.Model, region string) parameters {
	const perMillion = 1e6
	call := model.Call(region)
	cacheWrite := cmp.Or(model.CacheWriteCostPerMTok, model.InputCostPerMTok) / perMillion
	return parameters{
		Model: "bedrock/" + call.Route + call.ID, Region: call.Region, RPM: model.RPM, TPM: model.TPM,
		InputCostPerToken: model.InputCostPerMTok / perMillion, OutputCostPerToken: model.OutputCostPerMTok / perMillion,
		CacheReadCostPerToken: cmp.Or(model.CacheReadCostPerMTok, model.InputCostPerMTok) / perMillion, CacheWriteCostPerToken: cacheWrite, CacheHourCostPerToken: cacheWrite,
	}
}

// infoOf names the model whose price counts, where LiteLLM does not know the profile's geography, and says whether Bedrock counts its tokens.
func infoOf(model config.Model, region string) modelInfo {
	call := model.Call(region)
	info := modelInfo{BedrockCountsTokens: bedrockCounts(call), NoHealthCheck: true}
	if call.Route != "" {
		info.BaseModel = call.Model
	}
	return info
}
