package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// assign reads text into the value; what does not fit is noted by its own path, for instance tags.CostCenter or models[1].rpm.
func assign(value reflect.Value, key, text string, found *problems) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil {
			found.add(key, text, "a whole number")
			return
		}
		value.SetInt(int64(number))
	case reflect.Bool:
		if text != "true" && text != "false" {
			found.add(key, text, "true or false")
			return
		}
		value.SetBool(text == "true")
	default:
		assignDocument(value, key, text, found)
	}
}

// assignDocument reads a JSON list or map into the value, member by member, so that each wrong one is told.
func assignDocument(value reflect.Value, key, text string, found *problems) {
	if value.Kind() == reflect.Map {
		var members map[string]json.RawMessage
		if err := decode(text, &members); err != nil || members == nil {
			found.add(key, text, "a map of text to text")
			return
		}
		fresh := map[string]string{}
		for name, member := range members {
			fresh[name] = textOf(key+"."+name, member, found)
		}
		value.Set(reflect.ValueOf(fresh))
		return
	}
	var items []json.RawMessage
	entries := value.Type().Elem().Kind() == reflect.Struct
	if err := decode(text, &items); err != nil || items == nil {
		allowed := "a list of texts"
		if entries {
			allowed = "a list of models with the fields " + strings.Join(members(value.Type().Elem()), ", ")
		}
		found.add(key, text, allowed)
		return
	}
	fresh := reflect.MakeSlice(value.Type(), 0, len(items))
	for i, item := range items {
		path, entry := fmt.Sprintf("%s[%d]", key, i), reflect.New(value.Type().Elem()).Elem()
		if entries {
			assignEntry(entry, path, item, found)
		} else {
			entry.SetString(textOf(path, item, found))
		}
		if entries || !found.unreadable[path] { // an entry keeps its place, which names it
			fresh = reflect.Append(fresh, entry)
		}
	}
	value.Set(fresh)
}

// assignEntry reads one entry of a list of structures.
func assignEntry(entry reflect.Value, path string, item json.RawMessage, found *problems) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(item, &given); err != nil || given == nil {
		found.addUnreadable(path, string(item), "an entry with the fields "+strings.Join(members(entry.Type()), ", "))
		return
	}
	names := members(entry.Type())
	for name, content := range given {
		where := path + "." + name
		n := slices.Index(names, name)
		if n < 0 {
			found.add(where, string(content), "no such field; there are "+strings.Join(names, ", "))
			continue
		}
		switch field := entry.Field(n); field.Kind() {
		case reflect.String:
			field.SetString(textOf(where, content, found))
		case reflect.Slice:
			assignDocument(field, where, string(content), found)
		default:
			allowed := "a number"
			if field.Kind() == reflect.Int {
				allowed = "a whole number"
			}
			if err := json.Unmarshal(content, field.Addr().Interface()); err != nil || string(content) == "null" {
				found.addUnreadable(where, string(content), allowed+" (without quotes)")
			}
		}
	}
}

// members are the names of a structure's fields in JSON, in order.
func members(structure reflect.Type) []string {
	names := make([]string, structure.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(structure.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// decode reads a JSON value with nothing after it.
func decode(text string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	return nil
}

// textOf is a JSON text. A number or a boolean is refused and not taken for its digits: YAML has read it already, and 1.10 or 007 are others by then.
func textOf(path string, content json.RawMessage, found *problems) string {
	var text *string
	if err := json.Unmarshal(content, &text); err != nil || text == nil {
		found.addUnreadable(path, string(content), fmt.Sprintf("a text: in quotes in the stack file, or pulumi config set --path '%s' --type string '…'", cliPath(path)))
		return ""
	}
	return *text
}

// cliPath is a path as the CLI takes it: a name with other characters than letters and digits stands in brackets.
func cliPath(path string) string {
	group, name, found := strings.Cut(path, ".")
	if group != "tags" || !found || !strings.ContainsFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return path
	}
	return group + "[" + strconv.Quote(name) + "]"
}
