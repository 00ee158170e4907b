package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnImagesRegistryIsReadFromItsHostName(t *testing.T) {
	t.Parallel()
	for image, arn := range map[string]string{
		"444455556666.dkr.ecr.us-east-1.amazonaws.com/mirror/grafana:12.4.10":        "arn:aws:ecr:us-east-1:444455556666:repository/mirror/grafana",
		"444455556666.dkr-ecr.eu-west-1.on.aws/mirror/grafana:12.4.10":               "arn:aws:ecr:eu-west-1:444455556666:repository/mirror/grafana",
		"444455556666.dkr.ecr-fips.us-east-2.amazonaws.com/litellm@sha256:00ff":      "arn:aws:ecr:us-east-2:444455556666:repository/litellm",
		"444455556666.dkr.ecr.cn-north-1.amazonaws.com.cn/litellm:1@sha256:00ff":     "arn:aws-cn:ecr:cn-north-1:444455556666:repository/litellm",
		"444455556666.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/litellm:1":      "arn:aws-cn:ecr:cn-north-1:444455556666:repository/litellm",
		"444455556666.dkr.ecr.us-gov-west-1.amazonaws.com/litellm:1":                 "arn:aws-us-gov:ecr:us-gov-west-1:444455556666:repository/litellm",
		"444455556666.dkr.ecr.us-east-1.amazonaws.com/mirror/litellm:V1@sha256:00ff": "arn:aws:ecr:us-east-1:444455556666:repository/mirror/litellm",
		"ghcr.io/berriai/litellm-non_root:1.102.4":                                   "",
		"public.ecr.aws/docker/library/postgres:17.6-alpine":                         "",
		"docker.io/grafana/grafana:12.4.10":                                          "",
		"registry.example.com/444455556666.dkr.ecr.us-east-1.amazonaws.com/mirror:1": "",
		"444455556666.dkr.ecr.us-east-1.amazonaws.com.example.com/mirror:1":          "",
	} {
		got, found := InECR(image)
		require.Equal(t, arn != "", found, image)
		if found {
			require.Equal(t, arn, got.RepositoryArn(), image)
		}
	}
}

func TestOnlyTheStacksOwnRepositoryHasTheDashboardsInside(t *testing.T) {
	t.Parallel()
	for image, baked := range map[string]bool{
		"111122223333.dkr.ecr.us-west-1.amazonaws.com/grafana-llm-gateway:0a1b":           true,
		"111122223333.dkr-ecr.us-west-1.on.aws/grafana-llm-gateway:0a1b":                  true,
		"111122223333.dkr.ecr.us-west-1.amazonaws.com/grafana-llm-gateway:0a@sha256:00ff": true,
		"111122223333.dkr.ecr.us-west-1.amazonaws.com/docker-hub/grafana/grafana:12.4.10": false,
		"111122223333.dkr.ecr.us-west-1.amazonaws.com/grafana-llm-gateway-dev:0a1b":       false,
		"docker.io/grafana/grafana:12.4.10":                                               false,
	} {
		settings := Defaults()
		settings.Stack, settings.Grafana.Image = "poc", image
		require.Equal(t, baked, settings.Baked(settings.Grafana.Image), image)
	}
	dev := Defaults()
	dev.Stack, dev.Grafana.Image = "dev", "111122223333.dkr.ecr.us-west-1.amazonaws.com/grafana-llm-gateway-dev:0a1b"
	require.True(t, dev.Baked(dev.Grafana.Image))
}
