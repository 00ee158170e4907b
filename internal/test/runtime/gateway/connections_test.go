//go:build runtime

package gateway_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/runtime/gateway"
)

// TestLiteLLMOpensAsManyConnectionsAsTheBudgetCounts looks at the database's connections while calls, keys and lists are asked for all at once: LiteLLM has one pool, of
// litellm.databasePool. What the bench cannot show is the pool of Prisma's own engine, in whose place it has node-postgres'.
func TestLiteLLMOpensAsManyConnectionsAsTheBudgetCounts(t *testing.T) {
	t.Parallel()
	const pool = 3
	g := gateway.StartWith(t, map[string]string{"litellm.databasePool": strconv.Itoa(pool)})
	key := g.Key(t, map[string]any{"key_alias": "of-many-connections"})
	var work sync.WaitGroup
	done := make(chan struct{})
	for worker := range 12 {
		work.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if worker%2 == 0 {
					g.Internal(t, http.MethodGet, "/key/list?return_full_object=true", gateway.MasterKey, "")
				} else {
					g.Public(t, http.MethodPost, "/v1/chat/completions", key, gateway.Chat(gateway.Haiku, "many connections"))
				}
			}
		})
	}
	most := 0
	for range 40 {
		open, err := strconv.Atoi(g.SQL(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'litellm'`))
		require.NoError(t, err)
		most = max(most, open)
		time.Sleep(100 * time.Millisecond) // between two looks
	}
	close(done)
	work.Wait()
	settings := config.Defaults()
	settings.LiteLLM.DatabasePool = pool
	// The budget has each pool twice: while deploying, old and new tasks run side by side.
	require.Equal(t, settings.Connections().LiteLLM/2, most, "connections of one task")
}
