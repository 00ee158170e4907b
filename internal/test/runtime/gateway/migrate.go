//go:build runtime

package gateway

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"kong-llm-gateway/internal/test/runtime/postgres"
)

// migrate applies LiteLLM's migrations to the template database, with Prisma's CLI as LiteLLM does at its start: it then finds nothing to do.
func migrate(server *postgres.Server) error {
	prisma, err := program("prisma")
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(root, ".local", "venv", "lib", "python3*", "site-packages", "litellm_proxy_extras", "schema.prisma"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("LiteLLM's migrations are not there: run internal/test/runtime/setup.sh (%d found, %w)", len(found), err)
	}
	schema, err := filepath.Abs(found[0])
	if err != nil {
		return fmt.Errorf("LiteLLM's migrations: %w", err)
	}
	address := url.URL{
		Scheme: "postgresql", User: url.UserPassword(role, databasePassword), Host: "127.0.0.1:" + server.Port, Path: "/" + template,
		RawQuery: "sslmode=require&sslaccept=strict&sslcert=" + url.QueryEscape(server.CA),
	}
	command := exec.Command(filepath.Join(prisma, "node_modules", ".bin", "prisma"), "migrate", "deploy", "--schema", schema)
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
