package engine

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/config/configtest"
)

func TestAModelListChangeTouchesOnlyLiteLLMsTaskItsServiceAndItsPolicy(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	secretsStaySecret(t, s)

	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:models"] = append(models(t), map[string]any{"name": "nova-lite", "bedrock": "us.amazon.nova-lite-v1:0"})
	s.set(settings)
	kinds := map[string]int{}
	for _, change := range s.changes() {
		require.Contains(t, change.name, "litellm")
		kinds[change.op+" "+change.kind]++
	}
	require.Equal(t, map[string]int{
		"replace aws:ecs/taskDefinition:TaskDefinition": 1,
		"update aws:ecs/service:Service":                1,
		"update aws:iam/rolePolicy:RolePolicy":          1,
	}, kinds)
	s.up()
	s.settled()

	resources, err := s.account.Resources()
	require.NoError(t, err)
	for _, r := range resources {
		if r.Type == "aws:ec2/vpc:Vpc" {
			require.NoError(t, s.account.Drift(r.Type, r.ID, map[string]any{"enableDnsHostnames": false}))
		}
	}
	output, err := s.try("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	require.Error(t, err, "a change behind Pulumi's back is found: %s", output)
	require.NotEmpty(t, s.changes(), "and the next up takes it back")
	s.destroy()
	require.Empty(t, s.left())
}

// models is the default list of models as settings.
func models(t *testing.T) []any {
	t.Helper()
	content, err := json.Marshal(config.Defaults().LiteLLM.Models)
	require.NoError(t, err)
	var list []any
	require.NoError(t, json.Unmarshal(content, &list))
	return list
}

// Eight hundred models with names that do not compress no longer fit into the task definition and go through S3; a change of them still arrives.
func TestManyModelsAreDeliveredThroughS3(t *testing.T) {
	t.Parallel()
	models := configtest.Models(800, 43)
	s := newWorkplace(t, gateway).stack("poc", map[string]any{"models": models})
	resources, finish := roundTrip(t, s)
	require.NotZero(t, count(resources, "aws:s3/bucketObjectv2:BucketObjectv2"))
	s.set(map[string]any{"models": models[1:]})
	require.NotEmpty(t, s.changes())
	s.up()
	s.settled()
	finish()
}

// secretHolders are the types whose state is where a secret's value belongs.
var secretHolders = map[string]bool{
	"aws:secretsmanager/secretVersion:SecretVersion": true,
	"random:index/randomPassword:RandomPassword":     true,
	"random:index/randomBytes:RandomBytes":           true,
	"aws:rds/instance:Instance":                      true, // its password
}

// secretsStaySecret searches what anybody may see of a deployed stack for each generated value.
func secretsStaySecret(t *testing.T, s *stack) {
	t.Helper()
	values := generated(t, s)
	require.GreaterOrEqual(t, len(values), 6, "the stack generates its passwords and keys")
	places := map[string]string{
		"exported state": s.must("stack", "export"), "outputs": s.must("stack", "output", "--json"),
		"preview": s.must("preview", "--diff"), "stack": s.must("stack", "--show-urns"),
	}
	resources, err := s.account.Resources()
	require.NoError(t, err)
	tasks := 0
	for _, r := range resources {
		if r.Type == "aws:ecs/taskDefinition:TaskDefinition" {
			tasks++
		}
		if secretHolders[r.Type] {
			continue
		}
		content, err := json.Marshal(r)
		require.NoError(t, err)
		places[r.Type+" "+r.ID] = string(content)
	}
	require.Equal(t, 4, tasks)
	t.Logf("%d generated values are in none of %d places", len(values), len(places))
	for value, owner := range values {
		for place, text := range places {
			require.NotContains(t, text, value, "the value of %s is readable in %s", owner, place)
		}
	}
}

// generated are the generated secret values of a stack with the names of what generated them.
func generated(t *testing.T, s *stack) map[string]string {
	t.Helper()
	var state struct {
		Deployment struct {
			Resources []struct {
				URN, Type string
				Outputs   map[string]any
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("stack", "export", "--show-secrets")), &state))
	values := map[string]string{}
	for _, r := range state.Deployment.Resources {
		for name, output := range r.Outputs {
			secret, marked := output.(map[string]any)
			text, known := secret["plaintext"].(string)
			var value string
			if !marked || !known || json.Unmarshal([]byte(text), &value) != nil || len(value) < 12 {
				continue
			}
			values[value] = r.URN + " " + name
		}
		if r.Type == "random:index/randomPassword:RandomPassword" || r.Type == "random:index/randomBytes:RandomBytes" {
			require.Contains(t, values, plain(r.Outputs, "result", "hex"), "%s is marked as a secret", r.URN)
		}
	}
	return values
}

// plain is the first of the named outputs, unwrapped where it is a secret.
func plain(outputs map[string]any, names ...string) string {
	for _, name := range names {
		secret, _ := outputs[name].(map[string]any)
		text, _ := secret["plaintext"].(string)
		var value string
		if json.Unmarshal([]byte(text), &value) == nil && value != "" {
			return value
		}
	}
	return "no secret output"
}

// A list of models stands in place of the default one, so that whoever adds a model may lose three: the preview says which names go.
func TestAPreviewNamesTheModelsThatGo(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:models"] = []any{map[string]any{"name": "nova-lite", "bedrock": "us.amazon.nova-lite-v1:0"}}
	s.set(settings)
	output := s.must("preview")
	for _, line := range []string{"- claude-haiku-4-5", "- claude-haiku-4-5-20251001", "- claude-sonnet-5", "- claude-opus-5", `\+ nova-lite`} {
		require.Regexp(t, `(?m)^ +`+line+` *:`, output)
	}
}

func TestOneModelMoreIsOneChangeOfThePolicy(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:models"] = append(models(t), map[string]any{"name": "nova-lite", "bedrock": "us.amazon.nova-lite-v1:0"})
	s.set(settings)
	output := s.must("preview", "--diff")
	require.Regexp(t, `(?m)^ *\+ \[15\]: "arn:aws:bedrock:\S*us\.amazon\.nova-lite-v1:0"$`, output)
	require.NotRegexp(t, `(?m)^ *[-~] .*anthropic\.claude`, output)
}
