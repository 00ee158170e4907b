package cloudfront

import (
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/pulumitest"
)

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
	return &config.Settings{Names: config.Names{Project: "kong-llm-gateway", Stack: "poc"}, Region: "us-west-1", Edge: edge, WAF: config.WAF{RateLimit: 2000}}
}

// deploy runs the component under the recorder and gives its outputs, by name.
func deploy(t *testing.T, given *config.Settings) (*pulumitest.Recorder, map[string]string) {
	t.Helper()
	seen, outputs := &pulumitest.Recorder{}, map[string]string{}
	var mutex sync.Mutex
	err := seen.Run("poc", func(ctx *pulumi.Context) error {
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
			Names: given.Names, Account: pulumitest.Account, Settings: given.Edge, WAF: given.WAF, LogRetentionDays: given.LogRetentionDays,
			Protect:         given.Database.DeletionProtection,
			LoadBalancerArn: pulumi.String("arn:aws:elasticloadbalancing:us-west-1:123456789012:loadbalancer/app/x/1").ToStringOutput(),
			LoadBalancerDNS: pulumi.String("internal-x.us-west-1.elb.amazonaws.com").ToStringOutput(),
			OriginNeeds:     []pulumi.Resource{listener, gateway},
			UsEast1:         usEast1,
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
	})
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
func behaviours(distribution pulumitest.Resource) []map[string]any {
	var all []map[string]any
	if first, ok := distribution.Map()["defaultCacheBehavior"].(map[string]any); ok {
		all = append(all, first)
	}
	others, _ := distribution.Map()["orderedCacheBehaviors"].([]any)
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
	require.Len(t, seen.Of(distributionType), 2)
	for name, count := range map[string]int{"gateway": 3, "langfuse": 2} {
		all := behaviours(seen.One(t, distributionType, "edge-"+name))
		require.Len(t, all, count)
		for _, behaviour := range all {
			require.Equal(t, []any{map[string]any{"eventType": "viewer-request", "functionArn": "cloudfront.Function(edge-" + name + "-function).arn"}},
				behaviour["functionAssociations"])
			require.Equal(t, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", behaviour["cachePolicyId"], "CachingDisabled")
			require.Equal(t, "216adef6-5c7f-47e4-b989-5492eafa07d3", behaviour["originRequestPolicyId"], "AllViewer: the Host is forwarded")
			require.Equal(t, "cloudfront.ResponseHeadersPolicy(edge-headers).id", behaviour["responseHeadersPolicyId"])
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
		for _, behaviour := range behaviours(seen.One(t, distributionType, "edge-"+name)) {
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
		distribution := seen.One(t, distributionType, "edge-"+name)
		require.Equal(t, []any{map[string]any{
			"originId": "alb", "domainName": "internal-x.us-west-1.elb.amazonaws.com",
			"customHeaders":   []any{map[string]any{"name": "X-Gateway-Edge", "value": header}},
			"vpcOriginConfig": map[string]any{"vpcOriginId": "cloudfront.VpcOrigin(edge-origin).id", "originReadTimeout": 120.0, "originKeepaliveTimeout": 60.0},
		}}, distribution.Map()["origins"])
		require.Equal(t, "http2and3", distribution.Map()["httpVersion"])
		require.Equal(t, true, distribution.Map()["isIpv6Enabled"])
		require.Equal(t, "PriceClass_100", distribution.Map()["priceClass"])
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
	origins := seen.Of(originType)
	require.Len(t, origins, 1, "both distributions share it")
	origin := origins[0]
	require.Equal(t, []string{"vpcOriginEndpointConfig"}, origin.ReplaceOnChanges)
	endpoint, ok := origin.Map()["vpcOriginEndpointConfig"].(map[string]any)
	require.True(t, ok)
	require.Regexp(t, `^kong-llm-gateway-poc-alb-[0-9a-f]{8}$`, endpoint["name"],
		"the name changes with what it is made from, so that the new one can stand beside the old")
	require.Equal(t, 8080.0, endpoint["httpPort"])
	require.Equal(t, "http-only", endpoint["originProtocolPolicy"])
	require.Equal(t, map[string]any{"create": "30m", "update": "30m", "delete": "30m"}, origin.Map()["timeouts"])
	require.Contains(t, origin.DependsOn, "aws:ec2/internetGateway:InternetGateway igw", "a VPC origin needs an internet gateway")
	require.Contains(t, origin.DependsOn, "aws:ec2/eip:Eip listener")
}

func TestDistributionsRunTheFunctionsMadeFromTheTable(t *testing.T) {
	t.Parallel()
	given := settings(config.Edge{ConsoleCidrs: []string{"203.0.113.0/24"}})
	seen, _ := deploy(t, given)
	gateway, err := routes.GatewayFunction(PublicOptions(given.Edge, nil), routes.Table(PublicOptions(given.Edge, nil)), "https://d-edge-langfuse.cloudfront.net")
	require.NoError(t, err)
	langfuse, err := routes.LangfuseFunction(PublicOptions(given.Edge, nil))
	require.NoError(t, err)
	for name, code := range map[string]string{"gateway": gateway, "langfuse": langfuse} {
		function := seen.One(t, functionType, "edge-"+name+"-function")
		require.Equal(t, code, function.Map()["code"])
		require.Equal(t, "cloudfront-js-2.0", function.Map()["runtime"])
		require.Equal(t, true, function.Map()["publish"])
		require.Equal(t, "kong-llm-gateway-poc-"+name, function.Map()["name"])
	}
	require.Contains(t, gateway, `"console":[["4cb0071",4,0]]`)
}

func TestURLsAreCloudFrontsOwnWithoutCustomDomains(t *testing.T) {
	t.Parallel()
	seen, outputs := deploy(t, settings(config.Edge{}))
	require.Equal(t, map[string]string{
		"domain": "d-edge-gateway.cloudfront.net", "gateway": "https://d-edge-gateway.cloudfront.net",
		"grafana":  "https://d-edge-gateway.cloudfront.net/grafana/",
		"langfuse": "https://d-edge-langfuse.cloudfront.net", "gatewayID": "cloudfront.Distribution(edge-gateway).id", "langfuseID": "cloudfront.Distribution(edge-langfuse).id",
	}, outputs)
	require.Empty(t, seen.Of(recordType))
	require.Empty(t, seen.Of(aclType))
	for _, distribution := range seen.Of(distributionType) {
		require.Equal(t, map[string]any{"cloudfrontDefaultCertificate": true}, distribution.Map()["viewerCertificate"])
		require.Nil(t, distribution.Map()["aliases"])
		require.Nil(t, distribution.Map()["webAclId"])
	}
}

func TestCustomDomainsBringTheirCertificateAndRecords(t *testing.T) {
	t.Parallel()
	seen, outputs := deploy(t, settings(custom()))
	require.Equal(t, "d-edge-gateway.cloudfront.net", outputs["domain"], "the bare host stays CloudFront's")
	require.Equal(t, "https://llm.example.com", outputs["gateway"])
	require.Equal(t, "https://llm.example.com/grafana/", outputs["grafana"])
	require.Equal(t, "https://traces.example.com", outputs["langfuse"])
	for _, distribution := range seen.Of(distributionType) {
		require.Equal(t, map[string]any{
			"acmCertificateArn": custom().CertificateArn, "minimumProtocolVersion": "TLSv1.2_2021", "sslSupportMethod": "sni-only",
		}, distribution.Map()["viewerCertificate"])
		require.Len(t, distribution.Map()["aliases"], 1)
	}
	kinds := map[any]int{}
	for _, record := range seen.Of(recordType) {
		kinds[record.Map()["type"]]++
		require.Equal(t, "Z1", record.Map()["zoneId"])
	}
	require.Equal(t, map[any]int{"A": 2, "AAAA": 2}, kinds)
	code, ok := seen.One(t, functionType, "edge-gateway-function").Map()["code"].(string)
	require.True(t, ok)
	require.Contains(t, code, `"langfuse":"https://traces.example.com"`)
}

func TestSecurityHeadersLeaveTheConsolesTheirOwn(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	policy := seen.One(t, headersType, "edge-headers")
	require.Nil(t, policy.Map()["corsConfig"], "LiteLLM answers CORS itself")
	security, ok := policy.Map()["securityHeadersConfig"].(map[string]any)
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
	acl := seen.One(t, aclType, "edge-waf")
	require.Contains(t, acl.Provider, "us-east-1")
	require.Equal(t, "CLOUDFRONT", acl.Map()["scope"])
	rules, ok := acl.Map()["rules"].([]any)
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
	for _, distribution := range seen.Of(distributionType) {
		require.Equal(t, "wafv2.WebAcl(edge-waf).arn", distribution.Map()["webAclId"])
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	t.Parallel()
	given := settings(custom())
	given.WAF.Enabled = true
	seen, _ := deploy(t, given)
	for _, entry := range seen.Resources() {
		if strings.HasPrefix(entry.Type, "aws:") && !strings.HasPrefix(entry.Type, "aws:ec2") {
			require.Equal(t, TypeToken+" edge", entry.ParentKey(), entry.Key())
		}
	}
}

func TestWhatCannotWorkIsRefusedBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Args){
		"edge.apiCidrs": func(args *Args) { args.Settings.APICidrs = []string{"10.0.0.0"} },
		"too large": func(args *Args) {
			for i := range 600 {
				args.Settings.ConsoleCidrs = append(args.Settings.ConsoleCidrs, strings.Replace("2001:db8:X::/48", "X",
					string("0123456789abcdef"[i%16])+string("0123456789abcdef"[i/16%16])+string("123"[i/256]), 1))
			}
		},
		"provider for us-east-1": func(args *Args) { args.UsEast1 = nil },
	} {
		args := &Args{Settings: settings(config.Edge{}).Edge}
		change(args)
		seen := &pulumitest.Recorder{}
		err := seen.Run("poc", func(ctx *pulumi.Context) error {
			_, err := New(ctx, "edge", args)
			return err
		})
		require.Error(t, err, name)
		require.Empty(t, seen.Resources(), name)
	}
}

func TestEdgeRulesAreTheTablesRules(t *testing.T) {
	t.Parallel()
	edge := settings(config.Edge{}).Edge
	kinds := []routes.Kind{routes.Embedding}
	rules := EdgeRules(edge, kinds)
	for i, rule := range routes.Rules(routes.Table(PublicOptions(edge, kinds))) {
		require.Equal(t, rule, rules[i])
	}
	require.NotEmpty(t, rules)
}

// TestEveryRequestLeavesALineThatHoldsNoSecret: who called what is known for both distributions, and a line has neither query, header nor cookie.
func TestEveryRequestLeavesALineThatHoldsNoSecret(t *testing.T) {
	t.Parallel()
	seen, _ := deploy(t, settings(config.Edge{}))
	require.Len(t, seen.Of("aws:cloudwatch/logDeliverySource:LogDeliverySource"), 2)
	deliveries := seen.Of("aws:cloudwatch/logDelivery:LogDelivery")
	require.Len(t, deliveries, 2)
	for _, delivery := range deliveries {
		require.Contains(t, delivery.Provider, "us-east-1")
		require.Equal(t, []any{"date", "time", "c-ip", "cs-method", "cs-uri-stem", "sc-status", "sc-bytes", "x-edge-request-id"}, delivery.Map()["recordFields"])
		require.Contains(t, delivery.DependsOn, "aws:s3/bucketPolicy:BucketPolicy edge-access-logs")
	}
	require.Contains(t, seen.One(t, "aws:cloudwatch/logDelivery:LogDelivery", "edge-langfuse-access-logs").DependsOn,
		"aws:cloudwatch/logDelivery:LogDelivery edge-gateway-access-logs", "AWS refuses two at once")
}

func TestTheAccessLogsArePrivateAndForgotten(t *testing.T) {
	t.Parallel()
	given := settings(config.Edge{})
	given.LogRetentionDays = 30
	seen, _ := deploy(t, given)
	bucket := seen.One(t, "aws:s3/bucketV2:BucketV2", "edge-access-logs")
	require.Equal(t, true, bucket.Map()["forceDestroy"], "a destroy empties it")
	for _, way := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		require.Equal(t, true, seen.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "edge-access-logs").Map()[way], way)
	}
	policy := seen.One(t, "aws:s3/bucketPolicy:BucketPolicy", "edge-access-logs").Text(t, "policy")
	require.Contains(t, policy, `"aws:SourceArn":"arn:aws:logs:us-east-1:`+pulumitest.Account+`:delivery-source:*"`)
	require.Contains(t, policy, `"aws:SecureTransport":"false"`)
	rules, ok := seen.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "edge-access-logs").Map()["rules"].([]any)
	require.True(t, ok)
	require.Len(t, rules, 1)
	rule, ok := rules[0].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "Enabled", rule["status"])
	require.Equal(t, map[string]any{"days": 30.0}, rule["expiration"])
}
