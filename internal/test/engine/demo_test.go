package engine

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/sim"
)

// checkout is a copy of the repository with a .local/ of its own, and a home folder with a Pulumi home that must not change.
type checkout struct {
	testing.TB
	folder, home string
	env          []string
}

// newCheckout links the sources and what is slow to build; the script itself is a copy, because it finds the repository by its own place.
func newCheckout(t *testing.T) *checkout {
	t.Helper()
	running <- struct{}{}
	t.Cleanup(func() { <-running })
	c := &checkout{TB: t, folder: filepath.Join(t.TempDir(), "a checkout (spaces)"), home: filepath.Join(t.TempDir(), "home")}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(c.folder, "scripts"), 0o750))
	for _, entry := range entries {
		name := entry.Name()
		if name == ".local" || name == ".git" || name == "scripts" {
			continue
		}
		target, err := filepath.Abs(filepath.Join(root, name))
		require.NoError(t, err)
		require.NoError(t, os.Symlink(target, filepath.Join(c.folder, name)))
	}
	script, err := os.ReadFile(filepath.Join(root, "scripts/demo.sh"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(c.folder, "scripts/demo.sh"), script, 0o750))
	c.links("libexec/go-host", "libexec/simulated-aws")
	cli, err := local("libexec/pulumi")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(c.folder, ".local/libexec"), 0o750))
	require.NoError(t, copyFile(cli, filepath.Join(c.folder, ".local/libexec/pulumi")))
	c.write(filepath.Join(c.home, ".pulumi/credentials.json"), `{"current":"https://api.example.com"}`)
	c.write(filepath.Join(c.home, ".pulumi/config.json"), "{}")
	c.env = environment("HOME="+c.home, "PULUMI_ACCESS_TOKEN=pul-of-the-user", "PULUMI_BACKEND_URL=file://"+filepath.Join(c.home, "state"))
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GOFLAGS"} {
		value, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		c.env = append(c.env, name+"="+strings.TrimSpace(string(value)))
	}
	return c
}

// links puts files of the repository's .local/ into the checkout's, those that there are.
func (c *checkout) links(names ...string) {
	c.Helper()
	for _, name := range names {
		target, err := local(name)
		if err != nil {
			continue
		}
		place := filepath.Join(c.folder, ".local", name)
		require.NoError(c, os.MkdirAll(filepath.Dir(place), 0o750))
		require.NoError(c, os.Symlink(target, place))
	}
}

func (c *checkout) write(path, content string) {
	c.Helper()
	require.NoError(c, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(c, os.WriteFile(path, []byte(content), 0o600))
}

// installPlugins puts the simulated providers where the demo's Pulumi looks.
func (c *checkout) installPlugins() {
	c.Helper()
	for name, version := range providers {
		c.links("plugins/pulumi-resource-" + name)
		content, err := os.ReadFile(filepath.Join(c.folder, ".local/plugins/pulumi-resource-"+name))
		require.NoError(c, err)
		c.write(c.plugin(name, version), string(content))
	}
}

func (c *checkout) plugin(name, version string) string {
	return filepath.Join(c.folder, ".local/home/plugins/resource-"+name+"-v"+version, "pulumi-resource-"+name)
}

// demo runs the script; additions extend the environment.
func (c *checkout) demo(command string, additions ...string) (string, error) {
	c.Helper()
	run := exec.Command(filepath.Join(c.folder, "scripts/demo.sh"), command)
	run.Env = append(append([]string{}, c.env...), additions...)
	output, err := run.CombinedOutput()
	return string(output), err
}

// pulumiFiles are the files of the user's own Pulumi with their contents; the go tool keeps files of its own elsewhere in the home.
func (c *checkout) pulumiFiles() map[string]string {
	c.Helper()
	files := map[string]string{}
	require.NoError(c, filepath.WalkDir(filepath.Join(c.home, ".pulumi"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	}))
	return files
}

func TestDemoRefusesToStartWithCredentialsInTheEnvironment(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	c.installPlugins()
	for _, command := range []string{"up", "setup", "preview", "destroy", "pulumi"} {
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
			output, err := c.demo(command, name+"=AKIAIOSFODNN7EXAMPLE")
			require.Error(t, err, command)
			require.Contains(t, output, name)
			require.NotContains(t, output, "AKIAIOSFODNN7EXAMPLE")
		}
	}
	require.NoFileExists(t, filepath.Join(c.folder, ".local/account.json"))
}

func TestDemoRefusesAnyProviderButTheSimulatedOnes(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	c.installPlugins()
	own, other := c.plugin("aws", providers["aws"]), c.plugin("aws", "6.99.0")
	simulated, err := os.ReadFile(own)
	require.NoError(t, err)
	for name, damage := range map[string]func(){
		"other bytes":            func() { c.write(own, "#!/bin/sh\necho the real provider\n") },
		"missing":                func() { require.NoError(t, os.RemoveAll(filepath.Dir(own))) },
		"a later version beside": func() { c.write(other, string(simulated)) },
		"the wrong version only": func() { require.NoError(t, os.Rename(filepath.Dir(own), filepath.Dir(other))) },
	} {
		require.NoError(t, os.RemoveAll(filepath.Dir(other)))
		c.write(own, string(simulated))
		damage()
		for _, command := range []string{"preview", "destroy", "pulumi"} {
			output, err := c.demo(command)
			require.Error(t, err, "%s: %s", name, command)
			require.Contains(t, output, "refusing to run", "%s: %s", name, command)
			require.Contains(t, output, "aws", name)
		}
	}
}

// interrupt starts a deploy and presses Ctrl-C, as a terminal does it, once the account holds something.
func (c *checkout) interrupt() {
	c.Helper()
	run := exec.Command(filepath.Join(c.folder, "scripts/demo.sh"), "up")
	run.Env = c.env
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	progress, err := run.StderrPipe()
	require.NoError(c, err)
	require.NoError(c, run.Start())
	begun, said := false, ""
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		said += lines.Text() + "\n"
		if !begun && someResources.MatchString(lines.Text()) {
			begun = true
			require.NoError(c, syscall.Kill(-run.Process.Pid, syscall.SIGINT))
		}
	}
	require.True(c, begun)
	require.Contains(c, said, "interrupted. make demo starts afresh, make demo-destroy removes what there is.")
	var ended *exec.ExitError
	require.ErrorAs(c, run.Wait(), &ended)
	require.Equal(c, 130, ended.ExitCode(), "as a shell tells an interrupt")
}

// someResources is the demo's progress line once something is in the account.
var someResources = regexp.MustCompile(`[1-9][0-9]* resources finished`)

func TestDemoLeavesTheUsersOwnPulumiAloneAndTheAccountEmpty(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	// A CLI on the PATH that is too old is asked for its version, and must not be asked in the user's own Pulumi home: it would leave a log there.
	asked := filepath.Join(c.home, "asked")
	c.env = append(c.env, c.program("pulumi", `echo "home:$PULUMI_HOME" >>"`+asked+`"; echo v3.0.0`), "PULUMI_OPTION_STACK=of-the-user")
	before := c.pulumiFiles()
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	c.interrupt()
	require.Equal(t, before, c.pulumiFiles())
	output, err := c.demo("destroy")
	require.NoError(t, err, output)
	c.requireEmptyAccount()
	output, err = c.demo("up")
	require.NoError(t, err, output)
	require.Contains(t, output, "SIMULATED")
	require.Contains(t, output, "gateway_url")
	require.Regexp(t, `(?m)^  rds +\d+ .*Instance: database`, output, "what was made, by name")
	output, err = c.demo("preview")
	require.NoError(t, err, output)
	require.NotRegexp(t, `\d+ to (create|update|delete|replace)`, output)
	require.Equal(t, 1, strings.Count(strings.ToLower(output), "simulated aws account, not")+strings.Count(output, "SIMULATED"), "one notice: %s", output)
	c.settingsOfTheDemo()
	output, err = c.demo("destroy")
	require.NoError(t, err, output)
	require.Less(t, strings.Count(output, "\n"), 60, "a summary, not a line for each resource")
	require.Equal(t, before, c.pulumiFiles())
	homes, err := os.ReadFile(asked)
	require.NoError(t, err)
	for _, home := range strings.Fields(strings.ReplaceAll(string(homes), c.folder, "CHECKOUT")) {
		require.Equal(t, "home:CHECKOUT/.local/home", home)
	}
	require.NoDirExists(t, filepath.Join(c.home, "state"), "the user's own backend")
	c.requireEmptyAccount()
	after, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.Equal(t, string(sums), string(after), "the repository stays as it is")
}

// settingsOfTheDemo sets something on the demo: make cost reads it in the demo's shell alone, and it is told when it goes.
func (c *checkout) settingsOfTheDemo() {
	c.Helper()
	output, err := c.shell(`set -e; make -s cost >own; eval "$(make -s demo-env)"; pulumi config set --path database.multiAz true; make -s cost >demo; diff own demo`)
	require.Error(c, err)
	require.Regexp(c, `> .*db\.t4g\.micro.*Multi-AZ`, output)
	settings := filepath.Join(c.folder, "Pulumi.poc.yaml")
	content, err := os.ReadFile(settings)
	require.NoError(c, err)
	require.NoError(c, os.Remove(settings))
	c.write(settings, string(content)+"# changed\n")
	output, err = c.demo("preview")
	require.NoError(c, err, output)
	require.Contains(c, output, "Pulumi.poc.yaml has changed, and the demo takes it anew. What you had set on the demo is gone with it:")
	require.Contains(c, output, "multiAz: true")
	require.NotRegexp(c, `\d+ to (create|update|delete|replace)`, output)
}

func (c *checkout) requireEmptyAccount() {
	c.Helper()
	account, err := sim.Open(filepath.Join(c.folder, ".local/account.json"))
	require.NoError(c, err)
	left, err := account.Resources()
	require.NoError(c, err)
	require.Empty(c, left)
}
