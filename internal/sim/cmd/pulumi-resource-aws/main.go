// Command pulumi-resource-aws is the plugin that plays the aws provider on a simulated AWS account.
package main

import (
	"fmt"
	"os"

	"kong-llm-gateway/internal/sim"
)

func main() {
	if err := sim.Main("aws"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
