package langfuse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheScriptKeepsThePasswordOutOfArguments(t *testing.T) {
	t.Parallel()
	require.NotContains(t, strings.ToLower(retentionScript), "password=")
}
