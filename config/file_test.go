package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBothProfilesAreValid(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"Pulumi.poc.yaml", "Pulumi.prod.example.yaml"} {
		_, err := ReadFile(filepath.Join("..", file), (*Settings).Problems)
		require.NoError(t, err)
	}
}

func TestStackFileWithOnlyTheRegionIsThePOC(t *testing.T) {
	t.Parallel()
	got, err := ReadFile(filepath.Join("..", "Pulumi.poc.yaml"), (*Settings).Problems)
	require.NoError(t, err)
	want := Defaults()
	want.Project, want.Stack, want.Region = project, "poc", "us-west-1"
	require.Equal(t, want, got)
}

func TestStackFileWithProblemsNamesThemAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(path, []byte("config:\n  kong-llm-gateway:nat: none\n  kong-llm-gateway:litellm: {cpu: 3}\n"), 0o600))
	_, err := ReadFile(path, (*Settings).Problems)
	require.ErrorContains(t, err, "aws:region")
	require.ErrorContains(t, err, "nat = none")
	require.ErrorContains(t, err, "litellm.cpu = 3")
}

func TestStackFileIsReadAsTheCLIReadsIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(path, []byte("config:\n  aws:region: us-west-1\n  nat: gateway\n  kong-llm-gateway:database:\n  kong-llm-gateway:tags: {secure: AAAB}\n"), 0o600))
	settings, err := ReadFile(path, (*Settings).Problems)
	require.NoError(t, err)
	require.Equal(t, NATGateway, settings.Network.NAT, "a key without a namespace is the project's own")
	require.Equal(t, "db.t4g.micro", settings.Database.Class, "an empty group sets nothing")
	require.Empty(t, settings.Tags, "an encrypted value is left at its default")
}
