//go:build runtime

package scripts_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/process"
)

// result is what one run of a script left.
type result struct {
	code           int
	stdout, stderr string
}

// run starts a script of scripts/ with the given environment added; a PATH entry of fakes goes first where the directory is not empty.
func run(t *testing.T, fakes string, env []string, script string, args ...string) result {
	t.Helper()
	path := process.InRepository("scripts", script)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	arguments := append([]string{path}, args...)
	// The shell to run scripts with, where it is not the machine's: an old one, say.
	if shell := os.Getenv("SCRIPTS_BASH"); shell != "" {
		arguments = append([]string{shell}, arguments...)
	}
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	search := os.Getenv("PATH")
	if fakes != "" {
		search = fakes + string(os.PathListSeparator) + search
	}
	command.Env = append([]string{"PATH=" + search, "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "CONNECT_ATTEMPTS=2"}, env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	runErr := command.Run()
	var exit *exec.ExitError
	if runErr != nil && !errors.As(runErr, &exit) {
		require.NoError(t, runErr)
	}
	require.NotContains(t, stdout.String()+stderr.String(), masterKey, "the master key is never printed")
	return result{code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// fake writes an executable shell script of the given name into the directory.
func fake(t *testing.T, directory, name, body string) {
	t.Helper()
	text := "#!/usr/bin/env bash\nset -euo pipefail\n" + body
	require.NoError(t, os.WriteFile(filepath.Join(directory, name), []byte(text), 0o700))
}
