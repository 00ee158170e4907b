//go:build runtime

// Package metrics_test runs the real VictoriaMetrics against the real LiteLLM proxy and asks it every question the dashboards and alerts ask.
// It needs two programs, named in the environment: LITELLM (litellm[proxy] with prometheus_client) and VICTORIAMETRICS.
package metrics_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/test/dashboards"
)

// withDatabase is why budgets, and what LiteLLM measures around a provider's answer only, have no data here.
const withDatabase = "asked in package gateway: TestBudgetsAreOnTheDashboardByNamesThatAnOperatorKnows"

// withoutData are queries that have no answer here, and why. Each is still accepted by VictoriaMetrics.
var withoutData = map[string]string{
	"llm-usage: Users A":                                   withDatabase,
	"llm-usage: Teams A":                                   withDatabase,
	"llm-usage: Keys A":                                    withDatabase,
	"gateway-health: Gateway's share A":                    withDatabase,
	"gateway-health: Traces that did not reach Langfuse A": "no trace is lost",
	"alert: traces-lost":                                   "no trace is lost",
}

func TestEveryQueryOfDashboardsAndAlertsHasDataAfterRealCalls(t *testing.T) {
	t.Parallel()
	gateway := startLiteLLM(t)
	store := startVictoriaMetrics(t, gateway.port)
	require.Equal(t, http.StatusUnauthorized, gateway.get(t, "/metrics/", ""), "metrics are not for everyone")
	gateway.calls(t)
	store.eventually(t, `sum(litellm_spend_metric_total) > 0`)
	seen := store.ask(t, `sum(litellm_proxy_total_requests_metric_total)`)
	gateway.calls(t)
	store.eventually(t, fmt.Sprintf(`sum(litellm_proxy_total_requests_metric_total) > %s`, value(seen)))
	store.eventually(t, `vm_data_size_bytes and on() vm_cache_entries{type="storage/hour_metric_ids"}`)

	queries, err := dashboards.Queries()
	require.NoError(t, err)
	require.Greater(t, len(queries), 50)
	unused := map[string]bool{}
	for where := range withoutData {
		unused[where] = true
	}
	for _, query := range queries {
		answer := store.ask(t, query.Expr)
		delete(unused, query.Where)
		if reason, excused := withoutData[query.Where]; excused {
			if len(answer) > 0 {
				t.Errorf("%s has data after all; take it off the list (%s)", query.Where, reason)
			}
			continue
		}
		if len(answer) == 0 {
			t.Errorf("%s has no data: %s", query.Where, query.Expr)
		}
	}
	require.Empty(t, unused, "listed, but no such query")
	t.Logf("%d queries asked, %d of them on the list", len(queries), len(withoutData))
}

func TestNoLabelIdentifiesAPersonBeyondUserTeamAndKeyAlias(t *testing.T) {
	t.Parallel()
	gateway := startLiteLLM(t)
	store := startVictoriaMetrics(t, gateway.port)
	gateway.calls(t)
	// LiteLLM counts a call after it has answered it.
	store.eventually(t, fmt.Sprintf(`count(count by (user) (litellm_spend_metric_total)) == %d`, len(people)))
	store.eventually(t, fmt.Sprintf(`count(count by (requested_model) (litellm_spend_metric_total)) == %d`, len(goodModels)))
	for _, label := range []string{"client_ip", "user_agent", "user_email", "user_alias", "end_user", "hashed_api_key", "org_id"} {
		require.Empty(t, store.ask(t, fmt.Sprintf(`{__name__=~"litellm_.*",%s!=""}`, label)), label)
	}
}

// sample is one series of an instant query's answer.
type sample struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
}

func value(samples []sample) string {
	if len(samples) == 0 {
		return "0"
	}
	return fmt.Sprint(samples[0].Value[1])
}

// ask puts an instant query; a query that VictoriaMetrics does not accept fails the test.
func (s *store) ask(t *testing.T, expr string) []sample {
	t.Helper()
	response, err := http.PostForm(s.url+"/api/v1/query", url.Values{"query": {expr}, "nocache": {"1"}})
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result []sample `json:"result"`
		} `json:"data"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	require.Equal(t, "success", answer.Status, "%s: %s", expr, answer.Error)
	return answer.Data.Result
}

// eventually waits until a query has an answer.
func (s *store) eventually(t *testing.T, expr string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.ask(t, expr)) > 0 }, 40*time.Second, 200*time.Millisecond,
		"%s\n%s", expr, tail(s.log.String()))
}

func tail(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
