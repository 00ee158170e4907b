// Package engine runs the program with the real Pulumi engine on simulated AWS accounts. It needs what `scripts/demo.sh setup` puts under
// .local/: the CLI, Pulumi's Go language host and the two simulated providers.
package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kong-llm-gateway/internal/sim"
)

// root is the repository: the nearest folder above with a Pulumi.yaml. Tests of other packages start elsewhere.
var root = func() string {
	folder, err := filepath.Abs(".")
	for ; err == nil && folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, missing := os.Stat(filepath.Join(folder, "Pulumi.yaml")); missing == nil {
			return folder
		}
	}
	return "../../.."
}()

// providers are the simulated plugins, which scripts/demo.sh installs.
var providers = map[string]string{"aws": sim.AWSVersion, "random": sim.RandomVersion}

// program is a built Pulumi program with a folder for PATH in which the CLI finds its language host.
type program struct{ binary, path string }

// scratch holds the built programs until the tests end.
var scratch string

// Main runs a package's tests; its TestMain exits with what comes back. The programs that the tests built go with them.
func Main(m *testing.M) int {
	folder, err := os.MkdirTemp("", "engine")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	scratch = folder
	code := m.Run()
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// gateway is the program under test; empty is one that makes nothing.
var (
	gateway = sync.OnceValues(func() (program, error) { return build("gateway", root, ".") })
	empty   = sync.OnceValues(func() (program, error) {
		return build("empty", filepath.Join(root, "internal", "test"), "./engine/testdata/empty")
	})
)

func build(name, module, pkg string) (program, error) {
	p := program{binary: filepath.Join(scratch, name, "program"), path: filepath.Join(scratch, name, "path")}
	if err := os.MkdirAll(p.path, 0o750); err != nil {
		return p, err
	}
	output, err := exec.Command("go", "build", "-C", module, "-o", p.binary, pkg).CombinedOutput()
	if err != nil {
		return p, fmt.Errorf("go build %s: %w\n%s", pkg, err, output)
	}
	cli, err := local("libexec/pulumi")
	if err != nil {
		return p, err
	}
	// A copy, because the CLI prefers the language host beside its own file, through links too.
	if err := copyFile(cli, filepath.Join(p.path, "pulumi")); err != nil {
		return p, err
	}
	return p, linkHost(p)
}

// copyFile copies a program.
func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o750)
}

// linkHost puts the language host on the program's path. The one that the demo builds takes the program as a flag, a released one reads it from Pulumi.yaml.
func linkHost(p program) error {
	target := filepath.Join(p.path, "pulumi-language-go")
	own, err := local("libexec/go-host")
	if err != nil {
		released, missing := local("libexec/pulumi-language-go")
		if missing != nil {
			return errors.Join(err, missing)
		}
		return os.Symlink(released, target)
	}
	wrapper := fmt.Sprintf("#!/bin/sh\nexec %q -binary %q \"$@\"\n", own, p.binary)
	return os.WriteFile(target, []byte(wrapper), 0o750)
}

// local is the absolute path of something under .local/.
func local(name string) (string, error) {
	path, err := filepath.Abs(filepath.Join(root, ".local", name))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: run `scripts/demo.sh setup` first", err)
	}
	return path, nil
}

// environment is this process's, without what would lead to AWS or to the user's own Pulumi, and with additions.
func environment(additions ...string) []string {
	var kept []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "PULUMI_") && !strings.HasPrefix(entry, "KONG_") {
			kept = append(kept, entry)
		}
	}
	return append(kept, additions...)
}
