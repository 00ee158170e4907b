package cloudfront

import (
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/network"
)

// registered is one resource as the program gave it to the engine.
type registered struct {
	kind, name, provider string
	inputs               map[string]any
	dependencies         []string
	replaceOnChanges     []string
	parent               string
}

// recorder plays the engine's part and keeps what it was given.
type recorder struct {
	mutex     sync.Mutex
	resources []registered
}

func (r *recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	entry := registered{kind: args.TypeToken, name: args.Name, provider: args.Provider, inputs: args.Inputs.Mappable()}
	if rpc := args.RegisterRPC; rpc != nil {
		entry.dependencies, entry.replaceOnChanges, entry.parent = rpc.GetDependencies(), rpc.GetReplaceOnChanges(), rpc.GetParent()
	}
	r.resources = append(r.resources, entry)
	outputs := args.Inputs.Copy()
	outputs["arn"] = resource.NewStringProperty("arn:aws:test:::" + args.Name)
	if args.TypeToken == "aws:cloudfront/distribution:Distribution" {
		outputs["domainName"] = resource.NewStringProperty("d-" + args.Name + ".cloudfront.net")
		outputs["hostedZoneId"] = resource.NewStringProperty("Z2FDTNDATAQYW2")
	}
	return args.Name + "-id", outputs, nil
}

func (r *recorder) of(kind string) []registered {
	var found []registered
	for _, entry := range r.resources {
		if entry.kind == kind {
			found = append(found, entry)
		}
	}
	return found
}

// one is the resource of a kind with a name.
func (r *recorder) one(t *testing.T, kind, name string) registered {
	t.Helper()
	for _, entry := range r.of(kind) {
		if entry.name == name {
			return entry
		}
	}
	require.Failf(t, "not registered", "%s %s", kind, name)
	return registered{}
}

// Types of what the edge registers.
const (
	distributionType = "aws:cloudfront/distribution:Distribution"
	functionType     = "aws:cloudfront/function:Function"
	originType       = "aws:cloudfront/vpcOrigin:VpcOrigin"
	headersType      = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
	aclType          = "aws:wafv2/webAcl:WebAcl"
	recordType       = "aws:route53/record:Record"
)

func settings(edge config.Edge) *config.Settings {
	if edge.PriceClass == "" {
		edge.PriceClass = "PriceClass_100"
	}
	edge.PublicMetrics = true
	return &config.Settings{Project: "kong-llm-gateway", Stack: "poc", Region: "us-west-1", Edge: edge, WAF: config.WAF{RateLimit: 2000}}
}

// deploy runs the component under the recorder and gives its outputs, by name.
func deploy(t *testing.T, given *config.Settings) (*recorder, map[string]string) {
	t.Helper()
	seen, outputs := &recorder{}, map[string]string{}
	var mutex sync.Mutex
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		gateway, err := ec2.NewInternetGateway(ctx, "igw", nil)
		if err != nil {
			return err
		}
		listener, err := ec2.NewEip(ctx, "listener", nil) // stands for a listener
		if err != nil {
			return err
		}
		usEast1, err := aws.NewProvider(ctx, "us-east-1", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		edge, err := New(ctx, "edge", &Args{
			Settings: given,
			Vpc:      &network.Network{Gateway: []pulumi.Resource{gateway}},
			Cluster: &ecs.Cluster{
				LoadBalancerArn: pulumi.String("arn:aws:elasticloadbalancing:us-west-1:123456789012:loadbalancer/app/x/1").ToStringOutput(),
				LoadBalancerDNS: pulumi.String("internal-x.us-west-1.elb.amazonaws.com").ToStringOutput(),
				EdgeListener:    listener,
			},
			UsEast1: usEast1,
		})
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.StringOutput{
			"domain": edge.GatewayDomain, "gateway": edge.GatewayURL, "grafana": edge.GrafanaURL, "langfuse": edge.LangfuseURL,
			"gatewayID": edge.GatewayDistributionID, "langfuseID": edge.LangfuseDistributionID,
		} {
			// Exported, so that the run waits for it.
			ctx.Export(name, output.ApplyT(func(value string) string {
				mutex.Lock()
				defer mutex.Unlock()
				outputs[name] = value
				return value
			}))
		}
		return nil
	}, pulumi.WithMocks("kong-llm-gateway", "poc", seen))
	require.NoError(t, err)
	mutex.Lock()
	defer mutex.Unlock()
	require.Len(t, outputs, 6)
	return seen, outputs
}

func custom() config.Edge {
	return config.Edge{
		CertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1", DomainName: "llm.example.com",
		LangfuseDomainName: "traces.example.com", HostedZoneID: "Z1",
	}
}

// behaviours are all of a distribution's, the default one first.
func behaviours(distribution registered) []map[string]any {
	var all []map[string]any
	if first, ok := distribution.inputs["defaultCacheBehavior"].(map[string]any); ok {
		all = append(all, first)
	}
	others, _ := distribution.inputs["orderedCacheBehaviors"].([]any)
	for _, other := range others {
		if behaviour, ok := other.(map[string]any); ok {
			all = append(all, behaviour)
		}
	}
	return all
}

func TestEveryBehaviourCarriesItsDistributionsFunctionAndPolicies(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	require.Len(t, seen.of(distributionType), 2)
	for name, count := range map[string]int{"gateway": 3, "langfuse": 2} {
		all := behaviours(seen.one(t, distributionType, "edge-"+name))
		require.Len(t, all, count)
		for _, behaviour := range all {
			require.Equal(t, []any{map[string]any{"eventType": "viewer-request", "functionArn": "arn:aws:test:::edge-" + name + "-function"}},
				behaviour["functionAssociations"])
			require.Equal(t, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", behaviour["cachePolicyId"], "CachingDisabled")
			require.Equal(t, "216adef6-5c7f-47e4-b989-5492eafa07d3", behaviour["originRequestPolicyId"], "AllViewer: the Host is forwarded")
			require.Equal(t, "edge-headers-id", behaviour["responseHeadersPolicyId"])
			require.Len(t, behaviour["allowedMethods"], 7)
			require.Equal(t, "alb", behaviour["targetOriginId"])
		}
	}
}

func TestKeysAreNeverTakenInClearText(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	for name, want := range map[string]map[any]string{
		"gateway":  {nil: "https-only", "/grafana*": "redirect-to-https", "/langfuse*": "redirect-to-https"},
		"langfuse": {nil: "redirect-to-https", "/api/*": "https-only"},
	} {
		got := map[any]string{}
		for _, behaviour := range behaviours(seen.one(t, distributionType, "edge-"+name)) {
			policy, ok := behaviour["viewerProtocolPolicy"].(string)
			require.True(t, ok)
			got[behaviour["pathPattern"]] = policy
		}
		require.Equal(t, want, got, name)
	}
}

func TestEachDistributionTellsTheLoadBalancerWhichItIs(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	for name, header := range map[string]string{"gateway": "gateway", "langfuse": "langfuse"} {
		distribution := seen.one(t, distributionType, "edge-"+name)
		require.Equal(t, []any{map[string]any{
			"originId": "alb", "domainName": "internal-x.us-west-1.elb.amazonaws.com",
			"customHeaders":   []any{map[string]any{"name": "X-Gateway-Edge", "value": header}},
			"vpcOriginConfig": map[string]any{"vpcOriginId": "edge-origin-id", "originReadTimeout": 120.0, "originKeepaliveTimeout": 60.0},
		}}, distribution.inputs["origins"])
		require.Equal(t, "http2and3", distribution.inputs["httpVersion"])
		require.Equal(t, true, distribution.inputs["isIpv6Enabled"])
		require.Equal(t, "PriceClass_100", distribution.inputs["priceClass"])
	}
}

func TestTimeoutsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	require.Less(t, config.RequestTimeoutSeconds, config.EdgeReadTimeoutSeconds)
	require.Less(t, config.EdgeReadTimeoutSeconds, config.LoadBalancerIdleSeconds)
	require.Less(t, config.LoadBalancerIdleSeconds, config.TargetKeepAliveSeconds)
	require.Less(t, originKeepAliveSeconds, config.LoadBalancerIdleSeconds,
		"CloudFront lets an idle connection go before the load balancer does")
}

func TestVpcOriginIsReplacedAndNeverChanged(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	origins := seen.of(originType)
	require.Len(t, origins, 1, "both distributions share it")
	origin := origins[0]
	require.Equal(t, []string{"vpcOriginEndpointConfig"}, origin.replaceOnChanges)
	endpoint, ok := origin.inputs["vpcOriginEndpointConfig"].(map[string]any)
	require.True(t, ok)
	require.Regexp(t, `^kong-llm-gateway-poc-alb-[0-9a-f]{8}$`, endpoint["name"],
		"the name changes with what it is made from, so that the new one can stand beside the old")
	require.Equal(t, 8080.0, endpoint["httpPort"])
	require.Equal(t, "http-only", endpoint["originProtocolPolicy"])
	require.Equal(t, map[string]any{"create": "30m", "update": "30m", "delete": "30m"}, origin.inputs["timeouts"])
	joined := strings.Join(origin.dependencies, " ")
	require.Contains(t, joined, "::igw", "a VPC origin needs an internet gateway")
	require.Contains(t, joined, "::listener")
}

func TestDistributionsRunTheFunctionsMadeFromTheTable(t *testing.T) {
	t.Parallel()
	given := settings(config.Edge{ConsoleCidrs: []string{"203.0.113.0/24"}})
	seen, _ := deploy(t, given)
	gateway, err := routes.GatewayFunction(options(given.Edge), routes.Table(options(given.Edge)), "https://d-edge-langfuse.cloudfront.net")
	require.NoError(t, err)
	langfuse, err := routes.LangfuseFunction(options(given.Edge))
	require.NoError(t, err)
	for name, code := range map[string]string{"gateway": gateway, "langfuse": langfuse} {
		function := seen.one(t, functionType, "edge-"+name+"-function")
		require.Equal(t, code, function.inputs["code"])
		require.Equal(t, "cloudfront-js-2.0", function.inputs["runtime"])
		require.Equal(t, true, function.inputs["publish"])
		require.Equal(t, "kong-llm-gateway-poc-"+name, function.inputs["name"])
	}
	require.Contains(t, gateway, `"console":[["4cb0071",4,0]]`)
}

func TestURLsAreCloudFrontsOwnWithoutCustomDomains(t *testing.T) {
	t.Parallel()
	seen, outputs := deploy(t, settings(config.Edge{}))
	require.Equal(t, map[string]string{
		"domain": "d-edge-gateway.cloudfront.net", "gateway": "https://d-edge-gateway.cloudfront.net",
		"grafana":  "https://d-edge-gateway.cloudfront.net/grafana/",
		"langfuse": "https://d-edge-langfuse.cloudfront.net", "gatewayID": "edge-gateway-id", "langfuseID": "edge-langfuse-id",
	}, outputs)
	require.Empty(t, seen.of(recordType))
	require.Empty(t, seen.of(aclType))
	for _, distribution := range seen.of(distributionType) {
		require.Equal(t, map[string]any{"cloudfrontDefaultCertificate": true}, distribution.inputs["viewerCertificate"])
		require.Nil(t, distribution.inputs["aliases"])
		require.Nil(t, distribution.inputs["webAclId"])
	}
}

func TestCustomDomainsBringTheirCertificateAndRecords(t *testing.T) {
	t.Parallel()
	seen, outputs := deploy(t, settings(custom()))
	require.Equal(t, "d-edge-gateway.cloudfront.net", outputs["domain"], "the bare host stays CloudFront's")
	require.Equal(t, "https://llm.example.com", outputs["gateway"])
	require.Equal(t, "https://llm.example.com/grafana/", outputs["grafana"])
	require.Equal(t, "https://traces.example.com", outputs["langfuse"])
	for _, distribution := range seen.of(distributionType) {
		require.Equal(t, map[string]any{
			"acmCertificateArn": custom().CertificateArn, "minimumProtocolVersion": "TLSv1.2_2021", "sslSupportMethod": "sni-only",
		}, distribution.inputs["viewerCertificate"])
		require.Len(t, distribution.inputs["aliases"], 1)
	}
	kinds := map[any]int{}
	for _, record := range seen.of(recordType) {
		kinds[record.inputs["type"]]++
		require.Equal(t, "Z1", record.inputs["zoneId"])
	}
	require.Equal(t, map[any]int{"A": 2, "AAAA": 2}, kinds)
	code, ok := seen.one(t, functionType, "edge-gateway-function").inputs["code"].(string)
	require.True(t, ok)
	require.Contains(t, code, `"langfuse":"https://traces.example.com"`)
}

func TestSecurityHeadersLeaveTheConsolesTheirOwn(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	policy := seen.one(t, headersType, "edge-headers")
	require.Nil(t, policy.inputs["corsConfig"], "LiteLLM answers CORS itself")
	security, ok := policy.inputs["securityHeadersConfig"].(map[string]any)
	require.True(t, ok)
	require.NotContains(t, security, "contentSecurityPolicy", "Grafana and Langfuse set theirs")
	require.Equal(t, map[string]any{"frameOption": "SAMEORIGIN", "override": false}, security["frameOptions"])
	require.Equal(t, map[string]any{"accessControlMaxAgeSec": 31536000.0, "override": true}, security["strictTransportSecurity"])
	require.Equal(t, map[string]any{"override": true}, security["contentTypeOptions"])
}

func TestWebACLBlocksByRateAndOnlyCountsOtherwise(t *testing.T) {
	t.Parallel()
	given := settings(config.Edge{})
	given.WAF.Enabled = true
	seen, _ := deploy(t, given)
	acl := seen.one(t, aclType, "edge-waf")
	require.Contains(t, acl.provider, "us-east-1")
	require.Equal(t, "CLOUDFRONT", acl.inputs["scope"])
	rules, ok := acl.inputs["rules"].([]any)
	require.True(t, ok)
	for i, rule := range rules {
		fields, ok := rule.(map[string]any)
		require.True(t, ok)
		if i == 0 {
			require.Contains(t, fields["action"], "block")
			continue
		}
		require.Contains(t, fields["overrideAction"], "count")
		require.NotContains(t, fields, "action")
	}
	for _, distribution := range seen.of(distributionType) {
		require.Equal(t, "arn:aws:test:::edge-waf", distribution.inputs["webAclId"])
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	t.Parallel()
	given := settings(custom())
	given.WAF.Enabled = true
	seen, _ := deploy(t, given)
	for _, entry := range seen.resources {
		if strings.HasPrefix(entry.kind, "aws:") && !strings.HasPrefix(entry.kind, "aws:ec2") {
			require.True(t, strings.HasSuffix(entry.parent, "llmgateway:cloudfront:Edge::edge"), "%s %s", entry.kind, entry.name)
		}
	}
}

func TestWhatCannotWorkIsRefusedBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Args){
		"edge.apiCidrs": func(args *Args) { args.Settings.Edge.APICidrs = []string{"10.0.0.0"} },
		"too large": func(args *Args) {
			for i := range 600 {
				args.Settings.Edge.ConsoleCidrs = append(args.Settings.Edge.ConsoleCidrs, strings.Replace("2001:db8:X::/48", "X",
					string("0123456789abcdef"[i%16])+string("0123456789abcdef"[i/16%16])+string("123"[i/256]), 1))
			}
		},
		"provider for us-east-1": func(args *Args) { args.Settings.WAF.Enabled = true },
	} {
		args := &Args{Settings: settings(config.Edge{})}
		change(args)
		seen := &recorder{}
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			_, err := New(ctx, "edge", args)
			return err
		}, pulumi.WithMocks("kong-llm-gateway", "poc", seen))
		require.Error(t, err, name)
		require.Empty(t, seen.resources, name)
	}
}

func TestEdgeRulesAreTheTablesRules(t *testing.T) {
	t.Parallel()
	edge := settings(config.Edge{}).Edge
	rules := EdgeRules(edge)
	for i, rule := range routes.Rules(routes.Table(options(edge))) {
		require.Equal(t, ecs.EdgeRule{Priority: rule.Priority, Header: rule.Header, Paths: rule.Paths, Service: string(rule.Service)}, rules[i])
	}
	require.NotEmpty(t, rules)
}
