package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// driftCommand is how README.md says drift is found.
const driftCommand = "pulumi preview --refresh --expect-no-changes"

func TestDriftIsSeenWithRefreshAndTakenBack(t *testing.T) {
	t.Parallel()
	s := poc(t)
	s.up()
	look := strings.Fields(strings.TrimPrefix(driftCommand, "pulumi "))
	s.must(look...)

	const logGroup, alarm = "aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/metricAlarm:MetricAlarm"
	require.NoError(t, s.account.Drift(logGroup, "/ecs/kong-llm-gateway-poc/litellm", map[string]any{"retentionInDays": 3}))
	require.NoError(t, s.account.Remove(alarm, "kong-llm-gateway-poc-nat-system"))

	s.settled() // without --refresh a preview asks AWS nothing: README.md says so
	output, err := s.try(look...)
	require.Error(t, err, "drift is an error: %s", output)
	require.Regexp(t, `~ +aws:cloudwatch:LogGroup litellm update \[diff: ~retentionInDays\]`, output)
	require.Regexp(t, `\+ +aws:cloudwatch:MetricAlarm \S*nat\S* create`, output)

	s.must("up", "--refresh", "--yes", "--skip-preview")
	s.must(look...)
	s.destroy()
	require.Empty(t, s.left())
}

// What people run must refresh, else it finds no drift.
func TestEveryPreviewOfTheRealAccountRefreshes(t *testing.T) {
	t.Parallel()
	for file, text := range map[string]string{
		"README.md": "`" + driftCommand + "`", "Makefile": "\tpulumi preview --refresh --stack $(STACK)\n", ".github/workflows/preview.yml": "refresh: true",
	} {
		content, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.Contains(t, string(content), text, file)
	}
}
