package secrets_test

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/secrets"
)

// recorder keeps the inputs of what is registered, by type.
type recorder struct {
	mutex sync.Mutex
	made  map[string]resource.PropertyMap
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.made[args.TypeToken] = args.Inputs
	outputs := args.Inputs.Copy()
	outputs["hex"], outputs["result"] = resource.NewStringProperty("00ff"), resource.NewStringProperty("letters")
	return args.Name + "-id", outputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.NewPropertyMapFromMap(map[string]any{"name": args.Args["name"].StringValue(), "arn": "arn:existing"}), nil
}

func deploy(args secrets.Args) (*recorder, error) {
	r := &recorder{made: map[string]resource.PropertyMap{}}
	return r, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := secrets.New(ctx, "key", &args)
		return err
	}, pulumi.WithMocks("kong-llm-gateway", "poc", r))
}

const (
	secretType  = "aws:secretsmanager/secret:Secret"
	versionType = "aws:secretsmanager/secretVersion:SecretVersion"
)

func TestAGeneratedValueIsSecretAndCarriesItsPrefix(t *testing.T) {
	t.Parallel()
	for want, args := range map[string]secrets.Args{"sk-letters": {Length: 40, Prefix: "sk-"}, "00ff": {Length: 64, Hex: true}} {
		r, err := deploy(args)
		require.NoError(t, err)
		value := r.made[versionType]["secretString"]
		require.True(t, value.IsSecret(), "the value must be secret in the state")
		require.Equal(t, want, value.SecretValue().Element.StringValue())
	}
}

func TestTheRecoveryWindowFollowsTheProtection(t *testing.T) {
	t.Parallel()
	for protect, days := range map[bool]float64{false: 0, true: 30} {
		r, err := deploy(secrets.Args{SecretName: "litellm-poc/key", Length: 40, Protect: protect})
		require.NoError(t, err)
		require.InDelta(t, days, r.made[secretType]["recoveryWindowInDays"].NumberValue(), 0)
		require.Equal(t, "litellm-poc/key", r.made[secretType]["name"].StringValue())
	}
}

func TestAnExistingSecretIsOnlyLookedUp(t *testing.T) {
	t.Parallel()
	r, err := deploy(secrets.Args{Existing: "mine"})
	require.NoError(t, err)
	require.NotContains(t, r.made, secretType)
	require.NotContains(t, r.made, versionType)
}

func TestAShortSecretIsRefused(t *testing.T) {
	t.Parallel()
	r, err := deploy(secrets.Args{Length: 8})
	require.Error(t, err)
	require.Empty(t, r.made)
}
