//go:build runtime

// Package judges holds what the program asks AWS for against judges that know nothing of it: cfn-lint (AWS's CloudFormation schemas, per
// region) and botocore (AWS's API models), with a table of what the API reference says in words. judge.py is both; kinds.txt, limits.txt and
// mistakes.py are its tables. Neither is AWS: a clean run proves no deploy.
package judges

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
	"kong-llm-gateway/internal/test/engine"
)

// least is the share of planted mistakes that the judges together must see.
const least = 0.95

func TestMain(m *testing.M) {
	os.Exit(engine.Main(m))
}

// verdict is what the judges say of a state.
type verdict struct {
	// Problems are what AWS would refuse.
	Problems []string
	// LeftOut are the properties that went to neither judge, with the reason in kinds.txt.
	LeftOut map[string]string
	// OneSided are the properties that only one judge sees, with its name.
	OneSided map[string]string
	// Unknown are types of which kinds.txt says nothing, with their number.
	Unknown map[string]int
	// Converted, Calls and Values count CloudFormation resources, API calls and the values that reached a judge.
	Converted, Calls, Values int
}

// trial is what the judges see of planted mistakes.
type trial struct {
	// Unfounded are rows of limits.txt that the API reference does not bear out.
	Unfounded []string
	// Impossible are mistakes for which no variant has a resource.
	Impossible []string
	// Unrestricted are properties for which no length, pattern, range or choice is published; rules between properties look at some of them.
	Unrestricted []string
	Mistakes     []mistake
}

type mistake struct {
	What                   string
	ByHand, Calls, CfnLint bool
	// Reason is why the judges cannot see it.
	Reason string
}

func (m mistake) seen() bool { return m.Calls || m.CfnLint }

// judge runs judge.py and reads its answer.
func judge(t *testing.T, answer any, arguments ...string) {
	t.Helper()
	command := exec.Command(python(t), append([]string{"judge.py"}, arguments...)...)
	command.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var complaints strings.Builder
	command.Stderr = &complaints
	output, err := command.Output()
	require.NoError(t, err, complaints.String())
	require.NoError(t, json.Unmarshal(output, answer))
}

func python(t *testing.T) string {
	t.Helper()
	program := os.Getenv("JUDGES_PYTHON")
	require.NotEmpty(t, program, "set JUDGES_PYTHON to the Python that has cfn-lint (make test-runtime does)")
	return program
}

func TestAwsWouldTakeWhatTheProgramAsksFor(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var (
		mutex    sync.Mutex
		leftOut  = map[string]string{}
		oneSided = map[string]string{}
		verdicts []string
	)
	t.Run("variants", func(t *testing.T) {
		for _, v := range variants {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(folder, v.name+".json")
				engine.State(t, v.stack, file, func(account *sim.Account) map[string]any { return v.settings(t, account) })
				var found verdict
				judge(t, &found, "state", file, v.region)
				mutex.Lock()
				defer mutex.Unlock()
				maps.Copy(leftOut, found.LeftOut)
				maps.Copy(oneSided, found.OneSided)
				verdicts = append(verdicts, fmt.Sprintf("  %-9s %3d CloudFormation resources, %3d calls, %4d values: %d problems",
					v.name, found.Converted, found.Calls, found.Values, len(found.Problems)))
				require.Empty(t, found.Problems)
				require.Empty(t, found.Unknown, "kinds.txt lacks types")
				require.Greater(t, found.Converted, 130, "most resources reach cfn-lint")
				require.Greater(t, found.Values, 1500, "most values reach a judge")
			})
		}
	})
	slices.Sort(verdicts)
	report := append([]string{"What the program asks AWS for, as cfn-lint and botocore see it:"}, verdicts...)
	report = append(report, list("%d properties go to neither judge:", leftOut)...)
	report = append(report, list("%d properties go to one judge, because the other has no such property:", oneSided)...)
	t.Run("every property that no judge sees has its reason", func(t *testing.T) { //nolint:paralleltest // it reads what the variants left
		require.NotEmpty(t, leftOut)
		for property, reason := range leftOut {
			require.NotEmpty(t, reason, property)
		}
	})
	t.Run("the judges see planted mistakes", func(t *testing.T) { //nolint:paralleltest // its lines end the report
		var found trial
		arguments := []string{"mistakes"}
		for _, v := range variants {
			arguments = append(arguments, filepath.Join(folder, v.name+".json")+"="+v.region)
		}
		judge(t, &found, arguments...)
		require.Empty(t, found.Unfounded, "limits.txt")
		require.Empty(t, found.Impossible, "planted mistakes need a resource")
		report = append(report, "", "Planted mistakes:")
		for _, byHand := range []bool{true, false} {
			line, share := score(t, found.Mistakes, byHand)
			report = append(report, line...)
			require.GreaterOrEqual(t, share, least, strings.Join(line, "\n"))
		}
		heading := "%d properties have no length, pattern, range or choice of their own in the models, the schemas and limits.txt:"
		report = append(report, "", fmt.Sprintf(heading, len(found.Unrestricted)))
		for _, property := range found.Unrestricted {
			report = append(report, "  "+property)
		}
	})
	text := strings.Join(report, "\n") + "\n"
	t.Log(text)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(filepath.Dir(python(t))), "report.txt"), []byte(text), 0o600))
}

// list is a heading with the number of entries, and the entries.
func list(heading string, entries map[string]string) []string {
	lines := []string{"", fmt.Sprintf(heading, len(entries))}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		lines = append(lines, fmt.Sprintf("  %s: %s", key, entries[key]))
	}
	return lines
}

// score counts the mistakes that the judges saw; what they did not see has its reason, and nothing else has.
func score(t *testing.T, planted []mistake, byHand bool) (lines []string, share float64) {
	t.Helper()
	var all, seen, calls, lint int
	for _, m := range planted {
		if m.ByHand != byHand {
			continue
		}
		all++
		calls += btoi(m.Calls)
		lint += btoi(m.CfnLint)
		seen += btoi(m.seen())
		if !m.seen() {
			lines = append(lines, fmt.Sprintf("    not seen: %s: %s", m.What, m.Reason))
		}
		require.Equal(t, !m.seen(), m.Reason != "", "%s: a reason is for what is not seen, and only for that", m.What)
	}
	require.Positive(t, all)
	share = float64(seen) / float64(all)
	// The generated ones break rules that the judges have: they show that each property gets to its judge, no more.
	what := "generated, one for each rule of each property (cfn-lint gets what the calls let through)"
	if byHand {
		what = "written by hand"
	}
	figures := fmt.Sprintf("  %s: %d of %d seen (%.1f %%), %d by the calls, %d by cfn-lint", what, seen, all, 100*share, calls, lint)
	return append([]string{figures}, lines...), share
}

func btoi(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
