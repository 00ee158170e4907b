//go:build runtime

// Package victoriametrics starts the real VictoriaMetrics as its task does, on a port of 127.0.0.1.
package victoriametrics

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"kong-llm-gateway/observability"
)

// WriteScrape writes the rendered scrape configuration to a file: it reads LiteLLM on one port, VictoriaMetrics itself on another, every so many seconds.
func WriteScrape(path string, litellmPort, ownPort, seconds, budgetUSD int) error {
	// localhost is found by DNS type A like the tasks' name.
	text, err := observability.ScrapeConfig(observability.ScrapeTarget{Host: "localhost", Port: litellmPort, IntervalSeconds: seconds}, budgetUSD)
	if err != nil {
		return fmt.Errorf("scrape configuration: %w", err)
	}
	own := fmt.Appendf(nil, "127.0.0.1:%d", observability.VictoriaMetricsPort)
	if !bytes.Contains(text, own) {
		return fmt.Errorf("the scrape configuration does not name %s any more: adapt the bench", own)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(text, own, fmt.Appendf(nil, "127.0.0.1:%d", ownPort)), 0o600); err != nil {
		return fmt.Errorf("scrape configuration: %w", err)
	}
	return nil
}

// Command is VictoriaMetrics with the flags and the start script of the deployment.
func Command(program, directory, scrape string, port int, metricsKey string) *exec.Cmd {
	arguments := []string{"-c", observability.VictoriaMetricsStart, "start", directory, program}
	for _, flag := range observability.VictoriaMetricsFlags(directory, scrape, 30) {
		if strings.HasPrefix(flag, "-httpListenAddr=") {
			flag = fmt.Sprintf("-httpListenAddr=127.0.0.1:%d", port)
		}
		arguments = append(arguments, flag)
	}
	// What was read a moment ago may be asked for.
	command := exec.Command("/bin/sh", append(arguments, "-search.latencyOffset=0s")...)
	command.Env = append(os.Environ(), observability.MetricsKeyVariable+"="+metricsKey)
	return command
}
