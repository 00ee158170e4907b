package config

import (
	"net/netip"
	"strings"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
)

func TestNamesAreShortEnoughAndDifferent(t *testing.T) {
	t.Parallel()
	s := Names{Project: project, Stack: "a-stack-with-a-name"}
	seen := map[string]bool{}
	for _, service := range []string{"alb", "litellm", "langfuse", "grafana", "victoriametrics", "litellm-execution", "litellm-task"} {
		name := s.Name(MaxLoadBalancerName, service)
		require.LessOrEqual(t, len(name), MaxLoadBalancerName)
		require.False(t, strings.HasSuffix(name, "-"), name)
		require.False(t, seen[name], name)
		seen[name] = true
	}
	require.Equal(t, "kong-llm-gateway-poc-alb", (Names{Project: project, Stack: "poc"}).Name(MaxLoadBalancerName, "alb"))
}

func TestSecretsKeepTheirDocumentedNames(t *testing.T) {
	t.Parallel()
	poc, dev := Names{Project: project, Stack: "poc"}, Names{Project: project, Stack: "dev"}
	require.Equal(t, "litellm-poc/master-key", poc.SecretName("litellm", "master-key"))
	require.Equal(t, "kong-llm-gateway/grafana-admin-password", poc.SecretName("grafana", "admin-password"))
	require.Equal(t, "litellm-dev/master-key", dev.SecretName("litellm", "master-key"))
	require.Equal(t, "kong-llm-gateway-dev/grafana-admin-password", dev.SecretName("grafana", "admin-password"))
}

// TestSubnetsLieInTheVpcAndApart tries ranges from /16 to /24 all over the private space.
func TestSubnetsLieInTheVpcAndApart(t *testing.T) {
	t.Parallel()
	spaces := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16")}
	holds := func(space uint8, second, third byte, length uint8) bool {
		base := spaces[int(space)%len(spaces)]
		address := base.Addr().As4()
		address[1] |= second & (255 >> max(base.Bits()-8, 0))
		address[2] = third
		vpc := netip.PrefixFrom(netip.AddrFrom4(address), 16+int(length)%9).Masked()
		public, private, err := Subnets(vpc.String())
		if err != nil {
			return false
		}
		all := append(public[:], private[:]...)
		for i, text := range all {
			subnet := netip.MustParsePrefix(text)
			if !vpc.Contains(subnet.Addr()) || subnet.Bits() < vpc.Bits() || subnet.Bits() > 28 {
				return false
			}
			for _, other := range all[:i] {
				if subnet.Overlaps(netip.MustParsePrefix(other)) {
					return false
				}
			}
		}
		return true
	}
	require.NoError(t, quick.Check(holds, &quick.Config{MaxCount: 5000}))
}
