module kong-llm-gateway

go 1.25.11

require (
	github.com/pulumi/pulumi-aws/sdk/v6 v6.83.2
	github.com/pulumi/pulumi-random/sdk/v4 v4.19.0
	github.com/pulumi/pulumi/sdk/v3 v3.250.0
	github.com/stretchr/testify v1.11.1
	gopkg.in/yaml.v3 v3.0.1
)
