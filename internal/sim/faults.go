package sim

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Fault is a failure on demand.
type Fault struct {
	// Verb is create, update, delete or read; "" is any of them. Two more happen inside AWS and only fail: deploy, an ECS service starts its
	// tasks, and deregister, ECS takes a deleted service's instances out of Cloud Map.
	Verb string `json:"verb,omitempty"`
	// Type is a type token; "" is any type.
	Type string `json:"type,omitempty"`
	// Name is the name of an ECS service, for deploy and deregister; "" is any.
	Name string `json:"name,omitempty"`
	// Nth counts the operations that fit, from 1.
	Nth int `json:"nth"`
	// Times is how many operations in a row it hits; 0 is one.
	Times int `json:"times,omitempty"`
	// Action is fail, throttle, kill (the provider process ends before the operation) or kill-after (once it is done, unreported).
	Action string `json:"action"`
	// Seen is how many operations fitted so far; the account keeps it.
	Seen int `json:"seen,omitempty"`
}

// SetFaults replaces the faults that are ordered; none clears them.
func (a *Account) SetFaults(faults ...Fault) error {
	return a.change(func(s *state) error {
		s.Faults = faults
		return nil
	})
}

// fault counts an operation and returns the action that hits it, "" for none.
func (s *state) fault(verb, token, name string) string {
	action := ""
	for i := range s.Faults {
		f := &s.Faults[i]
		inside := verb == "deploy" || verb == "deregister"
		if (f.Verb != verb && (f.Verb != "" || inside)) || (f.Type != "" && f.Type != token) || (f.Name != "" && f.Name != name) {
			continue
		}
		f.Seen++
		if f.Seen >= f.Nth && f.Seen < f.Nth+max(f.Times, 1) {
			action = f.Action
		}
	}
	return action
}

// hit counts an operation, waits as long as it takes, and does what an ordered fault asks for. The action comes back for the time after.
func (a *Account) hit(ctx context.Context, verb, token string) (string, error) {
	action, scale := "", 0.0
	err := a.view(func(s *state) error {
		scale = s.Settings.LatencyScale
		if len(s.Faults) == 0 {
			return nil
		}
		action = s.fault(verb, token, "")
		return a.save(s)
	})
	if err != nil {
		return "", err
	}
	if err := wait(ctx, latency(verb, token)*scale); err != nil {
		return "", err
	}
	switch action {
	case "fail":
		return "", failure("InternalFailure", "fault on demand: %s of %s failed", verb, token)
	case "throttle":
		return "", failure("ThrottlingException", "fault on demand: rate exceeded at %s of %s", verb, token)
	case "kill":
		os.Exit(killed)
	}
	return action, nil
}

// killed is the exit status of a process that a fault stopped.
const killed = 137

func wait(ctx context.Context, seconds float64) error {
	if seconds <= 0 {
		return nil
	}
	timer := time.NewTimer(time.Duration(seconds * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("cancelled: %w", ctx.Err())
	case <-timer.C:
		return nil
	}
}

// latency is how many seconds an operation takes in AWS: orders of magnitude from experience, unverified; what is not listed takes one.
func latency(verb, token string) float64 {
	seconds := map[string]map[string]float64{
		"aws:rds/instance:Instance":                                    {"create": 420, "update": 120, "delete": 240},
		"aws:cloudfront/distribution:Distribution":                     {"create": 240, "update": 200, "delete": 240},
		"aws:cloudfront/vpcOrigin:VpcOrigin":                           {"create": 420, "delete": 300},
		"aws:ecs/service:Service":                                      {"create": 150, "update": 180, "delete": 120},
		"aws:lb/loadBalancer:LoadBalancer":                             {"create": 150, "delete": 20},
		"aws:ec2/natGateway:NatGateway":                                {"create": 100, "delete": 60},
		"aws:ec2/instance:Instance":                                    {"create": 15, "delete": 40},
		"aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": {"create": 40, "delete": 40},
		"aws:efs/mountTarget:MountTarget":                              {"create": 90, "delete": 20},
		"aws:ecs/cluster:Cluster":                                      {"create": 10, "delete": 10},
		"aws:ec2/internetGateway:InternetGateway":                      {"delete": 15},
		"aws:secretsmanager/secret:Secret":                             {"delete": 3},
	}
	if verb == "read" {
		return 0.2
	}
	if s, ok := seconds[token][verb]; ok {
		return s
	}
	return 1
}
