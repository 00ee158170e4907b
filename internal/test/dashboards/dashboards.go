// Package dashboards reads Grafana's files strictly: what they may hold is typed here, and an unknown field in provisioning is an error.
package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"kong-llm-gateway/grafana"
)

// The part of a dashboard that is checked.
type (
	// Dashboard is one dashboard.
	Dashboard struct {
		UID           string  `json:"uid"`
		Title         string  `json:"title"`
		Description   string  `json:"description"`
		SchemaVersion int     `json:"schemaVersion"`
		Panels        []Panel `json:"panels"`
		Templating    struct {
			List []Variable `json:"list"`
		} `json:"templating"`
	}
	// Variable is a template variable.
	Variable struct {
		Name       string `json:"name"`
		Definition string `json:"definition"`
		Datasource Source `json:"datasource"`
	}
	// Source names a data source.
	Source struct {
		UID string `json:"uid"`
	}
	// Panel is one panel, or a row.
	Panel struct {
		ID          int      `json:"id"`
		Type        string   `json:"type"`
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Datasource  Source   `json:"datasource"`
		Targets     []Target `json:"targets"`
		FieldConfig struct {
			Defaults struct {
				Unit       string `json:"unit"`
				Thresholds struct {
					Steps []any `json:"steps"`
				} `json:"thresholds"`
				Links []Link `json:"links"`
			} `json:"defaults"`
		} `json:"fieldConfig"`
	}
	// Target is one query of a panel.
	Target struct {
		RefID      string `json:"refId"`
		Expr       string `json:"expr"`
		Datasource Source `json:"datasource"`
	}
	// Link is a data link.
	Link struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	}
)

// The provisioning files (Grafana documentation, provision Grafana; file provisioning of alerting resources).
type (
	// Datasources is a data source file.
	Datasources struct {
		APIVersion  int  `yaml:"apiVersion"`
		Prune       bool `yaml:"prune"`
		Datasources []struct {
			Name      string         `yaml:"name"`
			UID       string         `yaml:"uid"`
			Type      string         `yaml:"type"`
			Access    string         `yaml:"access"`
			URL       string         `yaml:"url"`
			IsDefault bool           `yaml:"isDefault"`
			Editable  bool           `yaml:"editable"`
			JSONData  map[string]any `yaml:"jsonData"`
		} `yaml:"datasources"`
	}
	// Providers is a dashboard provider file.
	Providers struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name                  string `yaml:"name"`
			OrgID                 int    `yaml:"orgId"`
			Folder                string `yaml:"folder"`
			FolderUID             string `yaml:"folderUid"`
			Type                  string `yaml:"type"`
			DisableDeletion       bool   `yaml:"disableDeletion"`
			AllowUIUpdates        bool   `yaml:"allowUiUpdates"`
			UpdateIntervalSeconds int    `yaml:"updateIntervalSeconds"`
			Options               struct {
				Path string `yaml:"path"`
			} `yaml:"options"`
		} `yaml:"providers"`
	}
	// ContactPoints is a contact point file.
	ContactPoints struct {
		APIVersion    int `yaml:"apiVersion"`
		ContactPoints []struct {
			OrgID     int    `yaml:"orgId"`
			Name      string `yaml:"name"`
			Receivers []struct {
				UID                   string `yaml:"uid"`
				Type                  string `yaml:"type"`
				DisableResolveMessage bool   `yaml:"disableResolveMessage"`
				Settings              struct {
					TopicARN string `yaml:"topic_arn"`
					Subject  string `yaml:"subject"`
					SigV4    struct {
						Region string `yaml:"region"`
					} `yaml:"sigv4"`
				} `yaml:"settings"`
			} `yaml:"receivers"`
		} `yaml:"contactPoints"`
	}
	// Policies is a notification policy file.
	Policies struct {
		APIVersion int `yaml:"apiVersion"`
		Policies   []struct {
			OrgID          int      `yaml:"orgId"`
			Receiver       string   `yaml:"receiver"`
			GroupBy        []string `yaml:"group_by"`
			GroupWait      string   `yaml:"group_wait"`
			GroupInterval  string   `yaml:"group_interval"`
			RepeatInterval string   `yaml:"repeat_interval"`
		} `yaml:"policies"`
	}
	// Rules is an alert rule file.
	Rules struct {
		APIVersion int `yaml:"apiVersion"`
		Groups     []struct {
			OrgID    int    `yaml:"orgId"`
			Name     string `yaml:"name"`
			Folder   string `yaml:"folder"`
			Interval string `yaml:"interval"`
			Rules    []Rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	// Rule is one alert rule.
	Rule struct {
		UID       string `yaml:"uid"`
		Title     string `yaml:"title"`
		Condition string `yaml:"condition"`
		Data      []struct {
			RefID             string `yaml:"refId"`
			RelativeTimeRange struct {
				From int `yaml:"from"`
				To   int `yaml:"to"`
			} `yaml:"relativeTimeRange"`
			DatasourceUID string `yaml:"datasourceUid"`
			Model         struct {
				RefID      string           `yaml:"refId"`
				Instant    bool             `yaml:"instant"`
				Range      bool             `yaml:"range"`
				Expr       string           `yaml:"expr"`
				Type       string           `yaml:"type"`
				Expression string           `yaml:"expression"`
				Conditions []map[string]any `yaml:"conditions"`
			} `yaml:"model"`
		} `yaml:"data"`
		For          string            `yaml:"for"`
		NoDataState  string            `yaml:"noDataState"`
		ExecErrState string            `yaml:"execErrState"`
		Annotations  map[string]string `yaml:"annotations"`
		Labels       map[string]string `yaml:"labels"`
	}
)

// Query is a query as VictoriaMetrics gets it, and where it comes from.
type Query struct{ Where, Expr string }

// All reads every dashboard.
func All() ([]Dashboard, error) {
	files, err := grafana.Read()
	if err != nil {
		return nil, err
	}
	var all []Dashboard
	for _, file := range files {
		if !strings.HasPrefix(file.Path, "dashboards/") {
			continue
		}
		var one Dashboard
		if err := json.Unmarshal(file.Content, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Path, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// Provisioning decodes one provisioning file; an unknown field is an error.
func Provisioning(path string, into any) error {
	files, err := grafana.Read()
	if err != nil {
		return err
	}
	for _, file := range files {
		if file.Path == "provisioning/"+path {
			decoder := yaml.NewDecoder(bytes.NewReader(file.Content))
			decoder.KnownFields(true)
			return decoder.Decode(into)
		}
	}
	return fmt.Errorf("no file %s", path)
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// Queries are the queries of every panel, variable and alert rule, with the variables filled in.
func Queries() ([]Query, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	fill := strings.NewReplacer("$__rate_interval", "1m", "$__range", "5m", "$model", ".*", "$user", ".*", "$team", ".*")
	var queries []Query
	for _, one := range all {
		for _, panel := range one.Panels {
			for _, target := range panel.Targets {
				queries = append(queries, Query{one.UID + ": " + panel.Title + " " + target.RefID, fill.Replace(target.Expr)})
			}
		}
		for _, variable := range one.Templating.List {
			parts := labelValues.FindStringSubmatch(variable.Definition)
			if parts == nil {
				return nil, fmt.Errorf("%s: variable %s: not a label_values query: %s", one.UID, variable.Name, variable.Definition)
			}
			queries = append(queries, Query{one.UID + ": variable " + variable.Name, fmt.Sprintf("count by (%s) (%s{%s!=\"\"})", parts[2], parts[1], parts[2])})
		}
	}
	var rules Rules
	if err := Provisioning("alerting/rules.yaml", &rules); err != nil {
		return nil, err
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			for _, data := range rule.Data {
				if data.Model.Expr != "" {
					queries = append(queries, Query{"alert: " + rule.UID, data.Model.Expr})
				}
			}
		}
	}
	return queries, nil
}
