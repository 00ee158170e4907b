package rds_test

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/network"
	"kong-llm-gateway/rds"
)

// recorder keeps the inputs of what is registered, by type, and the order of the types.
type recorder struct {
	mutex sync.Mutex
	made  map[string][]resource.PropertyMap
	order []string
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.made[args.TypeToken] = append(r.made[args.TypeToken], args.Inputs)
	r.order = append(r.order, args.TypeToken)
	outputs := args.Inputs.Copy()
	outputs["hex"], outputs["result"] = resource.NewStringProperty("0a1b2c3d"), resource.NewStringProperty("generated")
	return args.Name + "-id", outputs, nil
}

func (r *recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func deploy(database config.Database, region string) (*recorder, error) {
	r := &recorder{made: map[string][]resource.PropertyMap{}}
	database.Class, database.Version, database.StorageGB, database.MaxStorageGB, database.BackupDays = "db.t4g.micro", "17.6", 20, 100, 7
	return r, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := rds.New(ctx, "database", &rds.Args{
			Settings: &config.Settings{Project: "kong-llm-gateway", Stack: "poc", Region: region, LogRetentionDays: 14, Database: database},
			Vpc: &network.Network{
				VpcID: pulumi.String("vpc-1").ToStringOutput(), PrivateSubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-3"}).ToStringArrayOutput(),
			},
		})
		return err
	}, pulumi.WithMocks("kong-llm-gateway", "poc", r))
}

const instanceType = "aws:rds/instance:Instance"

func TestTheInstanceIsPrivateEncryptedAndSpeaksOnlyTLS(t *testing.T) {
	t.Parallel()
	r, err := deploy(config.Database{}, "us-west-1")
	require.NoError(t, err)
	instance := r.made[instanceType][0]
	require.False(t, instance["publiclyAccessible"].BoolValue())
	require.True(t, instance["storageEncrypted"].BoolValue())
	require.True(t, instance["copyTagsToSnapshot"].BoolValue())
	require.True(t, instance["password"].IsSecret(), "the password must be secret in the state")
	require.Equal(t, "rds-ca-rsa2048-g1", instance["caCertIdentifier"].StringValue())
	parameters := r.made["aws:rds/parameterGroup:ParameterGroup"][0]
	require.Equal(t, "postgres17", parameters["family"].StringValue())
	require.Equal(t, "rds.force_ssl", parameters["parameters"].ArrayValue()[0].ObjectValue()["name"].StringValue())
	require.Equal(t, "1", parameters["parameters"].ArrayValue()[0].ObjectValue()["value"].StringValue())
}

func TestLogGroupsExistBeforeTheInstanceWouldMakeThem(t *testing.T) {
	t.Parallel()
	r, err := deploy(config.Database{}, "us-west-1")
	require.NoError(t, err)
	const group = "aws:cloudwatch/logGroup:LogGroup"
	var names []string
	for _, made := range r.made[group] {
		names = append(names, made["name"].StringValue())
		require.InDelta(t, 14, made["retentionInDays"].NumberValue(), 0)
	}
	require.ElementsMatch(t, []string{"/aws/rds/instance/kong-llm-gateway-poc/postgresql", "/aws/rds/instance/kong-llm-gateway-poc/upgrade"}, names)
	require.NotContains(t, r.order[slices.Index(r.order, instanceType):], group)
}

func TestStateThatMattersIsProtectedBySettings(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]config.Database{"off": {}, "on": {DeletionProtection: true, FinalSnapshot: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := deploy(settings, "us-west-1")
			require.NoError(t, err)
			instance := r.made[instanceType][0]
			require.Equal(t, settings.DeletionProtection, instance["deletionProtection"].BoolValue())
			require.Equal(t, !settings.FinalSnapshot, instance["skipFinalSnapshot"].BoolValue())
			recovery := r.made["aws:secretsmanager/secret:Secret"][0]["recoveryWindowInDays"].NumberValue()
			if !settings.FinalSnapshot {
				require.NotContains(t, instance, resource.PropertyKey("finalSnapshotIdentifier"))
				require.InDelta(t, 0, recovery, 0)
				return
			}
			require.Equal(t, "kong-llm-gateway-poc-final-0a1b2c3d", instance["finalSnapshotIdentifier"].StringValue())
			require.InDelta(t, 30, recovery, 0)
		})
	}
}

func TestEveryRegionHasItsRootCertificate(t *testing.T) {
	t.Parallel()
	for _, region := range config.Regions() {
		_, err := deploy(config.Database{}, region)
		require.NoError(t, err)
	}
	files, err := filepath.Glob("ca/*.pem")
	require.NoError(t, err)
	require.Len(t, files, len(config.Regions()), "config.Regions lists those of rds/ca")
	_, err = deploy(config.Database{}, "mars-north-1")
	require.ErrorContains(t, err, "mars-north-1")
}

func TestScriptsKeepPasswordsOutOfArguments(t *testing.T) {
	t.Parallel()
	require.NotContains(t, rds.InitScript, "$ROLE_PASSWORD")
	require.NotContains(t, strings.ToLower(rds.RetentionScript), "password=")
}
