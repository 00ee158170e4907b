//go:build runtime

// Package database holds the stack's database scripts against a real PostgreSQL.
package database

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/postgres"
)

// state is what the init step leaves behind: databases with owner and grants, roles with attributes, memberships.
const state = `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	SELECT datname || ' ' || pg_get_userbyid(datdba) || ' ' || coalesce(datacl::text, '') AS line FROM pg_database WHERE datname NOT LIKE 'template%'
	UNION ALL SELECT rolname || ' ' || rolsuper || rolcreatedb || rolcreaterole || rolcanlogin FROM pg_roles WHERE rolname NOT LIKE 'pg\_%'
	UNION ALL SELECT roleid::regrole || ' to ' || member::regrole FROM pg_auth_members WHERE member::regrole::text = '` + postgres.Master + `') AS lines`

func TestInitTwiceEndsInTheSameState(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	output, err := s.Init("litellm", "secret-1")
	require.NoError(t, err, output)
	first := s.Admin(t, state)
	require.Contains(t, first, "litellm litellm")
	output, err = s.Init("litellm", "secret-1")
	require.NoError(t, err, output)
	require.Equal(t, first, s.Admin(t, state))
}

func TestInitRunsOfManyTasksAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	type result struct {
		output string
		err    error
	}
	results := make(chan result)
	services := []string{"litellm", "litellm", "langfuse", "langfuse", "grafana", "grafana"}
	for _, service := range services {
		go func() {
			output, err := s.Init(service, "secret-"+service)
			results <- result{output, err}
		}()
	}
	var failed []result
	for range services {
		if r := <-results; r.err != nil {
			failed = append(failed, r)
		}
	}
	require.Empty(t, failed)
	for _, service := range services {
		got, err := s.As(service, "secret-"+service, service, "SELECT current_user")
		require.NoError(t, err, got)
		require.Equal(t, service, got)
	}
}

func TestInitResetsAChangedPassword(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	const quoted = `it's "quoted" \ $1 :'role'`
	for _, password := range []string{"old", quoted} {
		output, err := s.Init("grafana", password)
		require.NoError(t, err, output)
		require.NotContains(t, output, password)
	}
	_, err := s.As("grafana", "old", "grafana", "SELECT 1")
	require.Error(t, err)
	got, err := s.As("grafana", quoted, "grafana", "CREATE TABLE mine (id int)")
	require.NoError(t, err, got)
}

func TestARoleCannotReachAnotherServicesDatabase(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	for _, service := range []string{"litellm", "langfuse"} {
		output, err := s.Init(service, "secret-"+service)
		require.NoError(t, err, output)
	}
	got, err := s.As("litellm", "secret-litellm", "langfuse", "SELECT 1")
	require.Error(t, err)
	require.Contains(t, got, "permission denied for database")
}

func TestInitRefusesAServerWithAnotherAuthority(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	s.CA = s.OtherCA
	output, err := s.Init("litellm", "secret-1")
	require.Error(t, err)
	require.Contains(t, output, "certificate verify failed")
	require.Equal(t, "0", s.Admin(t, "SELECT count(*) FROM pg_roles WHERE rolname = 'litellm'"))
}

func TestInitFailsLoudlyWithAWrongMasterPassword(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	output, err := postgres.Script("init.sh", append(s.Environment(postgres.Master, "wrong", "postgres"),
		"ROLE=litellm", "ROLE_PASSWORD=secret-1", "CONNECT_TRIES=2", "CONNECT_PAUSE=0")...)
	require.Error(t, err)
	require.Contains(t, output, "database init for litellm: no connection")
}
