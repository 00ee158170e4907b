//go:build runtime

package gateway

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"kong-llm-gateway/internal/test/runtime/postgres"
	"kong-llm-gateway/internal/test/runtime/process"
)

// migrate applies LiteLLM's migrations to the template database, with Prisma's CLI as LiteLLM does at its start: it then finds nothing to do.
func migrate(ctx context.Context, server *postgres.Server, password string) error {
	prisma, err := program("prisma")
	if err != nil {
		return err
	}
	found, err := filepath.Glob(process.InRepository(".local", "venv", "lib", "python3*", "site-packages", "litellm_proxy_extras", "schema.prisma"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("LiteLLM's migrations are not there: run internal/test/runtime/setup.sh (%d found, %w)", len(found), err)
	}
	address := url.URL{
		Scheme: "postgresql", User: url.UserPassword(role, password), Host: "127.0.0.1:" + server.Port, Path: "/" + template,
		RawQuery: "sslmode=require&sslaccept=strict&sslcert=" + url.QueryEscape(server.CA),
	}
	command := exec.CommandContext(ctx, filepath.Join(prisma, "node_modules", ".bin", "prisma"), "migrate", "deploy", "--schema", found[0])
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "DATABASE_URL=" + address.String(), "CHECKPOINT_DISABLE=1", "PRISMA_HIDE_UPDATE_MESSAGE=1",
		"PRISMA_QUERY_ENGINE_BINARY=" + filepath.Join(prisma, "query-engine.cjs"), "PRISMA_SCHEMA_ENGINE_BINARY=" + filepath.Join(prisma, "schema-engine.cjs"),
		"PRISMA_CLI_QUERY_ENGINE_TYPE=binary",
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate LiteLLM's database: %w: %s", err, output)
	}
	return nil
}
