package cost

import (
	"fmt"
	"slices"
	"strings"

	"kong-llm-gateway/config"
)

// Summary is the estimate in one line, for the stack's outputs. A region without prices is said, not an error: it must not stop a deploy.
func Summary(s *config.Settings) string {
	estimate, err := For(s)
	if err != nil {
		return "no estimate: " + err.Error()
	}
	fixed, perUse := estimate.Total()
	without := ""
	if missing := estimate.Missing(); len(missing) > 0 {
		without = ", without " + strings.Join(missing, ", ")
	}
	return fmt.Sprintf("about %.0f USD fixed and %.0f USD for a small team's use%s, before any call to a model (make cost STACK=%s)", fixed, perUse, without, s.Stack)
}

// Markdown prints the estimate as a table.
func (e *Estimate) Markdown() string {
	var text strings.Builder
	text.WriteString("| Component | What | Fixed, USD a month | Per use, USD a month |\n|---|---|---:|---:|\n")
	for _, line := range e.Lines {
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", line.Component, line.Detail, usd(line.Fixed, line.Unverified), usd(line.PerUse, line.Unverified))
	}
	fixed, perUse := e.Total()
	unverified := slices.ContainsFunc(e.Lines, func(line Line) bool { return line.Unverified })
	fmt.Fprintf(&text, "| **Total** | %s | **%s** | **%s** |\n", e.Region, usd(fixed, unverified), usd(perUse, unverified))
	fmt.Fprintf(&text, "\n`~` marks prices that are second-hand or derived; internal/cost/prices.go names each price's source and date. "+
		"Per use: %.0f calls a month. Not counted: the models, taxes, the free tiers (but the alarms'), and what stays below a cent (documents and access logs in S3, mails).\n", Use.Calls)
	if missing := e.Missing(); len(missing) > 0 {
		fmt.Fprintf(&text, "\n**Not in the total, for want of a price in %s: %s.**\n", e.Region, strings.Join(missing, ", "))
	}
	return text.String()
}

func usd(amount float64, unverified bool) string {
	switch {
	case amount == 0:
		return ""
	case unverified:
		return fmt.Sprintf("~%.2f", amount)
	default:
		return fmt.Sprintf("%.2f", amount)
	}
}

// Difference prints two estimates side by side, component by component.
func Difference(first, second *Estimate, firstName, secondName string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| Component | %s | %s | Difference |\n|---|---:|---:|---:|\n", firstName, secondName)
	other := map[string]Line{}
	for _, line := range second.Lines {
		other[line.Component] = line
	}
	row := func(name string, a, b float64) { fmt.Fprintf(&text, "| %s | %.2f | %.2f | %+.2f |\n", name, a, b, b-a) }
	for _, line := range first.Lines {
		twin := other[line.Component]
		delete(other, line.Component)
		row(line.Component, line.Fixed+line.PerUse, twin.Fixed+twin.PerUse)
	}
	for _, line := range second.Lines {
		if _, left := other[line.Component]; left {
			row(line.Component, 0, line.Fixed+line.PerUse)
		}
	}
	f1, p1 := first.Total()
	f2, p2 := second.Total()
	row("**Total**", f1+p1, f2+p2)
	for _, of := range []struct {
		name     string
		estimate *Estimate
	}{{firstName, first}, {secondName, second}} {
		fmt.Fprintf(&text, "\n%s: %s", of.name, of.estimate.Region)
		if missing := of.estimate.Missing(); len(missing) > 0 {
			fmt.Fprintf(&text, "; **not in the total, for want of a price: %s**", strings.Join(missing, ", "))
		}
	}
	text.WriteString("\n")
	return text.String()
}
