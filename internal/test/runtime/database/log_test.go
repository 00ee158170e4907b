//go:build runtime

package database

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/postgres"
)

// client sends two statements as Prisma does, text and parameters apart: one that takes longer than what is logged, and one that fails.
const client = `
const { Client } = require('pg');
(async () => {
  const client = new Client({ ssl: { rejectUnauthorized: false } });
  await client.connect();
  await client.query('SELECT pg_sleep(2.2), length($1::text)', ['a-confidential-prompt']);
  await client.query('SELECT 1 / (length($1::text) - length($1::text))', ['a-confidential-prompt']).catch(() => {});
  await client.end();
})().catch((e) => { console.error(e); process.exit(1); });`

// TestASlowStatementIsLoggedWithoutItsParameters: prompts and answers are such parameters.
func TestASlowStatementIsLoggedWithoutItsParameters(t *testing.T) {
	t.Parallel()
	s := postgres.Start(t)
	output, err := s.Init("langfuse", "secret")
	require.NoError(t, err, output)
	packages, err := filepath.Abs(filepath.Join("..", "..", "..", "..", ".local", "prisma", "node_modules"))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), "node", "-e", client)
	command.Env = append(s.Environment("langfuse", "secret", "langfuse"), "NODE_PATH="+packages)
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
	log := s.Log(t)
	require.Contains(t, log, "SELECT pg_sleep(2.2), length($1::text)", "slow statements are logged")
	require.Contains(t, log, "division by zero")
	require.NotContains(t, log, "a-confidential-prompt")
}
