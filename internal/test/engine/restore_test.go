package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A stack that was destroyed comes back with its data: the new database starts from the last snapshot, and the init containers give the roles the new
// stack's passwords (TestInitResetsAChangedPassword on a real PostgreSQL).
func TestAnEmptyStackStartsFromASnapshot(t *testing.T) {
	t.Parallel()
	s := poc(t)
	settings := repositorySettings(t, "Pulumi.poc.yaml")
	with := func(database map[string]any) {
		settings["kong-llm-gateway:database"] = database
		s.set(settings)
	}
	with(map[string]any{"finalSnapshot": true})
	s.up()
	s.destroy()
	const token = "aws:rds/snapshot:Snapshot"
	left := s.left()
	require.Len(t, left, 1)
	snapshot := strings.TrimPrefix(left[0], token+" ")

	with(map[string]any{"snapshot": "no-such-snapshot"})
	output, err := s.try("up", "--yes", "--skip-preview")
	require.Error(t, err)
	require.Contains(t, output, "DBSnapshotNotFound")

	with(map[string]any{"snapshot": snapshot})
	s.up()
	s.settled()
	var from any
	resources, err := s.account.Resources()
	require.NoError(t, err)
	for _, r := range resources {
		if r.Type == "aws:rds/instance:Instance" {
			from = r.State["snapshotIdentifier"]
		}
	}
	require.Equal(t, snapshot, from)

	// Nothing that happens to the setting or to the snapshot later touches the data.
	require.NoError(t, s.account.Remove(token, snapshot))
	s.must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	s.settled()
	with(map[string]any{"snapshot": "another-snapshot"})
	s.settled()
	with(map[string]any{})
	s.settled()
	s.destroy()
	require.Empty(t, s.left())
}
