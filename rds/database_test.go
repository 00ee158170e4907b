package rds_test

import (
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

func deploy(database config.Database, region string) (*pulumitest.Recorder, error) {
	r := &pulumitest.Recorder{}
	database.Class, database.Version, database.StorageGB, database.MaxStorageGB, database.BackupDays = "db.t4g.micro", "17", 20, 100, 7
	return r, r.Run("poc", func(ctx *pulumi.Context) error {
		_, err := rds.New(ctx, "database", &rds.Args{
			Names: config.Names{Project: "kong-llm-gateway", Stack: "poc"}, Region: region, Settings: database, LogRetentionDays: 14,
			VpcID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-3"}),
			Secrets: secrets.Maker{Protect: database.DeletionProtection},
		})
		return err
	})
}

const instanceType = "aws:rds/instance:Instance"

func TestTheInstanceIsPrivateEncryptedAndSpeaksOnlyTLS(t *testing.T) {
	t.Parallel()
	r, err := deploy(config.Database{}, "us-west-1")
	require.NoError(t, err)
	instance := r.Only(t, instanceType).Inputs
	require.False(t, instance["publiclyAccessible"].BoolValue())
	require.True(t, instance["storageEncrypted"].BoolValue())
	require.True(t, instance["copyTagsToSnapshot"].BoolValue())
	require.True(t, instance["password"].IsSecret(), "the password must be secret in the state")
	require.Equal(t, "rds-ca-rsa2048-g1", instance["caCertIdentifier"].StringValue())
	parameters := r.Only(t, "aws:rds/parameterGroup:ParameterGroup").Inputs
	require.Equal(t, "postgres17", parameters["family"].StringValue())
	values := map[string]string{}
	for _, parameter := range parameters["parameters"].ArrayValue() {
		values[parameter.ObjectValue()["name"].StringValue()] = parameter.ObjectValue()["value"].StringValue()
	}
	require.Equal(t, map[string]string{
		"rds.force_ssl": "1", "log_min_duration_statement": "2000", "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0",
	}, values)
}

func TestLogGroupsExistBeforeTheInstanceWouldMakeThem(t *testing.T) {
	t.Parallel()
	r, err := deploy(config.Database{}, "us-west-1")
	require.NoError(t, err)
	var names, groups []string
	for _, made := range r.Of("aws:cloudwatch/logGroup:LogGroup") {
		names, groups = append(names, made.Text(t, "name")), append(groups, made.Key())
		require.InDelta(t, 14, made.Inputs["retentionInDays"].NumberValue(), 0)
	}
	require.ElementsMatch(t, []string{"/aws/rds/instance/kong-llm-gateway-poc/postgresql", "/aws/rds/instance/kong-llm-gateway-poc/upgrade"}, names)
	require.Subset(t, r.Only(t, instanceType).DependsOn, groups, "the instance waits for both")
}

func TestStateThatMattersIsProtectedBySettings(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]config.Database{"off": {}, "on": {DeletionProtection: true, FinalSnapshot: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := deploy(settings, "us-west-1")
			require.NoError(t, err)
			instance := r.Only(t, instanceType).Inputs
			require.Equal(t, settings.DeletionProtection, instance["deletionProtection"].BoolValue())
			require.Equal(t, !settings.FinalSnapshot, instance["skipFinalSnapshot"].BoolValue())
			recovery := r.Only(t, "aws:secretsmanager/secret:Secret").Inputs["recoveryWindowInDays"].NumberValue()
			if !settings.FinalSnapshot {
				require.NotContains(t, instance, resource.PropertyKey("finalSnapshotIdentifier"))
				require.InDelta(t, 0, recovery, 0)
				return
			}
			require.Equal(t, "kong-llm-gateway-poc-final-random.RandomId(database-final-snapshot).hex", instance["finalSnapshotIdentifier"].StringValue())
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
}
