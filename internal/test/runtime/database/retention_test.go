//go:build runtime

package database

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/postgres"
)

// tables are Langfuse v2's, cut down to their keys and dates and to the foreign keys of its first migrations, which make the order of deletion matter
// (packages/shared/prisma/schema.prisma of langfuse/langfuse; Prisma's DateTime is timestamp(3)).
const tables = `
CREATE TABLE trace_sessions (id text, project_id text, created_at timestamp(3) NOT NULL, PRIMARY KEY (id, project_id));
CREATE TABLE traces (id text PRIMARY KEY, project_id text, timestamp timestamp(3) NOT NULL, session_id text,
	FOREIGN KEY (session_id, project_id) REFERENCES trace_sessions (id, project_id));
CREATE TABLE observations (id text PRIMARY KEY, project_id text, trace_id text REFERENCES traces, start_time timestamp(3) NOT NULL);
CREATE TABLE scores (id text PRIMARY KEY, project_id text, timestamp timestamp(3) NOT NULL, trace_id text NOT NULL REFERENCES traces,
	observation_id text REFERENCES observations);
CREATE TABLE events (id text PRIMARY KEY, project_id text, created_at timestamp(3) NOT NULL);
CREATE TABLE users (id text PRIMARY KEY, created_at timestamp(3) NOT NULL);`

// rows are 25 old and 7 new ones of each kind; the old session "kept" belongs to a new trace, and a namesake in another project does not.
const rows = `
INSERT INTO users VALUES ('u', now() - interval '300 days');
INSERT INTO trace_sessions VALUES ('kept', 'p', now() - interval '90 days'), ('kept', 'other', now() - interval '90 days'), ('old', 'p', now() - interval '90 days');
INSERT INTO traces SELECT 'old' || n, 'p', now() - interval '31 days', 'old' FROM generate_series(1, 25) n;
INSERT INTO traces SELECT 'new' || n, 'p', now() - interval '29 days', 'kept' FROM generate_series(1, 7) n;
INSERT INTO observations SELECT 'o' || id, 'p', id, timestamp FROM traces;
INSERT INTO scores SELECT 's' || id, 'p', timestamp, id, 'o' || id FROM traces;
INSERT INTO events SELECT id, 'p', timestamp FROM traces;`

const counts = `SELECT concat_ws(' ', (SELECT count(*) FROM traces), (SELECT count(*) FROM observations), (SELECT count(*) FROM scores),
	(SELECT count(*) FROM events), (SELECT count(*) FROM users), (SELECT string_agg(id || '/' || project_id, ',') FROM trace_sessions))`

func retain(s *postgres.Server, more ...string) (string, error) {
	return postgres.Script("ecs/langfuse/retention.sh", append(append(s.Environment("langfuse", "secret", "langfuse"), "RETENTION_DAYS=30", "ONCE=1", "BATCH_PAUSE=0"), more...)...)
}

func langfuseDatabase(t *testing.T) *postgres.Server {
	t.Helper()
	s := postgres.Start(t)
	output, err := s.Init("langfuse", "secret")
	require.NoError(t, err, output)
	return s
}

func TestRetentionDeletesOldRowsInBatchesAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	s := langfuseDatabase(t)
	got, err := s.As("langfuse", "secret", "langfuse", tables+rows)
	require.NoError(t, err, got)

	output, err := retain(s, "BATCH=10")
	require.NoError(t, err, output)
	for _, table := range []string{"scores", "observations", "traces", "events"} {
		require.Contains(t, output, "retention: "+table+": 25 rows")
	}
	left, err := s.AdminIn("langfuse", counts)
	require.NoError(t, err)
	require.Equal(t, "7 7 7 7 1 kept/p", left)

	output, err = retain(s)
	require.NoError(t, err, output)
	require.Contains(t, output, "retention: traces: 0 rows")
}

func TestRetentionHasNothingToDoBeforeLangfuseMadeItsTables(t *testing.T) {
	t.Parallel()
	s := langfuseDatabase(t)
	output, err := retain(s)
	require.NoError(t, err, output)
	require.NotContains(t, output, "deleted")
}

func TestRetentionReportsAFailedPass(t *testing.T) {
	t.Parallel()
	s := langfuseDatabase(t)
	output, err := retain(s, "PGPASSWORD=wrong")
	require.Error(t, err)
	require.Contains(t, output, "retention: this pass failed")
}
