//go:build runtime

package database

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// state is what the init step leaves behind: databases with owner and grants, roles with attributes, memberships.
const state = `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	SELECT datname || ' ' || pg_get_userbyid(datdba) || ' ' || coalesce(datacl::text, '') AS line FROM pg_database WHERE datname NOT LIKE 'template%'
	UNION ALL SELECT rolname || ' ' || rolsuper || rolcreatedb || rolcreaterole || rolcanlogin FROM pg_roles WHERE rolname NOT LIKE 'pg\_%'
	UNION ALL SELECT roleid::regrole || ' to ' || member::regrole FROM pg_auth_members WHERE member::regrole::text = '` + master + `') AS lines`

func (s *server) init(t *testing.T, role, password string) (string, error) {
	t.Helper()
	return script(t, "init.sh", append(s.environment(master, masterPassword, "postgres"),
		"ROLE="+role, "ROLE_PASSWORD="+password, "CONNECT_TRIES=2", "CONNECT_PAUSE=0")...)
}

func TestInitTwiceEndsInTheSameState(t *testing.T) {
	t.Parallel()
	s := start(t)
	output, err := s.init(t, "litellm", "secret-1")
	require.NoError(t, err, output)
	first := s.admin(t, state)
	require.Contains(t, first, "litellm litellm")
	output, err = s.init(t, "litellm", "secret-1")
	require.NoError(t, err, output)
	require.Equal(t, first, s.admin(t, state))
}

func TestInitRunsOfManyTasksAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	s := start(t)
	type result struct {
		output string
		err    error
	}
	results := make(chan result)
	services := []string{"litellm", "litellm", "langfuse", "langfuse", "grafana", "grafana"}
	for _, service := range services {
		go func() {
			output, err := s.init(t, service, "secret-"+service)
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
		got, err := s.as(t, service, "secret-"+service, service, "SELECT current_user")
		require.NoError(t, err, got)
		require.Equal(t, service, got)
	}
}

func TestInitResetsAChangedPassword(t *testing.T) {
	t.Parallel()
	s := start(t)
	const quoted = `it's "quoted" \ $1 :'role'`
	for _, password := range []string{"old", quoted} {
		output, err := s.init(t, "grafana", password)
		require.NoError(t, err, output)
		require.NotContains(t, output, password)
	}
	_, err := s.as(t, "grafana", "old", "grafana", "SELECT 1")
	require.Error(t, err)
	got, err := s.as(t, "grafana", quoted, "grafana", "CREATE TABLE mine (id int)")
	require.NoError(t, err, got)
}

func TestARoleCannotReachAnotherServicesDatabase(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, service := range []string{"litellm", "langfuse"} {
		output, err := s.init(t, service, "secret-"+service)
		require.NoError(t, err, output)
	}
	got, err := s.as(t, "litellm", "secret-litellm", "langfuse", "SELECT 1")
	require.Error(t, err)
	require.Contains(t, got, "permission denied for database")
}

func TestInitRefusesAServerWithAnotherAuthority(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.ca = filepath.Join(filepath.Dir(s.ca), "other.pem")
	output, err := s.init(t, "litellm", "secret-1")
	require.Error(t, err)
	require.Contains(t, output, "certificate verify failed")
	require.Equal(t, "0", s.admin(t, "SELECT count(*) FROM pg_roles WHERE rolname = 'litellm'"))
}

func TestInitFailsLoudlyWithAWrongMasterPassword(t *testing.T) {
	t.Parallel()
	s := start(t)
	output, err := script(t, "init.sh", append(s.environment(master, "wrong", "postgres"),
		"ROLE=litellm", "ROLE_PASSWORD=secret-1", "CONNECT_TRIES=2", "CONNECT_PAUSE=0")...)
	require.Error(t, err)
	require.Contains(t, output, "database init for litellm: no connection")
}
