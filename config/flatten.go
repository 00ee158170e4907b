package config

import (
	"encoding/json"
	"strings"
)

// literalDot marks a key with a dot that was set without --path, so that Parse tells the user.
const literalDot = " (set without --path)"

// flatten turns Pulumi's values into one text per setting. Keys with dots are paths in Pulumi's own schema: the CLI hands database.class over as the
// value {"class": …} of the key database, with the defaults of Pulumi.yaml already in it.
func flatten(values map[string]string) map[string]string {
	groups, leaves := map[string]bool{}, map[string]bool{}
	for _, f := range fields(Defaults()) {
		leaves[f.key] = true
		if group, _, nested := strings.Cut(f.key, "."); nested {
			groups[group] = true
		}
	}
	flat := map[string]string{}
	for key, text := range values {
		var members map[string]json.RawMessage
		switch {
		case strings.Contains(key, "."):
			flat[key+literalDot] = text
		case groups[key] && !leaves[key] && json.Unmarshal([]byte(text), &members) == nil:
			for name, member := range members {
				flat[key+"."+name] = plain(member)
			}
		default:
			flat[key] = text
		}
	}
	return flat
}

// plain is a JSON value as Pulumi passes a top-level one: text without its quotes, everything else as JSON.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
