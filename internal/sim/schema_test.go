package sim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryTableNamesWhatTheSchemaHas(t *testing.T) {
	t.Parallel()
	facts, err := loadSchema()
	require.NoError(t, err)
	for token, k := range kinds() {
		s := facts.resources[token]
		require.NotNil(t, s, token)
		for _, r := range k.refs {
			first, _, _ := strings.Cut(r.path, ".")
			assert.Contains(t, s.properties, first, "%s refers by %s", token, r.path)
		}
		for name := range k.outputs {
			assert.Contains(t, s.properties, name, "%s computes %s", token, name)
			assert.True(t, s.properties[name] != nil && (s.properties[name].output || s.properties[name].computed), "%s computes %s, which is an input only", token, name)
		}
		if k.naming.property != "" {
			assert.Contains(t, s.properties, k.naming.property, token)
		}
	}
	for token := range facts.resources {
		assert.Contains(t, kinds(), token, "a type of the schema that no table describes")
	}
	for token := range lookups() {
		assert.Contains(t, facts.functions, token)
	}
}
