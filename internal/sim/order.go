package sim

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// arranged puts the sets of a value in the provider's order: strings and numbers by value, objects by the text that hashText makes of them
// (github.com/zclconf/go-cty v1.16, cty/set_internals.go, setRules.Less).
func arranged(p *property, value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := maps.Clone(value)
		for name, item := range value {
			if field := p.fields[name]; field != nil && p.kind == "object" {
				out[name] = arranged(field, item)
			}
		}
		return out
	case []any:
		if !known(value) {
			return value
		}
		element := &property{kind: p.elem, fields: p.fields}
		out := make([]any, 0, len(value))
		for _, item := range value {
			out = append(out, arranged(element, item))
		}
		if p.kind == "set" {
			slices.SortStableFunc(out, func(a, b any) int { return compareMembers(element, a, b) })
		}
		return out
	}
	return value
}

func compareMembers(element *property, a, b any) int {
	x, number1 := a.(float64)
	y, number2 := b.(float64)
	if number1 && number2 {
		return cmp.Compare(x, y)
	}
	s, text1 := a.(string)
	t, text2 := b.(string)
	if text1 && text2 {
		return strings.Compare(s, t)
	}
	return strings.Compare(hashText(element, a), hashText(element, b))
}

// hashText is a value as go-cty writes it for hashing. Blocks that the Pulumi SDK has as one object are lists of at most one in the
// provider's schema; a text that is not set is empty there, anything else null.
func hashText(p *property, value any) string {
	var b strings.Builder
	switch p.kind {
	case "object":
		names := slices.SortedFunc(maps.Keys(p.fields), func(a, b string) int { return strings.Compare(snake(a), snake(b)) })
		b.WriteString("<")
		for _, name := range names {
			field := p.fields[name]
			item := object(value)[name]
			switch {
			case field.kind == "object" && item == nil:
				b.WriteString("[]")
			case field.kind == "object":
				b.WriteString("[" + hashText(field, item) + ";]")
			default:
				b.WriteString(hashText(field, item))
			}
			b.WriteString(";")
		}
		b.WriteString(">")
	case "list", "set":
		items, _ := value.([]any)
		b.WriteString("[")
		for _, item := range items {
			b.WriteString(hashText(&property{kind: p.elem, fields: p.fields}, item) + ";")
		}
		b.WriteString("]")
	case "map":
		b.WriteString("{")
		for _, name := range slices.Sorted(maps.Keys(object(value))) {
			b.WriteString(strconv.Quote(name) + ":" + hashText(&property{kind: p.elem, fields: p.fields}, object(value)[name]) + ";")
		}
		b.WriteString("}")
	case "bool":
		if set, _ := value.(bool); set {
			return "T"
		}
		return "F"
	case "string":
		s, _ := value.(string)
		return strconv.Quote(s)
	default:
		if value == nil {
			return "0"
		}
		return canonical(value)
	}
	return b.String()
}

// snake is how the provider's own schema spells a property.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteRune('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// reread are the inputs that a refresh records: the program's, each set to what was read. Lists and sets go by position, so that a set
// which the program wrote in another order than the provider's gets its members mixed up (pulumi-terraform-bridge v3.110,
// pkg/tfbridge/schema.go, extractInputs).
func reread(known, read resource.PropertyValue) resource.PropertyValue {
	switch {
	case known.IsArray() && read.IsArray():
		was, is := known.ArrayValue(), read.ArrayValue()
		out := make([]resource.PropertyValue, 0, len(was))
		for i := range min(len(was), len(is)) {
			out = append(out, reread(was[i], is[i]))
		}
		return resource.NewArrayProperty(out)
	case known.IsObject() && read.IsObject():
		out := resource.PropertyMap{}
		for name, value := range known.ObjectValue() {
			if now, ok := read.ObjectValue()[name]; ok {
				out[name] = reread(value, now)
			}
		}
		return resource.NewObjectProperty(out)
	}
	return read
}
