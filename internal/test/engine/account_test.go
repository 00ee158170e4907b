package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

// watched is the POC with somebody to tell.
func watched(t *testing.T) []sim.Resource {
	t.Helper()
	s := poc(t)
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:alarms"] = map[string]any{"email": "oncall@example.com"}
	settings["kong-llm-gateway:budget"] = map[string]any{"monthlyUsd": 150}
	s.set(settings)
	s.up()
	resources, err := s.account.Resources()
	require.NoError(t, err)
	s.destroy()
	return resources
}

// list is a list of objects in a resource's state.
func list(t *testing.T, state map[string]any, name string) []map[string]any {
	t.Helper()
	values, isList := state[name].([]any)
	require.True(t, isList, "%s is a list", name)
	var objects []map[string]any
	for _, value := range values {
		object, isObject := value.(map[string]any)
		require.True(t, isObject)
		objects = append(objects, object)
	}
	return objects
}

func TestWhatIsDeployedIsGuardedAndWatched(t *testing.T) {
	t.Parallel()
	resources := watched(t)
	names, topics := map[string]bool{"Global": true}, map[string]bool{}
	for _, resource := range resources {
		names[resource.ID] = true
		for _, property := range []string{"name", "arnSuffix", "identifier", "arn"} {
			if text, isText := resource.State[property].(string); isText {
				names[text] = true
			}
		}
		if strings.HasSuffix(resource.Type, ":Topic") {
			topics[fmt.Sprint(resource.State["arn"])] = true
		}
	}
	require.Len(t, topics, 2)
	distributions, alarms, budgets := 0, 0, 0
	for _, resource := range resources {
		switch resource.Type {
		case "aws:cloudfront/distribution:Distribution":
			distributions++
			behaviours := []map[string]any{resource.State["defaultCacheBehavior"].(map[string]any)} //nolint:forcetypeassert // the schema says so
			if resource.State["orderedCacheBehaviors"] != nil {
				behaviours = append(behaviours, list(t, resource.State, "orderedCacheBehaviors")...)
			}
			for _, behaviour := range behaviours {
				functions := list(t, behaviour, "functionAssociations")
				require.Len(t, functions, 1, "every behaviour carries the function")
				require.Equal(t, "viewer-request", functions[0]["eventType"])
				require.True(t, names[fmt.Sprint(functions[0]["functionArn"])])
			}
		case "aws:cloudwatch/metricAlarm:MetricAlarm":
			alarms++
			dimensions := []map[string]any{}
			if own, isObject := resource.State["dimensions"].(map[string]any); isObject {
				dimensions = append(dimensions, own)
			}
			for _, dimension := range dimensions {
				for key, value := range dimension {
					require.True(t, names[fmt.Sprint(value)], "alarm %s: %s %v is nothing that exists", resource.State["name"], key, value)
				}
			}
			reached := false
			for _, action := range resource.State["alarmActions"].([]any) { //nolint:forcetypeassert // the schema says so
				reached = reached || topics[fmt.Sprint(action)]
			}
			require.True(t, reached, "alarm %s reaches no topic", resource.State["name"])
		case "aws:budgets/budget:Budget":
			budgets++
			for _, notification := range list(t, resource.State, "notifications") {
				arns, isList := notification["subscriberSnsTopicArns"].([]any)
				require.True(t, isList)
				require.True(t, topics[fmt.Sprint(arns[0])])
			}
		}
	}
	require.Equal(t, 2, distributions)
	require.Greater(t, alarms, 20)
	require.Equal(t, 1, budgets)
}
