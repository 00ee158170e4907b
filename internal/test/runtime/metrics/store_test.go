//go:build runtime

package metrics_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/observability"
)

func TestRenderedScrapeConfigurationIsAcceptedStrictly(t *testing.T) {
	t.Parallel()
	scrape := scrapeFile(t, 4000, observability.VictoriaMetricsPort)
	command := exec.Command(program(t, "VICTORIAMETRICS"), "-dryRun", "-promscrape.config="+scrape, "-promscrape.config.strictParse=true")
	command.Env = []string{observability.MetricsKeyVariable + "=" + metricsKey}
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))

	command = exec.Command(program(t, "VICTORIAMETRICS"), "-dryRun", "-promscrape.config="+scrape)
	command.Env = []string{}
	said, err = command.CombinedOutput()
	require.Error(t, err, "without its key it must not start")
	require.Contains(t, string(said), observability.MetricsKeyVariable)
}

func TestSecondProcessWaitsForTheDataDirectoryAndThenTakesItOver(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	firstPort, secondPort := freePort(t), freePort(t)
	first := startStore(t, directory, scrapeFile(t, 4000, firstPort), firstPort)
	require.Eventually(t, first.up, 30*time.Second, 100*time.Millisecond)

	second := startStore(t, directory, scrapeFile(t, 4000, secondPort), secondPort)
	require.Eventually(t, func() bool { return strings.Contains(second.log.String(), "waiting") }, 30*time.Second, 50*time.Millisecond)
	require.True(t, first.up(), "the first goes on")
	require.False(t, second.up(), "the second does not write")

	require.NoError(t, first.process.Process.Signal(syscall.SIGTERM))
	<-first.ended
	require.Eventually(t, second.up, 30*time.Second, 100*time.Millisecond, tail(second.log.String()))
	require.NotContains(t, second.log.String(), "panic")
}

func TestWithoutTheWaitASecondProcessEnds(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	firstPort, secondPort := freePort(t), freePort(t)
	first := startStore(t, directory, scrapeFile(t, 4000, firstPort), firstPort)
	require.Eventually(t, first.up, 30*time.Second, 100*time.Millisecond)
	flags := storeCommand(t, directory, scrapeFile(t, 4000, secondPort), secondPort)
	bare := exec.Command(flags.Args[5], flags.Args[6:]...)
	bare.Env = flags.Env
	said, err := bare.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "cannot acquire lock")
}
