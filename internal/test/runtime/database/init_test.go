//go:build runtime

// Package database holds the stack's database scripts against a real PostgreSQL.
package database

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/runtime/gateway"
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
	output, err := postgres.Script("rds/init.sh", append(s.Environment(postgres.Master, "wrong", "postgres"),
		"ROLE=litellm", "ROLE_PASSWORD=secret-1", "CONNECT_TRIES=2", "CONNECT_PAUSE=0")...)
	require.Error(t, err)
	require.Contains(t, output, "database init for litellm: no connection")
}

// defaultCapabilities are those of a container of root (moby/moby, oci/caps/defaults.go).
var defaultCapabilities = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

// prepareTask runs the registered init container's script as root with nothing but the given capabilities, on fresh volumes below the returned
// directory, against a real database.
func prepareTask(t *testing.T, s *postgres.Server, init *gateway.InitContainer, keep []string) (directory, output string, err error) {
	t.Helper()
	require.Zero(t, os.Getuid(), "needs root, whose capabilities are taken away")
	directory = t.TempDir()
	for _, volume := range []string{"gateway", "volumes/0"} {
		require.NoError(t, os.MkdirAll(filepath.Join(directory, volume), 0o755))
	}
	authority, err := os.ReadFile(s.CA)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(directory, "ca.pem"), authority, 0o444)) // in the task it is one of root's documents
	script := strings.NewReplacer("-C /gateway", "-C "+directory+"/gateway", "/volumes/", directory+"/volumes/").Replace(init.Script)
	set := "-all"
	for _, capability := range keep {
		set += ",+" + strings.ToLower(capability)
	}
	command := exec.Command("setpriv", "--bounding-set="+set, "--inh-caps=-all", "--", "sh", "-c", script)
	require.Equal(t, []string{"PGPASSWORD", "ROLE_PASSWORD"}, init.Secrets)
	for name, value := range init.Environment {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Env = append(command.Env, s.Environment(postgres.Master, postgres.MasterPassword, "postgres")...) // the last of a name counts
	command.Env = append(command.Env, "PGSSLROOTCERT="+directory+"/ca.pem", "ROLE_PASSWORD=secret-1", "CONNECT_TRIES=2", "CONNECT_PAUSE=0")
	text, err := command.CombinedOutput()
	return directory, string(text), err
}

func TestInitNeedsWhatItKeepsOfRootsCapabilitiesAndNothingElse(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", nil)
	require.NoError(t, err)
	init, err := gateway.LiteLLMInit(settings)
	require.NoError(t, err)
	keep := slices.DeleteFunc(slices.Clone(defaultCapabilities), func(capability string) bool { return slices.Contains(init.Drop, capability) })
	require.NotEmpty(t, keep)

	directory, output, err := prepareTask(t, s, init, keep)
	require.NoError(t, err, output)
	volume, err := os.Stat(filepath.Join(directory, "volumes", "0"))
	require.NoError(t, err)
	owner, ok := volume.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	require.Equal(t, uint32(65534), owner.Uid, "the service's own")
	document, err := os.Stat(filepath.Join(directory, "gateway", "rds-ca.pem"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o444), document.Mode().Perm(), "every container reads it")
	require.Contains(t, s.Admin(t, state), "litellm litellm")

	for n := range keep {
		_, output, err := prepareTask(t, s, init, slices.Delete(slices.Clone(keep), n, n+1))
		require.Error(t, err, "%s is kept and not needed: %s", keep[n], output)
	}
}
