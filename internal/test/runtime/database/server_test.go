//go:build runtime

// Package database runs the database scripts against a real PostgreSQL server, as a master shaped like RDS's and over verified TLS.
package database

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
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
)

const (
	master         = "gateway_admin"
	masterPassword = "master-Password0123456789"
)

// server is a PostgreSQL server of one test.
type server struct {
	port string
	// ca is the file of the certificate authority that signed the server's certificate.
	ca string
	// socket is the directory of the Unix socket, over which the superuser gets in without a password.
	socket string
}

// start runs a server until the test ends. It needs PostgreSQL's server programs (Debian package postgresql).
func start(t *testing.T) *server {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(directory), 0o755))
	owner := serverUser(t)
	require.NoError(t, os.Chown(directory, int(owner.Uid), int(owner.Gid)))
	run := func(program string, arguments ...string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), binary(t, program), arguments...)
		command.Dir = directory
		command.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
		return command
	}
	data := filepath.Join(directory, "data")
	output, err := run("initdb", "--pgdata="+data, "--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync").CombinedOutput()
	require.NoError(t, err, string(output))

	s := &server{port: freePort(t), ca: filepath.Join(directory, "ca.pem"), socket: directory}
	certificates(t, directory, owner)
	require.NoError(t, os.WriteFile(filepath.Join(data, "pg_hba.conf"),
		[]byte("local all postgres trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"), 0o600))
	require.NoError(t, os.Chown(filepath.Join(data, "pg_hba.conf"), int(owner.Uid), int(owner.Gid)))
	postgres := run("postgres", "-D", data, "-p", s.port, "-k", directory, "-h", "127.0.0.1", "-c", "ssl=on", "-c", "fsync=off",
		"-c", "ssl_cert_file="+filepath.Join(directory, "server.pem"), "-c", "ssl_key_file="+filepath.Join(directory, "server.key"))
	log, err := os.Create(filepath.Join(directory, "server.log"))
	require.NoError(t, err)
	postgres.Stdout, postgres.Stderr = log, log
	require.NoError(t, postgres.Start())
	t.Cleanup(func() {
		_ = postgres.Process.Signal(syscall.SIGQUIT) // immediate shutdown; the process may have gone already
		_ = postgres.Wait()
		_ = log.Close()
	})
	require.Eventually(t, func() bool {
		return exec.CommandContext(t.Context(), binary(t, "pg_isready"), "-h", directory, "-p", s.port).Run() == nil
	}, 30*time.Second, 100*time.Millisecond)
	s.admin(t, "CREATE ROLE "+master+" LOGIN CREATEDB CREATEROLE NOSUPERUSER PASSWORD '"+masterPassword+"'")
	return s
}

// admin runs SQL as the server's superuser and returns what it prints.
func (s *server) admin(t *testing.T, sql string) string {
	t.Helper()
	return s.adminIn(t, "postgres", sql)
}

func (s *server) adminIn(t *testing.T, database, sql string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "psql", "-XqtA", "-v", "ON_ERROR_STOP=1",
		"-h", s.socket, "-p", s.port, "-U", "postgres", "-d", database, "-c", sql).CombinedOutput()
	require.NoError(t, err, string(output))
	return strings.TrimSpace(string(output))
}

// environment is what a container gets to reach a database over verified TLS.
func (s *server) environment(role, password, database string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "PGHOST=127.0.0.1", "PGPORT=" + s.port, "PGUSER=" + role, "PGPASSWORD=" + password, "PGDATABASE=" + database,
		"PGSSLMODE=verify-full", "PGSSLROOTCERT=" + s.ca,
	}
}

// as runs SQL as a role over the network.
func (s *server) as(t *testing.T, role, password, database, sql string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "psql", "-XqtA", "-v", "ON_ERROR_STOP=1", "-c", sql)
	command.Env = s.environment(role, password, database)
	output, err := command.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

// script runs one of rds's scripts as the container does.
func script(t *testing.T, file string, environment ...string) (string, error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "rds", file))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), "sh", "-c", "set -eu\n"+string(text))
	command.Env = environment
	output, err := command.CombinedOutput()
	return string(output), err
}

func binary(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	require.NoError(t, err)
	if len(found) > 0 {
		return found[len(found)-1]
	}
	path, err := exec.LookPath(name)
	require.NoError(t, err, "install PostgreSQL's server (Debian package postgresql)")
	return path
}

// serverUser is who the server runs as: it refuses root.
func serverUser(t *testing.T) *syscall.Credential {
	t.Helper()
	found, err := user.Current()
	require.NoError(t, err)
	if found.Uid == "0" {
		found, err = user.Lookup("postgres")
		require.NoError(t, err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: os.Getuid() != 0}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// certificates writes ca.pem, server.pem and server.key (the server's), and other.pem, an authority that signed nothing.
func certificates(t *testing.T, directory string, owner *syscall.Credential) {
	t.Helper()
	authority := func(file string) (*x509.Certificate, *ecdsa.PrivateKey) {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: file}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		require.NoError(t, err)
		writePEM(t, filepath.Join(directory, file), "CERTIFICATE", der, owner)
		return template, key
	}
	authority("other.pem")
	ca, caKey := authority("ca.pem")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, &key.PublicKey, caKey)
	require.NoError(t, err)
	writePEM(t, filepath.Join(directory, "server.pem"), "CERTIFICATE", der, owner)
	der, err = x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	writePEM(t, filepath.Join(directory, "server.key"), "EC PRIVATE KEY", der, owner)
}

func writePEM(t *testing.T, path, kind string, der []byte, owner *syscall.Credential) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	require.NoError(t, os.Chown(path, int(owner.Uid), int(owner.Gid)))
}
