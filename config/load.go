package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Load reads the settings of the running stack. The error names every problem at once.
func Load(ctx *pulumi.Context) (*Settings, error) {
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
	return ParseStack(ctx.Project(), ctx.Stack(), provider, flatten(values))
}

// Parse is ParseStack for a stack that says nothing of its account.
func Parse(project, stack, region string, values map[string]string) (*Settings, error) {
	return ParseStack(project, stack, map[string]string{"region": region}, values)
}

// ParseStack makes settings of configuration values: keys without namespace, one for each setting, values as text (lists and maps as JSON). provider
// has those of the AWS provider, the region among them. Keys that are missing take their defaults. The error names every problem at once: unknown
// keys, wrong types and values that are not allowed.
func ParseStack(project, stack string, provider, values map[string]string) (*Settings, error) {
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
		if allowed := assign(f.value, text); allowed != "" {
			found.add(f.key, text, allowed)
		}
	}
	if len(s.LiteLLM.Models) == 0 { // Pulumi.yaml cannot know the region, so its default is an empty list
		s.LiteLLM.Models = defaultModels(region)
	}
	for key, text := range values {
		if !known[key] {
			found.add(key, text, "no such setting"+suggestion(key, known))
		}
	}
	// Pulumi hands all settings to the program in one environment variable, of which Linux takes 131,072 bytes (execve(2), MAX_ARG_STRLEN); beyond that
	// the program does not even start ("argument list too long"). Only the list of models can grow so far.
	if content, err := json.Marshal(values); err == nil && len(content) > mostConfigBytes {
		found.add("models", fmt.Sprintf("%d entries", len(s.LiteLLM.Models)), fmt.Sprintf(
			"fewer models or shorter names: all settings together have %d bytes, and Pulumi can hand over %d", len(content), mostConfigBytes))
	}
	s.Account = account(provider, found)
	s.validate(found)
	return s, found.err()
}

// mostConfigBytes leaves a little of Linux's limit for the keys' namespace.
const mostConfigBytes = 126_000

// field is one setting: its key and where its value lives.
type field struct {
	key   string
	value reflect.Value
}

// fields lists every setting of s in the order of the declaration.
func fields(s *Settings) []field { return walk(reflect.ValueOf(s).Elem(), "") }

func walk(structure reflect.Value, prefix string) []field {
	var list []field
	for i := range structure.NumField() {
		declared, value := structure.Type().Field(i), structure.Field(i)
		key := declared.Tag.Get("key")
		switch {
		case value.Kind() == reflect.Struct && key != "":
			list = append(list, walk(value, key+".")...)
		case value.Kind() == reflect.Struct:
			list = append(list, walk(value, "")...)
		case key != "":
			list = append(list, field{key: prefix + key, value: value})
		}
	}
	return list
}

// assign reads text into the value; what it returns says what is allowed, and is empty when all went well.
func assign(value reflect.Value, text string) (allowed string) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil {
			return "a whole number"
		}
		value.SetInt(int64(number))
	case reflect.Bool:
		if text != "true" && text != "false" {
			return "true or false"
		}
		value.SetBool(text == "true")
	default:
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		fresh := reflect.New(value.Type())
		if err := decoder.Decode(fresh.Interface()); err != nil {
			return fmt.Sprintf("%s (%v)", shape(value.Type()), err)
		}
		if decoder.More() || fresh.Elem().IsNil() {
			return shape(value.Type())
		}
		value.Set(fresh.Elem())
	}
	return ""
}

func shape(kind reflect.Type) string {
	switch {
	case kind.Kind() == reflect.Map:
		return "a map of text to text"
	case kind.Elem().Kind() == reflect.Struct:
		return "a list of models with the fields name, bedrock, aliases, region, rpm, tpm, inputCostPerMTok, outputCostPerMTok"
	default:
		return "a list of texts"
	}
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
type problems struct{ lines []string }

// add notes a problem: the key, the value it has and what is allowed.
func (p *problems) add(key string, value any, allowed string) {
	if text := fmt.Sprint(value); text == "" || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		value = strconv.Quote(text)
	}
	p.lines = append(p.lines, fmt.Sprintf("  %s = %v: %s", key, value, allowed))
}

// require notes a problem unless ok.
func (p *problems) require(ok bool, key string, value any, allowed string) {
	if !ok {
		p.add(key, value, allowed)
	}
}

func (p *problems) err() error {
	if len(p.lines) == 0 {
		return nil
	}
	sort.Strings(p.lines)
	noun := "settings need"
	if len(p.lines) == 1 {
		noun = "setting needs"
	}
	return errors.New(strconv.Itoa(len(p.lines)) + " " + noun + " your attention (key = value: what is allowed); nothing was changed\n" +
		strings.Join(p.lines, "\n"))
}
