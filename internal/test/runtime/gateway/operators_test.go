//go:build runtime

package gateway_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/process"
)

// step is one run of litellm-users.sh: its arguments, separated by blanks, whether it must fail, what it must say, and what must then be in the database.
type step struct {
	args  string
	fails bool
	says  string
	// row is the kind and name of what is looked at, want its columns as in the table `rows`.
	row, want string
}

// rows are the queries by which steps look at what LiteLLM has stored, by kind. %s is the name.
var rows = map[string]string{
	"user":    `SELECT user_email, user_alias, user_role, max_budget, budget_duration, rpm_limit, tpm_limit, models, teams FROM "LiteLLM_UserTable" WHERE user_id = '%s'`,
	"key":     `SELECT user_id, team_id, max_budget, budget_duration, rpm_limit, tpm_limit, models, blocked, expires IS NULL FROM "LiteLLM_VerificationToken" WHERE key_alias = '%s'`,
	"team":    `SELECT team_alias, max_budget, budget_duration, rpm_limit, tpm_limit, models FROM "LiteLLM_TeamTable" WHERE team_id = '%s'`,
	"members": `SELECT m.user_id, b.max_budget, b.budget_duration FROM "LiteLLM_TeamMembership" m LEFT JOIN "LiteLLM_BudgetTable" b USING (budget_id) WHERE team_id = '%s' AND m.user_id <> 'default_user_id' ORDER BY 1`,
	// named is everything of users, keys, teams and memberships that has the name anywhere: a ghost shows itself here.
	"named": `SELECT count(*) FROM (SELECT to_jsonb(u)::text AS row FROM "LiteLLM_UserTable" u UNION ALL SELECT to_jsonb(k)::text FROM "LiteLLM_VerificationToken" k
		UNION ALL SELECT to_jsonb(t)::text FROM "LiteLLM_TeamTable" t UNION ALL SELECT to_jsonb(m)::text FROM "LiteLLM_TeamMembership" m) all_rows WHERE row ILIKE '%%%s%%'`,
}

func stored(t *testing.T, g *gateway.Gateway, row string) string {
	t.Helper()
	kind, name, _ := strings.Cut(row, " ")
	return g.SQL(t, fmt.Sprintf(rows[kind], name))
}

func runSteps(t *testing.T, g *gateway.Gateway, steps []step) {
	t.Helper()
	for _, s := range steps {
		code, output := users(t, g, strings.Fields(s.args)...)
		if s.fails {
			require.Equal(t, 1, code, "%s: %s", s.args, output)
		} else {
			require.Zero(t, code, "%s: %s", s.args, output)
		}
		require.Contains(t, output, s.says, s.args)
		if s.row != "" {
			require.Equal(t, s.want, stored(t, g, s.row), "%s: %s", s.args, output)
		}
	}
}

// users runs litellm-users.sh.
func users(t *testing.T, g *gateway.Gateway, args ...string) (int, string) {
	t.Helper()
	return g.Script(t, "litellm-users.sh", args...)
}

// must is users for a run that must succeed; it returns what was printed as JSON.
func must(t *testing.T, g *gateway.Gateway, into any, args ...string) {
	t.Helper()
	code, output := users(t, g, append(args, "--json")...)
	require.Zero(t, code, "%v: %s", args, output)
	// Warnings come after the answer, on standard error, which the bench does not keep apart.
	require.NoError(t, json.NewDecoder(strings.NewReader(output)).Decode(into), output)
}

func TestUsersAreMadeAndChanged(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{
		{args: "create-user --email Grace@Example.com", says: "id: grace@example.com\nbudget: 100 USD, anew every 1mo", row: "user grace@example.com", want: "Grace@Example.com|||100|1mo|||{}|{}"},
		{args: "create-user --email grace@EXAMPLE.com", fails: true, says: "already: its id is 'grace@example.com'", row: "named grace", want: "1"},
		{args: "create-user --email hopper@example.com --user-id grace@example.com", fails: true, says: "already: give another one with --user-id", row: "named hopper", want: "0"},
		{
			args: "create-user --email full+tag@example.com --user-id full --alias Full --role internal_user_viewer --budget 12.5 --budget-duration weekly --rpm 7 --tpm 900 --models claude-haiku-4-5,claude-opus-5",
			row:  "user full", want: "full+tag@example.com|Full|internal_user_viewer|12.5|7d|7|900|{claude-haiku-4-5,claude-opus-5}|{}",
		},
		{args: "create-user --email free@example.com --budget none --budget-duration none", says: "warning: free@example.com has no budget", row: "user free@example.com", want: "free@example.com|||||||{}|{}"},
		{args: "create-user --email zero@example.com --budget 0 --models none", row: "user zero@example.com", want: "zero@example.com|||0|1mo|||{no-default-models}|{}"},
		{args: "create-user --email modelless@example.com --models claude-haiku-4", fails: true, says: "the gateway serves no 'claude-haiku-4'. It serves: claude-haiku-4-5", row: "named modelless", want: "0"},
		{args: "create-user --email teamless@example.com --team nobodys", fails: true, says: "there is no team 'nobodys'", row: "named teamless", want: "0"},
		{args: "create-user --email grace.key@example.com --with-key", says: "key: sk-", row: "key grace.key@example.com", want: "grace.key@example.com||||||{}||t"},
		{args: "create-user --email other@example.com --with-key --key-alias grace.key@example.com", fails: true, says: "there is a key with the alias 'grace.key@example.com' already", row: "named other@", want: "0"},
		{args: "create-user --email other@example.com --with-key --key-alias other-laptop", says: "other-laptop; shown once", row: "key other-laptop", want: "other@example.com||||||{}||t"},

		{args: "update-user --email GRACE@example.com --budget 30 --budget-duration 10d --rpm 5 --tpm 50 --models claude-haiku-4-5", says: "User grace@example.com changed.", row: "user grace@example.com", want: "Grace@Example.com|||30|10d|5|50|{claude-haiku-4-5}|{}"},
		{args: "update-user --user-id grace@example.com --rpm none --tpm none --budget-duration none --models all", row: "user grace@example.com", want: "Grace@Example.com|||30||2147483647|2147483647|{all-proxy-models}|{}"},
		{args: "update-user --email grace@example.com --budget none --models none --alias Amazing --role internal_user", row: "user grace@example.com", want: "Grace@Example.com|Amazing|internal_user|||2147483647|2147483647|{no-default-models}|{}"},
		{args: "update-user --email grace@example.com --new-email FULL+tag@example.com", fails: true, says: "already: its id is 'full'", row: "user grace@example.com", want: "Grace@Example.com|Amazing|internal_user|||2147483647|2147483647|{no-default-models}|{}"},
		{args: "update-user --email grace@example.com --new-email Amazing.Grace@example.com", row: "user grace@example.com", want: "Amazing.Grace@example.com|Amazing|internal_user|||2147483647|2147483647|{no-default-models}|{}"},
		{args: "update-user --user-id full --models claude-haiku-5", fails: true, says: "the gateway serves no 'claude-haiku-5'"},

		{args: "set-budget --user-id full --budget 80 --budget-duration monthly", says: "User full changed.", row: "user full", want: "full+tag@example.com|Full|internal_user_viewer|80|1mo|7|900|{claude-haiku-4-5,claude-opus-5}|{}"},
		{args: "set-budget --email full+TAG@example.com --budget 0", row: "user full", want: "full+tag@example.com|Full|internal_user_viewer|0|1mo|7|900|{claude-haiku-4-5,claude-opus-5}|{}"},
		{args: "set-budget --user-id full --budget none", row: "user full", want: "full+tag@example.com|Full|internal_user_viewer|||7|900|{claude-haiku-4-5,claude-opus-5}|{}"},
		{args: "get-user --email full+tag@example.com", says: "requests a minute  7"},
		{args: "list-users", says: "warning: nothing ends what these users spend"},
		{args: "delete-user --email FULL+tag@example.com --yes", says: "User full deleted.", row: "named full+tag", want: "0"},
	})
}

// TestATypingErrorMakesNoGhost: LiteLLM makes a user of whatever it is told to change, and a key of whoever is named.
func TestATypingErrorMakesNoGhost(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{
		{args: "create-user --email real-mistaken@example.com --budget 7", row: "named mistaken", want: "1"},
		{args: "create-key --alias mistaken-key --email real-mistaken@example.com", row: "named mistaken", want: "2"},
		{args: "create-team --team mistaken-team --budget 1", row: "named mistaken", want: "4"}, // the master key's user becomes a member
	})
	before := stored(t, g, "named mistaken")
	user, key, team := stored(t, g, "user real-mistaken@example.com"), stored(t, g, "key mistaken-key"), stored(t, g, "team mistaken-team")
	const noUser, noAddress, noKey, noTeam = "there is no user with the id 'mistakn'", "there is no user with the e-mail address 'mistakn@example.com'", "there is no key with the ", "there is no team 'mistakn'"
	for args, says := range map[string]string{
		"update-user --user-id mistakn --budget 3":                                              noUser,
		"update-user --email mistakn@example.com --budget 3":                                    noAddress,
		"update-user --email mistaken@example.com --budget 3":                                   "there is no user with the e-mail address 'mistaken@example.com'", // part of one
		"set-budget --user-id mistakn --budget 3":                                               noUser,
		"set-budget --email mistakn@example.com --budget 3":                                     noAddress,
		"set-budget --alias mistakn --budget 3":                                                 noKey,
		"set-budget --team mistakn --budget 3":                                                  noTeam,
		"set-budget --team mistaken-team --email mistakn@example.com --budget 3":                noAddress,
		"set-budget --team mistaken-team --user-id real-mistaken@example.com --budget 3":        "is no member of team mistaken-team",
		"create-key --alias mistakn-key --user-id mistakn":                                      noUser,
		"create-key --alias mistakn-key --email mistakn@example.com":                            noAddress,
		"create-key --alias mistakn-key --team mistakn":                                         noTeam,
		"create-key --alias mistakn-key --team-id mistakn":                                      noTeam,
		"create-key --alias mistakn-key --team mistaken-team --email real-mistaken@example.com": "add-member --team mistaken-team --user-id real-mistaken@example.com",
		"create-key --alias mistaken-key":                                                       "there is a key with the alias 'mistaken-key' already",
		"create-key --alias mistakn-key --models mistakn":                                       "the gateway serves no 'mistakn'",
		"update-key --alias mistakn --rpm 3":                                                    noKey,
		"update-key --key-id deadbeef --rpm 3":                                                  noKey,
		"update-key --alias mistaken-key --team mistakn":                                        noTeam,
		"update-key --alias mistaken-key --team mistaken-team":                                  "is no member of team mistaken-team",
		"block-key --alias mistakn":                                                             noKey,
		"unblock-key --key-id deadbeef":                                                         noKey,
		"delete-key --alias mistakn --yes":                                                      noKey,
		"get-user --user-id mistakn":                                                            noUser,
		"list-keys --email mistakn@example.com":                                                 noAddress,
		"list-keys --team mistakn":                                                              noTeam,
		"list-teams --team mistakn":                                                             noTeam,
		"delete-user --user-id mistakn --yes":                                                   noUser,
		"erase-user --email mistakn@example.com --yes":                                          noAddress,
		"erase-user --user-id mistakn --yes":                                                    "there is no user with the id 'mistakn', and no call of one in the spend log",
		"create-team --team mistaken-team":                                                      "there is a team 'mistaken-team' already",
		"update-team --team mistakn --budget 3":                                                 noTeam,
		"create-team --team nothing --budget 0":                                                 "--budget 0 does not block a team",
		"update-team --team mistaken-team --budget 0":                                           "--budget 0 does not block a team",
		"set-budget --team mistaken-team --budget 0":                                            "--budget 0 does not block a team",
		"delete-team --team mistakn --yes":                                                      noTeam,
		"add-member --team mistakn --email real-mistaken@example.com":                           noTeam,
		"add-member --team mistaken-team --email mistakn@example.com":                           noAddress,
		"add-member --team mistaken-team --user-id mistakn":                                     noUser,
		"remove-member --team mistaken-team --user-id real-mistaken@example.com --yes":          "is no member of team mistaken-team",
	} {
		runSteps(t, g, []step{{args: args, fails: true, says: says, row: "named mistakn", want: "0"}})
	}
	require.Equal(t, before, stored(t, g, "named mistaken"))
	require.Equal(t, []string{user, key, team}, []string{stored(t, g, "user real-mistaken@example.com"), stored(t, g, "key mistaken-key"), stored(t, g, "team mistaken-team")})
}

// TestOddNamesAreFoundAgain makes users and keys whose names shells, JSON, addresses and SQL's patterns like to break, and finds each again.
func TestOddNamesAreFoundAgain(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	for i, name := range []string{
		`"quoted" and 'single' a/b:c`, "üñïcødé 🦊 名前 ÜBER", "$(touch /tmp/x); `id` && ls * | $HOME ~ !", "%41&a=b#c?d+e per%cent_under -dash",
	} {
		user := fmt.Sprintf("odd %d %s", i, name)
		email := fmt.Sprintf("odd.%d+%s@exämple.com", i, strings.NewReplacer(" ", ".", `"`, "", ";", ".").Replace(name))
		var made, found struct {
			Email string `json:"user_email"`
			ID    string `json:"user_id"`
			Alias string `json:"user_alias"`
		}
		must(t, g, &made, "create-user", "--email", email, "--alias", name, "--user-id", user)
		require.Equal(t, []string{email, user, name}, []string{made.Email, made.ID, made.Alias})
		var info struct {
			User json.RawMessage `json:"user_info"`
		}
		for _, by := range [][]string{{"--email", upper(email)}, {"--user-id", user}} {
			must(t, g, &info, append([]string{"get-user"}, by...)...)
			require.NoError(t, json.Unmarshal(info.User, &found))
			require.Equal(t, made, found, by)
		}
		var key struct{ Key string }
		must(t, g, &key, "create-key", "--alias", user, "--user-id", user)
		require.Contains(t, key.Key, "sk-")
		code, output := users(t, g, "block-key", "--alias", user)
		require.Zero(t, code, output)
		code, output = users(t, g, "delete-user", "--email", email, "--yes")
		require.Zero(t, code, output)
		require.Equal(t, "0", g.SQL(t, fmt.Sprintf(`SELECT count(*) FROM "LiteLLM_VerificationToken" WHERE key_alias LIKE 'odd %d %%'`, i)))
	}
}

// upper is a text in ASCII's capital letters: what a database does with other letters is its locale's.
func upper(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

// TestEveryPageIsRead: LiteLLM gives a hundred users or keys at a time.
func TestEveryPageIsRead(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	g.SQL(t, `INSERT INTO "LiteLLM_UserTable" (user_id, user_email, max_budget, models) SELECT 'page-' || n, 'page-' || n || '@example.com', 1, '{}' FROM generate_series(1, 205) n`)
	g.SQL(t, `INSERT INTO "LiteLLM_VerificationToken" (token, key_alias, user_id, models) SELECT md5(n::text) || md5('page' || n), 'page-' || n, 'page-1', '{}' FROM generate_series(1, 205) n`)
	t.Cleanup(func() {
		g.SQL(t, `DELETE FROM "LiteLLM_UserTable" WHERE user_id LIKE 'page-%'; DELETE FROM "LiteLLM_VerificationToken" WHERE key_alias LIKE 'page-%'`)
	})
	var listed []struct {
		ID string `json:"user_id"`
	}
	must(t, g, &listed, "list-users")
	seen := map[string]int{}
	for _, user := range listed {
		seen[user.ID]++
	}
	for n := range 205 {
		require.Equal(t, 1, seen[fmt.Sprintf("page-%d", n+1)], "page-%d", n+1)
	}
	var keys []struct{ Token string }
	must(t, g, &keys, "list-keys", "--email", "page-1@example.com")
	require.Len(t, keys, 205)
	runSteps(t, g, []step{
		{args: "get-user --email PAGE-1@example.com", says: "205 keys"},
		{args: "update-user --email page-101@example.com --budget 2", row: "user page-101", want: "page-101@example.com|||2||||{}|{}"},
		{args: "block-key --alias page-3", row: "key page-3", want: "page-1||||||{}|t|t"},
	})
}

// TestTheExamplesOfTheReadmeWork runs each example of its section, one after the other, with other names and without the tunnel.
func TestTheExamplesOfTheReadmeWork(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	readme, err := os.ReadFile(process.InRepository("README.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(readme), "## Users, teams, keys and budgets\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	examples := regexp.MustCompile(`(?m)^\$ scripts/litellm-users\.sh --tunnel (.*)$`).FindAllStringSubmatch(section, -1)
	require.Greater(t, len(examples), 15)
	require.Equal(t, len(examples), strings.Count(section, "$ scripts/"), "each example works from a laptop")
	for _, example := range examples {
		args := strings.NewReplacer("ada", "readme", "ci ", "readme-ci ", "platform", "readme-team").Replace(example[1])
		switch name, _, _ := strings.Cut(args, " "); name {
		case "onboard":
			args += " --gateway-url https://example.com"
		case "erase-user", "delete-team":
			args += " --yes"
		}
		runSteps(t, g, []step{{args: args}})
	}
	require.Equal(t, "0", stored(t, g, "named readme@"))
}
