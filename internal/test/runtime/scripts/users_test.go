//go:build runtime

package scripts_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	userPage = `{"users": [{"user_id": "u-1", "user_email": "ada@example.com", "user_role": "internal_user", "spend": 1.25, "max_budget": 50, "models": []},
		{"user_id": "u-2", "user_email": "notada@example.com", "spend": 7, "models": ["claude-haiku-4-5"]}], "total": 2, "page": 1, "page_size": 100, "total_pages": 1}`
	keyPage = `{"keys": [{"token": "hash-1", "key_alias": "ada-laptop", "user_id": "u-1", "spend": 0.5, "max_budget": null}],
		"total_count": 1, "current_page": 1, "total_pages": 1}`
)

var pages = map[string]answer{
	"GET /user/list": {http.StatusOK, userPage},
	"GET /key/list":  {http.StatusOK, keyPage},
}

// TestEachCommandSendsWhatLiteLLMExpects runs every command and compares the last request with what it must be.
func TestEachCommandSendsWhatLiteLLMExpects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		args   []string
		method string
		path   string
		body   string // JSON; empty: none
		query  string
	}{
		{
			"create-user",
			[]string{"create-user", "--email", "ada@example.com", "--budget", "50", "--budget-duration", "monthly", "--models", "a,b", "--rpm", "3"},
			"POST", "/user/new", `{"user_email": "ada@example.com", "max_budget": 50, "budget_duration": "1mo", "models": ["a", "b"], "rpm_limit": 3, "auto_create_key": false}`, "",
		},
		{
			"create-user with key",
			[]string{"create-user", "--email", "ada@example.com", "--with-key", "--role", "internal_user", "--alias", "Ada", "--user-id", "ada", "--tpm", "1000"},
			"POST", "/user/new", `{"user_email": "ada@example.com", "auto_create_key": true, "user_role": "internal_user", "user_alias": "Ada", "user_id": "ada", "tpm_limit": 1000}`, "",
		},
		{"get-user by e-mail", []string{"get-user", "--email", "ada@example.com"}, "GET", "/user/info", "", "user_id=u-1"},
		{"get-user by id", []string{"get-user", "--user-id", "u 1&x"}, "GET", "/user/info", "", "user_id=u+1%26x"},
		{"list-users", []string{"list-users"}, "GET", "/user/list", "", "page=1&page_size=100"},
		{
			"update-user",
			[]string{"update-user", "--email", "ada@example.com", "--budget", "12.5", "--budget-duration", "weekly"},
			"POST", "/user/update", `{"user_email": "ada@example.com", "max_budget": 12.5, "budget_duration": "7d"}`, "",
		},
		{"delete-user", []string{"delete-user", "--email", "ada@example.com", "--yes"}, "POST", "/user/delete", `{"user_ids": ["u-1"]}`, ""},
		{
			"create-key",
			[]string{"create-key", "--alias", "ada-laptop", "--email", "ada@example.com", "--budget", "20", "--duration", "90d", "--team-id", "t-1"},
			"POST", "/key/generate", `{"key_alias": "ada-laptop", "user_id": "u-1", "max_budget": 20, "duration": "90d", "team_id": "t-1"}`, "",
		},
		{"list-keys", []string{"list-keys", "--email", "ada@example.com"}, "GET", "/key/list", "", "page=1&return_full_object=true&size=100&user_id=u-1"},
		{
			"update-key",
			[]string{"update-key", "--alias", "ada-laptop", "--rpm", "30", "--new-alias", "ada-desk"},
			"POST", "/key/update", `{"key": "hash-1", "rpm_limit": 30, "key_alias": "ada-desk"}`, "",
		},
		{"block-key", []string{"block-key", "--alias", "ada-laptop"}, "POST", "/key/block", `{"key": "hash-1"}`, ""},
		{"unblock-key by id", []string{"unblock-key", "--key-id", "hash-9"}, "POST", "/key/unblock", `{"key": "hash-9"}`, ""},
		{"delete-key", []string{"delete-key", "--alias", "ada-laptop", "--yes"}, "POST", "/key/delete", `{"keys": ["hash-1"]}`, ""},
		{
			"set-budget of a user",
			[]string{"set-budget", "--email", "ada@example.com", "--budget", "80", "--budget-duration", "daily"},
			"POST", "/user/update", `{"user_id": "u-1", "max_budget": 80, "budget_duration": "1d"}`, "",
		},
		{"set-budget of a key", []string{"set-budget", "--alias", "ada-laptop", "--budget", "8"}, "POST", "/key/update", `{"key": "hash-1", "max_budget": 8}`, ""},
		{"spend by user", []string{"spend"}, "GET", "/user/list", "", "page=1&page_size=100"},
		{"spend by key", []string{"spend", "--by", "key"}, "GET", "/key/list", "", "page=1&return_full_object=true&size=100"},
		{
			"spend by model",
			[]string{"spend", "--by", "model", "--since", "2026-11-01", "--until", "2026-11-30"},
			"GET", "/user/daily/activity/aggregated", "", "end_date=2026-11-30&start_date=2026-11-01",
		},
		{"models", []string{"models"}, "GET", "/v1/models", "", ""},
		{"health", []string{"health"}, "GET", "/health/readiness", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answers := map[string]answer{
				"GET /v1/models":                      {http.StatusOK, `{"data": [{"id": "claude-haiku-4-5"}]}`},
				"GET /user/info":                      {http.StatusOK, `{"user_id": "u-1", "user_info": {"user_email": "ada@example.com", "spend": 1}, "keys": []}`},
				"GET /user/daily/activity/aggregated": {http.StatusOK, `{"results": []}`},
			}
			for key, value := range pages {
				answers[key] = value
			}
			g := newGateway(t, answers)
			got := users(t, g, test.args...)
			require.Zero(t, got.code, got.stderr)
			require.NotEmpty(t, got.stdout)
			seen := g.seen()
			last := seen[len(seen)-1]
			require.Equal(t, test.method+" "+test.path, last.Method+" "+last.Path)
			require.Equal(t, test.query, last.Query.Encode())
			if test.body != "" {
				var want map[string]any
				require.NoError(t, json.Unmarshal([]byte(test.body), &want))
				require.Equal(t, want, last.Body)
			}
		})
	}
}

// TestArgumentsArriveIntact sends what shells and JSON like to break.
func TestArgumentsArriveIntact(t *testing.T) {
	t.Parallel()
	nasty := []string{`"quoted" and 'single'`, "two\nlines\tand a tab", "üñïcødé 🦊 名前", "$(touch /tmp/x); `id` && rm -rf * | $HOME ~ !", `back\slash \n \u0041`, "  spaces  ", "%41&a=b#c?d"}
	for _, value := range nasty {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, nil)
			got := users(t, g, "create-user", "--email", value, "--alias", value, "--user-id", value)
			require.Zero(t, got.code, got.stderr)
			require.Equal(t, map[string]any{"user_email": value, "user_alias": value, "user_id": value, "auto_create_key": false}, g.seen()[0].Body)

			got = users(t, g, "get-user", "--user-id", value)
			require.Zero(t, got.code, got.stderr)
			require.Equal(t, url.Values{"user_id": {value}}, g.seen()[1].Query)
		})
	}
}

func TestBadUseIsRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, message string
		args          []string
	}{
		{"no command", "Usage:", nil},
		{"unknown command", "unknown command 'remove-user'", []string{"remove-user"}},
		{"option of another command", "'--duration' is not an option of create-user", []string{"create-user", "--duration", "1d"}},
		{"missing value", "--email needs a value", []string{"create-user", "--email"}},
		{"missing e-mail", "create-user needs --email", []string{"create-user", "--budget", "1"}},
		{"budget is not a number", "--budget = 'lots'", []string{"create-user", "--email", "a", "--budget", "lots"}},
		{"negative budget", "--budget = '-1'", []string{"create-user", "--email", "a", "--budget", "-1"}},
		{"unknown duration", "--budget-duration = 'yearly'", []string{"create-user", "--email", "a", "--budget-duration", "yearly"}},
		{"zero requests", "--rpm = '0'", []string{"create-user", "--email", "a", "--rpm", "0"}},
		{"nothing to change", "nothing to change", []string{"update-user", "--email", "a"}},
		{"key itself as argument", "visible in the process list", []string{"block-key", "--key-id", "sk-123"}},
		{"no key named", "needs --alias or --key-id", []string{"block-key"}},
		{"delete without terminal", "give --yes", []string{"delete-key", "--key-id", "hash-1"}},
		{"bad day", "--since = 'yesterday'", []string{"spend", "--by", "model", "--since", "yesterday"}},
		{"bad grouping", "--by = 'colour'", []string{"spend", "--by", "colour"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, nil)
			got := users(t, g, test.args...)
			require.Equal(t, 2, got.code)
			require.Contains(t, got.stderr, test.message)
			require.Empty(t, g.seen(), "nothing was sent")
		})
	}
}

func TestServerErrorsEndWithItsMessage(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"OpenAI shape":  `{"error": {"message": "User already exists", "type": "auth_error"}}`,
		"FastAPI shape": `{"detail": {"error": "User already exists"}}`,
		"plain detail":  `{"detail": "User already exists"}`,
		"not JSON":      `<h1>User already exists</h1>`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, map[string]answer{"POST /user/new": {http.StatusConflict, body}})
			got := users(t, g, "create-user", "--email", "ada@example.com")
			require.Equal(t, 1, got.code)
			require.Contains(t, got.stderr, "409")
			require.Contains(t, got.stderr, "User already exists")
			require.Len(t, g.seen(), 1, "an answer is never asked for twice")
		})
	}
}

func TestOnlyTheExactUserIsChosen(t *testing.T) {
	t.Parallel()
	g := newGateway(t, pages)
	got := users(t, g, "delete-user", "--email", "da@example.com", "--yes")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "there is no user with the e-mail address 'da@example.com'")
	for _, seen := range g.seen() {
		require.Equal(t, http.MethodGet, seen.Method, "nothing was deleted")
	}
}

func TestListsAreReadToTheLastPage(t *testing.T) {
	t.Parallel()
	g := newGateway(t, map[string]answer{"GET /user/list": {http.StatusOK, strings.Replace(userPage, `"total_pages": 1`, `"total_pages": 3`, 1)}})
	got := users(t, g, "list-users", "--json")
	require.Zero(t, got.code, got.stderr)
	var list []map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &list))
	require.Len(t, list, 6)
	require.Len(t, g.seen(), 3)
}

func TestHumanOutputIsATable(t *testing.T) {
	t.Parallel()
	g := newGateway(t, pages)
	got := users(t, g, "list-users")
	require.Zero(t, got.code, got.stderr)
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], "E-MAIL")
	require.Equal(t, strings.Index(lines[0], "E-MAIL"), strings.Index(lines[1], "ada@example.com"), "columns are aligned")
}

func TestNoConnectionIsTriedAgainAndExplained(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	address := closed.URL
	closed.Close()
	got := run(t, "", []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", "--url", address, "models")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "after 2 attempts")
	require.Contains(t, got.stderr, "--tunnel")
}

func TestMasterKeyComesFromAFile(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(masterKey+"\n"), 0o600))
	got := run(t, "", nil, "litellm-users.sh", "--url", g.URL, "--key-file", file, "health")
	require.Zero(t, got.code, got.stderr)
	require.Len(t, g.seen(), 1)
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	got := run(t, "", nil, "litellm-users.sh", "--help")
	require.Zero(t, got.code)
	commands := []string{
		"create-user", "get-user", "list-users", "update-user", "delete-user", "create-key", "list-keys", "update-key",
		"block-key", "unblock-key", "delete-key", "set-budget", "spend", "models", "health",
	}
	for _, command := range commands {
		require.Contains(t, got.stdout, command)
		help := run(t, "", nil, "litellm-users.sh", command, "--help")
		require.Zero(t, help.code)
		require.Contains(t, help.stdout, "Example:\n  scripts/litellm-users.sh "+command)
	}
}
