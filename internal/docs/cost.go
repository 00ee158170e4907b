package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/cost"
	"kong-llm-gateway/internal/problems"
)

// costTable is README.md's table of what the POC costs.
func costTable(folder string) (string, error) {
	settings, err := config.ReadFile(filepath.Join(folder, "Pulumi.poc.yaml"), problems.Of)
	if err != nil {
		return "", err
	}
	estimate, err := cost.For(settings)
	if err != nil {
		return "", err
	}
	return estimate.Markdown(), nil
}

// choices are what the POC chose, each undone by itself.
var choices = []struct {
	name string
	undo func(*config.Settings)
}{
	{"ARM instead of x86", func(s *config.Settings) { eachService(s, func(c *config.Service) { c.Architecture = config.X8664 }) }},
	{"Spot for Grafana and VictoriaMetrics", func(s *config.Settings) { eachService(s, func(c *config.Service) { c.Spot = false }) }},
	{"NAT instance instead of a NAT gateway", func(s *config.Settings) { s.Network.NAT = config.NATGateway }},
	{"one zone for the database instead of two", func(s *config.Settings) { s.Database.MultiAZ = true }},
	{"20 GB of gp3 that grow instead of 100 GB at once", func(s *config.Settings) { s.Database.StorageGB, s.Database.MaxStorageGB = 100, 110 }},
	{"logs kept 14 days instead of a year", func(s *config.Settings) { s.LogRetentionDays = 365 }},
	{"no Container Insights", func(s *config.Settings) { s.ContainerInsights = true }},
	{"no web ACL", func(s *config.Settings) { s.WAF.Enabled = true }},
}

// notTaken are choices that would save more, each at a price that its name tells.
var notTaken = []struct {
	name string
	take func(*config.Settings)
}{
	{"services off outside office hours (`schedule.start`, `schedule.stop`)", func(s *config.Settings) {
		s.Schedule.Start, s.Schedule.Stop = "cron(0 8 ? * MON-FRI *)", "cron(0 19 ? * MON-FRI *)"
	}},
	{"Spot for LiteLLM and Langfuse too (calls fail while AWS has no capacity)", func(s *config.Settings) { eachService(s, func(c *config.Service) { c.Spot = true }) }},
	{"no alarms", func(s *config.Settings) { s.Alarms.Enabled = false }},
}

func eachService(s *config.Settings, change func(*config.Service)) {
	for _, service := range []*config.Service{&s.LiteLLM.Service, &s.Langfuse.Service, &s.Grafana.Service, &s.VictoriaMetrics.Service} {
		change(service)
	}
}

// savingsTable is docs/decisions.md's table of what each choice saves.
func savingsTable(folder string) (string, error) {
	total := func(change func(*config.Settings)) (float64, error) {
		settings, err := config.ReadFile(filepath.Join(folder, "Pulumi.poc.yaml"), problems.Of)
		if err != nil {
			return 0, err
		}
		change(settings)
		for _, problem := range problems.Of(settings) {
			return 0, fmt.Errorf("a choice of docs/decisions.md is no stack: %s", problem)
		}
		estimate, err := cost.For(settings)
		if err != nil {
			return 0, err
		}
		fixed, perUse := estimate.Total()
		return fixed + perUse, nil
	}
	chosen, err := total(func(*config.Settings) {})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "The POC is estimated at %.2f USD a month. Each choice undone by itself:\n\n| Choice | Saves, USD a month |\n|---|---:|\n", chosen)
	for _, choice := range choices {
		without, err := total(choice.undo)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "| %s | %.2f |\n", choice.name, without-chosen)
	}
	for _, other := range notTaken {
		with, err := total(other.take)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "| not taken: %s | %.2f |\n", other.name, chosen-with)
	}
	return text.String(), nil
}
