//go:build runtime

package gateway_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

func TestMain(m *testing.M) { gateway.Main(m) }

const (
	patience = 90 * time.Second
	interval = 250 * time.Millisecond
)

// TestQuickStart does what README.md's quick start says: a user, a key, a first call with it from the internet; and finds it in the spend log.
func TestQuickStart(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	code, output := g.Script(t, "litellm-users.sh", "create-user", "--email", "ada@example.com", "--budget", "50", "--budget-duration", "monthly")
	require.Zero(t, code, output)
	require.Contains(t, output, "User ada@example.com created.")
	code, output = g.Script(t, "litellm-users.sh", "create-key", "--alias", "ada-laptop", "--email", "ada@example.com", "--budget", "20")
	require.Zero(t, code, output)
	key := regexp.MustCompile(`sk-\S+`).FindString(output)
	require.NotEmpty(t, key, output)

	for path, stream := range map[string]string{"/v1/chat/completions": "false", "/v1/messages": "true"} {
		answer := g.Public(t, http.MethodPost, path, key, gateway.Chat(gateway.Haiku, "ada asks", `"stream": `+stream))
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.Contains(t, answer.Body, standin.AnswerText)
	}
	require.Len(t, g.Bedrock.Calls("ada asks"), 2)

	spent := func() bool {
		return g.SQL(t, `SELECT count(*) || ' ' || coalesce(sum(prompt_tokens), 0) || ' ' || coalesce(sum(completion_tokens), 0) FROM "LiteLLM_SpendLogs" s
			JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token JOIN "LiteLLM_UserTable" u ON u.user_id = k.user_id
			WHERE k.key_alias = 'ada-laptop' AND u.user_email = 'ada@example.com' AND s.model_group = 'claude-haiku-4-5' AND s.spend > 0`) == "2 22 14"
	}
	require.Eventually(t, spent, patience, interval, "each call is in the spend log with its tokens")
	require.Contains(t, g.Public(t, http.MethodGet, "/v1/models", key, "").Body, `"claude-haiku-4-5"`)
	require.Zero(t, strings.Count(g.Log(), key), "no key in LiteLLM's log")
}
