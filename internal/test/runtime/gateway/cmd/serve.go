//go:build runtime

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/process"
	"kong-llm-gateway/internal/test/runtime/victoriametrics"
)

const (
	// own is the name of the process that serves.
	own = "gateway"
	// ready ends what serve tells start; a line that begins with failed says why there is no gateway.
	ready, failed = "ready", "failed: "
	// firstUser has the key that the printed lines use.
	firstUser, firstKey = "you@example.com", "first"
)

// serve is the gateway until it is told to end, or a part of it ends.
func serve(s state, port int) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE) // who started it may go
	const starterFD = 3                            // the first of ExtraFiles
	syscall.CloseOnExec(starterFD)
	starter := os.NewFile(starterFD, "starter")
	tell := func(line string) {
		fmt.Println(time.Now().Format(time.TimeOnly), line)
		_, _ = fmt.Fprintln(starter, strings.ReplaceAll(line, "\n", " "))
	}
	scratch, err := makeScratch()
	if err != nil {
		return err
	}
	r := running{Port: port, Scratch: scratch}
	note := func(name string, pid int) {
		r.Processes = append(r.Processes, started{Name: name, PID: pid, Began: began(pid)})
		if err := s.write(r); err != nil {
			fmt.Println(err)
		}
	}
	note(own, os.Getpid())
	defer s.forget()
	ended, closeAll, err := open(ctx, s, r, tell, note)
	defer closeAll()
	if err != nil {
		fmt.Println(err)
		tell(failed + short(err))
		return nil
	}
	r.Ready = true
	if err := s.write(r); err != nil {
		return err
	}
	tell(ready)
	_ = starter.Close()
	if err := ended(); err != nil {
		fmt.Println(err, "- stopping the rest")
	}
	return nil
}

// makeScratch makes a directory that LiteLLM's user may enter.
func makeScratch() (string, error) {
	scratch, err := os.MkdirTemp("/tmp", strings.TrimPrefix(scratchPrefix, "/tmp/"))
	if err == nil {
		err = os.Chmod(scratch, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("scratch directory: %w", err)
	}
	return scratch, nil
}

// short is a message of one line: programs put their whole log into theirs, which the gateway's log has.
func short(err error) string {
	const most = 300
	text := err.Error()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " … (.local/gateway/gateway.log has the rest)"
	}
	return text
}

// open starts everything. closeAll ends what was started, also when not everything could be.
func open(ctx context.Context, s state, r running, tell func(string), note func(string, int)) (ended func() error, closeAll func(), err error) {
	closeAll = func() {}
	port := r.Port
	secrets, err := s.secrets()
	if err != nil {
		return nil, closeAll, err
	}
	parts := []string{"PostgreSQL", "LiteLLM"}
	g, err := gateway.Open(ctx, gateway.Options{
		Directory: s.directory, Scratch: r.Scratch, Secrets: secrets, PublicPort: fmt.Sprint(port), InternalPort: fmt.Sprint(port + 1), Say: say, Step: tell,
		Started: func(pid int) {
			note(parts[0], pid)
			parts = parts[1:]
		},
	})
	if err != nil {
		return nil, closeAll, err
	}
	closeAll = g.Close
	tell("Starting VictoriaMetrics")
	metrics, gone, err := startMetrics(s, port, secrets.MetricsKey)
	if err != nil {
		return nil, closeAll, err
	}
	closeAll = func() {
		_ = metrics.Process.Signal(syscall.SIGTERM)
		<-gone
		g.Close()
	}
	note("VictoriaMetrics", metrics.Process.Pid)
	if err := firstKeyOf(ctx, s, port+1, secrets.MasterKey); err != nil {
		return nil, closeAll, err
	}
	ended = func() error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			select {
			case <-gone:
				fmt.Println("VictoriaMetrics has ended by itself: its log is .local/gateway/victoria-metrics.log")
				cancel()
			case <-ctx.Done():
			}
		}()
		return g.Wait(ctx)
	}
	return ended, closeAll, nil
}

// startMetrics starts VictoriaMetrics, which reads LiteLLM every two seconds here and every thirty in the stack.
func startMetrics(s state, port int, key string) (*exec.Cmd, chan struct{}, error) {
	const seconds, patience, pause = 2, 30 * time.Second, 100 * time.Millisecond
	scrape := s.path("scrape.yaml")
	if err := victoriametrics.WriteScrape(scrape, port+1, port+2, seconds, 0); err != nil {
		return nil, nil, err
	}
	log, err := os.Create(s.path("victoria-metrics.log"))
	if err != nil {
		return nil, nil, fmt.Errorf("log of VictoriaMetrics: %w", err)
	}
	defer func() { _ = log.Close() }()
	command := victoriametrics.Command(process.InRepository(".local", "bin", "victoria-metrics"), s.path("metrics"), scrape, port+2, key)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, nil, fmt.Errorf("start VictoriaMetrics: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = command.Wait() // its log says how
	}()
	for deadline := time.Now().Add(patience); ; {
		if response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/health", port+2)); err == nil {
			_ = response.Body.Close()
			return command, gone, nil
		}
		select {
		case <-gone:
			return nil, nil, errors.New("VictoriaMetrics ended at its start: .local/gateway/victoria-metrics.log says why")
		case <-time.After(pause):
			if time.Now().After(deadline) {
				_ = command.Process.Kill()
				return nil, nil, errors.New("VictoriaMetrics did not start: .local/gateway/victoria-metrics.log says why")
			}
		}
	}
}

// firstKeyOf makes a user and a key, as an operator does, unless there is one: the printed lines can be pasted at once.
func firstKeyOf(ctx context.Context, s state, port int, masterKey string) error {
	if _, err := os.Stat(s.path("key")); err == nil {
		return nil
	}
	users := func(arguments ...string) (string, error) {
		all := append([]string{"--url", fmt.Sprintf("http://127.0.0.1:%d", port)}, arguments...)
		command := exec.CommandContext(ctx, process.InRepository("scripts", "litellm-users.sh"), all...)
		command.Env = append(os.Environ(), "LITELLM_MASTER_KEY="+masterKey)
		output, err := command.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("litellm-users.sh %s: %w: %s", arguments[0], err, output)
		}
		return string(output), nil
	}
	// Both are there already where only the file with the key has gone.
	if _, err := users("get-user", "--email", firstUser); err != nil {
		if _, err := users("create-user", "--email", firstUser, "--budget", "10", "--budget-duration", "monthly"); err != nil {
			return err
		}
	}
	_, _ = users("delete-key", "--alias", firstKey, "--yes")
	output, err := users("create-key", "--alias", firstKey, "--email", firstUser)
	if err != nil {
		return err
	}
	key := regexp.MustCompile(`sk-\S+`).FindString(output)
	if key == "" {
		return errors.New("litellm-users.sh create-key printed no key")
	}
	return s.keep("key", key+"\n")
}
