package sim

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// unknown stands, in plain values, for what a preview cannot know.
type unknown struct{}

// plain turns a property value into what JSON has, without the wrappers of Pulumi; unknown values stay unknown.
func plain(value resource.PropertyValue) any {
	switch {
	case value.IsSecret():
		return plain(value.SecretValue().Element)
	case value.IsOutput():
		if output := value.OutputValue(); output.Known {
			return plain(output.Element)
		}
		return unknown{}
	case value.IsComputed():
		return unknown{}
	case value.IsArray():
		list := make([]any, 0, len(value.ArrayValue()))
		for _, item := range value.ArrayValue() {
			list = append(list, plain(item))
		}
		return list
	case value.IsObject():
		return plainMap(value.ObjectValue())
	case value.IsAsset():
		asset := value.AssetValue()
		return map[string]any{"hash": asset.Hash, "text": asset.Text}
	case value.IsResourceReference():
		return string(value.ResourceReferenceValue().URN)
	case value.IsNull():
		return nil
	}
	return value.V
}

func plainMap(values resource.PropertyMap) map[string]any {
	out := make(map[string]any, len(values))
	for key, value := range values {
		if p := plain(value); p != nil && !strings.HasPrefix(string(key), "__") {
			out[string(key)] = p
		}
	}
	return out
}

// wrap is the way back from plain values.
func wrap(value any) resource.PropertyValue {
	switch value := value.(type) {
	case unknown:
		return resource.MakeComputed(resource.NewStringProperty(""))
	case map[string]any:
		out := resource.PropertyMap{}
		for key, item := range value {
			out[resource.PropertyKey(key)] = wrap(item)
		}
		return resource.NewObjectProperty(out)
	case []any:
		list := make([]resource.PropertyValue, 0, len(value))
		for _, item := range value {
			list = append(list, wrap(item))
		}
		return resource.NewArrayProperty(list)
	case string:
		return resource.NewStringProperty(value)
	case bool:
		return resource.NewBoolProperty(value)
	case float64:
		return resource.NewNumberProperty(value)
	case int:
		return resource.NewNumberProperty(float64(value))
	}
	return resource.NewNullProperty()
}

// zero tells whether a value is what the provider keeps for "not set".
func zero(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case bool:
		return !value
	case float64:
		return value == 0
	case []any:
		return len(value) == 0
	case map[string]any:
		for _, item := range value {
			if !zero(item) {
				return false
			}
		}
		return true
	}
	return false
}

// at collects the values under a dotted path; lists on the way are walked.
func at(value any, path string) []any {
	if list, ok := value.([]any); ok {
		var found []any
		for _, item := range list {
			found = append(found, at(item, path)...)
		}
		return found
	}
	if path == "" {
		if value == nil {
			return nil
		}
		return []any{value}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	key, rest, _ := strings.Cut(path, ".")
	return at(object[key], rest)
}

// texts is at for strings; what is unknown or empty is left out.
func texts(value any, path string) []string {
	var found []string
	for _, item := range at(value, path) {
		if text, ok := item.(string); ok && text != "" {
			found = append(found, text)
		}
	}
	return found
}

// text is the first of texts, or "".
func text(value any, path string) string {
	if found := texts(value, path); len(found) > 0 {
		return found[0]
	}
	return ""
}

// number is the first number under path, 0 for none.
func number(value any, path string) int {
	for _, item := range at(value, path) {
		if n, ok := item.(float64); ok {
			return int(n)
		}
	}
	return 0
}

// flag is the first truth value under path, false for none.
func flag(value any, path string) bool {
	for _, item := range at(value, path) {
		if b, ok := item.(bool); ok {
			return b
		}
	}
	return false
}

// known tells whether no part of a value is unknown.
func known(value any) bool {
	switch value := value.(type) {
	case unknown:
		return false
	case []any:
		for _, item := range value {
			if !known(item) {
				return false
			}
		}
	case map[string]any:
		for _, item := range value {
			if !known(item) {
				return false
			}
		}
	}
	return true
}

// canonical is the JSON text of a value, for comparing.
func canonical(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}
