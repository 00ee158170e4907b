package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// limitsFile is what AWS allows in a property, generated from AWS's own API models (limits/generate.py).
//
//go:embed limits/limits.json
var limitsFile []byte

// limit bounds one property: the length of a text, the value of a number, the words it may be.
type limit struct {
	Min     *float64
	Max     *float64
	Pattern string
	Enum    []any
	From    string

	words   map[string]bool
	pattern *regexp.Regexp
}

// limits are the bounds of all types, and the PostgreSQL versions and instance classes that RDS has.
type limits struct {
	Types    map[string]map[string]*limit
	Postgres struct {
		Versions, Classes []string
		Missing           map[string][]string
	}
}

// loadLimits reads the embedded file.
func loadLimits() (*limits, error) {
	loaded := &limits{}
	if err := json.Unmarshal(limitsFile, loaded); err != nil {
		return nil, fmt.Errorf("limits/limits.json: %w", err)
	}
	for token, paths := range loaded.Types {
		for path, l := range paths {
			if err := l.compile(); err != nil {
				return nil, fmt.Errorf("limits/limits.json: %s %s: %w", token, path, err)
			}
		}
	}
	loaded.Postgres.Versions, loaded.Postgres.Classes = fields(loaded.Postgres.Versions), fields(loaded.Postgres.Classes)
	for class, regions := range loaded.Postgres.Missing {
		loaded.Postgres.Missing[class] = fields(regions)
	}
	return loaded, nil
}

// fields splits lines of words.
func fields(lines []string) []string { return strings.Fields(strings.Join(lines, " ")) }

func (l *limit) compile() (err error) {
	if len(l.Enum) > 0 {
		l.words = map[string]bool{}
	}
	for _, value := range l.Enum {
		for _, word := range strings.Fields(fmt.Sprint(value)) {
			l.words[word] = true
		}
	}
	if l.Pattern != "" {
		l.pattern, err = regexp.Compile(l.Pattern)
	}
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	return nil
}

// problem says what a value breaks, "" for nothing. What is empty, zero or unknown counts as not given.
func (l *limit) problem(value any) string {
	size, verb, what := 0.0, "must be", ""
	switch value := value.(type) {
	case string:
		if value == "" {
			return ""
		}
		size, verb, what = float64(utf8.RuneCountInString(value)), "must have", " characters"
		if l.pattern != nil && !l.pattern.MatchString(value) {
			return "must match " + l.Pattern
		}
	case float64:
		if value == 0 {
			return ""
		}
		size = value
	default:
		return ""
	}
	if l.words != nil && !l.words[fmt.Sprint(value)] {
		if words := slices.Sorted(maps.Keys(l.words)); len(words) < 30 {
			return fmt.Sprintf("must be one of %v", words)
		}
		return "is none of the values that AWS knows"
	}
	if l.Min != nil && size < *l.Min {
		return verb + " at least " + strconv.FormatFloat(*l.Min, 'f', -1, 64) + what
	}
	if l.Max != nil && size > *l.Max {
		return verb + " at most " + strconv.FormatFloat(*l.Max, 'f', -1, 64) + what
	}
	return ""
}

// check fails the properties of a type that AWS would not take. It does not say the values: some are secret.
func (l *limits) check(c *checker, token string, values map[string]any) {
	for _, path := range slices.Sorted(maps.Keys(l.Types[token])) {
		bound := l.Types[token][path]
		for _, value := range under(values, path) {
			if problem := bound.problem(value); problem != "" {
				c.fail(path, "%q %s (%s)", path, problem, bound.From)
			}
		}
	}
}

// under are the values that a limit is about: "a.b" walks lists, "a keys" and "a values" are a map's, "a:b" is inside the JSON text of a.
func under(values map[string]any, path string) []any {
	if document, inner, ok := strings.Cut(path, ":"); ok {
		var content any
		if json.Unmarshal([]byte(text(values, document)), &content) != nil {
			return nil
		}
		return at(content, inner)
	}
	path, part, ok := strings.Cut(path, " ")
	found := at(values, path)
	if !ok {
		return found
	}
	var members []any
	for _, item := range found {
		for name, value := range object(item) {
			if part == "keys" {
				members = append(members, name)
			} else {
				members = append(members, value)
			}
		}
	}
	return members
}

// tagsAllowed: at most 50 tags, ten on an object in S3, and none that begins with aws: (Tagging AWS Resources and Tag Editor User Guide,
// tag naming limits; Amazon S3 User Guide, "Categorizing your objects using tags").
func tagsAllowed(token string, tags map[string]any) string {
	most := 50
	if token == objectType {
		most = 10
	}
	for name := range tags {
		if strings.HasPrefix(strings.ToLower(name), "aws:") {
			return fmt.Sprintf("the tag %q begins with aws:, which is AWS's own", name)
		}
	}
	if len(tags) > most {
		return fmt.Sprintf("there are %d tags, at most %d are allowed", len(tags), most)
	}
	return ""
}
