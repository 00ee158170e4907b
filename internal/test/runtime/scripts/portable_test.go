//go:build runtime

package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/process"
)

// tooNew is what macOS's bash 3.2 does not have (GNU bash's NEWS, "new features since bash-3.2", since 4.0, …) and what BSD's tools do not have (manual
// pages of macOS 14 and FreeBSD 14), each with a line that must be found. No package registry has a bash 3.2; README.md says with which one the scripts were run.
var tooNew = []struct{ name, pattern, example string }{
	{"mapfile, readarray (4.0)", `\b(mapfile|readarray)\b`, `mapfile -t lines <file`},
	{"associative arrays (4.0), references (4.3), global (4.2)", `\b(declare|local|typeset)\s+-[a-zA-Z]*[AngG]`, `declare -A table`},
	{"case of letters (4.0)", `\$\{[A-Za-z_0-9@*\[\]]+[\^,]`, `echo "${name,,}"`},
	{"transformations (4.4)", `\$\{[A-Za-z_0-9@*\[\]]+@[A-Za-z]\}`, `echo "${name@Q}"`},
	{"|& and &>> (4.0)", `\|&|&>>`, `make |& tee log`},
	{"coproc (4.0)", `^\s*coproc\b`, `coproc cat`},
	{"falling through a case (4.0)", `;;&|;&`, `a) echo a ;;&`},
	{"printf's time (4.2)", `printf\s+(-v \w+ )?["']?%\(`, `printf '%(%F)T'`},
	{"-v of a variable (4.2)", `\[\[?\s+!?\s*-v\s|\btest -v\s`, `[[ -v name ]]`},
	{"negative subscripts (4.2)", `\$\{\w+\[-\d`, `echo "${list[-1]}"`},
	{"wait -n (4.3)", `\bwait -[np]`, `wait -n`},
	{"options of the shell", `shopt -s (globstar|lastpipe|autocd|inherit_errexit|localvar)`, `shopt -s lastpipe`},
	{"variables (4.0, 5.0, 5.1)", `\$\{?(BASHPID|EPOCHSECONDS|EPOCHREALTIME|SRANDOM|BASH_ARGV0|READLINE_LINE)\b`, `echo $EPOCHSECONDS`},
	{"steps and zeros in braces (4.0)", `\{0\d+\.\.|\{\w+\.\.\w+\.\.\d`, `echo {01..10}`},
	{"numbered descriptors (4.1)", `(^|\s)\{\w+\}[<>]`, `exec {fd}<file`},
	{"fractions of a second (4.0)", `read\s.*-t\s*0?\.\d`, `read -t 0.5 line`},
	{"command substitution in the shell itself (5.3)", `\$\{\s`, `x=${ pwd; }`},

	{"sed -i without a suffix, -r, -z, -s", `\bsed\s+(-[nE]+\s+)?(-i(\s|$)|-r|-z|-s\b|--)`, `sed -i s/a/b/ file`},
	{"GNU's escapes in a basic pattern", `\b(sed|grep)\s+(-n\s+)?'[^']*\\[+?|]`, `sed -n 's/a\+/b/p'`},
	{"grep -P, --include of GNU", `\bgrep\s+(-\w*P|--(perl|include|exclude|only))`, `grep -oP x`},
	{"date -d, -I, --utc, %N", `\bdate\s+(-u\s+)?(-d|-I|--)|date\s.*%[N3]`, `date -u -d yesterday`},
	{"stat -c, readlink -f, realpath", `\bstat\s+(-c|--)|\breadlink\s+-[fem]|\brealpath\b`, `readlink -f x`},
	{"mktemp --, -p, -t", `\bmktemp\s+(-d\s+)?(--|-p|-t)`, `mktemp --tmpdir`},
	{"xargs -r, -d", `\bxargs\s+(-0\s+)?(-r|-d|--)`, `xargs -r rm`},
	{"sort -V, -h, -z; head and tail of GNU", `\bsort\s+-\w*[Vhz]|\bhead\s+-n\s+-|\bhead\s+-c\s+-|\btail\s+--`, `sort -V`},
	{"programs that only GNU has", `(^|[|;&(]\s*|\bexec\s+)(tac|timeout|nproc|numfmt|md5sum|shuf|setsid|flock)\s`, `x | tac -`},
	{"sha256sum where shasum is not named beside it", `^[^;]*\bsha256sum\b[^;]*$`, `sha256sum file`},
	{"base64 -w, cp -t, ln -r, find -printf", `\bbase64\s+(-w|--)|\b(cp|mv)\s+-t|\bln\s+-\w*r|\bfind\s.*-(printf|regextype)|\bfind\s+-`, `find . -printf x`},
	{"gawk's functions", `\b(gensub|strftime|systime|asorti?|PROCINFO)\b`, `awk '{ print gensub(/a/, "b", 1) }'`},
	{"ps and echo of GNU", `\bps\s+--|\becho\s+-[ne]`, `echo -e x`},
}

func TestScriptsAreForBash32AndBSD(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(process.InRepository("scripts", "*.sh"))
	require.NoError(t, err)
	require.Greater(t, len(files), 10)
	for _, rule := range tooNew {
		pattern := regexp.MustCompile(rule.pattern)
		require.Regexp(t, pattern, rule.example, rule.name)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for i, line := range strings.Split(string(text), "\n") {
				if !strings.HasPrefix(strings.TrimSpace(line), "#") {
					require.NotRegexp(t, pattern, line, "%s:%d has %s", filepath.Base(file), i+1, rule.name)
				}
			}
		}
	}
}

// TestScriptsAreReadByTheShellThatRunsThem: with SCRIPTS_BASH=/path/to/bash all tests of scripts run them with that shell.
func TestScriptsAreReadByTheShellThatRunsThem(t *testing.T) {
	t.Parallel()
	shell := os.Getenv("SCRIPTS_BASH")
	if shell == "" {
		shell = "bash"
	}
	files, err := filepath.Glob(process.InRepository("scripts", "*.sh"))
	require.NoError(t, err)
	for _, file := range files {
		output, err := exec.CommandContext(t.Context(), shell, "-n", file).CombinedOutput()
		require.NoError(t, err, "%s: %s", file, output)
	}
}
