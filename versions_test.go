package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheProgramsVersionsAreThoseThatArePlayed(t *testing.T) {
	t.Parallel()
	const (
		sdk    = `github\.com/pulumi/pulumi/sdk/v3 v(\S+)`
		aws    = `github\.com/pulumi/pulumi-aws/sdk/v6 v(\S+)`
		random = `github\.com/pulumi/pulumi-random/sdk/v4 v(\S+)`
	)
	program := "go.mod"
	engine, awsVersion, randomVersion := found(t, program, sdk), found(t, program, aws), found(t, program, random)
	for _, other := range []struct{ file, pattern, wanted string }{
		{"internal/sim/provider.go", `AWSVersion    = "(\S+)"`, awsVersion},
		{"internal/sim/provider.go", `RandomVersion = "(\S+)"`, randomVersion},
		{"internal/sim/go.mod", sdk, engine},
		{"internal/test/go.mod", sdk, engine},
		{"internal/test/go.mod", aws, awsVersion},
		{"internal/test/go.mod", random, randomVersion},
		{"tools/pulumi/go.mod", `github\.com/pulumi/pulumi/pkg/v3 v(\S+)`, engine},
		{"scripts/demo.sh", `(?m)^CLI_VERSION=(\S+)$`, engine},
		{"scripts/demo.sh", `(?m)^PLUGINS=.*\baws:([0-9.]+)`, awsVersion},
		{"scripts/demo.sh", `(?m)^PLUGINS=.*\brandom:([0-9.]+)`, randomVersion},
	} {
		require.Equal(t, other.wanted, found(t, other.file, other.pattern), "%s: %s", other.file, other.pattern)
	}
}

// found is the group of a pattern that a file must hold exactly once.
func found(t *testing.T, file, pattern string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	matches := regexp.MustCompile(pattern).FindAllSubmatch(content, -1)
	require.Len(t, matches, 1, "%s: %s", file, pattern)
	return string(matches[0][1])
}
