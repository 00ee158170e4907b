package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPocGoesFromAnEmptyAccountToOutputsAndBackTwice(t *testing.T) {
	t.Parallel()
	s := poc(t)
	quiet(t, s.must("preview"))
	require.Empty(t, s.left(), "a preview creates nothing")
	quiet(t, s.up())
	quiet(t, s.settled())
	s.must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	s.destroy()
	require.Empty(t, s.left())
	s.up()
	s.destroy()
	require.Empty(t, s.left())
}
