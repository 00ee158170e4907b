//go:build runtime

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestAUsersKeyCannotMakeItselfMore: inside the VPC a key may ask for anything of LiteLLM, and only the master key makes keys and lifts limits.
func TestAUsersKeyCannotMakeItselfMore(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	user := g.User(t, map[string]any{"user_email": "limited@example.com"})
	team, isText := g.Admin(t, http.MethodPost, "/team/new", map[string]any{
		"team_alias": "limited", "members_with_roles": []any{map[string]any{"role": "admin", "user_id": user}},
	}).JSON(t)["team_id"].(string)
	require.True(t, isText)
	key := g.Key(t, map[string]any{"key_alias": "limited-by-all", "user_id": user, "max_budget": 0.5, "rpm_limit": 2, "models": []string{gateway.Haiku}})
	for _, attempt := range []struct{ path, body string }{
		{"/key/generate", `{}`},
		{"/key/generate", `{"models": [], "user_id": "` + user + `"}`},
		{"/key/generate", `{"team_id": "` + team + `", "user_id": "` + user + `"}`},
		{"/key/service-account/generate", `{"team_id": "` + team + `"}`},
		{"/key/update", `{"key": "` + key + `", "max_budget": 1000, "rpm_limit": 1000, "models": []}`},
		{"/user/update", `{"user_id": "` + user + `", "max_budget": 1000, "user_role": "proxy_admin"}`},
		{"/user/new", `{"user_email": "second@example.com"}`},
	} {
		answer := g.Internal(t, http.MethodPost, attempt.path, key, attempt.body)
		require.Contains(t, []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden}, answer.Status, "%s %s: %s", attempt.path, attempt.body, answer.Body)
	}
	require.Equal(t, "1", g.SQL(t, `SELECT count(*) FROM "LiteLLM_VerificationToken" WHERE user_id = '`+user+`'`))
	require.Equal(t, "0.5|2", g.SQL(t, `SELECT max_budget, rpm_limit FROM "LiteLLM_VerificationToken" WHERE key_alias = 'limited-by-all'`))
}

// TestAskingForHealthCallsNoModel: each call would be paid for, and any key may ask from inside the VPC.
func TestAskingForHealthCallsNoModel(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, ownModels)
	key := g.Key(t, map[string]any{"key_alias": "asks-for-health"})
	const ofHealthChecks = `"maxTokens": 16` // no other test has such a call
	for _, asked := range []struct{ path, key string }{
		{"/health", key}, {"/health?model=plain", key}, {"/health?model=plain-alias", key}, {"/health", gateway.MasterKey}, {"/health?model=limited", gateway.MasterKey},
	} {
		g.Internal(t, http.MethodGet, asked.path, asked.key, "")
		require.Empty(t, g.Bedrock.Calls(ofHealthChecks), asked.path)
	}
}

// TestADeletedUsersKeysAreRefusedAtOnce: LiteLLM alone takes them for a minute more, out of its memory.
func TestADeletedUsersKeysAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	user := g.User(t, map[string]any{"user_email": "leaves@example.com"})
	first, second := g.Key(t, map[string]any{"key_alias": "leaves-1", "user_id": user}), g.Key(t, map[string]any{"key_alias": "leaves-2", "user_id": user})
	stays := g.Key(t, map[string]any{"key_alias": "stays"})
	for _, key := range []string{first, second, stays} {
		require.Equal(t, http.StatusOK, ask(t, g, key, "before the user leaves").Status)
	}
	code, output := g.Script(t, "litellm-users.sh", "delete-user", "--email", "leaves@example.com", "--yes")
	require.Zero(t, code, output)
	for _, key := range []string{first, second} {
		answer := ask(t, g, key, "after the user left")
		require.Equal(t, http.StatusUnauthorized, answer.Status, answer.Body)
	}
	require.Equal(t, http.StatusOK, ask(t, g, stays, "another user's key").Status)
}
