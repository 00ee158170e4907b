//go:build runtime

package metrics_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
)

// TestVictoriaMetricsRunsReadOnlyAndUnprivileged starts it as its task does: a read-only root, its own uid, and its data the only place to write to.
func TestVictoriaMetricsRunsReadOnlyAndUnprivileged(t *testing.T) {
	t.Parallel()
	require.Zero(t, os.Getuid(), "needs root to make a read-only root")
	data := t.TempDir()
	require.NoError(t, os.Chown(data, 8428, 8428))
	binary, err := filepath.EvalSymlinks(program(t, "VICTORIAMETRICS"))
	require.NoError(t, err)
	port := freePort(t)
	command := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c",
		`mount --rbind / /mnt && mount -o remount,bind,ro /mnt && mount -t proc proc /mnt/proc && mount --bind "$0" "/mnt$0" &&
		 exec chroot /mnt setpriv --reuid=8428 --regid=8428 --clear-groups --no-new-privs \
		   --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search -- "$@"`,
		data, binary, "-storageDataPath="+data, fmt.Sprintf("-httpListenAddr=127.0.0.1:%d", port), fmt.Sprintf("-retentionPeriod=%dd", config.Defaults().VictoriaMetrics.RetentionDays))
	log, _ := start(t, command)
	require.Eventually(t, func() bool {
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/health", port))
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, time.Minute, 100*time.Millisecond, "%s", log)
}
