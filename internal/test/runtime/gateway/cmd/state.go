//go:build runtime

package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// scratchPrefix begins the names of scratch directories. LiteLLM as root sees only /tmp to write to, and sockets need short paths.
const scratchPrefix = "/tmp/llm-gateway-"

// state is the directory that the gateway keeps: database, metrics, secrets, logs, and which processes run.
type state struct{ directory string }

func (s state) path(name string) string { return filepath.Join(s.directory, name) }

// started is a process of the gateway.
type started struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// Began tells it from a later process of the same id.
	Began string `json:"began"`
}

// running is what runs: the pid file.
type running struct {
	Port int `json:"port"`
	// Scratch is a directory below /tmp that goes with the gateway.
	Scratch string `json:"scratch"`
	// Ready says that the start is over.
	Ready bool `json:"ready"`
	// Processes are in the order of their start; the gateway's own is the first.
	Processes []started `json:"processes"`
}

func (r running) alive() []started {
	var alive []started
	for _, process := range r.Processes {
		if process.Began != "" && process.Began == began(process.PID) {
			alive = append(alive, process)
		}
	}
	return alive
}

// began tells when a process began, in the words of the system; empty: there is none, or it has ended and nobody has asked how.
func began(pid int) string {
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		// The name may hold anything; behind it state is the first field and the start the twentieth (proc_pid_stat(5), fields 3 and 22).
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 20 || fields[0] == "Z" {
			return ""
		}
		return fields[19]
	}
	command := exec.Command("ps", "-o", "lstart=", "-p", fmt.Sprint(pid))
	command.Env = append(os.Environ(), "LC_ALL=C")
	text, err := command.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// read is what runs according to the pid file; nothing where there is none.
func (s state) read() running {
	var r running
	text, err := os.ReadFile(s.path("running.json"))
	if err != nil || json.Unmarshal(text, &r) != nil {
		return running{}
	}
	return r
}

func (s state) write(r running) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("pid file: %w", err)
	}
	return s.keep("running.json", string(text))
}

// forget removes what a gateway that has ended leaves: its scratch directory and the pid file.
func (s state) forget() {
	if scratch := s.read().Scratch; strings.HasPrefix(scratch, scratchPrefix) {
		_ = os.RemoveAll(scratch)
	}
	_ = os.Remove(s.path("running.json"))
}

// keep writes a file that only this user can read, whole or not at all.
func (s state) keep(name, text string) error {
	made := s.path(name + ".new")
	if err := os.WriteFile(made, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(made, s.path(name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// lock lets one `make gateway` or `make gateway-stop` work at a time.
func (s state) lock() (func(), error) {
	if err := os.MkdirAll(s.directory, 0o755); err != nil {
		return nil, fmt.Errorf("directory of the gateway: %w", err)
	}
	file, err := os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the gateway: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, errors.New("another `make gateway` or `make gateway-stop` is at work: wait until it is done, or end it with Ctrl-C")
	}
	return func() { _ = file.Close() }, nil
}

// secrets are made once: users' keys and the database hang on them.
func (s state) secrets() (gateway.Secrets, error) {
	var secrets gateway.Secrets
	text, err := os.ReadFile(s.path("secrets.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		secrets = gateway.Secrets{MasterKey: "sk-" + random(), MetricsKey: "sk-" + random(), SaltKey: "sk-" + random(), DatabasePassword: random()}
		if text, err = json.Marshal(secrets); err == nil {
			err = s.keep("secrets.json", string(text))
		}
	case err == nil:
		err = json.Unmarshal(text, &secrets)
	}
	if err != nil {
		return secrets, fmt.Errorf("secrets of the gateway: %w", err)
	}
	if err := s.keep("master-key", secrets.MasterKey+"\n"); err != nil {
		return secrets, err
	}
	return secrets, s.keep("admin.header", "Authorization: Bearer "+secrets.MasterKey+"\n")
}

func random() string {
	const length = 24
	bytes := make([]byte, length)
	_, _ = rand.Read(bytes) // never fails (crypto/rand)
	return hex.EncodeToString(bytes)
}

// end ends processes, the last started first: each is asked, and killed with its group when it takes too long.
func end(processes []started) {
	const patience, pause = 30 * time.Second, 100 * time.Millisecond
	for i := len(processes) - 1; i >= 0; i-- {
		process := processes[i]
		_ = syscall.Kill(process.PID, syscall.SIGINT) // PostgreSQL would wait for its clients at SIGTERM
		for deadline := time.Now().Add(patience); began(process.PID) == process.Began && time.Now().Before(deadline); {
			<-time.After(pause)
		}
		if began(process.PID) == process.Began {
			_ = syscall.Kill(process.PID, syscall.SIGKILL)
		}
		if process.Name != "PostgreSQL" && process.Name != "gateway" { // these lead a group of their own
			_ = syscall.Kill(-process.PID, syscall.SIGKILL)
		}
	}
}
