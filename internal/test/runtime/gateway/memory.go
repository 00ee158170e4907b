//go:build runtime

package gateway

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mebibyte is what figures of memory are counted in.
const mebibyte = 1 << 20

// Memory is how many MiB LiteLLM's processes have in RAM together: itself, its workers, and the stand-in for Prisma's engine.
func (g *Gateway) Memory(t *testing.T) int {
	t.Helper()
	used, err := resident(g.litellm.process.Process.Pid)
	require.NoError(t, err)
	return used / mebibyte
}

// PeakMemory is the most MiB that LiteLLM's processes have in RAM together while work runs, seen fifty times a second. More than the task has ends
// LiteLLM, as ECS would.
func (g *Gateway) PeakMemory(t *testing.T, work func()) int {
	t.Helper()
	const pause = 20 * time.Millisecond
	done, peak := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		ticks := time.NewTicker(pause)
		defer ticks.Stop()
		for {
			if used, err := resident(g.litellm.process.Process.Pid); err == nil {
				most = max(most, used)
			}
			if most > g.settings.LiteLLM.Memory*mebibyte {
				_ = syscall.Kill(-g.litellm.process.Process.Pid, syscall.SIGKILL)
			}
			select {
			case <-ticks.C:
			case <-done:
				peak <- most
				return
			}
		}
	}()
	work()
	close(done)
	most := <-peak
	require.Positive(t, most, "memory was seen")
	require.LessOrEqual(t, most/mebibyte, g.settings.LiteLLM.Memory, "LiteLLM was ended: it had more memory than its task has")
	return most / mebibyte
}

// resident adds up the resident sets of a process and all below it, in bytes (proc(5): /proc/PID/stat, field 4 is the parent; /proc/PID/statm, field 2).
func resident(root int) (int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	children := map[int][]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		_, afterName, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(afterName)
		if err != nil || len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], id)
		}
	}
	bytes := 0
	for family := []int{root}; len(family) > 0; family = family[1:] {
		family = append(family, children[family[0]]...)
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(family[0]), "statm"))
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if pages, err := strconv.Atoi(fields[1]); err == nil {
				bytes += pages * os.Getpagesize()
			}
		}
	}
	return bytes, nil
}
