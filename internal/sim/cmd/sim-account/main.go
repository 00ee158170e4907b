// Command sim-account says what is in a simulated AWS account: its argument is the account's file. It exits with 1 while anything is left.
package main

import (
	"fmt"
	"os"

	"kong-llm-gateway/internal/sim"
)

func main() {
	left, err := report(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || left > 0 {
		os.Exit(1)
	}
}

func report(arguments []string) (int, error) {
	if len(arguments) != 1 {
		return 0, fmt.Errorf("usage: sim-account FILE")
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
