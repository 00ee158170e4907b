package config

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"
)

// scrapeDocument is VictoriaMetrics' scrape configuration (VictoriaMetrics documentation, sd_configs and scrape_configs).
type scrapeDocument struct {
	Global  scrapeGlobal `yaml:"global"`
	Scrapes []scrapeJob  `yaml:"scrape_configs"`
}

type scrapeGlobal struct {
	Interval string `yaml:"scrape_interval"`
	Timeout  string `yaml:"scrape_timeout"`
}

type scrapeJob struct {
	Name          string               `yaml:"job_name"`
	Path          string               `yaml:"metrics_path,omitempty"`
	Authorization *scrapeAuthorization `yaml:"authorization,omitempty"`
	DNS           []scrapeDNS          `yaml:"dns_sd_configs,omitempty"`
	Static        []scrapeStatic       `yaml:"static_configs,omitempty"`
	Relabel       []scrapeRelabel      `yaml:"metric_relabel_configs,omitempty"`
}

type scrapeAuthorization struct {
	Credentials string `yaml:"credentials"`
}

type scrapeDNS struct {
	Names []string `yaml:"names"`
	Type  string   `yaml:"type"`
	Port  int      `yaml:"port"`
}

type scrapeStatic struct {
	Targets []string `yaml:"targets"`
}

type scrapeRelabel struct {
	Action string `yaml:"action"`
	Regex  string `yaml:"regex"`
}

// ScrapeConfig renders VictoriaMetrics' scrape configuration: every LiteLLM task, found by its name in private DNS, with the key from the environment
// variable METRICS_KEY; and VictoriaMetrics itself on selfAddress (host:port). Labels that identify people beyond user, team, key alias and model are
// dropped, should LiteLLM add one.
func (s *Settings) ScrapeConfig(liteLLMHost string, liteLLMPort int, selfAddress string) ([]byte, error) {
	document := scrapeDocument{
		Global: scrapeGlobal{Interval: "30s", Timeout: "20s"},
		Scrapes: []scrapeJob{
			{
				// The path without the slash is a redirect.
				Name: "litellm", Path: "/metrics/", Authorization: &scrapeAuthorization{Credentials: "%{METRICS_KEY}"},
				DNS:     []scrapeDNS{{Names: []string{liteLLMHost}, Type: "A", Port: liteLLMPort}},
				Relabel: []scrapeRelabel{{Action: "labeldrop", Regex: "client_ip|user_agent|user_email|user_alias|hashed_api_key|end_user"}},
			},
			{Name: "victoriametrics", Static: []scrapeStatic{{Targets: []string{selfAddress}}}},
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
