package sim

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

func TestDeletedLogGroupComesBackWhileItsServiceWrites(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	group := b.make(logType, "g", map[string]any{"name": "/aws/ecs/containerinsights/c/performance", "retentionInDays": 7})
	b.make(clusterType, "c", map[string]any{"name": "c", "settings": []any{map[string]any{"name": "containerInsights", "value": "enabled"}}})
	require.NoError(t, b.destroy(logType, group))
	resources, err := b.account.Resources()
	require.NoError(t, err)
	require.Len(t, resources, 2)
}

func TestSecretValuesStaySecret(t *testing.T) {
	t.Parallel()
	account, err := Open(filepath.Join(t.TempDir(), "account.json"))
	require.NoError(t, err)
	p, err := newProvider("random", account, nil)
	require.NoError(t, err)
	made, err := p.Create(t.Context(), plugin.CreateRequest{Type: "random:index/randomPassword:RandomPassword", Properties: wrap(map[string]any{
		"length": 32, "lower": true, "upper": true, "numeric": true, "special": false, "minUpper": 4,
	}).ObjectValue()})
	require.NoError(t, err)
	require.True(t, made.Properties["result"].IsSecret())
	require.Regexp(t, `^[A-Za-z0-9]{32}$`, plain(made.Properties["result"]))
}

func TestOperationsOfManyProcessesDoNotLoseEachOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var group sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		group.Go(func() {
			other, err := Open(b.account.path) // an account of its own, as another process has
			if err == nil {
				err = other.Seed(Resource{Type: topicType, ID: strconv.Itoa(i), Region: "us-west-1"})
			}
			errs[i] = err
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	require.NoError(t, b.account.view(func(s *state) error {
		require.Len(t, s.all(topicType), len(errs))
		return nil
	}))
}

type spy struct {
	mu    sync.Mutex
	lines []string
}

func (s *spy) Log(_ context.Context, severity diag.Severity, _ resource.URN, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, string(severity)+": "+message)
	return nil
}

func TestDeprecatedPropertiesAreWarnedOf(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	log := &spy{}
	b.provider.log = log
	require.Empty(t, b.check(eipType, "e", map[string]any{"vpc": true}).Failures)
	require.Equal(t, []string{`warning: property "vpc" is deprecated`}, log.lines)
}

func TestProviderSaysWhatItIs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	log := &spy{}
	b.provider.log = log
	_, err := b.provider.Configure(t.Context(), plugin.ConfigureRequest{})
	require.NoError(t, err)
	require.Len(t, log.lines, 1)
	require.Contains(t, log.lines[0], notice)
}
