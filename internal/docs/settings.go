package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"kong-llm-gateway/config"
)

// schemaEntry is one setting in Pulumi.yaml (Pulumi project file reference, config).
type schemaEntry struct {
	Type        string       `yaml:"type"`
	Items       *schemaItems `yaml:"items,omitempty"`
	Default     any          `yaml:"default"`
	Description string       `yaml:"description"`
}

type schemaItems struct {
	Type string `yaml:"type"`
}

// schema is the config: section of Pulumi.yaml.
func schema() (string, error) {
	section := &yaml.Node{Kind: yaml.MappingNode}
	for _, setting := range config.Table() {
		entry := schemaEntry{Type: setting.Type, Default: setting.Default, Description: setting.Description}
		if setting.Type == "array" {
			entry.Items = &schemaItems{Type: "string"}
			if setting.Key == "models" {
				entry.Items.Type = "object"
			}
		}
		value := &yaml.Node{}
		if err := value.Encode(entry); err != nil {
			return "", fmt.Errorf("schema of %s: %w", setting.Key, err)
		}
		section.Content = append(section.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: setting.Key}, value)
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]*yaml.Node{"config": section}); err != nil {
		return "", fmt.Errorf("render the schema: %w", err)
	}
	return text.String(), nil
}

// settingsTable is README.md's table of every setting.
func settingsTable() (string, error) {
	var text strings.Builder
	text.WriteString("| Key | Default | What it is |\n|---|---|---|\n")
	for _, setting := range config.Table() {
		value, err := json.Marshal(setting.Default)
		if err != nil {
			return "", fmt.Errorf("default of %s: %w", setting.Key, err)
		}
		shown := "`" + strings.Trim(string(value), `"`) + "`"
		switch {
		case setting.Key == "models":
			shown = "Claude Haiku, Sonnet and Opus 4.5"
		case shown == "``" || shown == "`[]`" || shown == "`{}`":
			shown = "none"
		}
		fmt.Fprintf(&text, "| `%s` | %s | %s |\n", setting.Key, shown, setting.Description)
	}
	return text.String(), nil
}
