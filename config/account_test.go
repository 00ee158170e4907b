package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheStacksAccountIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(path, []byte(`config:
  aws:region: us-west-1
  aws:profile: production
  aws:allowedAccountIds: ["999988887777", 111122223333]
  aws:assumeRole: {roleArn: "arn:aws:iam::999988887777:role/deploy", sessionName: ci, externalId: "x y", duration: 1h}
`), 0o600))
	got, err := ReadFile(path, (*Settings).Problems)
	require.NoError(t, err)
	require.Equal(t, Account{
		Profile:    "production",
		AllowedIDs: []string{"111122223333", "999988887777"},
		AssumeRole: &AssumeRole{RoleArn: "arn:aws:iam::999988887777:role/deploy", SessionName: "ci", ExternalID: "x y", Duration: "1h"},
	}, got.Account)
}

// TestProviderSettingsWithoutEffectAreRefused: whoever wrote one believes that it has an effect.
func TestProviderSettingsWithoutEffectAreRefused(t *testing.T) {
	t.Parallel()
	for key, test := range map[string]struct{ value, says string }{
		"defaultTags":             {`{"tags":{"Team":"ml"}}`, "use tags"},
		"assumeRoles":             {`[{"roleArn":"x"}]`, "aws:assumeRole"},
		"skipRequestingAccountId": {"true", "is not enforced"},
		"endpoints":               {`[{"s3":"http://127.0.0.1"}]`, "environment variables"},
		"maxRetries":              {"3", "region, profile, assumeRole, allowedAccountIds, forbiddenAccountIds"},
		"profile":                 {"", "the name of a profile"},
		"allowedAccountIds":       {`["99998888"]`, "12-digit"},
		"forbiddenAccountIds":     {`"999988887777"`, "12-digit"},
		"assumeRole":              {`{"role":"x"}`, "roleArn"},
	} {
		_, err := ParseStack(project, "poc", map[string]string{"region": "us-west-1", key: test.value}, nil, (*Settings).Problems)
		require.ErrorContains(t, err, "1 setting needs", key)
		require.ErrorContains(t, err, "aws:"+key+" = ")
		require.ErrorContains(t, err, test.says)
	}
	_, err := ParseStack(project, "poc", map[string]string{"region": "us-west-1", "allowedAccountIds": `["999988887777"]`, "forbiddenAccountIds": `["111122223333"]`}, nil, (*Settings).Problems)
	require.ErrorContains(t, err, "not together")
}

func TestACredentialInTheStackFileIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"accessKey", "secretKey", "token"} {
		_, err := ParseStack(project, "poc", map[string]string{"region": "us-west-1", key: "wJalrXUtnFEMI"}, nil, (*Settings).Problems)
		require.ErrorContains(t, err, "aws:"+key)
		require.NotContains(t, err.Error(), "wJalrXUtnFEMI")
	}
}
