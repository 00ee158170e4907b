package sim

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// The files under schema/ are the facts the simulation is driven by: for each type token its properties as the Pulumi SDKs spell them
// (pulumi-aws 6.83.2, pulumi-random 4.19.0), and from the Terraform AWS provider's schema what the SDKs leave out: what forces a
// replacement, defaults, conflicts. One property is one line, "<kind> <flags> = <default>"; "_" holds the line of the object around.
//
//go:embed schema/*.json
var schemaFiles embed.FS

// property is one property of a resource, a function or a nested object.
type property struct {
	kind          string // string, int, float, bool, asset, any, object, list, set, map
	elem          string // the kind of the elements of a list, set or map
	required      bool
	computed      bool // an input which AWS fills when it is left out
	output        bool // no input at all
	forceNew      bool
	sensitive     bool
	deprecated    bool
	max, min      int
	conflictsWith []string
	exactlyOneOf  []string
	standard      any // the provider's default, nil for none
	fields        map[string]*property
}

// shape is one resource type or function.
type shape struct {
	deprecated bool
	properties map[string]*property
}

// schema is everything the simulation knows by type token.
type schema struct {
	resources map[string]*shape
	functions map[string]*shape
}

// loadSchema reads the embedded files.
func loadSchema() (*schema, error) {
	loaded := &schema{resources: map[string]*shape{}, functions: map[string]*shape{}}
	files, err := schemaFiles.ReadDir("schema")
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	for _, file := range files {
		content, err := schemaFiles.ReadFile(path.Join("schema", file.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
		var document struct{ Resources, Functions map[string]map[string]any }
		if err := json.Unmarshal(content, &document); err != nil {
			return nil, fmt.Errorf("schema/%s: %w", file.Name(), err)
		}
		for _, part := range []struct {
			from map[string]map[string]any
			to   map[string]*shape
		}{{document.Resources, loaded.resources}, {document.Functions, loaded.functions}} {
			for token, lines := range part.from {
				if part.to[token], err = parseShape(lines); err != nil {
					return nil, fmt.Errorf("schema/%s: %s: %w", file.Name(), token, err)
				}
			}
		}
	}
	return loaded, nil
}

func parseShape(lines map[string]any) (*shape, error) {
	parsed := &shape{properties: map[string]*property{}}
	for name, value := range lines {
		if name == "_" {
			parsed.deprecated = true
			continue
		}
		p, err := parseProperty(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parsed.properties[name] = p
	}
	return parsed, nil
}

func parseProperty(value any) (*property, error) {
	switch value := value.(type) {
	case string:
		return parseLine(value)
	case map[string]any:
		line, _ := value["_"].(string)
		parsed, err := parseLine(line)
		if err != nil {
			return nil, err
		}
		parsed.fields = map[string]*property{}
		for name, nested := range value {
			if name == "_" {
				continue
			}
			if parsed.fields[name], err = parseProperty(nested); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return parsed, nil
	}
	return nil, fmt.Errorf("neither a line nor an object: %v", value)
}

func parseLine(line string) (*property, error) {
	parsed := &property{}
	flags, standard, found := strings.Cut(line, " = ")
	if found {
		if err := json.Unmarshal([]byte(standard), &parsed.standard); err != nil {
			return nil, fmt.Errorf("default %s: %w", standard, err)
		}
	}
	words := strings.Fields(flags)
	if len(words) == 0 {
		return nil, fmt.Errorf("empty line")
	}
	parsed.kind, parsed.elem, _ = strings.Cut(strings.TrimSuffix(words[0], ")"), "(")
	switches := map[string]*bool{
		"required": &parsed.required, "computed": &parsed.computed, "output": &parsed.output,
		"forceNew": &parsed.forceNew, "sensitive": &parsed.sensitive, "deprecated": &parsed.deprecated,
	}
	for _, word := range words[1:] {
		if on, ok := switches[word]; ok {
			*on = true
			continue
		}
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "maxItems":
			parsed.max, err = strconv.Atoi(value)
		case "minItems":
			parsed.min, err = strconv.Atoi(value)
		case "conflictsWith":
			parsed.conflictsWith = strings.Split(value, ",")
		case "exactlyOneOf":
			parsed.exactlyOneOf = strings.Split(value, ",")
		default:
			err = fmt.Errorf("unknown flag %q", word)
		}
		if err != nil {
			return nil, err
		}
	}
	return parsed, nil
}
