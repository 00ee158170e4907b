// Command docs writes the generated parts of Pulumi.yaml, Pulumi.poc.yaml, README.md and docs/decisions.md anew.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// part is text between two markers of a file.
type part struct {
	file, begin, end string
	// generate makes the text; folder is the repository.
	generate func(folder string) (string, error)
}

var parts = []part{
	{"Pulumi.yaml", "# settings:begin (make docs)", "# settings:end", schema},
	{"Pulumi.poc.yaml", "# settings:begin (make docs)", "# settings:end", stackComments},
	{"README.md", "<!-- settings:begin -->", "<!-- settings:end -->", settingsTable},
	{"README.md", "<!-- cost:begin -->", "<!-- cost:end -->", costTable},
	{"docs/decisions.md", "<!-- savings:begin -->", "<!-- savings:end -->", savingsTable},
}

func main() {
	if err := renewAll(".", false); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// renewAll brings every part in the folder up to date, or only names all that are not.
func renewAll(folder string, check bool) error {
	var found []error
	for _, p := range parts {
		found = append(found, p.renew(folder, check))
	}
	return errors.Join(found...)
}

// renew brings a part up to date, or says that it is not.
func (p part) renew(folder string, check bool) error {
	path := filepath.Join(folder, p.file)
	old, err := os.ReadFile(path) //nolint:gosec // a file of the repository
	if err != nil {
		return fmt.Errorf("read %s: %w", p.file, err)
	}
	before, rest, begins := strings.Cut(string(old), p.begin+"\n")
	_, after, ends := strings.Cut(rest, p.end)
	if !begins || !ends {
		return fmt.Errorf("%s has no part between %q and %q", p.file, p.begin, p.end)
	}
	text, err := p.generate(folder)
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
	if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil { //nolint:gosec // a file of the repository, readable by all
		return fmt.Errorf("write %s: %w", p.file, err)
	}
	return nil
}
