// Command pulumi-resource-random is the plugin that plays the random provider on a simulated AWS account.
package main

import (
	"fmt"
	"os"

	"kong-llm-gateway/internal/sim"
)

func main() {
	if err := sim.Main("random"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
