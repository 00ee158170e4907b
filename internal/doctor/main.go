// Command doctor prints what a stack needs of its AWS account, as JSON for scripts/doctor.sh. It reads the stack file and nothing else, so that it
// works before the first deploy, without Pulumi and without credentials.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/cost"
	"kong-llm-gateway/internal/problems"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(files []string, out io.Writer) error {
	if len(files) != 1 {
		return fmt.Errorf("usage: doctor FILE")
	}
	settings, err := config.ReadFile(files[0], problems.Of)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(needsOf(settings)); err != nil {
		return fmt.Errorf("print what the stack needs: %w", err)
	}
	return nil
}

// needs is what a stack asks of its account.
type needs struct {
	Project string `json:"project"`
	Stack   string `json:"stack"`
	Region  string `json:"region"`
	// Profile, Role and the ids say which account it is (aws:profile …).
	Profile             string   `json:"profile"`
	Role                string   `json:"role"`
	AllowedAccountIDs   []string `json:"allowedAccountIds"`
	ForbiddenAccountIDs []string `json:"forbiddenAccountIds"`
	// UnusableZones are zones of any region in which a VPC origin does not work; ZoneIDs are those the stack asks for.
	UnusableZones []string `json:"unusableZones"`
	ZoneIDs       []string `json:"zoneIds"`
	// VpcID is the existing VPC, empty for a new one.
	VpcID           string `json:"vpcId"`
	PublicAddresses int    `json:"publicAddresses"`
	// OnDemandVCPU and SpotVCPU are what Fargate runs at most: while every service is being replaced, or scaled to its maximum.
	OnDemandVCPU float64 `json:"onDemandVcpu"`
	SpotVCPU     float64 `json:"spotVcpu"`
	// Secrets are those the stack makes, ExistingSecrets those it takes.
	Secrets         []config.GeneratedSecret `json:"secrets"`
	ExistingSecrets []string                 `json:"existingSecrets"`
	Models          []config.BedrockCall     `json:"models"`
}

func needsOf(s *config.Settings) needs {
	n := needs{
		Project:             s.Project,
		Stack:               s.Stack,
		Region:              s.Region,
		Profile:             s.Account.Profile,
		AllowedAccountIDs:   s.Account.AllowedIDs,
		ForbiddenAccountIDs: s.Account.ForbiddenIDs,
		UnusableZones:       config.ZonesWithoutVpcOrigins(),
		ZoneIDs:             s.Network.ZoneIDs,
		VpcID:               s.Network.VpcID,
		PublicAddresses:     cost.PublicAddresses(s),
		Secrets:             s.GeneratedSecrets(),
		Models:              s.BedrockCalls(),
	}
	if s.Account.AssumeRole != nil {
		n.Role = s.Account.AssumeRole.RoleArn
	}
	for _, name := range []string{s.Secrets.MasterKey, s.Secrets.GrafanaAdminPassword, s.Secrets.LangfuseAdminPassword} {
		if name != "" {
			n.ExistingSecrets = append(n.ExistingSecrets, name)
		}
	}
	const unitsPerVCPU = 1024
	for _, running := range s.RunningAtMost() {
		vcpu := float64(running.Tasks*running.CPU) / unitsPerVCPU
		if running.Spot {
			n.SpotVCPU += vcpu
		} else {
			n.OnDemandVCPU += vcpu
		}
	}
	return n
}
