//go:build runtime

package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
)

var shownKey = regexp.MustCompile(`sk-[A-Za-z0-9_-]+`)

// newKey makes a key with litellm-users.sh and returns it.
func newKey(t *testing.T, g *gateway.Gateway, args string) string {
	t.Helper()
	code, output := users(t, g, strings.Fields("create-key "+args)...)
	require.Zero(t, code, output)
	key := shownKey.FindString(output)
	require.NotEmpty(t, key, output)
	return key
}

func TestKeysAreMadeAndChanged(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{
		{args: "create-user --email keys@example.com"},
		{
			args: "create-key --alias keys-1 --email KEYS@example.com --budget 20 --budget-duration monthly --models claude-haiku-4-5,claude-haiku-4-5-20251001 --rpm 3 --tpm 30 --duration 90d",
			says: "key: sk-", row: "key keys-1", want: "keys@example.com||20|1mo|3|30|{claude-haiku-4-5,claude-haiku-4-5-20251001}||f",
		},
		{args: "create-key --alias keys-2", says: "warning: nothing ends what this key spends, it has no budget and no user", row: "key keys-2", want: "||||||{}||t"},
		{args: "list-keys", says: "warning: nothing ends what these keys spend"},
		{args: "list-keys --alias keys-1", says: "claude-haiku-4-5,claude-haiku-4-5-20251001"},
		{args: "create-key --alias keys-1", fails: true, says: "already", row: "named keys-1", want: "1"},
		{args: "update-key --alias keys-1 --rpm 9 --tpm 90 --budget 5 --budget-duration 12h --models all --duration none", says: "Key keys-1 changed.", row: "key keys-1", want: "keys@example.com||5|12h|9|90|{}||t"},
		{args: "update-key --alias keys-1 --rpm none --tpm none --budget none --budget-duration none --models none --duration 6mo", row: "key keys-1", want: "keys@example.com||||||{no-default-models}||f"},
		{args: "set-budget --alias keys-1 --budget 8 --budget-duration 2w", says: "Key keys-1 changed.", row: "key keys-1", want: "keys@example.com||8|2w|||{no-default-models}||f"},
		{args: "set-budget --alias keys-1 --budget none", row: "key keys-1", want: "keys@example.com||||||{no-default-models}||f"},
		{args: "update-key --alias keys-1 --new-alias keys-2", fails: true, says: "already exists", row: "key keys-1", want: "keys@example.com||||||{no-default-models}||f"},
		{args: "update-key --alias keys-1 --new-alias keys-3", row: "key keys-3", want: "keys@example.com||||||{no-default-models}||f"},
		{args: "block-key --alias keys-3", says: "Key keys-3 blocked.", row: "key keys-3", want: "keys@example.com||||||{no-default-models}|t|f"},
		{args: "unblock-key --alias keys-3", says: "Key keys-3 unblocked.", row: "key keys-3", want: "keys@example.com||||||{no-default-models}|f|f"},
	})
	id := g.SQL(t, `SELECT token FROM "LiteLLM_VerificationToken" WHERE key_alias = 'keys-3'`)
	runSteps(t, g, []step{
		{args: "update-key --key-id " + id + " --rpm 4 --models claude-opus-5", row: "key keys-3", want: "keys@example.com|||" + "|4||{claude-opus-5}|f|f"},
		{args: "delete-key --key-id " + id + " --yes", says: "deleted.", row: "key keys-3", want: ""},
		{args: "delete-key --alias keys-2 --yes", says: "Key keys-2 deleted.", row: "key keys-2", want: ""},
		{args: "models", says: "claude-haiku-4-5-20251001\nclaude-opus-5\n"},
		{args: "health", says: "version   1.102.4"},
	})
	code, output := users(t, g, "create-key", "--alias", "keys-4", "--models", " claude-haiku-4-5 , claude-opus-5,")
	require.Zero(t, code, output)
	require.Equal(t, "||||||{claude-haiku-4-5,claude-opus-5}||t", stored(t, g, "key keys-4"))
}

// TestWhatIsTakenAwayBindsNoMore: budgets, models, rates and lives are looked at by calls, before and after.
func TestWhatIsTakenAwayBindsNoMore(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{{args: "create-user --email binds@example.com --budget 0"}})
	key := newKey(t, g, "--alias binds --email binds@example.com --rpm 1 --models claude-opus-5 --budget 0")
	for _, next := range []struct {
		change, says string
		status       int
	}{
		{"", "key not allowed to access model", http.StatusForbidden},
		{"update-key --alias binds --models all", "Budget has been exceeded!", http.StatusTooManyRequests},
		{"set-budget --alias binds --budget none", "ExceededBudget: User=binds@example.com", http.StatusTooManyRequests},
		{"set-budget --email binds@example.com --budget none", "", http.StatusOK},
		{"", "Rate limit exceeded", http.StatusTooManyRequests},
		{"update-key --alias binds --rpm none", "", http.StatusOK},
		{"update-user --email binds@example.com --models claude-opus-5", "user not allowed to access model", http.StatusForbidden},
		{"update-user --email binds@example.com --models all", "", http.StatusOK},
		{"update-user --email binds@example.com --rpm 1", "Rate limit exceeded", http.StatusTooManyRequests},
		{"update-user --email binds@example.com --rpm none", "", http.StatusOK},
		{"update-key --alias binds --duration 1s", "Expired Key", http.StatusUnauthorized},
		{"update-key --alias binds --duration none", "", http.StatusOK},
		{"update-key --alias binds --models none", "key not allowed to access model", http.StatusForbidden},
		{"delete-key --alias binds --yes", "Invalid proxy server token", http.StatusUnauthorized},
	} {
		if next.change != "" {
			runSteps(t, g, []step{{args: next.change}})
		}
		// LiteLLM believes for ten seconds what it read of a user.
		var answer gateway.Answer
		require.Eventually(t, func() bool {
			answer = ask(t, g, key, "binds asks")
			return answer.Status == next.status && strings.Contains(answer.Message(), next.says)
		}, 30*time.Second, interval, "after %q: %d %s, last %+v", next.change, next.status, next.says, &answer)
	}
}

// TestEachPeriodStartsAnewWhenItSays holds each form of --budget-duration and --duration that the script takes against what LiteLLM makes of it.
func TestEachPeriodStartsAnewWhenItSays(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	now := time.Now().UTC()
	midnight := now.Truncate(24 * time.Hour)
	month := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	monday := midnight.AddDate(0, 0, 7-(int(now.Weekday())+6)%7)
	runSteps(t, g, []step{{args: "create-user --email periods@example.com"}})
	within := func(most time.Duration) [2]time.Time { return [2]time.Time{now, now.Add(most + time.Minute)} }
	exactly := func(when time.Time) [2]time.Time { return [2]time.Time{when, when} }
	for period, when := range map[string][2]time.Time{
		"daily": exactly(midnight.AddDate(0, 0, 1)), "weekly": exactly(monday), "monthly": exactly(month), "1mo": exactly(month), "30d": exactly(month),
		"7d": exactly(monday), "1w": exactly(monday), "1d": exactly(midnight.AddDate(0, 0, 1)), "10d": exactly(midnight.AddDate(0, 0, 10)), "2w": exactly(midnight.AddDate(0, 0, 14)),
		"365d": exactly(midnight.AddDate(0, 0, 365)), "9999w": exactly(midnight.AddDate(0, 0, 9999*7)),
		"12h": within(12 * time.Hour), "24h": within(24 * time.Hour), "60m": within(time.Hour), "45s": within(time.Minute),
	} {
		runSteps(t, g, []step{{args: "set-budget --email periods@example.com --budget 1 --budget-duration " + period}})
		reset, err := time.Parse(time.DateTime, g.SQL(t, `SELECT date_trunc('second', budget_reset_at) FROM "LiteLLM_UserTable" WHERE user_id = 'periods@example.com'`))
		require.NoError(t, err)
		require.False(t, reset.Before(when[0]) || reset.After(when[1]), "%s: anew at %s, not in %s", period, reset, when)
	}
	for life, days := range map[string]float64{"90s": 0, "90m": 0, "36h": 1.5, "90d": 90, "2w": 14, "2mo": 61, "12mo": 365, "9999d": 9999} {
		runSteps(t, g, []step{{args: fmt.Sprintf("create-key --alias lives-%s --email periods@example.com --duration %s", life, life)}})
		left, err := strconv.ParseFloat(g.SQL(t, `SELECT extract(epoch FROM expires - now() AT TIME ZONE 'UTC') / 86400 FROM "LiteLLM_VerificationToken" WHERE key_alias = 'lives-`+life+`'`), 64)
		require.NoError(t, err)
		require.InDelta(t, days, left, 2.1, life)
	}
}

// TestSpendIsToldByUserKeyTeamAndModel: each call once, whether it failed or not, under the names that clients and operators use.
func TestSpendIsToldByUserKeyTeamAndModel(t *testing.T) {
	t.Parallel()
	g := gateway.StartWith(t, ownModels)
	runSteps(t, g, []step{
		{args: "create-user --email spends@example.com --budget 1"},
		{args: "create-team --team spenders"},
		{args: "add-member --team spenders --email spends@example.com"},
	})
	own := newKey(t, g, "--alias spends-own --email spends@example.com")
	teams := newKey(t, g, "--alias spends-team --email spends@example.com --team spenders")
	call := func(key, model string) int {
		return g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(model, "spends")).Status
	}
	require.Equal(t, []int{200, 200, 200}, []int{call(own, "plain"), call(own, "plain-alias"), call(teams, "plain")})
	runSteps(t, g, []step{{args: "set-budget --alias spends-own --budget 0"}})
	require.Equal(t, http.StatusTooManyRequests, call(own, "plain"))
	type row struct {
		Key              string
		Spend            float64
		Prompt           int `json:"prompt_tokens"`
		Completion       int `json:"completion_tokens"`
		Requests, Failed int
		Metadata         struct {
			Alias string `json:"key_alias"`
		}
	}
	// told is what was told last of a user, key, team or model: requests, failures, tokens in and out; two rows of one are seen.
	told := func(by, name string) string {
		var list []row
		must(t, g, &list, "spend", "--by", by)
		text := ""
		for _, r := range list {
			if strings.Contains(r.Key, name) || r.Metadata.Alias == name {
				require.Equal(t, r.Prompt > 0, r.Spend > 0, "%+v", r)
				text += fmt.Sprintf("%d %d %d %d;", r.Requests, r.Failed, r.Prompt, r.Completion)
			}
		}
		return text
	}
	for _, want := range [][3]string{
		{"user", "spends@example.com", "4 1 33 21;"}, {"key", "spends-own", "3 1 22 14;"}, {"key", "spends-team", "1 0 11 7;"}, {"team", "spenders", "1 0 11 7;"},
	} {
		require.Eventually(t, func() bool { return told(want[0], want[1]) == want[2] }, patience, interval, "%v, told: %s", want, told(want[0], want[1]))
	}
	require.Regexp(t, `^\d+ [1-9]\d* [1-9]\d+ [1-9]\d+;$`, told("model", "plain"), "one row for its successes, failures and aliases")
	runSteps(t, g, []step{
		{args: "spend", says: "spends@example.com"},
		{args: "spend --by key", says: "spends-team"},
		{args: "spend --since 2020-01-01 --until 2020-01-31", says: "USER ID  SPEND USD  TOKENS IN  TOKENS OUT  REQUESTS  FAILED\n2020-01-01 to 2020-01-31"},
	})
}

// TestOnboard sends a colleague's lines through a shell, and calls the gateway with what they set.
func TestOnboard(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{{args: "create-team --team newcomers --budget 5"}})
	code, output := users(t, g, strings.Fields("onboard --email New.Colleague@example.com --budget 20 --models claude-haiku-4-5 --duration 90d --team newcomers --gateway-url "+g.PublicURL)...)
	require.Zero(t, code, output)
	require.Equal(t, "New.Colleague@example.com|||20|1mo|||{claude-haiku-4-5}|{newcomers}", stored(t, g, "user new.colleague@example.com"))
	require.Equal(t, "new.colleague@example.com|newcomers|||||{claude-haiku-4-5}||f", stored(t, g, "key new.colleague@example.com"))
	require.Equal(t, "new.colleague@example.com|20|1mo", stored(t, g, "members newcomers"))
	_, lines, found := strings.Cut(output, "\n\n")
	require.True(t, found, output)
	lines, _, _ = strings.Cut(lines, "warning:")
	for _, call := range []string{
		`curl -sS "$OPENAI_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" -d "$BODY"`,
		`curl -sS "$ANTHROPIC_BASE_URL/v1/messages" -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" -H "Content-Type: application/json" -d "$BODY"`,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		shell := exec.CommandContext(ctx, "sh", "-euc", lines+"\n"+call)
		shell.Env = []string{"PATH=" + os.Getenv("PATH"), "BODY=" + gateway.Chat(gateway.Haiku, "the newcomer asks")}
		answer, err := shell.CombinedOutput()
		cancel()
		require.NoError(t, err, "%s\n%s", lines, answer)
		require.Contains(t, string(answer), `"usage"`)
	}
	require.Len(t, g.Bedrock.Calls("the newcomer asks"), 2)
	runSteps(t, g, []step{
		{args: "onboard --email new.colleague@EXAMPLE.com --gateway-url https://example.com", fails: true, says: "already: its id is 'new.colleague@example.com'", row: "named new.colleague", want: "4"},
		{args: "onboard --email second.colleague@example.com --key-alias new.colleague@example.com --gateway-url https://example.com", fails: true, says: "there is a key with the alias", row: "named second.colleague", want: "0"},
	})
}

// TestNoKeyIsAnArgument: what a program is started with is visible to everyone on the machine. Each program notes its arguments and goes on as it is.
func TestNoKeyIsAnArgument(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	tools, noted := t.TempDir(), filepath.Join(t.TempDir(), "arguments")
	for _, name := range []string{"curl", "jq", "awk", "grep", "sed", "tr", "cut", "head", "cat", "cp", "mv", "rm", "mktemp", "date", "dirname"} {
		program, err := exec.LookPath(name)
		require.NoError(t, err)
		text := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' %s \"$@\" >>'%s'\nexec '%s' \"$@\"\n", name, noted, program)
		require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte(text), 0o700))
	}
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(gateway.MasterKey+"\n"), 0o600))
	for _, args := range []string{
		"create-user --email argued@example.com --with-key", "create-key --alias argued-key --email argued@example.com", "--key-file " + file + " list-keys",
		"onboard --email argued.too@example.com --gateway-url https://example.com", "block-key --alias argued-key", "erase-user --email argued@example.com --yes",
	} {
		code, output := g.ScriptWith(t, []string{"PATH=" + tools + ":" + os.Getenv("PATH")}, "litellm-users.sh", strings.Fields(args)...)
		require.Zero(t, code, output)
		arguments, err := os.ReadFile(noted)
		require.NoError(t, err)
		require.Contains(t, string(arguments), "curl\n", "the programs note what they are started with")
		require.NotContains(t, string(arguments), gateway.MasterKey, args)
		for _, key := range shownKey.FindAllString(output, -1) {
			require.NotContains(t, string(arguments), key, args)
		}
	}
}
