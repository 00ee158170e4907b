package config

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// TestLiteLLMsFailureCallbackIsOff holds a stopgap: LiteLLM 1.102.4 calls it for requests without a valid key too, with the Langfuse host that
// the request's body names.
func TestLiteLLMsFailureCallbackIsOff(t *testing.T) {
	t.Parallel()
	settings := Defaults()
	content, err := settings.LiteLLMConfig()
	require.NoError(t, err)
	var document struct {
		Settings map[string]any `yaml:"litellm_settings"`
	}
	require.NoError(t, yaml.Unmarshal(content, &document))
	require.Equal(t, []any{}, document.Settings["failure_callback"])
}
