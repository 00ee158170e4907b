//go:build runtime

package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/standin"
)

// refusal is a row of README.md's table of troubleshooting that a client can get: its status, and the words by which a client tells it.
type refusal struct {
	status int
	words  []string
}

// troubleshooting are those rows of README.md's table that begin with a status.
func troubleshooting(t *testing.T) []refusal {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "README.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Troubleshooting\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []refusal
	for _, line := range strings.Split(section, "\n") {
		cell := regexp.MustCompile(`^\| ([0-9]{3}) ([^|]+) \|`).FindStringSubmatch(line)
		if cell == nil {
			continue
		}
		status, err := strconv.Atoi(cell[1])
		require.NoError(t, err)
		row := refusal{status: status}
		for _, word := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell[2], -1) {
			row.words = append(row.words, word[1])
		}
		require.NotEmpty(t, row.words, "by what does a client tell it: %s", line)
		rows = append(rows, row)
	}
	return rows
}

// told are the words of README.md's table that tell an answer; there is one row of them.
func told(t *testing.T, name string, answer gateway.Answer) []string {
	t.Helper()
	var found [][]string
	for _, row := range troubleshooting(t) {
		var words []string
		for _, word := range row.words {
			if row.status == answer.Status && strings.Contains(answer.Body, word) {
				words = append(words, fmt.Sprint(row.status, " ", word))
			}
		}
		if len(words) > 0 {
			found = append(found, words)
		}
	}
	require.Len(t, found, 1, "rows of README.md's table for a call of %s: %d %s", name, answer.Status, answer.Body)
	return found[0]
}

// TestReadmeTellsEveryRefusal has the gateway refuse calls for each reason that there is, and finds each answer in README.md's table by status and
// words; and no row of the table that nothing answers.
func TestReadmeTellsEveryRefusal(t *testing.T) {
	t.Parallel()
	g, limited := gateway.Start(t), gateway.StartWith(t, ownModels)
	chat := func(model, text string) func(string) gateway.Answer {
		return func(key string) gateway.Answer {
			return g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(model, text), "x-litellm-timeout", "2")
		}
	}
	const refused = "a call that is refused"
	haiku := chat(gateway.Haiku, refused)
	claude := func(key string) gateway.Answer {
		return g.Public(t, http.MethodPost, "/v1/messages", key, gateway.Chat(gateway.Haiku, refused))
	}
	key := func(name string, fields map[string]any) string {
		fields["key_alias"] = "refused-" + name
		return g.Key(t, fields)
	}
	user := func(name string, fields map[string]any) string {
		fields["user_id"] = "refused-" + name
		return g.User(t, fields)
	}
	team := func(fields map[string]any) any {
		return g.Admin(t, http.MethodPost, "/team/new", fields).JSON(t)["team_id"]
	}
	// A change counts at once for a key that is in LiteLLM's memory already.
	changed := func(name, path, field string) string {
		made := key(name, map[string]any{})
		require.Equal(t, http.StatusOK, ask(t, g, made, name+" asks first").Status)
		var value any = made
		if field == "keys" {
			value = []string{made}
		}
		g.Admin(t, http.MethodPost, path, map[string]any{field: value})
		return made
	}
	used := func(made string) string {
		require.Equal(t, http.StatusOK, ask(t, g, made, "the call before the one that is refused").Status)
		return made
	}
	// until calls until it is refused: a key that is about to expire, or a limit of a minute, may let a call or two pass.
	until := func(key string) gateway.Answer {
		var answer gateway.Answer
		require.Eventually(t, func() bool {
			answer = ask(t, g, key, "passes until it is refused")
			return answer.Status != http.StatusOK
		}, patience, interval)
		return answer
	}
	expired := key("expired", map[string]any{"duration": "1s"})
	opus := []string{gateway.Opus}
	good := key("nothing", map[string]any{})

	seen := map[string]bool{
		"503 no_db_connection": true,                               // TestAnOutageOfTheDatabase
		"408 body_too_slow":    true, "503 overloaded_error": true, // TestTheLayerThatReadsBodies
		"400 fetches nothing that a request names": true, // TestNothingThatARequestNamesIsFetched
	}
	for _, example := range []struct {
		name, key string
		call      func(key string) gateway.Answer
	}{
		{"no key", "", haiku},
		{"a wrong key", "sk-wrong", haiku},
		{"a deleted key", changed("deleted", "/key/delete", "keys"), haiku},
		{"a deleted key, to Claude's route", changed("deleted-2", "/key/delete", "keys"), claude},
		{"a blocked key", changed("blocked", "/key/block", "key"), haiku},
		{"an expired key", expired, until},
		{"a key of another model", key("model", map[string]any{"models": opus}), haiku},
		{"a user of another model", key("user-model", map[string]any{"user_id": user("model", map[string]any{"models": opus})}), haiku},
		{"a team of another model", key("team-model", map[string]any{"team_id": team(map[string]any{"team_alias": "refused-model", "models": opus})}), haiku},
		{"a model that nobody has", good, chat("no-such-model", refused)},
		{"a key without budget", key("broke", map[string]any{"max_budget": 0}), haiku},
		{"a key without budget, to Claude's route", key("broke-2", map[string]any{"max_budget": 0}), claude},
		{"a user without budget", key("user-broke", map[string]any{"user_id": user("broke", map[string]any{"max_budget": 0})}), haiku},
		{"a team that spent its budget", used(key("team-broke", map[string]any{"team_id": team(map[string]any{"team_alias": "refused-broke", "max_budget": 0.00001})})), until},
		{"a key's requests", used(key("rpm", map[string]any{"rpm_limit": 1})), until},
		{"a user's requests", used(key("user-rpm", map[string]any{"user_id": user("rpm", map[string]any{"rpm_limit": 1})})), until},
		{"a key's tokens", key("tpm", map[string]any{"tpm_limit": 1}), until},
		{"a model's requests", limited.Key(t, map[string]any{"key_alias": "refused-by-model"}), func(key string) gateway.Answer {
			var answer gateway.Answer
			for range 3 { // the calls may fall into two of the clock's minutes
				answer = limited.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat("limited-to-one", "above a model's limit"))
				if answer.Status != http.StatusOK {
					break
				}
			}
			return answer
		}},
		{"Bedrock's throttling", good, chat(gateway.Opus, standin.Throttled)},
		{"Bedrock's failure", good, chat(gateway.Opus, standin.Broken)},
		{"Bedrock's silence", good, chat(gateway.Opus, standin.Silent)},
		{"an administrative route", gateway.MasterKey, func(key string) gateway.Answer { return g.Public(t, http.MethodGet, "/user/list", key, "") }},
		{"a foreign address", good, func(key string) gateway.Answer {
			elsewhere := g.Edge(t, map[string]string{"edge.apiCidrs": `["192.0.2.0/24"]`})
			return send(t, elsewhere, strings.NewReader(gateway.Chat(gateway.Haiku, refused)), int64(len(gateway.Chat(gateway.Haiku, refused))), key)
		}},
		{"an unknown length", good, func(key string) gateway.Answer { return send(t, g.PublicURL, io.LimitReader(zeros{}, 1000), -1, key) }},
		{"a large body", good, func(key string) gateway.Answer {
			return send(t, g.PublicURL, io.LimitReader(zeros{}, routes.MaxBodyBytes+1), routes.MaxBodyBytes+1, key)
		}},
	} {
		for _, word := range told(t, example.name, example.call(example.key)) {
			seen[word] = true
		}
	}
	require.Empty(t, g.Bedrock.Calls(`"`+refused+`"`), "nothing that is refused costs anything")
	for _, row := range troubleshooting(t) {
		for _, word := range row.words {
			require.True(t, seen[fmt.Sprint(row.status, " ", word)], "README.md's table has %d %q, and no call got it", row.status, word)
		}
	}
}

// TestAnOutageOfTheDatabase: the gateway stays alive, knows the keys that it read in the last seconds, and serves again when the database does.
func TestAnOutageOfTheDatabase(t *testing.T) { //nolint:paralleltest // It has the shared gateway for itself.
	g := gateway.Start(t)
	known, unknown := g.Key(t, map[string]any{"key_alias": "known-in-an-outage"}), g.Key(t, map[string]any{"key_alias": "unknown-in-an-outage"})
	require.Equal(t, http.StatusOK, ask(t, g, known, "before the outage").Status)
	back := g.CutDatabase(t)
	require.Equal(t, http.StatusOK, ask(t, g, known, "in the outage").Status)
	require.Equal(t, []string{"503 no_db_connection"}, told(t, "an unknown key in an outage", ask(t, g, unknown, "in the outage")))
	require.Equal(t, http.StatusOK, g.Public(t, http.MethodGet, "/health/liveliness", "", "").Status, "no task is killed for its database")
	require.Equal(t, http.StatusServiceUnavailable, g.Public(t, http.MethodGet, "/health/readiness", "", "").Status)
	began := time.Now()
	require.Eventually(t, func() bool { return ask(t, g, known, "in the outage").Status == http.StatusServiceUnavailable }, patience, interval)
	t.Logf("a key that was just used works for %s more", time.Since(began))
	back()
	began = time.Now()
	for _, key := range []string{known, unknown} {
		require.Eventually(t, func() bool { return ask(t, g, key, "after the outage").Status == http.StatusOK }, patience, interval)
	}
	t.Logf("served %s after the database came back", time.Since(began))
	calls := len(g.Bedrock.Calls("the outage"))
	require.Eventually(t, func() bool {
		return g.SQL(t, `SELECT count(*) FROM "LiteLLM_SpendLogs" s JOIN "LiteLLM_VerificationToken" k ON s.api_key = k.token
			WHERE k.key_alias LIKE '%known-in-an-outage' AND s.status = 'success'`) == strconv.Itoa(calls)
	}, patience, interval, "the spend of an outage is written after it")
}
