// Command simulated-aws is the simulated AWS account as one program of three names. As pulumi-resource-aws and pulumi-resource-random it is the
// engine's plugin that plays that provider; under its own name it says what is in the account whose file is its argument, and exits with 1 while
// anything is left there and with 2 when the file cannot be read.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"kong-llm-gateway/internal/sim"
)

func main() {
	os.Exit(run(filepath.Base(os.Args[0]), os.Args[1:]))
}

func run(name string, arguments []string) int {
	var err error
	code := 2
	switch name {
	case "pulumi-resource-aws", "pulumi-resource-random":
		code = 1
		err = sim.Main(name[len("pulumi-resource-"):])
	default:
		var left int
		if left, err = report(arguments); err == nil && left > 0 {
			return 1
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return code
	}
	return 0
}

// report prints what is left in the account, and returns how many resources that are.
func report(arguments []string) (int, error) {
	if len(arguments) != 1 {
		return 0, fmt.Errorf("usage: simulated-aws FILE")
	}
	account, err := sim.Open(arguments[0])
	if err != nil {
		return 0, err
	}
	resources, err := account.Resources()
	if err != nil {
		return 0, err
	}
	text := fmt.Sprintf("%d resources are left in the simulated account\n", len(resources))
	for _, resource := range resources {
		text += fmt.Sprintf("  %s %s\n", resource.Type, resource.ID)
	}
	if _, err := os.Stdout.WriteString(text); err != nil {
		return 0, fmt.Errorf("print the report: %w", err)
	}
	return len(resources), nil
}
