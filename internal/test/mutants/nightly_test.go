//go:build nightly

package mutants

import "testing"

func TestEveryFaultIsSeen(t *testing.T) { //nolint:paralleltest // each runs the go command on every core
	for _, one := range faults { //nolint:paralleltest // as above
		t.Run(one.name, func(t *testing.T) { seen(t, one) })
	}
}
