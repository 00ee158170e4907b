package observability

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScrapeConfigFindsEveryTaskByDNSAndHoldsNoKey(t *testing.T) {
	t.Parallel()
	text, err := ScrapeConfig(ScrapeTarget{Host: "litellm.example.internal", Port: 4000, IntervalSeconds: 30}, 120)
	require.NoError(t, err)
	require.Equal(t, `global:
  scrape_interval: 30s
  scrape_timeout: 10s
scrape_configs:
  - job_name: litellm
    metrics_path: /metrics/
    authorization:
      credentials: '%{METRICS_KEY}'
    follow_redirects: false
    dns_sd_configs:
      - names:
          - litellm.example.internal
        type: A
        port: 4000
    metric_relabel_configs:
      - action: drop
        source_labels: [hashed_api_key, api_key_alias]
        regex: '[^;]+;(None)?'
      - action: labeldrop
        regex: client_ip|user_agent|user_email|user_alias|end_user|hashed_api_key|org_id|org_alias
      - action: drop
        source_labels: [__name__]
        regex: litellm_.+_created
  - job_name: victoriametrics
    static_configs:
      - targets:
          - 127.0.0.1:8428
        labels:
          monthly_budget_usd: "120"
`, string(text))
}

func TestScrapeConfigSaysNothingOfABudgetThatIsNotSet(t *testing.T) {
	t.Parallel()
	text, err := ScrapeConfig(ScrapeTarget{Host: "h", Port: 1, IntervalSeconds: 5}, 0)
	require.NoError(t, err)
	require.NotContains(t, string(text), budgetLabel)
	require.Contains(t, string(text), "scrape_timeout: 5s", "a time-out may not exceed the interval")
}

func TestVictoriaMetricsKeepsDataAsLongAsConfigured(t *testing.T) {
	t.Parallel()
	flags := VictoriaMetricsFlags("/data", "/gateway/scrape.yaml", 90)
	require.Contains(t, flags, "-retentionPeriod=90d")
	require.Contains(t, flags, "-storageDataPath=/data")
}
