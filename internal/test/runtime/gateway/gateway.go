//go:build runtime

// Package gateway is the bench on which the gateway's behaviour is tested with the real LiteLLM in database mode:
//
//	func TestMain(m *testing.M) { gateway.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		g := gateway.Start(t)
//		key := g.Key(t, map[string]any{"key_alias": "something"})
//		answer := g.Public(t, "POST", "/v1/chat/completions", key, `{…}`)
//		require.Equal(t, 200, answer.Status, answer.Body)
//		require.Len(t, g.Bedrock.Calls("a word of the prompt"), 1)
//	}
//
// All tests of a package share one LiteLLM, one PostgreSQL and the stand-ins, so a test looks for its own words, users and keys only. What is real
// here and what is not is said in the README.md one level up.
package gateway

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/test/runtime/postgres"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// The values of the stack's secrets on the bench: MasterKey administers LiteLLM, MetricsKey is what the scraper uses.
const (
	MasterKey  = "sk-master-0123456789abcdef"
	MetricsKey = "sk-metrics-0123456789abcdef"
)

// Secrets are the values of a gateway's secrets.
type Secrets struct{ MasterKey, MetricsKey, SaltKey, DatabasePassword string }

var benchSecrets = Secrets{MasterKey: MasterKey, MetricsKey: MetricsKey, SaltKey: "sk-salt-0123456789abcdef", DatabasePassword: "litellm-Password0123456789"}

// values are the secrets by the variable that LiteLLM's container gets them in.
func (s Secrets) values() map[string]string {
	return map[string]string{
		"LITELLM_MASTER_KEY": s.MasterKey,
		"LITELLM_SALT_KEY":   s.SaltKey,
		"DATABASE_PASSWORD":  s.DatabasePassword,

		litellm.TracesPublicKeyVariable: standin.LangfusePublicKey,
		litellm.TracesSecretKeyVariable: standin.LangfuseSecretKey,
	}
}

// role is the name of LiteLLM's role and database, template that of the migrated database which each LiteLLM gets a copy of.
const role, template = "litellm", "litellm"

// Gateway is a running gateway: LiteLLM with its database and stand-ins, and the two ways to it.
type Gateway struct {
	// PublicURL is what the internet sees: the viewer-request function, then the edge listener's rules, then LiteLLM.
	PublicURL string
	// InternalURL is what the VPC sees: LiteLLM, whole.
	InternalURL string
	Bedrock     *standin.Bedrock
	Langfuse    *standin.Langfuse
	// OtherHosts notes what LiteLLM sends to any other host than this one.
	OtherHosts *standin.Stranger

	settings *config.Settings
	secrets  Secrets
	// internalPort is where LiteLLM listens; empty: on a free port.
	internalPort string
	// confined has LiteLLM run as its task does, which needs root. logFile is what it writes to; empty: a file in its directory.
	confined bool
	logFile  string
	// started is told the process of LiteLLM at once.
	started  func(pid int)
	litellm  *liteLLM
	public   *httptest.Server
	server   *postgres.Server
	relay    *relay
	database string
}

// bench is what all gateways of a test process share.
type bench struct {
	mutex     sync.Mutex
	directory string
	server    *postgres.Server
	gateways  map[string]*Gateway
	// started numbers the databases.
	started int
}

var shared = bench{gateways: map[string]*Gateway{}}

// Main runs a package's tests and ends what they started. Each package that uses the bench calls it in its TestMain.
func Main(m *testing.M) {
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// Start is the gateway of the poc stack, started by the first test that asks for it.
func Start(t *testing.T) *Gateway {
	t.Helper()
	return StartWith(t, nil)
}

// StartWith is the gateway with settings of its own, by their keys in a stack file. Tests that ask for the same settings share it; each other
// one is a LiteLLM more, half a minute and half a gigabyte.
func StartWith(t *testing.T, values map[string]string) *Gateway {
	t.Helper()
	key := ""
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key += name + "=" + values[name] + "\n"
	}
	shared.mutex.Lock()
	defer shared.mutex.Unlock()
	g, running := shared.gateways[key]
	if !running {
		var err error
		g, err = shared.start(values)
		require.NoError(t, err)
		shared.gateways[key] = g
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("LiteLLM's log ends with:\n%s", tail(g.Log()))
		}
	})
	return g
}

func (b *bench) start(values map[string]string) (*Gateway, error) {
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", values)
	if err != nil {
		return nil, fmt.Errorf("settings of the bench: %w", err)
	}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	b.started++
	g := &Gateway{
		settings: settings, secrets: benchSecrets, confined: os.Getuid() == 0, server: b.server, database: fmt.Sprintf("litellm_%d", b.started),
		Bedrock: standin.NewBedrock(), Langfuse: standin.NewLangfuse(),
	}
	// The role owns the copy, as it owns what init.sh makes; it may not make databases itself.
	if _, err := b.server.AdminIn("postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s", g.database, template, role)); err != nil {
		return nil, err
	}
	directory := filepath.Join(b.directory, g.database)
	if err := os.Mkdir(directory, 0o755); err != nil {
		return nil, fmt.Errorf("directory of LiteLLM: %w", err)
	}
	return g, g.start(context.Background(), directory, nil)
}

// start starts LiteLLM, once its database is there, and both ways to it. The public way is at the listener, or where there is room.
func (g *Gateway) start(ctx context.Context, directory string, listener net.Listener) error {
	var err error
	if g.relay, err = newRelay(g.server.Port); err != nil {
		return err
	}
	if g.OtherHosts, err = standin.NewStranger(); err != nil {
		return err
	}
	if g.litellm, err = startLiteLLM(ctx, g, directory, nil); err != nil {
		return err
	}
	g.InternalURL = g.litellm.url
	if g.public, err = newPublicPath(g.settings, g.InternalURL, listener); err != nil {
		return err
	}
	g.PublicURL = g.public.URL
	return nil
}

// Edge is the address of another edge before the same LiteLLM, with settings of its own, until the test ends.
func (g *Gateway) Edge(t *testing.T, values map[string]string) string {
	t.Helper()
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", values)
	require.NoError(t, err)
	public, err := newPublicPath(settings, g.InternalURL, nil)
	require.NoError(t, err)
	t.Cleanup(public.Close)
	return public.URL
}

// Beside starts another task of the gateway until the test ends: a LiteLLM more on its database, with a public way of its own. Both share the stand-ins.
func (g *Gateway) Beside(t *testing.T) *Gateway {
	t.Helper()
	return g.beside(t, nil)
}

// BesideWith is Beside with further variables, and with the stack's times: spend is written once a minute, as in a deployed stack.
func (g *Gateway) BesideWith(t *testing.T, variables map[string]string) *Gateway {
	t.Helper()
	return g.beside(t, variables)
}

// Terminate stops a task as ECS does, and returns whether LiteLLM ended before ECS would have killed it.
func (g *Gateway) Terminate() bool { return g.litellm.terminate() }

func (g *Gateway) beside(t *testing.T, variables map[string]string) *Gateway {
	t.Helper()
	directory, err := os.MkdirTemp(shared.directory, g.database+"-beside-") //nolint:usetesting // LiteLLM, another user, must reach it; the bench removes it
	require.NoError(t, err)
	require.NoError(t, os.Chmod(directory, 0o755))
	other := *g
	other.litellm, err = startLiteLLM(t.Context(), g, directory, variables)
	require.NoError(t, err)
	t.Cleanup(other.litellm.kill)
	other.InternalURL = other.litellm.url
	other.public, err = newPublicPath(g.settings, other.InternalURL, nil)
	require.NoError(t, err)
	t.Cleanup(other.public.Close)
	other.PublicURL = other.public.URL
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the other LiteLLM's log ends with:\n%s", tail(other.Log()))
		}
	})
	return &other
}

// prepare starts PostgreSQL and makes the migrated database, once.
func (b *bench) prepare() error {
	if b.server != nil {
		return nil
	}
	directory, err := os.MkdirTemp("", "gateway-bench-")
	if err != nil {
		return fmt.Errorf("directory of the bench: %w", err)
	}
	b.directory = directory
	if err := os.Chmod(directory, 0o755); err != nil {
		return fmt.Errorf("directory of the bench: %w", err)
	}
	if b.server, err = postgres.New(filepath.Join(directory, "postgres")); err != nil {
		return err
	}
	return prepareDatabase(context.Background(), b.server, benchSecrets.DatabasePassword)
}

// prepareDatabase makes LiteLLM's role and database as rds/init.sh does, and its tables.
func prepareDatabase(ctx context.Context, server *postgres.Server, password string) error {
	if output, err := server.Init(role, password); err != nil {
		return fmt.Errorf("database of LiteLLM: %w: %s", err, output)
	}
	return migrate(ctx, server, password)
}

func (b *bench) stop() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, g := range b.gateways {
		g.public.Close()
		g.litellm.kill()
		g.end()
	}
	if b.server != nil {
		b.server.Stop()
	}
	_ = os.RemoveAll(b.directory)
}

// end ends what is beside LiteLLM and the public way.
func (g *Gateway) end() {
	g.Bedrock.Stop()
	g.Langfuse.Close()
	if g.OtherHosts != nil {
		g.OtherHosts.Stop()
	}
	if g.relay != nil {
		g.relay.cut()
	}
}
