// Command docs writes the generated parts of Pulumi.yaml, README.md and docs/decisions.md anew; with -check it only says which are out of date.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// part is text between two markers of a file.
type part struct {
	file, begin, end string
	generate         func() (string, error)
}

var parts = []part{
	{"Pulumi.yaml", "# settings:begin (make docs)", "# settings:end", schema},
	{"README.md", "<!-- settings:begin -->", "<!-- settings:end -->", settingsTable},
	{"README.md", "<!-- cost:begin -->", "<!-- cost:end -->", costTable},
	{"docs/decisions.md", "<!-- savings:begin -->", "<!-- savings:end -->", savingsTable},
}

func main() {
	check := flag.Bool("check", false, "write nothing; exit 1 if a part is out of date")
	flag.Parse()
	for _, p := range parts {
		if err := p.renew(*check); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
	}
}

// renew brings a part up to date, or says that it is not.
func (p part) renew(check bool) error {
	old, err := os.ReadFile(p.file)
	if err != nil {
		return fmt.Errorf("read %s: %w", p.file, err)
	}
	before, rest, begins := strings.Cut(string(old), p.begin+"\n")
	_, after, ends := strings.Cut(rest, p.end)
	if !begins || !ends {
		return fmt.Errorf("%s has no part between %q and %q", p.file, p.begin, p.end)
	}
	text, err := p.generate()
	if err != nil {
		return err
	}
	fresh := before + p.begin + "\n" + strings.TrimRight(text, "\n") + "\n" + p.end + after
	if fresh == string(old) {
		return nil
	}
	if check {
		return fmt.Errorf("%s: the part after %q is out of date: run make docs", p.file, p.begin)
	}
	if err := os.WriteFile(p.file, []byte(fresh), 0o644); err != nil { //nolint:gosec // a file of the repository, readable by all
		return fmt.Errorf("write %s: %w", p.file, err)
	}
	return nil
}
