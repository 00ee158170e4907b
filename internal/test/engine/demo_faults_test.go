package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shell runs bash in the checkout, where `make` finds the demo.
func (c *checkout) shell(script string, additions ...string) (string, error) {
	c.Helper()
	run := exec.Command("bash", "-c", script)
	run.Dir = c.folder
	run.Env = append(append([]string{}, c.env...), additions...)
	output, err := run.CombinedOutput()
	return string(output), err
}

// program puts a program into a folder that comes first on the PATH, and returns that PATH.
func (c *checkout) program(name, text string) string {
	c.Helper()
	folder := filepath.Join(c.home, "programs")
	c.write(filepath.Join(folder, name), "#!/bin/bash\n"+text+"\n")
	require.NoError(c, os.Chmod(filepath.Join(folder, name), 0o700))
	return "PATH=" + folder + string(os.PathListSeparator) + os.Getenv("PATH")
}

func TestDemoAdviceOnCredentialsWorksInAFreshClone(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	output, err := c.demo("up", "AWS_PROFILE=work")
	require.Error(t, err)
	require.Contains(t, output, "unset AWS_PROFILE")
	output, err = c.shell(`eval "$(make -s demo-env)"; echo "profile: ${AWS_PROFILE:-none}"; pulumi preview`, "AWS_PROFILE=work")
	require.Error(t, err)
	require.Contains(t, output, "profile: none")
	require.Contains(t, output, "`make demo`", "a pulumi of that shell is never the real account's")
}

func TestDemoTellsAMissingOrOldGo(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	output, err := c.demo("up", c.program("go", "echo go1.20.3"))
	require.Error(t, err)
	require.Regexp(t, `needs Go 1\.\d+\.\d+ or later, and the go on the PATH is 1\.20\.3`, output)
	output, err = c.demo("up", c.program("go", "echo 'go: go.mod requires go >= 1.99 (running go 1.24; GOTOOLCHAIN=local)' >&2; exit 1"))
	require.Error(t, err)
	require.Contains(t, output, "GOTOOLCHAIN=local")
	// A PATH with all programs but go.
	folder := filepath.Join(c.home, "without-go")
	require.NoError(t, os.MkdirAll(folder, 0o750))
	for _, place := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(place)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if entry.Name() == "go" {
				continue
			}
			if err := os.Symlink(filepath.Join(place, entry.Name()), filepath.Join(folder, entry.Name())); err != nil {
				require.ErrorIs(t, err, os.ErrExist)
			}
		}
	}
	output, err = c.demo("up", "PATH="+folder)
	require.Error(t, err)
	require.Regexp(t, `needs Go 1\.\d+\.\d+ or later, and there is no go on the PATH`, output)
}

func TestDemoTellsABrokenFolderWithWhatRepairsIt(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	c.installPlugins()
	path := func(name string) string { return filepath.Join(c.folder, ".local", name) }
	for _, broken := range []struct {
		name   string
		damage func() error
	}{
		{"the account is no JSON", func() error { return os.WriteFile(path("account.json"), []byte(`{"resources":`), 0o600) }},
		{"the passphrase is gone", func() error { return os.Remove(path("passphrase")) }},
		{"the backend is gone", func() error { return os.RemoveAll(path("state")) }},
		{"the simulation is gone", func() error { return os.Remove(path("libexec/simulated-aws")) }},
	} {
		c.write(path("passphrase"), "secret")
		c.write(path("account.json"), "{}")
		require.NoError(t, os.MkdirAll(path("state"), 0o750))
		require.NoError(t, broken.damage(), broken.name)
		output, err := c.demo("preview")
		require.Error(t, err, broken.name)
		require.Contains(t, strings.ToLower(output), "run `make demo`", broken.name)
		require.NotContains(t, output, "report", "%s: no bug of the provider's", broken.name)
	}
}

func TestMakeHelpPrintsWhatCanBePasted(t *testing.T) {
	t.Parallel()
	output, err := exec.Command("make", "-C", root, "help").CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), `eval "$(make -s demo-env)"`)
	require.NotContains(t, string(output), "$$")
}
