package sim

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

// A refresh compares what it read with the recorded inputs, and then records its own.
func TestASetInAnotherOrderThanTheProvidersDriftsFromTheSecondRefreshOn(t *testing.T) {
	t.Parallel()
	documents := map[string]any{"name": "documents"}
	data := map[string]any{"name": "data", "efsVolumeConfiguration": map[string]any{"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}
	for name, c := range map[string]struct {
		volumes []any
		drifts  bool
	}{"the provider's order": {[]any{data, documents}, false}, "another": {[]any{documents, data}, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			require.NoError(t, b.account.Seed(Resource{Type: fileType, ID: "fs-1", Region: "us-west-1"}))
			inputs := b.check(
				taskType,
				"t",
				map[string]any{"family": "a", "containerDefinitions": `[{"name":"a","image":"b"}]`, "volumes": c.volumes},
			).Properties
			made := b.make(taskType, "t", plainMap(inputs))
			refresh := func() bool {
				read := b.read(taskType, "t", made, inputs)
				require.Equal(t, []any{"data", "documents"}, at(plainMap(read.Outputs), "volumes.name"))
				result, err := b.provider.Diff(t.Context(), plugin.DiffRequest{
					URN: urn(taskType, "t"), Type: tokens.Type(taskType), OldInputs: read.Inputs, OldOutputs: read.Outputs, NewInputs: inputs,
				})
				require.NoError(t, err)
				inputs = read.Inputs
				return result.Changes == plugin.DiffSome
			}
			require.False(t, refresh(), "first")
			require.Equal(t, c.drifts, refresh(), "second")
			require.Equal(t, c.drifts, refresh(), "third")
		})
	}
}

func TestSetsOfTextsAreSorted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cluster := b.make("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "c", map[string]any{
		"clusterName": b.make(clusterType, "c", map[string]any{"name": "c"})["name"], "capacityProviders": []any{"FARGATE_SPOT", "FARGATE"},
	})
	require.Equal(t, []any{"FARGATE", "FARGATE_SPOT"}, cluster["capacityProviders"])
}
