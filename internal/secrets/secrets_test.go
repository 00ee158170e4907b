package secrets_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/internal/secrets"
)

func deploy(maker secrets.Maker, args secrets.Args) (*pulumitest.Recorder, error) {
	r := &pulumitest.Recorder{}
	return r, r.Run("poc", func(ctx *pulumi.Context) error {
		_, err := maker.New(ctx, "key", args)
		return err
	})
}

const (
	secretType  = "aws:secretsmanager/secret:Secret"
	versionType = "aws:secretsmanager/secretVersion:SecretVersion"
)

func TestAGeneratedValueIsSecretAndCarriesItsPrefix(t *testing.T) {
	t.Parallel()
	for want, args := range map[string]secrets.Args{
		"sk-random.RandomPassword(key).result": {Length: 40, Prefix: "sk-"},
		"random.RandomBytes(key).hex":          {Length: 64, Hex: true},
	} {
		r, err := deploy(secrets.Maker{}, args)
		require.NoError(t, err)
		value := r.Only(t, versionType).Inputs["secretString"]
		require.True(t, value.IsSecret(), "the value must be secret in the state")
		require.Equal(t, want, value.SecretValue().Element.StringValue())
	}
}

func TestTheRecoveryWindowFollowsTheProtection(t *testing.T) {
	t.Parallel()
	for protect, days := range map[bool]float64{false: 0, true: 30} {
		r, err := deploy(secrets.Maker{Names: config.Names{Project: "kong-llm-gateway", Stack: "poc"}, Protect: protect}, secrets.Args{Service: "litellm", Name: "key"})
		require.NoError(t, err)
		require.InDelta(t, days, r.Only(t, secretType).Inputs["recoveryWindowInDays"].NumberValue(), 0)
		require.Equal(t, "litellm-poc/key", r.Only(t, secretType).Text(t, "name"))
	}
}

func TestAnExistingSecretIsOnlyLookedUp(t *testing.T) {
	t.Parallel()
	r, err := deploy(secrets.Maker{}, secrets.Args{Existing: "mine"})
	require.NoError(t, err)
	require.Empty(t, r.Of(secretType))
	require.Empty(t, r.Of(versionType))
}

func TestAShortSecretIsRefused(t *testing.T) {
	t.Parallel()
	r, err := deploy(secrets.Maker{}, secrets.Args{Length: 8})
	require.Error(t, err)
	require.Empty(t, r.Resources())
}
