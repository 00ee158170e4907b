//go:build runtime

package litellm_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLiteLLMEndsWhenItsMigrationsFail gives LiteLLM a migration tool that fails. Without ENFORCE_PRISMA_MIGRATION_CHECK it goes on: where the database
// answers it would serve, with a health check that is content, and every key and budget would fail.
func TestLiteLLMEndsWhenItsMigrationsFail(t *testing.T) {
	t.Parallel()
	tools := t.TempDir()
	tool := "#!/bin/sh\necho 'Error: P1001: the stand-in reaches no database' >&2\nexit 1\n"
	require.NoError(t, os.WriteFile(filepath.Join(tools, "prisma"), []byte(tool), 0o755))
	patience, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	litellm, _ := command(patience, t, []string{
		"PATH=" + tools + ":" + os.Getenv("PATH"), "LITELLM_MIGRATION_DIR=" + t.TempDir(),
		"DATABASE_URL=postgresql://nobody:nothing@127.0.0.1:1/litellm", "ENFORCE_PRISMA_MIGRATION_CHECK=true",
	})
	said, err := litellm.CombinedOutput()
	var ended *exec.ExitError
	require.ErrorAs(t, err, &ended, string(said))
	require.Equal(t, 1, ended.ExitCode(), string(said))
	require.Contains(t, string(said), "Database setup failed after multiple retries")
}
