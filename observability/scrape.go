package observability

import (
	"bytes"
	_ "embed" // the start script below
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"
)

// VictoriaMetricsStart is a POSIX shell script that waits until no other process writes the data directory and then starts
// VictoriaMetrics. Its arguments are the data directory and the command.
//
//go:embed victoriametrics.sh
var VictoriaMetricsStart string

const (
	// VictoriaMetricsPort is where VictoriaMetrics answers queries.
	VictoriaMetricsPort = 8428
	// MetricsKeyVariable is the environment variable of VictoriaMetrics that holds its LiteLLM key.
	MetricsKeyVariable = "METRICS_KEY"
	// scrapeSeconds is how often metrics are read.
	scrapeSeconds = 30
	// budgetLabel carries budget.monthlyUsd on VictoriaMetrics' own series, so that dashboards can compare spend with it:
	// label_value(up{job="victoriametrics"}, "monthly_budget_usd").
	budgetLabel = "monthly_budget_usd"
)

// The types below are the part of VictoriaMetrics' scrape configuration that is used (VictoriaMetrics lib/promscrape/config.go,
// lib/promrelabel/config.go); a runtime test has VictoriaMetrics parse the result strictly.
type (
	scrapeDocument struct {
		Global scrapeGlobal `yaml:"global"`
		Jobs   []scrapeJob  `yaml:"scrape_configs"`
	}
	scrapeGlobal struct {
		Interval string `yaml:"scrape_interval"`
		Timeout  string `yaml:"scrape_timeout"`
	}
	scrapeJob struct {
		Name          string               `yaml:"job_name"`
		MetricsPath   string               `yaml:"metrics_path,omitempty"`
		Authorization *scrapeAuthorization `yaml:"authorization,omitempty"`
		Redirects     *bool                `yaml:"follow_redirects,omitempty"`
		DNS           []scrapeDNS          `yaml:"dns_sd_configs,omitempty"`
		Static        []scrapeStatic       `yaml:"static_configs,omitempty"`
		MetricRelabel []scrapeRelabel      `yaml:"metric_relabel_configs,omitempty"`
	}
	scrapeAuthorization struct {
		Credentials string `yaml:"credentials"`
	}
	scrapeDNS struct {
		Names []string `yaml:"names"`
		Type  string   `yaml:"type"`
		Port  int      `yaml:"port"`
	}
	scrapeStatic struct {
		Targets []string          `yaml:"targets"`
		Labels  map[string]string `yaml:"labels,omitempty"`
	}
	scrapeRelabel struct {
		Action       string   `yaml:"action"`
		SourceLabels []string `yaml:"source_labels,omitempty,flow"`
		Regex        string   `yaml:"regex,omitempty"`
	}
)

// ScrapeTarget is where LiteLLM's tasks are found: every address that the host name has in DNS, on one port.
type ScrapeTarget struct {
	Host string
	Port int
	// IntervalSeconds is how often they are read.
	IntervalSeconds int
}

// peopleLabels identify people or their machines beyond user, team, key alias and model. LiteLLM is told to leave them out where it
// can (prometheus_metrics_config); what is left is cut here, before anything is stored.
const peopleLabels = "client_ip|user_agent|user_email|user_alias|end_user|hashed_api_key|org_id|org_alias"

// ScrapeConfig renders VictoriaMetrics' scrape configuration; budgetUSD is the monthly budget, 0 for none. It holds no secret: the key is named by its environment variable, which
// VictoriaMetrics expands, and it refuses to start where the variable is not set (VictoriaMetrics lib/envtemplate).
func ScrapeConfig(target ScrapeTarget, budgetUSD int) ([]byte, error) {
	redirects := false
	itself := scrapeStatic{Targets: []string{fmt.Sprintf("127.0.0.1:%d", VictoriaMetricsPort)}}
	if budgetUSD > 0 {
		itself.Labels = map[string]string{budgetLabel: strconv.Itoa(budgetUSD)}
	}
	interval := fmt.Sprintf("%ds", target.IntervalSeconds)
	document := scrapeDocument{
		Global: scrapeGlobal{Interval: interval, Timeout: fmt.Sprintf("%ds", min(target.IntervalSeconds, 10))},
		Jobs: []scrapeJob{
			{
				Name: "litellm",
				// LiteLLM answers the bare /metrics with a redirect.
				MetricsPath: "/metrics/",
				// The key goes to LiteLLM's tasks and nowhere else.
				Redirects:     &redirects,
				Authorization: &scrapeAuthorization{Credentials: "%{" + MetricsKeyVariable + "}"},
				DNS:           []scrapeDNS{{Names: []string{target.Host}, Type: "A", Port: target.Port}},
				MetricRelabel: []scrapeRelabel{
					// Without their hash, two keys that have no alias would be one series with two values.
					{Action: "drop", SourceLabels: []string{"hashed_api_key", "api_key_alias"}, Regex: "[^;]+;(None)?"},
					{Action: "labeldrop", Regex: peopleLabels},
					// When a series began is no use to anyone.
					{Action: "drop", SourceLabels: []string{"__name__"}, Regex: "litellm_.+_created"},
				},
			},
			{Name: "victoriametrics", Static: []scrapeStatic{itself}},
		},
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("render the scrape configuration: %w", err)
	}
	return text.Bytes(), nil
}

// VictoriaMetricsFlags are VictoriaMetrics' command-line flags: where the data and the scrape configuration are, and how much memory and
// how long a retention there is (VictoriaMetrics documentation, list of command-line flags).
func VictoriaMetricsFlags(directory, scrapeConfig string, retentionDays int) []string {
	return []string{
		"-storageDataPath=" + directory,
		"-promscrape.config=" + scrapeConfig,
		"-promscrape.config.strictParse=true",
		fmt.Sprintf("-retentionPeriod=%dd", retentionDays),
		fmt.Sprintf("-httpListenAddr=:%d", VictoriaMetricsPort),
		"-memory.allowedPercent=50",
		// LiteLLM's page grows with users and models.
		"-promscrape.maxScrapeSize=16MiB",
		"-promscrape.dnsSDCheckInterval=15s",
		"-loggerFormat=json",
	}
}
