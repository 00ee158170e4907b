package configtest_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/config/configtest"
)

func TestRandomSettingsAreValidAndTogetherGiveEverySetting(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20261123, 0))
	given := map[string]bool{}
	for range 200 {
		stack, values := configtest.Valid(random)
		_, err := config.Parse("kong-llm-gateway", stack, configtest.Region, values)
		require.NoError(t, err, "%v", values)
		_, err = values.Config()
		require.NoError(t, err)
		for key := range values {
			given[key] = true
		}
	}
	for _, setting := range config.Table() {
		require.True(t, given[setting.Key], "%s is never given", setting.Key)
	}
}

func TestBrokenSettingsAreRefusedByName(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20261123, 1))
	for range 3000 {
		stack, values := configtest.Valid(random)
		key, value := configtest.Broken(random)
		values[key] = value
		_, err := config.Parse("kong-llm-gateway", stack, configtest.Region, values)
		require.Error(t, err, "%s = %q", key, value)
		require.Regexp(t, `\n  `+key+`(\[\d+\](\.\w+)?|\..*)? = `, err.Error(), "%s = %q", key, value)
	}
}
