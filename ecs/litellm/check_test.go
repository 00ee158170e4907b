package litellm

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
)

func TestModelsWhosePolicyNoRoleCanHaveAreAProblem(t *testing.T) {
	t.Parallel()
	settings := config.Defaults().LiteLLM
	require.Empty(t, Check(settings, "us-west-1", config.ContentFull, 40), "documents inside the task definition have no tags")
	settings.Models = nil
	for i := range 60 {
		settings.Models = append(settings.Models, config.Model{Bedrock: fmt.Sprintf("us.anthropic.model-%d", i)})
	}
	problems := Check(settings, "us-west-1", config.ContentFull, 0)
	require.Len(t, problems, 1)
	require.Equal(t, "models", problems[0].Key)
	require.Equal(t, "60 entries", problems[0].Value)
	require.Contains(t, problems[0].Allowed, "IAM allows a role 10240")
}
