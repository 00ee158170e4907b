package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// project is the Pulumi project's name, the namespace of its keys.
const project = "kong-llm-gateway"

// ReadFile reads the settings of a stack file (Pulumi.<stack>.yaml), without Pulumi and without a deploy. The error names every problem at once.
func ReadFile(path string, list Lister) (*Settings, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the file the user names
	if err != nil {
		return nil, fmt.Errorf("read the stack file: %w", err)
	}
	var document struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	values, provider := map[string]string{}, map[string]string{}
	for key, value := range document.Config {
		if value == nil || encrypted(value) {
			continue // not set, or only the CLI can read it: the default stands in
		}
		shown := fmt.Sprint(value)
		switch value.(type) {
		case map[string]any, []any:
			encoded, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("read %s: %s: %w", path, key, err)
			}
			shown = string(encoded)
		}
		if own, found := strings.CutPrefix(key, "aws:"); found {
			provider[own] = shown
		} else if own, found := strings.CutPrefix(key, project+":"); found || !strings.Contains(key, ":") {
			values[own] = shown // the CLI takes a key without a namespace for the project's own
		}
	}
	stack, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), "Pulumi."), ".")
	settings, err := ParseStack(project, stack, provider, flatten(values), list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return settings, nil
}

// encrypted says whether a value is one that `pulumi config set --secret` wrote.
func encrypted(value any) bool {
	members, isMap := value.(map[string]any)
	_, secure := members["secure"]
	return isMap && secure && len(members) == 1
}
