package engine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/internal/sim"
)

// running bounds the engines that run at once: each is a CLI, a program and providers.
var running = make(chan struct{}, 2)

// workplace is a folder with a Pulumi home, a backend and a simulated account of its own.
type workplace struct {
	testing.TB
	folder  string
	program program
	account *sim.Account
	env     []string
}

// stack is one stack of a workplace; it exists in the backend.
type stack struct {
	*workplace
	name string
}

// newWorkplace waits for its turn, then makes a workplace with an empty account.
func newWorkplace(t testing.TB, built func() (program, error)) *workplace {
	t.Helper()
	running <- struct{}{}
	t.Cleanup(func() { <-running })
	p, err := built()
	require.NoError(t, err)
	folder := t.TempDir()
	w := &workplace{TB: t, folder: folder, program: p}
	for name, version := range providers {
		plugin, err := local("plugins/pulumi-resource-" + name)
		require.NoError(t, err)
		place := w.path("home", "plugins", "resource-"+name+"-v"+version)
		require.NoError(t, os.MkdirAll(place, 0o750))
		require.NoError(t, os.Symlink(plugin, filepath.Join(place, "pulumi-resource-"+name)))
	}
	require.NoError(t, os.MkdirAll(w.path("state"), 0o750))
	require.NoError(t, os.MkdirAll(w.path("project"), 0o750))
	w.account, err = sim.Open(w.path("account.json"))
	require.NoError(t, err)
	w.env = environment(
		"PATH="+p.path+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PULUMI_HOME="+w.path("home"), "PULUMI_BACKEND_URL=file://"+w.path("state"), "PULUMI_CONFIG_PASSPHRASE=test",
		sim.AccountEnv+"="+w.path("account.json"),
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true", "PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_IGNORE_AMBIENT_PLUGINS=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true",
	)
	w.env = append(w.env, withoutCheckpoints...)
	w.writeProject()
	return w
}

// withoutCheckpoints lets the engine write the state once, at the end of an operation, and not after each resource, which is most of the time
// of an `up` on the simulated account (pulumi/pkg/backend/snapshot.go, SkipCheckpoints).
var withoutCheckpoints = []string{"PULUMI_EXPERIMENTAL=true", "PULUMI_SKIP_CHECKPOINTS=true"}

// checkpointed writes the state after each resource, as a user's engine does: for tests of what fails or ends half-way.
func (w *workplace) checkpointed() {
	w.env = slices.DeleteFunc(w.env, func(entry string) bool { return slices.Contains(withoutCheckpoints, entry) })
}

func (w *workplace) path(parts ...string) string {
	return filepath.Join(append([]string{w.folder}, parts...)...)
}

// writeProject makes Pulumi.yaml of the repository's: the same schema of the settings, but with the built program.
func (w *workplace) writeProject() {
	w.Helper()
	content, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(w, err)
	project := map[string]any{}
	require.NoError(w, yaml.Unmarshal(content, &project))
	project["runtime"] = map[string]any{"name": "go", "options": map[string]any{"binary": w.program.binary}}
	content, err = yaml.Marshal(project)
	require.NoError(w, err)
	require.NoError(w, os.WriteFile(w.path("project", "Pulumi.yaml"), content, 0o600))
}

// stack makes a stack with the given settings.
func (w *workplace) stack(name string, settings map[string]any) *stack {
	w.Helper()
	s := &stack{workplace: w, name: name}
	_, err := w.pulumi("stack", "init", name)
	require.NoError(w, err)
	s.set(settings)
	return s
}

// poc is stack poc with the repository's own settings in an empty account.
func poc(t testing.TB) *stack {
	t.Helper()
	return newWorkplace(t, gateway).stack("poc", repositorySettings(t, "Pulumi.poc.yaml"))
}

// repositorySettings are the settings in a stack file of the repository.
func repositorySettings(t testing.TB, file string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	var stackFile struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(content, &stackFile))
	return stackFile.Config
}

// set replaces the settings; keys without a namespace get the project's, those with a dot become a map, and the region is us-west-1 unless given.
func (s *stack) set(settings map[string]any) {
	s.Helper()
	file := s.path("project", "Pulumi."+s.name+".yaml")
	content, err := os.ReadFile(file)
	require.NoError(s, err)
	document := map[string]any{}
	require.NoError(s, yaml.Unmarshal(content, &document))
	config := map[string]any{"aws:region": "us-west-1"}
	for key, value := range settings {
		if strings.Contains(key, ":") {
			config[key] = value
			continue
		}
		configtest.Put(config, key, value)
	}
	document["config"] = config
	content, err = yaml.Marshal(document)
	require.NoError(s, err)
	require.NoError(s, os.WriteFile(file, content, 0o600))
}

// pulumi runs the CLI; both its streams come back.
func (w *workplace) pulumi(args ...string) (string, error) {
	w.Helper()
	command := exec.Command(filepath.Join(w.program.path, "pulumi"), append([]string{"--cwd", w.path("project"), "--non-interactive", "--color=never"}, args...)...)
	command.Env = w.env
	output, err := command.CombinedOutput()
	return string(output), err
}

// try runs a command on the stack.
func (s *stack) try(args ...string) (string, error) {
	s.Helper()
	return s.pulumi(append(args, "--stack", s.name)...)
}

// must runs a command on the stack that has to succeed.
func (s *stack) must(args ...string) string {
	s.Helper()
	output, err := s.try(args...)
	require.NoError(s, err, output)
	return output
}

func (s *stack) up() string      { s.Helper(); return s.must("up", "--yes", "--skip-preview") }
func (s *stack) destroy() string { s.Helper(); return s.must("destroy", "--yes", "--skip-preview") }

// settled demands that a preview finds nothing to do; its text comes back.
func (s *stack) settled() string {
	s.Helper()
	return s.must("preview", "--expect-no-changes")
}

// left is what is in the account, by type and id.
func (w *workplace) left() []string {
	w.Helper()
	resources, err := w.account.Resources()
	require.NoError(w, err)
	var list []string
	for _, r := range resources {
		list = append(list, r.Type+" "+r.ID)
	}
	return list
}

// change is one step that a preview plans.
type change struct{ op, kind, name string }

// changes are the steps a preview plans, without those that do nothing.
func (s *stack) changes() []change {
	s.Helper()
	var plan struct {
		Steps []struct{ Op, URN string }
	}
	require.NoError(s, json.Unmarshal([]byte(s.must("preview", "--json")), &plan))
	var list []change
	for _, step := range plan.Steps {
		if step.Op == "same" || step.Op == "read" {
			continue
		}
		parts := strings.Split(step.URN, "::")
		list = append(list, change{step.Op, parts[2][strings.LastIndex(parts[2], "$")+1:], parts[3]})
	}
	return list
}

// outputs are the stack's outputs.
func (s *stack) outputs() map[string]any {
	s.Helper()
	values := map[string]any{}
	require.NoError(s, json.Unmarshal([]byte(s.must("stack", "output", "--json")), &values))
	return values
}

var complaint = regexp.MustCompile(`(?i)warning|deprecat`)

// quiet demands output without warnings and deprecated properties.
func quiet(t testing.TB, output string) {
	t.Helper()
	require.NotRegexp(t, complaint, output)
}

// seedNamed puts into the account what the settings name and the reader has.
func (w *workplace) seedNamed(settings map[string]any) {
	w.Helper()
	text := func(key string) string {
		value, _ := settings["kong-llm-gateway:"+key].(string)
		return value
	}
	if arn := text("certificateArn"); arn != "" {
		require.NoError(w, w.account.Seed(sim.Resource{
			Type: "aws:acm/certificate:Certificate", ID: arn, Region: "us-east-1",
			State: map[string]any{"arn": arn, "domain": text("domainName"), "domainName": text("domainName"), "status": "ISSUED"},
		}))
	}
	if id := text("hostedZoneId"); id != "" {
		require.NoError(w, w.account.Seed(sim.Resource{Type: "aws:route53/zone:Zone", ID: id, State: map[string]any{"zoneId": id, "name": "example.com"}}))
	}
}
