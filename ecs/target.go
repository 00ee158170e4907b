package ecs

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/cloudfront/routes"
)

// Target is a service behind the load balancer. A health check must not depend on the database, or a database restart would replace every task.
type Target struct {
	// Service is who it is in the rules of the edge listener.
	Service routes.Service
	// Port is where the service listens.
	Port int
	// Health is the path that answers 200 while the service is well.
	Health string
}

// HealthURL is the address of the health check inside the task.
func (t Target) HealthURL() string { return fmt.Sprintf("http://127.0.0.1:%d%s", t.Port, t.Health) }

// TargetGroup is a service's place behind the load balancer.
type TargetGroup struct {
	Arn pulumi.StringOutput
	// ArnSuffix is the part of the ARN that CloudWatch metrics carry.
	ArnSuffix pulumi.StringOutput
}

// Environment joins variables that are the same in every stack with others.
func Environment(fixed map[string]string, more map[string]pulumi.StringInput) map[string]pulumi.StringInput {
	joined := make(map[string]pulumi.StringInput, len(fixed)+len(more))
	for name, value := range fixed {
		joined[name] = pulumi.String(value)
	}
	maps.Copy(joined, more)
	return joined
}
