//go:build runtime

package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/test/runtime/process"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// canConfine says whether this machine lets unprivileged do its work: a root of a container often may not.
func canConfine() bool {
	return os.Getuid() == 0 && exec.Command("unshare", "--mount", "--propagation", "private", "true").Run() == nil
}

// unprivileged starts what follows it as the task does: the root is read-only and belongs to another, uid 65534, /tmp is the only place to write
// to, no capability but one: it may read everywhere, because the Python of a test machine may lie in a home that is closed to others.
var unprivileged = []string{
	"unshare", "--mount", "--propagation", "private", "sh", "-c",
	`mount --rbind / /mnt && mount -o remount,bind,ro /mnt && mount -t proc proc /mnt/proc && mount --rbind /dev /mnt/dev && mount -t tmpfs tmpfs /mnt/run &&
	 mount --bind /tmp /mnt/tmp && exec chroot /mnt setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
	   --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search -- sh -c 'if touch /probe 2>/dev/null; then exit 9; fi; exec "$@"' sh "$@"`, "sh",
}

// liteLLM is a running LiteLLM.
type liteLLM struct {
	url     string
	log     string // a file
	process *exec.Cmd
	ended   chan struct{}
}

// program is the path of something that setup.sh made below .local.
func program(parts ...string) (string, error) {
	path := process.InRepository(append([]string{".local"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("run internal/test/runtime/setup.sh (make test-runtime does): %w", err)
	}
	return path, nil
}

// startLiteLLM runs LiteLLM as the task definition says, but with the bench's shorter times, or where more is given, with those and the times of the
// stack. directory is empty and its own.
func startLiteLLM(ctx context.Context, g *Gateway, directory string, more map[string]string) (*liteLLM, error) {
	settings, server, database, bedrock, langfuse := g.settings, g.server, g.database, g.Bedrock, g.Langfuse
	task, err := liteLLMTask(settings)
	if err != nil {
		return nil, err
	}
	if len(more) == 0 {
		if err := shorten(task.Documents); err != nil {
			return nil, err
		}
	}
	local, err := task.deliver(filepath.Join(directory, "documents"))
	if err != nil {
		return nil, err
	}
	for name, value := range task.Environment {
		task.Environment[name] = local(value)
	}
	// What the bench has in the place of what the task definition names.
	for name, value := range map[string]string{
		"DATABASE_HOST":        "127.0.0.1:" + g.relay.port, // LiteLLM ignores DATABASE_PORT and takes the port from here
		"DATABASE_NAME":        database,
		"DATABASE_SSLROOTCERT": server.CA,

		litellm.TracesURLVariable: langfuse.URL,
	} {
		if _, given := task.Environment[name]; !given {
			return nil, fmt.Errorf("the task definition sets no %s any more: adapt the bench", name)
		}
		task.Environment[name] = value
	}
	maps.Copy(task.Environment, more)
	environment, err := benchEnvironment(bedrock, directory)
	if err != nil {
		return nil, err
	}
	// Whatever is sent to another host than this one shows itself: clients take a proxy from these, LiteLLM's own by its own variable.
	environment = append(environment, "HTTP_PROXY="+g.OtherHosts.URL, "HTTPS_PROXY="+g.OtherHosts.URL, "NO_PROXY=127.0.0.1,localhost", "AIOHTTP_TRUST_ENV=True")
	for name, value := range task.Environment {
		environment = append(environment, name+"="+value)
	}
	secrets := g.secrets.values()
	for _, name := range task.Secrets {
		value, known := secrets[name]
		if !known {
			return nil, fmt.Errorf("the task definition has a secret %s: give the bench a value", name)
		}
		environment = append(environment, name+"="+value)
	}
	slices.Sort(environment)

	port := g.internalPort
	if port == "" {
		if port, err = process.FreePort(); err != nil {
			return nil, err
		}
	}
	command, err := program("venv", "bin", "litellm")
	if err != nil {
		return nil, err
	}
	arguments := []string{command, "--host", "127.0.0.1"}
	for i := 0; i < len(task.Command); i++ {
		argument := local(task.Command[i])
		if i > 0 && task.Command[i-1] == "--port" {
			argument = port
		}
		arguments = append(arguments, argument)
	}
	if g.confined {
		arguments = append(slices.Clone(unprivileged), arguments...)
	}
	return g.run(ctx, arguments, environment, directory, "http://127.0.0.1:"+port)
}

// benchEnvironment are the variables that only the bench needs: stand-ins for Prisma's binaries and for AWS.
func benchEnvironment(bedrock *standin.Bedrock, directory string) ([]string, error) {
	prisma, err := program("prisma")
	if err != nil {
		return nil, err
	}
	venv, err := program("venv", "bin")
	if err != nil {
		return nil, err
	}
	environment := []string{
		"PATH=" + venv + ":" + os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1",
		"AWS_ACCESS_KEY_ID=stand-in", "AWS_SECRET_ACCESS_KEY=stand-in", "AWS_BEDROCK_RUNTIME_ENDPOINT=" + bedrock.URL,
		// LiteLLM's own way to use an installed CLI (litellm_proxy_extras/utils.py); its image sets the first as well.
		"PRISMA_OFFLINE_MODE=true", "PRISMA_CLI_PATH=" + filepath.Join(prisma, "node_modules", ".bin", "prisma"), "NPM_CONFIG_CACHE=/tmp/npm",
		"PRISMA_BINARY_CACHE_DIR=" + prisma, "PRISMA_CLI_QUERY_ENGINE_TYPE=binary", "CHECKPOINT_DISABLE=1", "PRISMA_HIDE_UPDATE_MESSAGE=1",
	}
	// Prisma asks with access(2) whether it may read the binaries, which ignores capabilities: so they lie where everyone may.
	for variable, name := range map[string]string{"PRISMA_QUERY_ENGINE_BINARY": "query-engine", "PRISMA_SCHEMA_ENGINE_BINARY": "schema-engine"} {
		path := filepath.Join(directory, name)
		text := fmt.Sprintf("#!/usr/bin/env node\nrequire(%q);\n", filepath.Join(prisma, name+".cjs"))
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			return nil, fmt.Errorf("stand-in for %s: %w", name, err)
		}
		environment = append(environment, variable+"="+path)
	}
	return environment, nil
}

// shorten has LiteLLM write spend every second or so, not every minute, look every few seconds, not every ten minutes, for budgets that start anew, and every five
// seconds, not every hour, for rows of spend that are too old;
// nothing else of its configuration is changed.
func shorten(documents map[string][]byte) error {
	const name = "litellm.yaml"
	var document map[string]any
	if err := yaml.Unmarshal(documents[name], &document); err != nil {
		return fmt.Errorf("read LiteLLM's configuration: %w", err)
	}
	general, isMap := document["general_settings"].(map[string]any)
	if !isMap {
		return errors.New("LiteLLM's configuration has no general_settings: adapt the bench")
	}
	general["proxy_batch_write_at"] = 1
	general["maximum_spend_logs_retention_interval"] = "5s"
	general["proxy_budget_rescheduler_min_time"], general["proxy_budget_rescheduler_max_time"] = 2, 3
	text, err := yaml.Marshal(document)
	if err != nil {
		return fmt.Errorf("write LiteLLM's configuration: %w", err)
	}
	documents[name] = text
	return nil
}

func (g *Gateway) run(ctx context.Context, arguments, environment []string, directory, url string) (*liteLLM, error) {
	file, err := os.Create(cmp.Or(g.logFile, filepath.Join(directory, "litellm.log")))
	if err != nil {
		return nil, fmt.Errorf("log of LiteLLM: %w", err)
	}
	defer func() { _ = file.Close() }() // LiteLLM has it open
	l := &liteLLM{url: url, log: file.Name(), process: exec.Command(arguments[0], arguments[1:]...), ended: make(chan struct{})}
	l.process.Env, l.process.Dir = environment, directory
	l.process.Stdout, l.process.Stderr = file, file
	l.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := l.process.Start(); err != nil {
		return nil, fmt.Errorf("start LiteLLM: %w", err)
	}
	if g.started != nil {
		g.started(l.process.Process.Pid)
	}
	go func() {
		defer close(l.ended)
		_ = l.process.Wait() // how it ended is for the test to judge
	}()
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	for {
		response, err := http.Get(url + "/health/liveliness")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return l, nil
			}
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-l.ended:
			return nil, fmt.Errorf("LiteLLM ended at its start: %s", l.text())
		case <-ctx.Done():
			l.kill()
			return nil, fmt.Errorf("LiteLLM did not start: %w: %s", ctx.Err(), l.text())
		}
	}
}

// text is what LiteLLM wrote so far.
func (l *liteLLM) text() string {
	text, err := os.ReadFile(l.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// stop has LiteLLM end as ECS does, which writes what was spent, and kills it when it takes too long.
func (l *liteLLM) stop() {
	const patience = 20 * time.Second
	_ = l.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-time.After(patience):
	}
	l.kill()
}

// kill ends LiteLLM's whole process group.
func (l *liteLLM) kill() {
	_ = syscall.Kill(-l.process.Process.Pid, syscall.SIGKILL)
	<-l.ended
}

// terminate ends LiteLLM as ECS does: SIGTERM to the container's first process, which is LiteLLM itself (BerriAI/litellm, docker/prod_entrypoint.sh: exec
// litellm), and SIGKILL after the stop time-out. It returns whether LiteLLM ended by itself.
func (l *liteLLM) terminate() bool {
	_ = l.process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-l.ended:
		return true
	case <-time.After(config.StopTimeoutSeconds * time.Second):
		l.kill()
		return false
	}
}

// tail is the end of a log, for messages.
func tail(text string) string {
	const most = 4000
	return strings.ToValidUTF8(text[max(0, len(text)-most):], "")
}
