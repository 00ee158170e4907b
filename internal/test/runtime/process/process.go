//go:build runtime

// Package process has what every started program needs: a port to listen on, and a place for what it writes.
package process

import (
	"bytes"
	"fmt"
	"net"
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
