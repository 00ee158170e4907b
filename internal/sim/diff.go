package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// difference compares, as the real provider does, what is wanted with what is there: old is the last known state, wanted the new inputs.
func difference(token string, s *shape, old, wanted map[string]any) (changed []string, replace []string) {
	for _, name := range slices.Sorted(maps.Keys(s.properties)) {
		p := s.properties[name]
		if p.output {
			continue
		}
		differs, force := compare(token+"#"+name, p, old[name], wanted[name])
		if differs {
			changed = append(changed, name)
		}
		if differs && force {
			replace = append(replace, name)
		}
	}
	return changed, replace
}

// compare tells whether a property differs, and whether the difference needs a new resource.
func compare(path string, p *property, old, wanted any) (differs, force bool) {
	if wanted == nil {
		if p.computed || zero(old) {
			return false, false
		}
		return true, p.forceNew
	}
	if zero(old) && zero(wanted) {
		return false, false
	}
	switch p.kind {
	case "object":
		was, _ := old.(map[string]any)
		is, ok := wanted.(map[string]any)
		if !ok {
			return true, p.forceNew
		}
		for name, field := range p.fields {
			d, f := compare(path+"."+name, field, was[name], is[name])
			differs, force = differs || d, force || f
		}
		return differs, differs && (force || p.forceNew)
	case "list", "set":
		return compareLists(path, p, old, wanted)
	case "string":
		differs = !sameText(path, old, wanted)
	default:
		differs = canonical(old) != canonical(wanted) || !known(wanted)
	}
	return differs, differs && p.forceNew
}

func compareLists(path string, p *property, old, wanted any) (differs, force bool) {
	was, _ := old.([]any)
	is, ok := wanted.([]any)
	if !ok || len(was) != len(is) {
		return true, p.forceNew
	}
	element := &property{kind: p.elem, fields: p.fields}
	if p.kind == "set" {
		was, is = sorted(was), matched(path, element, sorted(was), is)
	}
	for i := range is {
		d, f := compare(path, element, was[i], is[i])
		differs, force = differs || d, force || f
	}
	return differs, differs && (force || p.forceNew)
}

// matched puts the wanted elements of a set in the order of the elements they equal.
func matched(path string, element *property, was, is []any) []any {
	rest := append([]any{}, is...)
	out := make([]any, 0, len(is))
	for _, old := range was {
		pick := 0
		for i, candidate := range rest {
			if differs, _ := compare(path, element, old, candidate); !differs {
				pick = i
				break
			}
		}
		out = append(out, rest[pick])
		rest = append(rest[:pick], rest[pick+1:]...)
	}
	return out
}

func sorted(list []any) []any {
	out := append([]any{}, list...)
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(canonical(a), canonical(b)) })
	return out
}

// sameText compares strings; JSON documents by meaning, container definitions as the ECS part of the real provider does.
func sameText(path string, old, wanted any) bool {
	was, ok1 := old.(string)
	is, ok2 := wanted.(string)
	if !ok1 || !ok2 {
		return false
	}
	if was == is {
		return true
	}
	if !strings.HasPrefix(is, "{") && !strings.HasPrefix(is, "[") {
		return false
	}
	var a, b any
	if json.Unmarshal([]byte(was), &a) != nil || json.Unmarshal([]byte(is), &b) != nil {
		return false
	}
	if strings.HasSuffix(path, "#containerDefinitions") {
		a, b = reduceContainers(a), reduceContainers(b)
	}
	return canonical(policyForm(a)) == canonical(policyForm(b))
}

// policyForm makes a list of one the same as its element, as IAM does.
func policyForm(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range value {
			out[key] = policyForm(item)
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, item := range value {
			out = append(out, policyForm(item))
		}
		if len(out) == 1 {
			return out[0]
		}
		return out
	}
	return value
}

// reduceContainers leaves out of container definitions what AWS adds by itself (terraform-provider-aws, internal/service/ecs/
// task_definition_equivalency.go): empty lists, cpu 0, essential true, tcp, the host port of awsvpc; names decide the order.
func reduceContainers(value any) any {
	list, _ := value.([]any)
	out := make([]any, 0, len(list))
	for _, item := range list {
		container, ok := item.(map[string]any)
		if !ok {
			return value
		}
		reduced := map[string]any{}
		for key, field := range container {
			if zero(field) {
				if key == "essential" {
					reduced[key] = false
				}
				continue
			}
			if key == "essential" {
				continue
			}
			if fields, ok := field.([]any); ok && (key == "environment" || key == "secrets") {
				field = sorted(fields)
			}
			if key == "portMappings" {
				field = reducePorts(field)
			}
			reduced[key] = field
		}
		out = append(out, reduced)
	}
	slices.SortStableFunc(out, func(a, b any) int { return strings.Compare(text(a, "name"), text(b, "name")) })
	return out
}

func reducePorts(value any) any {
	list, _ := value.([]any)
	out := make([]any, 0, len(list))
	for _, item := range list {
		mapping, ok := item.(map[string]any)
		if !ok {
			return value
		}
		reduced := maps.Clone(mapping)
		if reduced["protocol"] == "tcp" {
			delete(reduced, "protocol")
		}
		if zero(reduced["hostPort"]) || reduced["hostPort"] == reduced["containerPort"] {
			delete(reduced, "hostPort")
		}
		out = append(out, reduced)
	}
	return out
}

// diffResult is what the engine wants to know of a difference.
func diffResult(changed, replace []string, deleteFirst bool) plugin.DiffResult {
	result := plugin.DiffResult{Changes: plugin.DiffNone, DetailedDiff: map[string]plugin.PropertyDiff{}}
	for _, name := range changed {
		result.Changes = plugin.DiffSome
		result.ChangedKeys = append(result.ChangedKeys, resource.PropertyKey(name))
		result.DetailedDiff[name] = plugin.PropertyDiff{Kind: plugin.DiffUpdate}
	}
	for _, name := range replace {
		result.ReplaceKeys = append(result.ReplaceKeys, resource.PropertyKey(name))
		result.DetailedDiff[name] = plugin.PropertyDiff{Kind: plugin.DiffUpdateReplace}
	}
	result.DeleteBeforeReplace = len(replace) > 0 && deleteFirst
	return result
}
