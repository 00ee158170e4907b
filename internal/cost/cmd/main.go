// Command cmd prints what the stack of a settings file costs per month, or the difference between two such files.
package main

import (
	"flag"
	"fmt"
	"os"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/cost"
	"kong-llm-gateway/internal/problems"
)

func main() {
	against := flag.String("against", "", "a second settings file to compare with")
	flag.Parse()
	if err := run(flag.Args(), *against); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(files []string, against string) error {
	if len(files) != 1 {
		return fmt.Errorf("usage: cost [-against FILE] FILE")
	}
	first, err := estimate(files[0])
	if err != nil {
		return err
	}
	if against == "" {
		_, err = fmt.Fprint(os.Stdout, first.Markdown())
		return err
	}
	second, err := estimate(against)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(os.Stdout, cost.Difference(first, second, files[0], against))
	return err
}

func estimate(file string) (*cost.Estimate, error) {
	settings, err := config.ReadFile(file, problems.Of)
	if err != nil {
		return nil, err
	}
	made, err := cost.For(settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return made, nil
}
