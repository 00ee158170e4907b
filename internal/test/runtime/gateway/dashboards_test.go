//go:build runtime

package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/dashboards"
	"kong-llm-gateway/internal/test/runtime/gateway"
	"kong-llm-gateway/internal/test/runtime/process"
	"kong-llm-gateway/internal/test/runtime/victoriametrics"
)

// TestBudgetsAreOnTheDashboardByNamesThatAnOperatorKnows asks the real VictoriaMetrics what the panels ask that need users, teams and keys with budgets, and
// a provider that answers: those that the metrics' tests, without a database, have on their list. Users and teams show without a call; LiteLLM tells a
// key's budget only after one.
func TestBudgetsAreOnTheDashboardByNamesThatAnOperatorKnows(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	code, output := g.RegisterMetricsKey(t)
	require.Zero(t, code, output)
	user := g.User(t, map[string]any{"user_id": "dash-ada@example.com", "max_budget": 5, "budget_duration": "1mo"})
	g.User(t, map[string]any{"user_id": "dash-idle@example.com", "max_budget": 7, "budget_duration": "1mo"})
	var team struct {
		ID string `json:"team_id"`
	}
	answer := g.Admin(t, http.MethodPost, "/team/new", map[string]any{"team_alias": "dash-research", "max_budget": 50, "budget_duration": "1mo"})
	require.NoError(t, json.Unmarshal([]byte(answer.Body), &team))
	used := g.Key(t, map[string]any{"key_alias": "dash-key", "user_id": user, "team_id": team.ID, "max_budget": 3})
	require.Equal(t, http.StatusOK, ask(t, g, used, "for the dashboards").Status)
	require.Equal(t, http.StatusUnauthorized, ask(t, g, "sk-dash-wrong", "for the dashboards").Status)

	ask := startStore(t, g)
	shown := func(where, label, name string) func() bool {
		return func() bool {
			for _, series := range ask(where) {
				if series[label] == name {
					return true
				}
			}
			return false
		}
	}
	for _, example := range []struct{ where, label, name string }{
		{"llm-usage: Users A", "user", "dash-ada@example.com"},
		{"llm-usage: Users A", "user", "dash-idle@example.com"},
		{"llm-usage: Users A", "user", "litellm-proxy-budget"},
		{"llm-usage: Teams A", "team_alias", "dash-research"},
		{"llm-usage: Keys A", "api_key_alias", "dash-key"},
		{"llm-usage: By user A", "user", "dash-ada@example.com"},
		{"llm-usage: By team A", "team_alias", "dash-research"},
	} {
		// LiteLLM puts budgets of those who made no call into the metrics every minute.
		require.Eventually(t, shown(example.where, example.label, example.name), 4*time.Minute, interval, "%v: %v", example, ask(example.where))
	}
	require.Eventually(t, func() bool { // a rate needs calls between two scrapes
		g.Public(t, http.MethodPost, "/v1/chat/completions", used, gateway.Chat(gateway.Haiku, "for the dashboards"))
		return len(ask("gateway-health: Gateway's share A")) > 0
	}, patience, time.Second)
	for _, where := range []string{"gateway-health: Calls by status A", "llm-usage: By user A", "llm-usage: By team A", "llm-usage: Users A", "llm-usage: Teams A"} {
		for _, series := range ask(where) {
			require.NotContains(t, series, "team", "a team is shown by its alias")
			require.NotEqual(t, "None", series["status_code"], "a call without a valid key is no call of status None")
		}
	}
}

// startStore starts VictoriaMetrics, which scrapes the gateway, until the test ends, and returns the labels that a panel's query finds, or an alert's.
func startStore(t *testing.T, g *gateway.Gateway) func(where string) []map[string]string {
	t.Helper()
	directory := t.TempDir()
	scrape := filepath.Join(directory, "scrape.yaml")
	text, err := process.FreePort()
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	_, text, found := strings.Cut(strings.TrimPrefix(g.InternalURL, "http://"), ":")
	require.True(t, found)
	target, err := strconv.Atoi(text)
	require.NoError(t, err)
	require.NoError(t, victoriametrics.WriteScrape(scrape, target, port, 1, 0))
	command := victoriametrics.Command(os.Getenv("VICTORIAMETRICS"), filepath.Join(directory, "data"), scrape, port, gateway.MetricsKey)
	log := &process.Output{}
	command.Stdout, command.Stderr = log, log
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Kill())
		_ = command.Wait() // killed
	})
	queries, err := dashboards.Queries()
	require.NoError(t, err)
	expressions := map[string]string{}
	for _, query := range queries {
		expressions[query.Where] = query.Expr
	}
	return func(where string) []map[string]string {
		require.Contains(t, expressions, where)
		response, err := http.PostForm(fmt.Sprintf("http://127.0.0.1:%d/api/v1/query", port), url.Values{"query": {expressions[where]}, "nocache": {"1"}})
		if err != nil {
			return nil // it has not started yet
		}
		defer func() { _ = response.Body.Close() }()
		var answer struct {
			Data struct {
				Result []struct {
					Metric map[string]string `json:"metric"`
				} `json:"result"`
			} `json:"data"`
		}
		require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
		found := make([]map[string]string, len(answer.Data.Result))
		for i, series := range answer.Data.Result {
			found[i] = series.Metric
		}
		return found
	}
}
