//go:build runtime

package standin

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// Stranger is a host that nobody should contact. It notes each connection, whatever is spoken on it, and answers as if all were well, so that a
// client goes on.
type Stranger struct {
	// Address is host and port, URL the same as http.
	Address, URL string

	listener net.Listener
	mutex    sync.Mutex
	contacts []string
}

// NewStranger starts one; Stop ends it.
func NewStranger() (*Stranger, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("stranger's host: %w", err)
	}
	s := &Stranger{Address: listener.Addr().String(), URL: "http://" + listener.Addr().String(), listener: listener}
	go s.serve()
	return s, nil
}

func (s *Stranger) serve() {
	for {
		connection, err := s.listener.Accept()
		if err != nil {
			return // stopped
		}
		go s.take(connection)
	}
}

// take notes the connection at once, and its first bytes when they come.
func (s *Stranger) take(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	const most, patience = 64 * 1024, 2 * time.Second
	s.mutex.Lock()
	index := len(s.contacts)
	s.contacts = append(s.contacts, "")
	s.mutex.Unlock()
	_ = connection.SetDeadline(time.Now().Add(patience))
	buffer := make([]byte, most)
	n, _ := connection.Read(buffer) // silence is a contact as well
	s.mutex.Lock()
	s.contacts[index] = string(buffer[:n])
	s.mutex.Unlock()
	_, _ = connection.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"))
}

// Contacts are the first bytes of each connection so far.
func (s *Stranger) Contacts() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string{}, s.contacts...)
}

// Stop ends the host.
func (s *Stranger) Stop() { _ = s.listener.Close() }
