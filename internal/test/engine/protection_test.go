package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// protected is a deployed stack with database.deletionProtection.
func protected(t *testing.T) (*stack, map[string]any) {
	t.Helper()
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	settings["kong-llm-gateway:database"] = map[string]any{"deletionProtection": true}
	s := poc(t)
	s.set(settings)
	s.up()
	return s, settings
}

func TestAMistakenDestroyOfAProtectedStackDeletesNothing(t *testing.T) {
	t.Parallel()
	s, settings := protected(t)
	before := s.left()
	output, err := s.try("destroy", "--yes")
	require.Error(t, err, output)
	require.Contains(t, output, "protected")
	require.ElementsMatch(t, before, s.left(), "Pulumi refuses before the first deletion")

	guarded := map[string]int{}
	for _, r := range s.state() {
		if r.Protect {
			guarded[r.Type]++
		}
	}
	require.Equal(t, map[string]int{
		"aws:rds/instance:Instance": 1, "aws:efs/fileSystem:FileSystem": 1, "aws:cloudfront/distribution:Distribution": 2, "aws:secretsmanager/secret:Secret": 15,
	}, guarded)

	settings["kong-llm-gateway:database"] = map[string]any{"deletionProtection": false}
	s.set(settings)
	s.up()
	s.must("destroy", "--yes")
	require.Empty(t, s.left(), "the documented way lifts it")
}

func TestSecretsRotateAndALostDatabaseComesBackUnderProtection(t *testing.T) {
	t.Parallel()
	s, _ := protected(t)
	for _, name := range []string{"litellm-metrics-key", "database-master"} {
		urn := ""
		for _, r := range s.state() {
			if r.Type == "random:index/randomPassword:RandomPassword" && strings.HasSuffix(r.URN, "::"+name) {
				urn = r.URN
			}
		}
		require.NotEmpty(t, urn, name)
		output := s.must("up", "--yes", "--skip-preview", "--replace", urn)
		require.NotContains(t, output, "protected")
		s.settled()
	}
	lost := s.one("aws:rds/instance:Instance", "identifier", "kong-llm-gateway-poc")
	require.NoError(t, s.account.Remove(lost.Type, lost.ID))
	s.must("refresh", "--yes", "--skip-preview")
	s.up()
	s.settled()
	s.one("aws:rds/instance:Instance", "identifier", "kong-llm-gateway-poc")
}

// inState is a resource in Pulumi's state.
type inState struct {
	URN, Type string
	Protect   bool
}

// state lists what is in Pulumi's state.
func (s *stack) state() []inState {
	s.Helper()
	var exported struct {
		Deployment struct{ Resources []inState }
	}
	require.NoError(s, json.Unmarshal([]byte(s.must("stack", "export")), &exported))
	return exported.Deployment.Resources
}
