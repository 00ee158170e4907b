package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Lister lists what is wrong with settings. Package internal/problems has the one that tells everything; (*Settings).Problems is the part of it that
// needs no rendering.
type Lister func(*Settings) []Problem

// Problem is a setting that cannot stay as it is: its key, its value and what is allowed.
type Problem struct {
	Key     string
	Value   any
	Allowed string
}

// String is the problem on one line: key = value: what is allowed.
func (p Problem) String() string {
	shown := fmt.Sprint(p.Value)
	if shown == "" || strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }) {
		shown = strconv.Quote(shown)
	}
	return fmt.Sprintf("%s = %s: %s", p.Key, shown, p.Allowed)
}

// Load reads the settings of the running stack. The error names every problem at once.
func Load(ctx *pulumi.Context, list Lister) (*Settings, error) {
	all := map[string]string{}
	// The SDK offers no list of the keys that are set; the engine passes them in this variable (pulumi.EnvConfig), which is how an
	// unknown key can be told to the user.
	if text := os.Getenv(pulumi.EnvConfig); text != "" {
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			return nil, fmt.Errorf("read %s: %w", pulumi.EnvConfig, err)
		}
	}
	values, provider := map[string]string{}, map[string]string{}
	for key, value := range all {
		if own, found := strings.CutPrefix(key, ctx.Project()+":"); found {
			values[own] = value
		}
		if own, found := strings.CutPrefix(key, "aws:"); found {
			provider[own] = value
		}
	}
	return ParseStack(ctx.Project(), ctx.Stack(), provider, flatten(values), list)
}

// Parse is ParseStack for a stack that says nothing of its account, without what only rendering tells.
func Parse(project, stack, region string, values map[string]string) (*Settings, error) {
	return ParseStack(project, stack, map[string]string{"region": region}, values, (*Settings).Problems)
}

// ParseStack makes settings of configuration values: keys without namespace, one for each setting, values as text (lists and maps as JSON). provider
// has those of the AWS provider, the region among them. Keys that are missing take their defaults. The error names every problem at once: unknown
// keys, wrong types and values that are not allowed.
func ParseStack(project, stack string, provider, values map[string]string, list Lister) (*Settings, error) {
	s, region := Defaults(), provider["region"]
	s.Project, s.Stack, s.Region, s.LiteLLM.Models = project, stack, region, defaultModels(region)
	found := &problems{}
	known := map[string]bool{}
	for _, f := range fields(s) {
		known[f.key] = true
		text, set := values[f.key]
		if !set {
			continue
		}
		assign(f.value, f.key, text, found)
	}
	if len(s.LiteLLM.Models) == 0 { // Pulumi.yaml cannot know the region, so its default is an empty list
		s.LiteLLM.Models = defaultModels(region)
	}
	for key, text := range values {
		if replaced := replacedBy[key]; replaced != "" {
			found.add(key, text, "no such setting any more: "+replaced+" (true or false) took its place, as the service runs once or not at all")
		} else if !known[key] {
			found.add(key, text, "no such setting"+suggestion(key, known))
		}
	}
	// Pulumi hands all settings to the program in one environment variable, of which Linux takes 131,072 bytes (execve(2), MAX_ARG_STRLEN); beyond that
	// the program does not even start ("argument list too long"). Only the list of models can grow so far.
	if content, err := json.Marshal(values); err == nil && len(content) > mostConfigBytes {
		found.add("models", s.LiteLLM.entries(), fmt.Sprintf(
			"fewer models or shorter names: all settings together have %d bytes, and Pulumi can hand over %d", len(content), mostConfigBytes))
	}
	s.settle()
	s.Account = account(provider, found)
	for _, problem := range list(s) {
		found.add(problem.Key, problem.Value, problem.Allowed)
	}
	return s, found.err()
}

// replacedBy are settings of before, each with the one that took its place.
var replacedBy = map[string]string{
	"grafana.desiredCount": "grafana.enabled", "grafana.minCount": "grafana.enabled", "grafana.maxCount": "grafana.enabled",
	"grafana.targetCpuPercent": "grafana.enabled", "victoriametrics.desiredCount": "victoriametrics.enabled",
	"victoriametrics.minCount": "victoriametrics.enabled", "victoriametrics.maxCount": "victoriametrics.enabled",
	"victoriametrics.targetCpuPercent": "victoriametrics.enabled",
}

// mostConfigBytes leaves a little of Linux's limit for the keys' namespace.
const mostConfigBytes = 126_000

// field is one setting: its key and where its value lives.
type field struct {
	key   string
	value reflect.Value
}

// fields lists every setting of s in the order of the declaration.
func fields(s *Settings) []field { return walk(reflect.ValueOf(s).Elem(), "", false) }

// walk lists the settings of a structure; of a service that runs once at most, Scaling is none.
func walk(structure reflect.Value, prefix string, once bool) []field {
	var list []field
	for i := range structure.NumField() {
		declared, value := structure.Type().Field(i), structure.Field(i)
		key := declared.Tag.Get("key")
		switch {
		case value.Kind() == reflect.Struct && key != "":
			list = append(list, walk(value, key+".", declared.Tag.Get("tasks") == "once")...)
		case once && value.Type() == reflect.TypeFor[Scaling]():
		case value.Kind() == reflect.Struct:
			list = append(list, walk(value, prefix, false)...)
		case key != "":
			list = append(list, field{key: prefix + key, value: value})
		}
	}
	return list
}

// suggestion names the known key that an unknown one was probably meant to be.
func suggestion(key string, known map[string]bool) string {
	best, least := "", len(key)/3+1
	nested := false
	for candidate := range known {
		if strings.HasPrefix(candidate, key+".") {
			nested = true
		}
		if d := distance(strings.ToLower(key), strings.ToLower(candidate)); d < least || d == least && candidate < best {
			best, least = candidate, d
		}
	}
	switch {
	case strings.HasSuffix(key, literalDot):
		return fmt.Sprintf("; keys with a dot are paths: pulumi config set --path %s …", strings.TrimSuffix(key, literalDot))
	case nested:
		return fmt.Sprintf("; it is a group of settings: pulumi config set --path %s.<name> …", key)
	case best != "":
		return "; did you mean " + best + "?"
	default:
		return "; README.md lists them all"
	}
}

// distance is the number of letters to insert, delete or replace between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// problems collects what is wrong, so that all of it can be told at once.
type problems struct {
	list []Problem
	// unreadable are paths whose values were not read: nothing more is said of them.
	unreadable map[string]bool
}

// addUnreadable notes a value of the wrong type.
func (p *problems) addUnreadable(path, value, allowed string) {
	p.add(path, value, allowed)
	if p.unreadable == nil {
		p.unreadable = map[string]bool{}
	}
	p.unreadable[path] = true
}

// add notes a problem: the key, the value it has and what is allowed.
func (p *problems) add(key string, value any, allowed string) {
	entry, _, _ := strings.Cut(key, "].")
	if p.unreadable[key] || p.unreadable[entry+"]"] {
		return
	}
	p.list = append(p.list, Problem{Key: key, Value: value, Allowed: allowed})
}

// require notes a problem unless ok.
func (p *problems) require(ok bool, key string, value any, allowed string) {
	if !ok {
		p.add(key, value, allowed)
	}
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	lines := make([]string, len(p.list))
	for i, problem := range p.list {
		lines[i] = "  " + problem.String()
	}
	slices.Sort(lines)
	noun := "settings need"
	if len(lines) == 1 {
		noun = "setting needs"
	}
	return errors.New(strconv.Itoa(len(lines)) + " " + noun + " your attention (key = value: what is allowed); nothing was changed\n" +
		strings.Join(lines, "\n"))
}
