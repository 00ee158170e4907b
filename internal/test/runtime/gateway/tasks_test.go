//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestAnotherTaskRefusesAKeyWithinTheStatedTime: a task believes for a while what it read of a key, and block-key and delete-user reach one task only.
func TestAnotherTaskRefusesAKeyWithinTheStatedTime(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	other := g.Beside(t)
	user := g.User(t, map[string]any{"user_id": "of-two-tasks"})
	for _, example := range []struct{ alias, user, command, option, value string }{
		{"blocked-by-one-task", "", "block-key", "--alias", "blocked-by-one-task"},
		{"of-a-user-deleted-by-one-task", user, "delete-user", "--user-id", user},
	} {
		fields := map[string]any{"key_alias": example.alias}
		if example.user != "" {
			fields["user_id"] = example.user
		}
		key := g.Key(t, fields)
		require.Equal(t, http.StatusOK, ask(t, g, key, "asks one task").Status)
		require.Equal(t, http.StatusOK, ask(t, other, key, "asks the other task").Status)
		arguments := []string{example.command, example.option, example.value}
		if example.command == "delete-user" {
			arguments = append(arguments, "--yes")
		}
		code, output := g.Script(t, "litellm-users.sh", arguments...)
		require.Zero(t, code, output)
		stated := time.Now().Add(litellm.KeyCacheSeconds * time.Second)
		require.Equal(t, http.StatusUnauthorized, ask(t, g, key, "asks the task that was told").Status, example.alias)
		require.Eventually(t, func() bool {
			began := time.Now()
			return ask(t, other, key, "asks the other task").Status == http.StatusUnauthorized || began.After(stated)
		}, patience, interval)
		require.Equal(t, http.StatusUnauthorized, ask(t, other, key, "asks the other task").Status, "%s: %d s later", example.alias, litellm.KeyCacheSeconds)
	}
}
