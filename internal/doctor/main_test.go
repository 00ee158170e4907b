package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// read is what the command prints for a stack file.
func read(t *testing.T, file string) needs {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run([]string{file}, &out))
	var n needs
	require.NoError(t, json.Unmarshal(out.Bytes(), &n))
	return n
}

func TestWhatThePOCNeeds(t *testing.T) {
	t.Parallel()
	n := read(t, filepath.Join("..", "..", "Pulumi.poc.yaml"))
	require.Equal(t, "us-west-1", n.Region)
	require.InDelta(t, 2*1+2*0.5, n.OnDemandVCPU, 0)
	require.InDelta(t, 2*0.25+0.25, n.SpotVCPU, 0)
	require.Equal(t, 1, n.PublicAddresses)
	require.Contains(t, n.UnusableZones, "usw1-az2")
	names := map[string]string{}
	for _, secret := range n.Secrets {
		names[secret.Name] = secret.Setting
	}
	require.Equal(t, "secrets.masterKey", names["litellm-poc/master-key"])
	require.Equal(t, "secrets.grafanaAdminPassword", names["kong-llm-gateway/grafana-admin-password"])
	require.Len(t, n.Models, 3)
	require.Equal(t, "anthropic.claude-opus-5", n.Models[2].Model)
	require.Equal(t, []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2"}, n.Models[2].Destinations)
}

func TestWhatProductionNeeds(t *testing.T) {
	t.Parallel()
	n := read(t, filepath.Join("..", "..", "Pulumi.prod.example.yaml"))
	require.InDelta(t, 6*1+4*0.5+2*0.25+0.25, n.OnDemandVCPU, 0, "LiteLLM scaled to its maximum")
	require.Zero(t, n.SpotVCPU)
	require.Equal(t, 2, n.PublicAddresses)
}

func TestWhichAccountAStackBelongsToIsTold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`config:
  aws:region: eu-west-1
  aws:profile: production
  aws:allowedAccountIds: ["999988887777"]
  aws:assumeRole: {roleArn: "arn:aws:iam::999988887777:role/deploy"}
  kong-llm-gateway:secrets: {masterKey: given/key}
`), 0o600))
	n := read(t, file)
	require.Equal(t, "production", n.Profile)
	require.Equal(t, []string{"999988887777"}, n.AllowedAccountIDs)
	require.Equal(t, "arn:aws:iam::999988887777:role/deploy", n.Role)
	require.Equal(t, []string{"given/key"}, n.ExistingSecrets)
	require.Error(t, run([]string{"no such file"}, &bytes.Buffer{}))
	require.ErrorContains(t, run(nil, &bytes.Buffer{}), "usage")
}
