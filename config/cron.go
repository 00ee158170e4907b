package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField is one of the six fields of an AWS cron expression: the numbers it takes, the names that stand for them, and the signs beside , - and *
// (Amazon EventBridge User Guide, cron expressions reference; Application Auto Scaling takes the same).
type cronField struct {
	name        string
	least, most int
	names       []string
	signs       string
}

var cronFields = []cronField{
	{"minutes", 0, 59, nil, "/"},
	{"hours", 0, 23, nil, "/"},
	{"day of month", 1, 31, nil, "?/LW"},
	{"month", 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}, "/"},
	{"day of week", 1, 7, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, "?L#"},
	{"year", 1970, 2199, nil, "/"},
}

// checkCron says what is wrong with a cron expression; empty: nothing.
func checkCron(expression string) string {
	inner, isCron := strings.CutPrefix(expression, "cron(")
	inner, isClosed := strings.CutSuffix(inner, ")")
	values := strings.Fields(inner)
	if !isCron || !isClosed || len(values) != len(cronFields) {
		return "six fields, for instance cron(0 8 ? * MON-FRI *), or empty"
	}
	for i, field := range cronFields {
		if !field.allows(values[i]) {
			return fmt.Sprintf("a cron expression whose %s (%s) AWS takes: %d to %d%s", field.name, values[i], field.least, field.most, field.hint())
		}
	}
	if (values[2] == "?") == (values[4] == "?") {
		return "a cron expression with ? for either the day of month or the day of week"
	}
	return ""
}

func (f cronField) hint() string {
	if f.names == nil {
		return ""
	}
	return " or " + f.names[0] + " to " + f.names[len(f.names)-1]
}

// allows says whether the field may have a value: single ones, ranges and steps, with commas between.
func (f cronField) allows(value string) bool {
	if value == "*" || value == "?" && strings.Contains(f.signs, "?") {
		return true
	}
	parts := strings.Split(value, ",")
	if len(parts) > 1 && strings.Contains(value, "#") {
		return false // AWS takes one such expression
	}
	for _, part := range parts {
		base, step, stepped := strings.Cut(part, "/")
		if stepped && (!strings.Contains(f.signs, "/") || !between(step, 1, f.most)) {
			return false
		}
		if stepped && base == "*" || f.special(base) {
			continue
		}
		first, last, isRange := strings.Cut(base, "-")
		if !f.holds(first) || isRange && !f.holds(last) {
			return false
		}
	}
	return true
}

// special says whether a value is one of the last day (L, 6L), the nearest weekday (3W, LW) or the n-th of a month (3#2).
func (f cronField) special(value string) bool {
	if day, nth, found := strings.Cut(value, "#"); found && strings.Contains(f.signs, "#") {
		return f.holds(day) && between(nth, 1, 5)
	}
	for _, sign := range []string{"L", "W"} {
		day, found := strings.CutSuffix(value, sign)
		if found && strings.Contains(f.signs, sign) && (day == "" && sign == "L" || day == "L" && sign == "W" || f.holds(day)) {
			return true
		}
	}
	return false
}

func (f cronField) holds(value string) bool {
	return slices.Contains(f.names, value) || between(value, f.least, f.most)
}

func between(value string, least, most int) bool {
	number, err := strconv.ParseUint(value, 10, 16) // takes no sign
	return err == nil && int(number) >= least && int(number) <= most
}
