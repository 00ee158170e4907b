//go:build runtime

// Package process has what every started program needs: a port to listen on, a place for what it writes, and the repository.
package process

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// Output is what a program wrote; it writes while tests read.
type Output struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

// Write takes what the program writes.
func (o *Output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(p)
}

// String is everything that was written so far.
func (o *Output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// InRepository is the path of something in the repository, for a program or test that runs anywhere in it. Outside of it the path leads nowhere.
func InRepository(parts ...string) string {
	directory, err := os.Getwd()
	if err != nil {
		directory = string(filepath.Separator)
	}
	for at := directory; ; at = filepath.Dir(at) {
		path := filepath.Join(append([]string{at}, parts...)...)
		if _, err := os.Stat(filepath.Join(at, "Pulumi.yaml")); err == nil || at == filepath.Dir(at) {
			return path
		}
	}
}

// FreePort is a port of 127.0.0.1 that nobody listens on.
func FreePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return port, listener.Close()
}
