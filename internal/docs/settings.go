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
func schema(string) (string, error) {
	section := &yaml.Node{Kind: yaml.MappingNode}
	for _, setting := range config.Table() {
		entry := schemaEntry{Type: setting.Type, Default: setting.Default, Description: setting.Description}
		if setting.Type == "array" {
			entry.Items = &schemaItems{Type: "string"}
			if setting.Key == "models" {
				entry.Items.Type = "object"
				entry.Default = []any{} // the program takes an empty list for the models of the region's geography
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
func settingsTable(string) (string, error) {
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
			shown = modelNames()
		case shown == "``" || shown == "`[]`" || shown == "`{}`":
			shown = "none"
		}
		fmt.Fprintf(&text, "| `%s` | %s | %s |\n", setting.Key, shown, setting.Description)
	}
	return text.String(), nil
}

// modelNames are the models of the default.
func modelNames() string {
	var names []string
	for _, model := range config.Defaults().LiteLLM.Models {
		names = append(names, "`"+model.Name+"`")
	}
	return strings.Join(names, ", ")
}

// stackComments is every setting as it would stand in a stack file, commented out. The Pulumi CLI moves comments to the file's end, without
// indentation, and keeps them there.
func stackComments(string) (string, error) {
	groups, order := map[string]string{}, []string{}
	for _, setting := range config.Table() {
		group, name, dotted := strings.Cut(setting.Key, ".")
		key, indent := "kong-llm-gateway:"+setting.Key, "  "
		if dotted {
			key, indent = name, "    "
		}
		if _, known := groups[group]; !known {
			order = append(order, group)
			if dotted {
				groups[group] = "  kong-llm-gateway:" + group + ":\n"
			}
		}
		lines, err := stackLines(key, setting, indent)
		if err != nil {
			return "", err
		}
		groups[group] += lines
	}
	var text strings.Builder
	text.WriteString("# Every setting with its default. To change one: pulumi config set --path <key> <value> (for instance database.multiAz true), or write it under config above.\n# config:\n")
	for _, group := range order {
		for line := range strings.Lines(groups[group]) {
			text.WriteString("# " + line)
		}
	}
	return text.String(), nil
}

// stackLines is one setting in a stack file: its description behind a value of one line, above a longer one.
func stackLines(key string, setting config.Setting, indent string) (string, error) {
	var value yaml.Node
	if err := value.Encode(setting.Default); err != nil {
		return "", fmt.Errorf("default of %s: %w", setting.Key, err)
	}
	content, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key}, &value}})
	if err != nil {
		return "", fmt.Errorf("default of %s: %w", setting.Key, err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	if len(lines) == 1 {
		return indent + lines[0] + " # " + setting.Description + "\n", nil
	}
	return indent + "# " + setting.Description + "\n" + indent + strings.Join(lines, "\n"+indent) + "\n", nil
}
