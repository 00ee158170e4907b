//go:build runtime

package metrics_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/observability"
)

// library compiles what makes flock(2) behave as on NFS.
func library(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "flock.so")
	said, err := exec.Command("cc", "-shared", "-fPIC", "-o", file, "testdata/flock.c", "-ldl").CombinedOutput()
	require.NoError(t, err, string(said))
	return file
}

// startScript is the deployment's start script in BusyBox's shell with BusyBox's programs and no others, on a file system like NFS. What it
// starts says "started".
func startScript(t *testing.T, directory string, environment ...string) *exec.Cmd {
	t.Helper()
	programs := filepath.Dir(program(t, "BUSYBOX"))
	command := exec.Command(filepath.Join(programs, "sh"), "-c", observability.VictoriaMetricsStart, "start", directory, filepath.Join(programs, "sh"), "-c", "echo started")
	command.Env = append([]string{"PATH=" + programs, "LD_PRELOAD=" + library(t)}, environment...)
	return command
}

// lockFile is a data directory in which a VictoriaMetrics has run.
func lockFile(t *testing.T) (directory string, file *os.File) {
	t.Helper()
	directory = t.TempDir()
	file, err := os.Create(filepath.Join(directory, "flock.lock"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return directory, file
}

func TestAStartWaitsOnlyForALockThatIsHeld(t *testing.T) {
	t.Parallel()
	directory, _ := lockFile(t)
	said, err := startScript(t, directory, "WAIT_SECONDS=3").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Equal(t, "started\n", string(said), "nobody holds the lock, so nothing is said of another task")
}

func TestAStartWaitsUntilTheLockIsFree(t *testing.T) {
	t.Parallel()
	directory, file := lockFile(t)
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	log, ended := start(t, startScript(t, directory))
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "another task still writes") }, 10*time.Second, 20*time.Millisecond)
	require.NotContains(t, log.String(), "started")
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_UN))
	<-ended
	require.Contains(t, log.String(), "started")
	require.NotContains(t, log.String(), "cannot lock")
}

func TestALockThatStaysHeldIsLeftToVictoriaMetrics(t *testing.T) {
	t.Parallel()
	directory, file := lockFile(t)
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	said, err := startScript(t, directory, "WAIT_SECONDS=1").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Contains(t, string(said), "start: still locked after 1 s")
	require.Contains(t, string(said), "started")
}

func TestALockThatCannotBeHadIsNotTakenForAnothersLock(t *testing.T) {
	t.Parallel()
	directory, _ := lockFile(t)
	said, err := startScript(t, directory, "WAIT_SECONDS=3", "FLOCK_NEVER=1").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Contains(t, string(said), "start: cannot lock")
	require.Contains(t, string(said), "Bad file descriptor")
	require.NotContains(t, string(said), "another task")
	require.Contains(t, string(said), "started")
}
