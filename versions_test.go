package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProvidersHaveOneVersion: the simulated providers, the demo's plug-ins and the engine tests are those of the SDKs that the program is built with.
func TestProvidersHaveOneVersion(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(content)
	}
	modules := read("go.mod")
	for name, places := range map[string]map[string]string{
		"aws": {
			"scripts/demo.sh": `PLUGINS="aws:%s `, "internal/sim/provider.go": `AWSVersion    = "%s"`, "internal/test/engine/toolchain.go": `"aws": "%s"`,
			"internal/test/go.mod": "pulumi-aws/sdk/v6 v%s ",
		},
		"random": {
			"scripts/demo.sh": ` random:%s"`, "internal/sim/provider.go": `RandomVersion = "%s"`, "internal/test/engine/toolchain.go": `"random": "%s"`,
			"internal/test/go.mod": "pulumi-random/sdk/v4 v%s ",
		},
	} {
		found := regexp.MustCompile(`pulumi-` + name + `/sdk/v\d+ v(\S+)`).FindStringSubmatch(modules)
		require.Len(t, found, 2, name)
		for file, text := range places {
			wanted := regexp.MustCompile("%s").ReplaceAllString(text, found[1])
			require.Contains(t, read(file), wanted, "%s has another version of the provider %s than go.mod", file, name)
		}
	}
}
