package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEverySettingIsDescribedAndNothingElse(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, setting := range Table() {
		known[setting.Key] = true
		require.NotEmpty(t, setting.Description, setting.Key)
	}
	for key := range descriptions {
		require.True(t, known[key], "%s is described but is no setting", key)
	}
}
