//go:build runtime

package scripts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// imageTools makes fakes of docker, aws and pulumi that note their calls; the architecture is what the stack has set, empty for nothing.
func imageTools(t *testing.T, architecture string) (directory, calls string) {
	t.Helper()
	directory = t.TempDir()
	calls = filepath.Join(directory, "calls")
	note := `printf '%s %s\n' "$(basename "$0")" "$*" >>"$(dirname "$0")/calls"` + "\n"
	fake(t, directory, "pulumi", note+`while [ "$1" = --cwd ] || [ "$1" = --stack ]; do shift 2; done
case "$1 ${2:-}" in
  "stack output") echo '{"grafana_repository": "123456789012.dkr.ecr.us-west-1.amazonaws.com/grafana-llm-gateway", "region": "us-west-1"}' ;;
  "config get") [ -n "`+architecture+`" ] && echo "`+architecture+`" ;;
esac
`)
	fake(t, directory, "aws", note+`case "$2" in describe-images) [ -f "$(dirname "$0")/pushed" ] || { echo "An error occurred (ImageNotFoundException) when calling the DescribeImages operation" >&2; exit 254; } ;; get-login-password) echo token ;; esac`+"\n")
	fake(t, directory, "docker", note+`if [ "$1" = login ]; then cat >/dev/null; else touch "$(dirname "$0")/pushed"; fi`+"\n")
	return directory, calls
}

func TestGrafanaImageIsTaggedByContentAndPushedOnce(t *testing.T) {
	t.Parallel()
	tools, calls := imageTools(t, "")
	first := run(t, tools, nil, "grafana-image.sh", "--no-deploy")
	require.Zero(t, first.code, first.stderr)
	require.Regexp(t, regexp.MustCompile(`123456789012\.dkr\.ecr\.us-west-1\.amazonaws\.com/grafana-llm-gateway:[0-9a-f]{16}`), first.stdout)
	again := run(t, tools, nil, "grafana-image.sh", "--no-deploy")
	require.Zero(t, again.code, again.stderr)
	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	require.Len(t, regexp.MustCompile(`(?m)^docker buildx build --platform linux/arm64 `).FindAllString(string(text), -1), 1, "the same content is pushed once")
	require.NotContains(t, string(text), "pulumi up")
}

func TestGrafanaImageFollowsTheArchitectureAndRollsTheService(t *testing.T) {
	t.Parallel()
	tools, calls := imageTools(t, "X86_64")
	got := run(t, tools, nil, "grafana-image.sh")
	require.Zero(t, got.code, got.stderr)
	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	require.Contains(t, string(text), "--platform linux/amd64")
	require.Contains(t, string(text), "pulumi config set --path grafana.image 123456789012.dkr.ecr")
	require.Contains(t, string(text), "pulumi up")
}
