package pulumitest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"gopkg.in/yaml.v3"
)

// Render writes what a program registered and looked up as YAML: one block for each, sorted by parent, type and name. Every input is there,
// by one rule: a value that another resource produces is shown by its name ("ec2.Vpc(network).id"), a secret is hidden, JSON is parsed,
// packed documents are unpacked, and a text that is a file of the repository is shown by that file's name and hash.
func Render(r *Recorder, files Files) (string, error) {
	var blocks []block
	for _, made := range r.Resources() {
		blocks = append(blocks, resourceBlock(made, files))
	}
	seen := map[string]bool{}
	for _, call := range r.Lookups() {
		one := block{title: "lookup " + call.Token, content: mapping(field{"args", object(call.Args, files)})}
		text, err := one.text()
		if err != nil {
			return "", err
		}
		if !seen[text] {
			seen[text] = true
			one.order = "~" + text // after the resources
			blocks = append(blocks, one)
		}
	}
	slices.SortFunc(blocks, func(x, y block) int { return cmp.Compare(x.order, y.order) })
	var all strings.Builder
	for i, one := range blocks {
		text, err := one.text()
		if err != nil {
			return "", err
		}
		if i > 0 {
			all.WriteString("\n")
		}
		all.WriteString(text)
	}
	return renameParts(r, all.String()), nil
}

// block is one resource or look-up of a golden file.
type block struct {
	title   string
	order   string
	content *yaml.Node
}

// text is the block's YAML. The title is written here, because the encoder writes a long key otherwise than a short one.
func (b block) text() (string, error) {
	if len(b.content.Content) == 0 {
		return b.title + ": {}\n", nil
	}
	var encoded, text bytes.Buffer
	encoder := yaml.NewEncoder(&encoded)
	encoder.SetIndent(2)
	b.content.Style = 0
	if err := encoder.Encode(b.content); err != nil {
		return "", fmt.Errorf("golden file: %s: %w", b.title, err)
	}
	text.WriteString(b.title + ":\n")
	for line := range strings.Lines(encoded.String()) {
		if strings.TrimSpace(line) != "" {
			text.WriteString("  ")
		}
		text.WriteString(line)
	}
	return text.String(), nil
}

func resourceBlock(made Resource, files Files) block {
	var fields []field
	add := func(name string, node *yaml.Node) {
		if node != nil {
			fields = append(fields, field{name, node})
		}
	}
	add("parent", text(made.ParentKey()))
	add("provider", text(made.Provider))
	add("protect", flag(made.Protect))
	add("retainOnDelete", flag(made.RetainOnDelete))
	add("deleteBeforeReplace", flag(made.DeleteBeforeReplace))
	add("ignoreChanges", list(made.IgnoreChanges))
	add("replaceOnChanges", list(made.ReplaceOnChanges))
	add("aliases", list(made.Aliases))
	add("timeouts", texts(made.Timeouts))
	add("dependsOn", list(made.DependsOn))
	if inputs := object(made.Inputs, files); len(inputs.Content) > 0 {
		add("inputs", inputs)
	}
	return block{made.Key(), made.ParentKey() + " > " + made.Key(), mapping(fields...)}
}

// field is one entry of a mapping.
type field struct {
	name  string
	value *yaml.Node
}

func mapping(fields ...field) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, one := range fields {
		node.Content = append(node.Content, scalar(one.name), one.value)
	}
	return inline(node)
}

func sequence(items []*yaml.Node) *yaml.Node {
	return inline(&yaml.Node{Kind: yaml.SequenceNode, Content: items})
}

// inlineLetters is how long a list or map of plain values may be to stay on one line.
const inlineLetters = 100

// inline puts short lists and maps of plain values on one line.
func inline(node *yaml.Node) *yaml.Node {
	letters := 0
	for _, one := range node.Content {
		letters += len(one.Value) + 2
		if one.Kind != yaml.ScalarNode || strings.Contains(one.Value, "\n") {
			return node
		}
	}
	if letters <= inlineLetters && (node.Kind == yaml.SequenceNode || len(node.Content) == 2) {
		node.Style = yaml.FlowStyle
	}
	return node
}

func scalar(value any) *yaml.Node {
	node := &yaml.Node{}
	if number, is := value.(float64); is && number == float64(int64(number)) {
		value = int64(number)
	}
	if err := node.Encode(value); err != nil { // plain values cannot fail
		node.SetString(fmt.Sprint(value))
	}
	return node
}

func text(value string) *yaml.Node {
	if value == "" {
		return nil
	}
	return scalar(value)
}

func flag(value bool) *yaml.Node {
	if !value {
		return nil
	}
	return scalar(value)
}

func list(values []string) *yaml.Node {
	if len(values) == 0 {
		return nil
	}
	items := make([]*yaml.Node, len(values))
	for i, value := range values {
		items[i] = scalar(value)
	}
	return sequence(items)
}

func texts(values map[string]string) *yaml.Node {
	if len(values) == 0 {
		return nil
	}
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fields = append(fields, field{name, scalar(values[name])})
	}
	return mapping(fields...)
}

// object is a resource's inputs.
func object(inputs resource.PropertyMap, files Files) *yaml.Node {
	plain := map[string]any{}
	for name, value := range inputs {
		plain[string(name)] = conceal(value)
	}
	return tree(plain, files)
}

// conceal turns a property into plain values, secrets into a note.
func conceal(value resource.PropertyValue) any {
	switch {
	case value.IsSecret():
		return "(secret)"
	case value.IsOutput() && value.OutputValue().Secret:
		return "(secret)"
	case value.IsArray():
		list := []any{}
		for _, one := range value.ArrayValue() {
			list = append(list, conceal(one))
		}
		return list
	case value.IsObject():
		members := map[string]any{}
		for name, one := range value.ObjectValue() {
			members[string(name)] = conceal(one)
		}
		return members
	default:
		return value.Mappable()
	}
}

// tree makes a node of plain values; each map's entries are sorted.
func tree(value any, files Files) *yaml.Node {
	switch value := value.(type) {
	case map[string]any:
		var fields []field
		for _, name := range slices.Sorted(maps.Keys(value)) {
			fields = append(fields, field{name, tree(value[name], files)})
		}
		return mapping(fields...)
	case []any:
		if named, are := byName(value); are {
			return tree(named, files)
		}
		items := make([]*yaml.Node, len(value))
		for i, one := range value {
			items[i] = tree(one, files)
		}
		return sequence(items)
	case string:
		shown := show(value, files)
		if plain, is := shown.(string); is {
			return scalar(plain)
		}
		return tree(shown, files)
	default:
		return scalar(value)
	}
}
