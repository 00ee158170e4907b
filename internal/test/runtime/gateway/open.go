//go:build runtime

package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/runtime/postgres"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// Options say how a gateway is made that is no test's: `make gateway` starts one.
type Options struct {
	// Directory keeps the database, and has LiteLLM's log. It is made where it is missing and taken over where it is not.
	Directory string
	// Scratch is an empty directory for what goes with the gateway, which any user may enter and whose path is short.
	Scratch string
	Secrets Secrets
	// PublicPort and InternalPort are where both ways listen.
	PublicPort, InternalPort string
	// Say is what the stand-in for Bedrock says.
	Say func(standin.Call) standin.Said
	// Step is told each step before it begins, and Started each process that it starts.
	Step    func(what string)
	Started func(pid int)
}

// Open starts a gateway of the poc stack. The context ends only its start, Close the gateway.
func Open(ctx context.Context, options Options) (*Gateway, error) {
	settings, err := config.Parse("kong-llm-gateway", "poc", "us-west-1", nil)
	if err != nil {
		return nil, fmt.Errorf("settings of the gateway: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+options.PublicPort)
	if err != nil {
		return nil, fmt.Errorf("public way: %w", err)
	}
	g := &Gateway{
		settings: settings, secrets: options.Secrets, database: role, Bedrock: standin.NewTalkingBedrock(options.Say), Langfuse: standin.NewLangfuse(),
		internalPort: options.InternalPort, confined: canConfine(), logFile: filepath.Join(options.Directory, "litellm.log"), started: options.Started,
	}
	g.Langfuse.Forgets = true
	if err := g.open(ctx, options, listener); err != nil {
		_ = listener.Close()
		g.Close()
		return nil, err
	}
	return g, nil
}

func (g *Gateway) open(ctx context.Context, options Options, listener net.Listener) error {
	scratch := []string{filepath.Join(options.Scratch, "postgres"), filepath.Join(options.Scratch, "litellm")}
	for _, directory := range scratch {
		if err := os.Mkdir(directory, 0o755); err != nil {
			return fmt.Errorf("directory of the gateway: %w", err)
		}
	}
	var err error
	options.Step("Starting PostgreSQL (some seconds)")
	if g.server, err = postgres.Open(ctx, postgres.Options{
		Directory: filepath.Join(options.Directory, "postgres"), Kept: true, MasterPassword: g.secrets.DatabasePassword, Socket: scratch[0],
	}); err != nil {
		return err
	}
	options.Started(g.server.PID())
	options.Step("Bringing LiteLLM's tables up to date (half a minute the first time)")
	if err := prepareDatabase(ctx, g.server, g.secrets.DatabasePassword); err != nil {
		return err
	}
	options.Step("Starting LiteLLM (half a minute)")
	if err := g.start(ctx, scratch[1], listener); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, metricsKeyCommand()[0], metricsKeyCommand()[1:]...)
	command.Env = append(g.metricsKeyEnvironment(), "PATH="+os.Getenv("PATH"))
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("register the metrics key: %w: %s", err, output)
	}
	return nil
}

// Wait waits until the context ends, or says what has ended by itself.
func (g *Gateway) Wait(ctx context.Context) error {
	select {
	case <-g.litellm.ended:
		return errors.New("LiteLLM has ended by itself: its log is " + g.litellm.log)
	case <-g.server.Ended():
		return errors.New("PostgreSQL has ended by itself: its log is server.log beside its data")
	case <-ctx.Done():
		return nil
	}
}

// Close ends the gateway: calls first, then LiteLLM, which writes what was spent, then what it needs.
func (g *Gateway) Close() {
	if g.public != nil {
		g.public.CloseClientConnections()
		g.public.Close()
	}
	if g.litellm != nil {
		g.litellm.stop()
	}
	g.end()
	if g.server != nil {
		g.server.Stop()
	}
}
