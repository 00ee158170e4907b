package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachWrongMemberIsToldByItsOwnPath: pulumi config set --path tags.CostCenter 12345 writes a number.
func TestEachWrongMemberIsToldByItsOwnPath(t *testing.T) {
	t.Parallel()
	_, err := parse(map[string]string{
		"tags": `{"CostCenter":12345,"Live":true,"Team":"ml","Cost center":1.5,"Nothing":null}`,
		"models": `[{"name":"a","bedrock":"us.anthropic.claude-opus-5","rpm":"ten","aliases":["x",7]},{"name":4,"bedrock":"us.anthropic.claude-opus-5","bedrok":"x"},"c",
			{"name":"d","bedrock":"us.anthropic.claude-opus-5","rpm":1.5,"inputCostPerMTok":"3"}]`,
		"edge.apiCidrs": `["203.0.113.0/24",10]`,
	})
	require.Error(t, err)
	for line, says := range map[string]string{
		`tags.CostCenter = 12345: `:          `pulumi config set --path 'tags.CostCenter' --type string`,
		`tags.Live = true: `:                 `in quotes`,
		`tags.Cost center = 1.5: `:           `--path 'tags["Cost center"]' --type string`,
		`tags.Nothing = null: `:              `a text`,
		`models[0].rpm = "ten": `:            `a whole number (without quotes)`,
		`models[0].aliases[1] = 7: `:         `--path 'models[0].aliases[1]' --type string`,
		`models[1].name = 4: `:               `a text`,
		`models[1].bedrok = "x": `:           `no such field; there are name, bedrock, aliases, region`,
		`models[2] = "c": `:                  `an entry with the fields name, bedrock`,
		`models[3].rpm = 1.5: `:              `a whole number`,
		`models[3].inputCostPerMTok = "3": `: `a number (without quotes)`,
		`edge.apiCidrs[1] = 10: `:            `a text`,
	} {
		require.Regexp(t, "(?m)^  \\Q"+line+"\\E.*\\Q"+says+"\\E", err.Error())
	}
	require.ErrorContains(t, err, "12 settings need your attention", "what cannot be read is told once")
	require.NotContains(t, err.Error(), "json:")
}
