package engine

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// command is one that README.md or a file of docs/ tells people to paste.
type command struct {
	place, text string
}

// documented are all commands in fenced blocks of README.md and docs/: what follows a "$ ", with its continuation lines and without the comment.
func documented(t *testing.T) []command {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	var all []command
	for _, file := range append([]string{filepath.Join(root, "README.md")}, files...) {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		fence, continued := "", false
		for i, line := range strings.Split(string(content), "\n") {
			place := fmt.Sprintf("%s:%d", filepath.Base(file), i+1)
			switch mark, isFence := strings.CutPrefix(strings.TrimSpace(line), "```"); {
			case isFence && fence == "":
				fence = mark
				require.Contains(t, []string{"console", "yaml", "sql", "mermaid"}, fence, "%s: commands are in blocks called console", place)
			case isFence:
				fence = ""
			case fence != "console":
			case continued:
				all[len(all)-1].text += "\n" + line
			case strings.HasPrefix(line, "$ "):
				all = append(all, command{place, strings.TrimPrefix(line, "$ ")})
			default:
				require.Empty(t, line, "%s: neither a command nor part of one", place)
			}
			continued = fence == "console" && strings.HasSuffix(line, `\`)
		}
	}
	for i := range all {
		all[i].text = strings.TrimRight(comment.ReplaceAllString(all[i].text, ""), " ")
	}
	return all
}

var comment = regexp.MustCompile(` +# .*$`)

// How a documented command is tested.
const (
	onDemo  = "run here, in a shell of the demo"
	onBench = "run by a test against real programs"
	byHand  = "needs a real AWS account or a person"
	byCI    = "run by .ci/run"
)

// ways says how each documented command is tested, by the first pattern that it matches; a command that matches none fails the test.
// why is the name of the test, or the reason.
var ways = []struct{ pattern, way, why string }{
	{`^make demo$`, onDemo, "first of all"},
	{`^make demo-destroy$`, onDemo, "last of all"},
	{`^(make demo-preview|eval "\$\(make -s demo-env\)"|pulumi stack output)$`, onDemo, ""},
	{`^pulumi (preview|up|config set|stack output)\b`, onDemo, ""},
	{`^eval "\$\(pulumi stack output claude_code_env\)"$`, onDemo, "with the key that the README exports before"},
	{`^export LITELLM_API_KEY=`, onDemo, ""},
	{`^[CR]="\$\(pulumi stack output `, onDemo, ""},
	{`^SNAPSHOT=`, onDemo, ""},
	{`^pulumi destroy$`, onDemo, "before the last of all"},
	{`^make test$`, byCI, ""},
	{`^pulumi stack (init|rm) poc$`, byHand, "the demo makes and keeps its own stack; every engine test makes one"},
	{`^pulumi login --local$`, byHand, "chooses where the state of a real account is kept; the demo has a backend of its own"},
	{`^make gateway(-stop)?$`, onBench, "TestTheGatewayCanBeTried"},
	{`^make doctor$`, onBench, "TestDoctorFindsNothingToMendInAHealthyAccountAndOnlyReads"},
	{`^scripts/enable-models\.sh`, onBench, "TestEnableModelsSubscribesOnceAndThenFindsNothingToDo"},
	{`^scripts/litellm-users\.sh --tunnel `, onBench, "TestTheExamplesOfTheReadmeWork"},
	{`^curl "\$\(pulumi stack output gateway_url\)/v1/chat/completions"`, onBench, "TestQuickStart"},
	{`^scripts/smoke-test\.sh$`, onBench, "TestSmokeTestPassesOnAHealthyGateway"},
	{`^scripts/connect\.sh claude-code --print$`, onBench, "TestConnectPrintsWithoutWriting"},
	{`^aws `, byHand, "asks AWS itself"},
	{`^GROUP="\$\(aws `, byHand, "asks AWS itself"},
	{`^pg_(dump|restore) `, byHand, "needs a database of AWS behind a tunnel"},
}

func TestEveryDocumentedCommandIsTested(t *testing.T) {
	t.Parallel()
	tests := runtimeTests(t)
	used := map[string]bool{}
	var before, shell, after []command
	for _, documented := range documented(t) {
		way, why, pattern := wayOf(documented)
		require.NotEmpty(t, way, "%s: nothing tests `%s`: a row of ways says how", documented.place, documented.text)
		used[pattern] = true
		switch {
		case way == onBench:
			require.True(t, tests[why], "%s: there is no test %s of `%s`", documented.place, why, documented.text)
		case way == byHand:
			require.NotEmpty(t, why, documented.place)
		case way == onDemo && why == "first of all":
			before = append(before, documented)
		case way == onDemo && strings.HasSuffix(why, "last of all"):
			after = append(after, documented)
		case way == onDemo:
			shell = append(shell, documented)
		}
	}
	for _, row := range ways {
		require.True(t, used[row.pattern], "no documented command matches %s", row.pattern)
	}

	c := newCheckout(t)
	for _, one := range before {
		output, err := c.shell(one.text)
		require.NoError(t, err, "%s: %s\n%s", one.place, one.text, output)
	}
	script := "set -u\n" + `step() { code=$?; [ "$code" = 0 ] || { echo "FAILED $1: $2"; exit "$code"; }; }` + "\n"
	for _, one := range shell {
		text := unattended(one.text)
		script += fmt.Sprintf("%s\nstep %s '%s'\n", text, one.place, strings.ReplaceAll(text, "'", `'\''`))
	}
	output, err := c.shell(script)
	require.NoError(t, err, output)
	for _, one := range after {
		output, err := c.shell(`eval "$(make -s demo-env)"; ` + unattended(one.text))
		require.NoError(t, err, "%s: %s\n%s", one.place, one.text, output)
	}
	c.requireEmptyAccount()
}

// unattended answers what the CLI would ask a person.
func unattended(text string) string {
	if regexp.MustCompile(`^pulumi (up|destroy)\b`).MatchString(text) {
		return text + " --yes --skip-preview"
	}
	return text
}

func wayOf(c command) (way, why, pattern string) {
	for _, row := range ways {
		if regexp.MustCompile(row.pattern).MatchString(c.text) {
			return row.way, row.why, row.pattern
		}
	}
	return "", "", ""
}

// runtimeTests are the names of the tests against real programs.
func runtimeTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "internal/test/runtime"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(content), -1) {
			names[match[1]] = true
		}
		return err
	}))
	return names
}
