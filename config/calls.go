package config

import (
	"fmt"
	"slices"
)

// BedrockCall is one Bedrock id that LiteLLM calls.
type BedrockCall struct {
	// ID is the configured id, Model the model's own, without a geography; Region is where it is called.
	ID     string `json:"id"`
	Model  string `json:"model"`
	Region string `json:"region"`
	// Profile says that the id is an inference profile; Destinations are then the regions to which it may send requests, sorted; empty for all.
	Profile      bool     `json:"profile"`
	Destinations []string `json:"destinations"`
	// Route is what LiteLLM must be told in front of the id; empty for nearly all.
	Route string `json:"-"`
}

// Call is how the model is called from a stack in the region.
func (m Model) Call(region string) BedrockCall {
	if m.Region != "" {
		region = m.Region
	}
	geo, id := profile(m.Bedrock)
	call := BedrockCall{ID: m.Bedrock, Model: id, Region: region, Profile: geo != nil}
	if geo == nil {
		return call
	}
	call.Route = geo.route
	if geo.prefix != globalPrefix {
		call.Destinations = append([]string{region}, geo.destinations...)
		slices.Sort(call.Destinations)
		call.Destinations = slices.Compact(call.Destinations)
	}
	return call
}

// BedrockCalls are the different Bedrock ids of the configured models, each with the region it is called in.
func (s *Settings) BedrockCalls() []BedrockCall {
	var calls []BedrockCall
	for _, model := range s.LiteLLM.Models {
		call := model.Call(s.Region)
		if !slices.ContainsFunc(calls, func(other BedrockCall) bool { return other.ID == call.ID && other.Region == call.Region }) {
			calls = append(calls, call)
		}
	}
	return calls
}

// entries is how a list of models is shown where all of it is meant.
func (l LiteLLM) entries() string { return fmt.Sprintf("%d entries", len(l.Models)) }

// TooMany is the problem that there are too many models for something that can hold only so much.
func (l LiteLLM) TooMany(allowed string) Problem {
	return Problem{Key: "models", Value: l.entries(), Allowed: allowed}
}
