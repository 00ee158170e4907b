// Package mutants puts deliberate faults into the program, one at a time, and demands that the tests of the root module see them. The faults
// go in by the go command's -overlay: no file of the work tree changes.
package mutants

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository, seen from this folder.
const root = "../../.."

// sampleSeed chooses the two faults of every run; all of them are for the night (nightly_test.go).
const sampleSeed = 20261125

func TestASampleOfFaultsIsSeen(t *testing.T) { //nolint:paralleltest // each runs the go command on every core
	random := rand.New(rand.NewPCG(sampleSeed, 0))
	for _, i := range random.Perm(len(faults))[:2] { //nolint:paralleltest // as above
		t.Run(faults[i].name, func(t *testing.T) { seen(t, faults[i]) })
	}
}

func TestGoldenFilesSeeNearlyEveryFault(t *testing.T) {
	t.Parallel()
	byGolden := 0
	for _, one := range faults {
		require.NotEmpty(t, one.harm, one.name)
		if slices.Contains(one.tests, golden) || slices.Contains(one.tests, models) {
			byGolden++
		}
	}
	require.GreaterOrEqual(t, byGolden, len(faults)*9/10)
}

func TestEveryFaultFitsTheProgram(t *testing.T) {
	t.Parallel()
	for _, one := range faults {
		content, err := os.ReadFile(filepath.Join(root, one.file))
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(content), one.old), "%s: %s has changed; write the fault anew", one.name, one.file)
	}
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// seen runs the tests of a fault on the program with the fault; each must fail.
func seen(t *testing.T, one fault) {
	t.Helper()
	source, err := filepath.Abs(filepath.Join(root, one.file))
	require.NoError(t, err)
	content, err := os.ReadFile(source)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(content), one.old), "%s has changed; write the fault anew", one.file)
	folder := t.TempDir()
	mutant, overlay := filepath.Join(folder, filepath.Base(one.file)), filepath.Join(folder, "overlay.json")
	require.NoError(t, os.WriteFile(mutant, []byte(strings.Replace(string(content), one.old, one.new, 1)), 0o600))
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {source: mutant}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, replaced, 0o600))

	var packages, names []string
	for _, test := range one.tests {
		pkg, name, _ := strings.Cut(test, " ")
		names = append(names, name)
		if !slices.Contains(packages, pkg) {
			packages = append(packages, pkg)
		}
	}
	arguments := []string{"test", "-C", root, "-vet=off", "-count=1", "-overlay", overlay, "-run", "^(" + strings.Join(names, "|") + ")$"}
	output, err := exec.Command("go", append(arguments, packages...)...).CombinedOutput()
	require.Error(t, err, "%s: nothing sees it\n%s", one.harm, output)
	require.NotContains(t, string(output), "[build failed]", "the fault must compile\n%s", output)
	var saw []string
	for _, match := range failed.FindAllStringSubmatch(string(output), -1) {
		saw = append(saw, match[1])
	}
	require.ElementsMatch(t, names, saw, "%s\n%s", one.harm, output)
}
