package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config/configtest"
)

// BenchmarkPreview compares a warm preview of the deployed poc with one of an empty program on the same engine, run in turns.
func BenchmarkPreview(b *testing.B) {
	const runs = 5
	nothing := newWorkplace(b, empty).stack("poc", nil)
	full := poc(b)
	for _, s := range []*stack{nothing, full} {
		s.up()
		s.settled()
	}
	require.Empty(b, nothing.left(), "the empty program runs, not the gateway")
	require.NotEmpty(b, full.left())
	for b.Loop() {
		var base, own []time.Duration
		for range runs {
			base = append(base, timed(nothing))
			own = append(own, timed(full))
		}
		slices.Sort(base)
		slices.Sort(own)
		least, taken := base[runs/2].Seconds(), own[runs/2].Seconds()
		b.ReportMetric(taken, "poc-s")
		b.ReportMetric(least, "empty-s")
		b.ReportMetric(taken/least, "ratio")
		limit := 2*least + 3
		b.Logf("preview of poc %.2f s, of an empty program %.2f s: ratio %.2f; criterion ≤ 2 × %.2f s + 3 s = %.2f s", taken, least, taken/least, least, limit)
		require.LessOrEqual(b, taken, limit)
	}
}

func timed(s *stack) time.Duration {
	s.Helper()
	start := time.Now()
	s.must("preview")
	return time.Since(start)
}

// measured is the gateway's program behind one that notes its memory.
var measured = sync.OnceValues(func() (program, error) {
	inner, err := gateway()
	if err != nil {
		return program{}, err
	}
	outer, err := build("measured", "../", "./engine/testdata/measured")
	if err != nil {
		return program{}, err
	}
	return outer, os.Symlink(inner.binary, filepath.Join(filepath.Dir(outer.binary), "gateway"))
})

// BenchmarkPreviewModels says how the time of a preview and the program's memory grow with the number of models.
func BenchmarkPreviewModels(b *testing.B) {
	for _, count := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			const runs = 5
			s := newWorkplace(b, measured).stack("poc", map[string]any{"models": configtest.Models(count, 24)})
			timed(s)
			for b.Loop() {
				var taken []time.Duration
				for range runs {
					taken = append(taken, timed(s))
				}
				slices.Sort(taken)
				peak, err := os.ReadFile(filepath.Join(filepath.Dir(s.program.binary), "peak"))
				require.NoError(b, err)
				bytes, err := strconv.ParseFloat(strings.TrimSpace(string(peak)), 64)
				require.NoError(b, err)
				b.ReportMetric(taken[runs/2].Seconds(), "preview-s")
				b.ReportMetric(bytes/(1<<20), "program-MiB")
			}
		})
	}
}
