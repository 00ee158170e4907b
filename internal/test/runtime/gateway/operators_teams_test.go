//go:build runtime

package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/process"
)

func TestTeamsAndTheirMembers(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{
		{args: "create-user --email member@example.com --budget 1"},
		{
			args: "create-team --team crew --budget 200 --budget-duration monthly --member-budget 20 --models claude-haiku-4-5,claude-opus-5 --rpm 60 --tpm 6000",
			says: "Team crew created.", row: "team crew", want: "crew|200|1mo|60|6000|{claude-haiku-4-5,claude-opus-5}",
		},
		{args: "create-team --team idle", says: "warning: idle has no budget", row: "team idle", want: "idle|||||{}"},
		{args: "add-member --team crew --email MEMBER@example.com", says: "member@example.com is a member of team crew.", row: "members crew", want: "member@example.com|20|1mo"},
		{args: "add-member --team crew --email member@example.com", fails: true, says: "is a member of team crew already"},
		{args: "create-user --email second-member@example.com --team crew", row: "members crew", want: "member@example.com|20|1mo\nsecond-member@example.com|20|1mo"},
		{args: "add-member --team idle --email second-member@example.com --budget 3 --budget-duration weekly", row: "members idle", want: "second-member@example.com|3|7d"},
		{args: "set-budget --team idle --email second-member@example.com --budget 4", says: "Budget of second-member@example.com within team idle changed.", row: "members idle", want: "second-member@example.com|4|7d"},
		{args: "set-budget --team idle --email second-member@example.com --budget none", row: "members idle", want: "second-member@example.com||"},
		{args: "list-teams", says: "warning: nothing ends what these teams spend, they have no budget:"},
		{args: "list-teams --team crew", says: "second-member@example.com  0          20          1mo"},
		{args: "list-users", says: "crew,idle"},
		{args: "set-budget --team crew --budget 100", says: "Team crew changed.", row: "team crew", want: "crew|100|1mo|60|6000|{claude-haiku-4-5,claude-opus-5}"},
		{args: "set-budget --team crew --budget none", row: "team crew", want: "crew|||60|6000|{claude-haiku-4-5,claude-opus-5}"},
		{args: "update-team --team crew --rpm none --tpm none --models all --new-name The-Crew --budget 9 --budget-duration daily --member-budget none", row: "team crew", want: "The-Crew|9|1d|||{}"},
		{args: "update-team --team The-Crew --new-name idle", fails: true, says: "there is a team 'idle' already", row: "team crew", want: "The-Crew|9|1d|||{}"},
		{args: "create-key --alias crew-key --team The-Crew --email member@example.com", row: "key crew-key", want: "member@example.com|crew|||||{}||t"},
		{args: "create-key --alias crew-service --team crew --budget 1", row: "key crew-service", want: "|crew|1||||{}||t"},
		{args: "create-key --alias idle-key --team idle --email second-member@example.com", says: "neither it nor its team has a budget"},
		{args: "list-keys --team The-Crew", says: "crew-service"},
		{args: "list-keys", says: "idle-key"},
		{args: "create-key --alias crew-moved --email member@example.com"},
		{args: "update-key --alias crew-moved --team crew", row: "key crew-moved", want: "member@example.com|crew|||||{}||t"},
		{args: "remove-member --team crew --email member@example.com --yes", says: "is no member of team crew any more", row: "members crew", want: "second-member@example.com||1mo"},
		{args: "list-keys --team crew", says: "crew-service"},
		{args: "list-users", says: "member@example.com"},
		{args: "delete-team --team The-Crew --yes", says: "Team crew deleted.", row: "team crew", want: ""},
	})
	require.Empty(t, stored(t, g, "key crew-key")+stored(t, g, "key crew-moved")+stored(t, g, "key crew-service"))
	require.NotContains(t, stored(t, g, "user second-member@example.com"), "crew")
}

// TestATeamsKeySpendsTheTeamsBudget: a user's own budget does not end the keys of a team, the member's and the team's do; README.md says so.
func TestATeamsKeySpendsTheTeamsBudget(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	runSteps(t, g, []step{
		{args: "create-user --email payer@example.com --budget 0"},
		{args: "create-team --team payers --budget 1"},
		{args: "add-member --team payers --email payer@example.com"},
	})
	own, teams := newKey(t, g, "--alias payer-own --email payer@example.com"), newKey(t, g, "--alias payer-team --email payer@example.com --team payers")
	require.Equal(t, http.StatusTooManyRequests, ask(t, g, own, "the payer asks").Status)
	for _, next := range []struct {
		change, says string
		status       int
	}{
		{"", "", http.StatusOK},
		{"set-budget --team payers --email payer@example.com --budget 0", "Budget has been exceeded!", http.StatusTooManyRequests},
		{"set-budget --team payers --email payer@example.com --budget none", "", http.StatusOK},
		{"set-budget --team payers --budget 0.00001", "Budget has been exceeded! Team=payers", http.StatusTooManyRequests},
		{"set-budget --team payers --budget 1", "", http.StatusOK},
	} {
		if next.change != "" {
			runSteps(t, g, []step{{args: next.change}})
		}
		var answer gateway.Answer
		require.Eventually(t, func() bool {
			answer = ask(t, g, teams, "the team pays")
			return answer.Status == next.status && strings.Contains(answer.Message(), next.says)
		}, 30*time.Second, interval, "after %q: %+v", next.change, &answer)
	}
	runSteps(t, g, []step{{args: "remove-member --team payers --email payer@example.com --yes"}})
	require.Equal(t, http.StatusUnauthorized, ask(t, g, teams, "after the payer left").Status)
	service := newKey(t, g, "--alias payer-service --team payers")
	require.Equal(t, http.StatusOK, ask(t, g, service, "a service asks").Status)
	runSteps(t, g, []step{{args: "delete-team --team payers --yes"}})
	require.Equal(t, http.StatusUnauthorized, ask(t, g, service, "after the team went").Status)
}

// TestAnErasedPersonIsNowhereInTheDatabase: what the admin API leaves, scripts/erase-user.sql removes, and other people's rows stay.
func TestAnErasedPersonIsNowhereInTheDatabase(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	const everywhere = `CREATE OR REPLACE FUNCTION pg_temp.tables_with(what text) RETURNS text LANGUAGE plpgsql AS $$
		DECLARE name text; n bigint; found text := ''; BEGIN
		FOR name IN SELECT relname FROM pg_class JOIN pg_namespace s ON s.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r' ORDER BY 1 LOOP
			EXECUTE format('SELECT count(*) FROM %I x WHERE to_jsonb(x)::text ILIKE %L', name, '%' || what || '%') INTO n;
			IF n > 0 THEN found := found || name || ' '; END IF;
		END LOOP; RETURN found; END $$; SELECT pg_temp.tables_with('gone.person')`
	runSteps(t, g, []step{
		{args: "create-team --team erasers --budget 1"},
		{args: "create-user --email Gone.Person@example.com --team erasers --with-key --key-alias gone.person-1"},
		{args: "create-user --email stays.behind@example.com"},
	})
	for _, args := range []string{"--alias gone.person-2 --team erasers", "--alias gone.person-3"} {
		key := newKey(t, g, args+" --email gone.person@example.com")
		require.Equal(t, http.StatusOK, ask(t, g, key, "the person asks").Status)
	}
	require.Equal(t, http.StatusOK, ask(t, g, newKey(t, g, "--alias stays-behind --email stays.behind@example.com"), "another person asks").Status)
	// The sums of a day come last.
	require.Eventually(t, func() bool {
		return g.SQL(t, `SELECT coalesce(sum(api_requests) FILTER (WHERE user_id = 'gone.person@example.com'), 0) || ' ' || coalesce(sum(api_requests) FILTER (WHERE user_id = 'stays.behind@example.com'), 0) FROM "LiteLLM_DailyUserSpend"`) == "2 1"
	}, patience, interval)
	sum := g.SQL(t, `SELECT round(sum(spend)::numeric, 6) FROM "LiteLLM_DailyUserSpend" WHERE api_key IN (SELECT token FROM "LiteLLM_VerificationToken" WHERE user_id LIKE 'gone%')`)
	runSteps(t, g, []step{
		{args: "delete-key --alias gone.person-3 --yes"},
		{args: "erase-user --email GONE.person@example.com --yes", says: "LiteLLM: spend log"},
	})
	require.Equal(t, "LiteLLM_DailyUserSpend LiteLLM_DeletedVerificationToken LiteLLM_SpendLogs", g.SQL(t, everywhere))
	runSteps(t, g, []step{{args: "erase-user --user-id gone.person@example.com --yes", says: "2 calls"}})

	output := g.SQLFile(t, process.InRepository("scripts", "erase-user.sql"), "person=gone.person@example.com")
	require.Empty(t, g.SQL(t, everywhere), output)
	require.Equal(t, "1", g.SQL(t, `SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE "user" = 'stays.behind@example.com'`))
	require.Equal(t, sum, g.SQL(t, `SELECT round(sum(spend)::numeric, 6) FROM "LiteLLM_DailyUserSpend" WHERE user_id LIKE 'erased-%'`), "what was spent stays right")
	runSteps(t, g, []step{{args: "erase-user --user-id gone.person@example.com --yes", fails: true, says: "no call of one in the spend log"}})
}
