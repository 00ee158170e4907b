package config

import (
	"fmt"
	"strings"
)

func (s *Settings) validateServices(p *problems) {
	type limits struct {
		settings Service
		most     int
		why      string
	}
	services := map[string]limits{
		"litellm":         {s.LiteLLM.Service, MaxLiteLLMTasks, "a DNS answer holds no more addresses, and each is scraped"},
		"langfuse":        {s.Langfuse.Service, 4, "its connections to the database are limited"},
		"grafana":         {s.Grafana.Service, 1, ""},
		"victoriametrics": {s.VictoriaMetrics.Service, 1, ""},
	}
	for name, service := range services {
		key := func(setting string) string { return name + "." + setting }
		c := service.settings
		pinned := imagePattern.MatchString(c.Image) && !strings.HasSuffix(c.Image, ":latest")
		p.require(pinned, key("image"), c.Image, "an image with a release tag (not latest), a digest or both: name:tag@sha256:…")
		memory, size := fargateMemory[c.CPU]
		p.require(size, key("cpu"), c.CPU, "256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units")
		if size {
			fits := c.Memory >= memory.least && c.Memory <= memory.most && c.Memory%memory.step == 0 && c.Memory != memory.except
			allowed := fmt.Sprintf("%d to %d MiB in steps of %d", memory.least, memory.most, memory.step)
			if memory.except != 0 {
				allowed += fmt.Sprintf(" but not %d", memory.except)
			}
			p.require(fits, key("memory"), c.Memory, fmt.Sprintf("%s, for %s.cpu = %d", allowed, name, c.CPU))
		}
		if service.most > 1 {
			p.scaling(name, c.Scaling, service.most, service.why)
		}
		p.require(c.Architecture == ARM64 || c.Architecture == X8664, key("architecture"), c.Architecture, "ARM64 or X86_64")
	}
	s.validateReleases(p)
	p.require(s.LiteLLM.Workers >= 1 && s.LiteLLM.Workers <= 16, "litellm.workers", s.LiteLLM.Workers, "1 to 16")
	p.require(s.LiteLLM.DatabasePool >= 1 && s.LiteLLM.DatabasePool <= 100, "litellm.databasePool", s.LiteLLM.DatabasePool, "1 to 100")
	p.require(s.LiteLLM.MonthlyBudgetUSD >= 0, "litellm.monthlyBudgetUsd", s.LiteLLM.MonthlyBudgetUSD, "0 (no limit) or more USD")
	p.require(s.LiteLLM.UserMonthlyBudgetUSD >= 0, "litellm.userMonthlyBudgetUsd", s.LiteLLM.UserMonthlyBudgetUSD, "0 (none) or more USD")
	p.require(s.Langfuse.DatabasePool >= 1 && s.Langfuse.DatabasePool <= 100, "langfuse.databasePool", s.Langfuse.DatabasePool, "1 to 100")
	p.require(s.Grafana.DatabasePool >= 1 && s.Grafana.DatabasePool <= 100, "grafana.databasePool", s.Grafana.DatabasePool, "1 to 100")
	for key, days := range map[string]int{
		"litellm.spendLogRetentionDays": s.LiteLLM.SpendLogRetentionDays, "langfuse.retentionDays": s.Langfuse.RetentionDays,
		"victoriametrics.retentionDays": s.VictoriaMetrics.RetentionDays,
	} {
		p.require(days >= 1 && days <= 3650, key, days, "1 to 3650 days")
	}
	p.require(s.Langfuse.Content == ContentFull || s.Langfuse.Content == ContentNone, "langfuse.content", s.Langfuse.Content, "full or none")
	p.require(emailPattern.MatchString(s.Langfuse.AdminEmail), "langfuse.adminEmail", s.Langfuse.AdminEmail, "an e-mail address")
}

// scaling checks how many tasks a service has; most says how many it may have, and why says why.
func (p *problems) scaling(name string, c Scaling, most int, why string) {
	key := func(setting string) string { return name + "." + setting }
	bound := fmt.Sprintf("0 to %d (%s)", most, why)
	p.require(c.MaxCount >= 0 && c.MaxCount <= most, key("maxCount"), c.MaxCount, bound)
	// Scaling by CPU never comes back from no task, because no task has no CPU: a service that may run keeps one.
	p.require(c.MinCount >= min(1, c.MaxCount) && c.MinCount >= 0 && c.MinCount <= c.MaxCount, key("minCount"), c.MinCount,
		fmt.Sprintf("1 to %s.maxCount (%d); to switch the service off, desiredCount, minCount and maxCount are all 0", name, c.MaxCount))
	p.require(c.DesiredCount >= max(0, c.MinCount) && c.DesiredCount <= c.MaxCount, key("desiredCount"), c.DesiredCount,
		fmt.Sprintf("%s.minCount (%d) to %s.maxCount (%d)", name, c.MinCount, name, c.MaxCount))
	p.require(c.TargetCPUPercent >= 10 && c.TargetCPUPercent <= 90, key("targetCpuPercent"), c.TargetCPUPercent, "10 to 90")
}
