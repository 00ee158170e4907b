package engine

import (
	"testing"

	"kong-llm-gateway/internal/sim"
)

// State deploys a stack into an account of its own and writes the file of `pulumi stack export --show-secrets`. Prepare puts into the account
// what is there before the deploy and gives the settings.
func State(t testing.TB, stack, file string, prepare func(*sim.Account) map[string]any) {
	t.Helper()
	w := newWorkplace(t, gateway)
	settings := prepare(w.account)
	w.seedNamed(settings)
	s := w.stack(stack, settings)
	s.up()
	s.must("stack", "export", "--show-secrets", "--file", file)
}

// RepositorySettings are the settings in a stack file of the repository.
func RepositorySettings(t testing.TB, file string) map[string]any {
	t.Helper()
	return repositorySettings(t, file)
}
