package problems_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/config/configtest"
	"kong-llm-gateway/internal/problems"
)

// defaults are the settings of stack poc.
func defaults() *config.Settings {
	s := config.Defaults()
	s.Project, s.Stack, s.Region = "kong-llm-gateway", "poc", "us-west-1"
	return s
}

// keys are the problems' keys, in order.
func keys(list []config.Problem) []string {
	var found []string
	for _, one := range list {
		found = append(found, one.Key)
	}
	return found
}

func TestDefaultsHaveNoProblem(t *testing.T) {
	t.Parallel()
	require.Empty(t, problems.Of(defaults()))
}

// TestWhatOnlyRenderingTellsIsListedWithTheRest: so many models that no policy and no document can hold them, beside a setting that is simply wrong.
func TestWhatOnlyRenderingTellsIsListedWithTheRest(t *testing.T) {
	t.Parallel()
	s := defaults()
	s.LiteLLM.Models = configtest.Models(800, 43)
	s.Network.NAT = "none"
	for i := range 8 {
		s.Tags[fmt.Sprintf("Tag%d", i)] = "x"
	}
	require.Equal(t, []string{"nat", "tags"}, keys(problems.Of(s)))

	s = defaults()
	s.LiteLLM.Models = nil
	for i, id := range config.PricedModels()[:60] {
		s.LiteLLM.Models = append(s.LiteLLM.Models, config.Model{Name: fmt.Sprintf("model-%d", i), Bedrock: "us." + id, Region: "us-east-1"})
	}
	list := problems.Of(s)
	require.Equal(t, []string{"models"}, keys(list))
	require.Contains(t, list[0].String(), "models = 60 entries: fewer different Bedrock models: their policy has ")
	require.Equal(t, 1, strings.Count(list[0].String(), "entries"), "the key and the value are told once")
}

// TestASettingThatIsWrongIsToldOnce: what would be rendered from it is not looked at, so nothing panics and nothing is told twice.
func TestASettingThatIsWrongIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config.Settings){
		"aws:region":        func(s *config.Settings) { s.Region = "mars-north-1" },
		"edge.consoleCidrs": func(s *config.Settings) { s.Edge.ConsoleCidrs = []string{"10.0.0.0"} },
		"edge.apiCidrs":     func(s *config.Settings) { s.Edge.APICidrs = []string{"x"} },
		"models[0].bedrock": func(s *config.Settings) { s.LiteLLM.Models[0].Bedrock = "x" },
		"langfuse.content":  func(s *config.Settings) { s.Langfuse.Content = "some" },
		"litellm.workers":   func(s *config.Settings) { s.LiteLLM.Workers = 0 },
		"langfuseDomainName": func(s *config.Settings) {
			s.Edge.LangfuseDomainName = "d.example.com"
			s.Edge.DomainName, s.Edge.CertificateArn = "d.example.com", configtest.CertificateArn
		},
	} {
		s := defaults()
		change(s)
		require.Equal(t, []string{name}, keys(problems.Of(s)))
	}
}

// TestRandomSettingsHaveNoProblem: what package configtest makes is valid, rendered too.
func TestRandomSettingsHaveNoProblem(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20261125, 0))
	for range 100 {
		stack, values := configtest.Valid(random)
		s, err := config.ParseStack("kong-llm-gateway", stack, map[string]string{"region": configtest.Region}, values, problems.Of)
		require.NoError(t, err, "%v", values)
		require.Empty(t, problems.Of(s), "%v", values)
	}
}

// TestAnySettingsCanBeListed: settings of every kind of nonsense are listed without a panic, and no line twice.
func TestAnySettingsCanBeListed(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20261125, 1))
	for range 300 {
		stack, values := configtest.Valid(random)
		for range 3 {
			key, value := configtest.Broken(random)
			values[key] = value
		}
		_, err := config.ParseStack("kong-llm-gateway", stack, map[string]string{"region": configtest.Region}, values, problems.Of)
		require.Error(t, err, "%v", values)
		seen := map[string]bool{}
		for line := range strings.Lines(err.Error()) {
			require.False(t, seen[line], "told twice: %s\n%v", line, values)
			seen[line] = true
		}
	}
}
