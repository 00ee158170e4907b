//go:build runtime

package gateway

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// relay is LiteLLM's way to its database, which a test can cut.
type relay struct {
	// port is where LiteLLM finds the database.
	port string

	target   string
	mutex    sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	down     bool
}

func newRelay(targetPort string) (*relay, error) {
	r := &relay{target: "127.0.0.1:" + targetPort, port: "0", open: map[net.Conn]bool{}}
	if err := r.connect(); err != nil {
		return nil, err
	}
	_, r.port, _ = net.SplitHostPort(r.listener.Addr().String()) // an address of a listener
	return r, nil
}

func (r *relay) connect() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	listener, err := net.Listen("tcp", "127.0.0.1:"+r.port)
	if err != nil {
		return fmt.Errorf("way to the database: %w", err)
	}
	r.listener, r.down = listener, false
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // cut
			}
			go r.carry(from)
		}
	}()
	return nil
}

func (r *relay) carry(from net.Conn) {
	to, err := net.Dial("tcp", r.target)
	if err != nil {
		_ = from.Close()
		return
	}
	r.mutex.Lock()
	r.open[from], r.open[to] = true, true
	down := r.down
	r.mutex.Unlock()
	end := func() {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		for _, connection := range []net.Conn{from, to} {
			_ = connection.Close()
			delete(r.open, connection)
		}
	}
	if down {
		end()
		return
	}
	go func() {
		defer end()
		_, _ = io.Copy(to, from) // ends with either side
	}()
	defer end()
	_, _ = io.Copy(from, to)
}

// cut ends all connections and takes no new ones.
func (r *relay) cut() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.down = true
	_ = r.listener.Close()
	for connection := range r.open {
		_ = connection.Close()
	}
}

// CutDatabase takes the database away from the gateway and returns what gives it back. A test that calls it is not parallel: it has the shared gateway
// for itself.
func (g *Gateway) CutDatabase(t *testing.T) func() {
	t.Helper()
	g.relay.cut()
	back := sync.OnceFunc(func() { require.NoError(t, g.relay.connect()) })
	t.Cleanup(back)
	return back
}
