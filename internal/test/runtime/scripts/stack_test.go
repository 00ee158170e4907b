//go:build runtime

package scripts_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets this test binary also be the forwarder that the fake Session Manager session starts.
func TestMain(m *testing.M) {
	if to := os.Getenv("FORWARD_TO"); to != "" {
		fmt.Fprintln(os.Stderr, forward(os.Getenv("FORWARD_FROM"), to))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// forward carries bytes between every connection to one address and another address; it returns only on an error.
func forward(from, to string) error {
	listener, err := net.Listen("tcp", from)
	if err != nil {
		return err
	}
	for {
		near, err := listener.Accept()
		if err != nil {
			return err
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			return err
		}
		copyHalf := func(destination, source net.Conn) {
			_, _ = io.Copy(destination, source)
			_ = destination.Close()
		}
		go copyHalf(near, far)
		go copyHalf(far, near)
	}
}

// stack makes fakes of pulumi, aws and the session manager plugin for a deployed stack with the given outputs; aws logs its calls.
func stack(t *testing.T, outputs map[string]any) (directory, awsLog string) {
	t.Helper()
	directory = t.TempDir()
	awsLog = filepath.Join(directory, "aws.log")
	text, err := json.Marshal(outputs)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(directory, "outputs.json"), text, 0o600))
	fake(t, directory, "pulumi", `cat "$(dirname "$0")/outputs.json"`+"\n")
	fake(t, directory, "session-manager-plugin", "exit 0\n")
	fake(t, directory, "aws", `
printf '%s\n' "$*" >>"$(dirname "$0")/aws.log"
state=$(dirname "$0")
case "$1 $2" in
  "secretsmanager get-secret-value") printf '%s\n' "$FAKE_SECRET" ;;
  "ecs list-tasks") echo arn:aws:ecs:us-west-1:123456789012:task/kong-llm-gateway-poc/abc123 ;;
  "ecs describe-tasks") echo '{"tasks": [{"taskArn": "arn:aws:ecs:us-west-1:123456789012:task/kong-llm-gateway-poc/abc123",
    "containers": [{"name": "init", "runtimeId": "abc123-1"}, {"name": "litellm", "runtimeId": "abc123-2"}]}]}' ;;
  "ssm start-session")
    while [ "$1" != --parameters ]; do shift; done
    FORWARD_FROM=127.0.0.1:$(jq -r '.localPortNumber[0]' <<<"$2") exec "$FORWARDER" ;;
  "bedrock get-foundation-model-availability")
    while [ "$1" != --model-id ]; do shift; done
    if [ -f "$state/agreed-$2" ]; then status=AVAILABLE; else status=NOT_AVAILABLE; fi
    echo '{"authorizationStatus": "AUTHORIZED", "agreementAvailability": {"status": "'"$status"'"}}' ;;
  "bedrock get-inference-profile")
    while [ "$1" != --inference-profile-identifier ]; do shift; done
    case $2 in *claude-gone*) echo "An error occurred (ResourceNotFoundException) when calling the GetInferenceProfile operation" >&2; exit 254 ;; esac
    echo '{"status": "ACTIVE", "models": [{"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/m"}]}' ;;
  "bedrock get-foundation-model")
    while [ "$1" != --model-identifier ]; do shift; done
    case $2 in *haiku*) echo '{"modelDetails": {"modelLifecycle": {"status": "LEGACY", "endOfLifeTime": "2027-03-01T00:00:00Z"}}}' ;;
      *) echo '{"modelDetails": {"modelLifecycle": {"status": "ACTIVE"}}}' ;; esac ;;
  "bedrock get-use-case-for-model-access") [ -f "$state/form.json" ] ;;
  "bedrock put-use-case-for-model-access")
    while [ "$1" != --form-data ]; do shift; done
    cp "${2#fileb://}" "$state/form.json" ;;
  "bedrock list-foundation-model-agreement-offers") echo '{"offers": [{"offerToken": "offer-1"}]}' ;;
  "bedrock create-foundation-model-agreement")
    while [ "$1" != --model-id ]; do shift; done
    touch "$state/agreed-$2" ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`)
	return directory, awsLog
}

func TestGatewayAndKeyAreFoundThroughTheStack(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	fakes, log := stack(t, map[string]any{
		"alb_dns_name": strings.TrimPrefix(g.URL, "http://"), "region": "us-west-1", "master_key_secret": "litellm-poc/master-key",
	})
	got := run(t, fakes, []string{"FAKE_SECRET=" + masterKey}, "litellm-users.sh", "health")
	require.Zero(t, got.code, got.stderr)
	calls, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Contains(t, string(calls), "--region us-west-1 --secret-id litellm-poc/master-key")
}

func TestTunnelOpensAndIsClosedAfterwards(t *testing.T) {
	t.Parallel()
	executable, err := os.Executable()
	require.NoError(t, err)
	for name, test := range map[string]struct{ target, session string }{
		"through the NAT instance": {"i-0123456789abcdef0", "--target i-0123456789abcdef0"},
		"through a running task":   {"ecs", "--target ecs:kong-llm-gateway-poc_abc123_abc123-2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := newTunnelledGateway(t)
			fakes, log := stack(t, map[string]any{
				"alb_dns_name": "internal-kong.us-west-1.elb.amazonaws.com", "region": "us-west-1", "ecs_cluster_name": "kong-llm-gateway-poc", "tunnel_target": test.target,
			})
			free, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			port := free.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener has a TCP address
			require.NoError(t, free.Close())
			got := run(t, fakes, []string{
				"LITELLM_MASTER_KEY=" + masterKey, "FORWARDER=" + executable,
				"FORWARD_TO=" + strings.TrimPrefix(gateway.URL, "http://"), fmt.Sprintf("TUNNEL_PORT=%d", port),
			}, "litellm-users.sh", "--tunnel", "models")
			require.Zero(t, got.code, got.stderr)
			require.Contains(t, got.stdout, "claude-haiku-4-5")
			calls, err := os.ReadFile(log)
			require.NoError(t, err)
			require.Contains(t, string(calls), test.session)
			require.Contains(t, string(calls), `{"host":["internal-kong.us-west-1.elb.amazonaws.com"],"portNumber":["80"]`)
			_, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			require.Error(t, err, "the tunnel is closed")
		})
	}
}

// newTunnelledGateway answers the tunnel's first look as well, which carries no key.
func newTunnelledGateway(t *testing.T) *httptest.Server {
	t.Helper()
	inner := newGateway(t, map[string]answer{"GET /v1/models": {http.StatusOK, `{"data": [{"id": "claude-haiku-4-5"}]}`}})
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health/liveliness" {
			_, _ = io.WriteString(w, `"I'm alive!"`)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(outer.Close)
	return outer
}

func TestTunnelWithoutAWaySaysWhatToSet(t *testing.T) {
	t.Parallel()
	fakes, _ := stack(t, map[string]any{"alb_dns_name": "internal-kong", "region": "us-west-1", "tunnel_target": ""})
	got := run(t, fakes, []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", "--tunnel", "models")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "tunnel.instanceId")
}

func TestEnableModelsSubscribesOnceAndThenFindsNothingToDo(t *testing.T) {
	t.Parallel()
	fakes, _ := stack(t, map[string]any{"bedrock_models": []map[string]string{
		{"model": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "region": "us-west-1"},
		{"model": "us.anthropic.claude-opus-5", "region": "us-west-1"},
	}})
	check := run(t, fakes, nil, "enable-models.sh", "--check")
	require.Equal(t, 1, check.code)
	require.Contains(t, check.stderr, "2 of 2 models cannot be called")
	require.Regexp(t, `us.anthropic.claude-opus-5 +us-west-1 +ACTIVE +ACTIVE +NOT_AVAILABLE`, check.stdout)
	require.Regexp(t, `us.anthropic.claude-haiku-4-5-20251001-v1:0 +us-west-1 +ACTIVE +LEGACY until 2027-03-01 +NOT_AVAILABLE`, check.stdout)
	require.Contains(t, check.stderr, "closes LEGACY models")

	form := filepath.Join(t.TempDir(), "form.json")
	require.NoError(t, os.WriteFile(form, []byte(`{"companyName": "A", "companyWebsite": "https://a.example", "intendedUsers": "0",
		"industryOption": "Education", "otherIndustryOption": "", "useCases": "code"}`), 0o600))
	enable := run(t, fakes, []string{"POLL_SECONDS=0"}, "enable-models.sh", "--accept", "--form", form)
	require.Zero(t, enable.code, enable.stderr)
	require.Contains(t, enable.stdout, "anthropic.claude-haiku-4-5-20251001-v1:0")
	require.FileExists(t, filepath.Join(fakes, "form.json"))

	again := run(t, fakes, nil, "enable-models.sh", "--check")
	require.Zero(t, again.code, again.stderr)
}

// TestEnableModelsAsksForTheProfileItself: a model may be enabled and its profile be missing in the region in which it is called.
func TestEnableModelsAsksForTheProfileItself(t *testing.T) {
	t.Parallel()
	fakes, log := stack(t, map[string]any{"bedrock_models": []map[string]string{{"model": "eu.anthropic.claude-gone", "region": "eu-west-2"}}})
	require.NoError(t, os.WriteFile(filepath.Join(fakes, "agreed-anthropic.claude-gone"), nil, 0o600))
	got := run(t, fakes, nil, "enable-models.sh", "--check")
	require.Equal(t, 1, got.code, got.stdout)
	require.Regexp(t, `eu.anthropic.claude-gone +eu-west-2 +MISSING`, got.stdout)
	calls, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Contains(t, string(calls), "get-inference-profile --region eu-west-2 --inference-profile-identifier eu.anthropic.claude-gone")
}

// TestEnableModelsWorksBeforeTheFirstDeploy takes the models of the stack file where there is no stack.
func TestEnableModelsWorksBeforeTheFirstDeploy(t *testing.T) {
	t.Parallel()
	fakes, _ := stack(t, nil)
	fake(t, fakes, "pulumi", "echo 'error: no stack selected' >&2\nexit 255\n")
	fake(t, fakes, "go", `[ "$*" = "run ./internal/doctor Pulumi.dev.yaml" ] && echo '{"models": [{"id": "us.anthropic.claude-opus-5", "region": "us-west-2"}]}'`+"\n")
	got := run(t, fakes, nil, "enable-models.sh", "--check", "--stack", "dev")
	require.Equal(t, 1, got.code, got.stderr)
	require.Regexp(t, `us.anthropic.claude-opus-5 +us-west-2 +ACTIVE +ACTIVE +NOT_AVAILABLE`, got.stdout)
}

func TestEnableModelsRefusesAnIncompleteForm(t *testing.T) {
	t.Parallel()
	fakes, _ := stack(t, map[string]any{"bedrock_models": []map[string]string{{"model": "anthropic.x", "region": "us-west-1"}}})
	form := filepath.Join(t.TempDir(), "form.json")
	require.NoError(t, os.WriteFile(form, []byte(`{"companyName": "A"}`), 0o600))
	got := run(t, fakes, nil, "enable-models.sh", "--accept", "--form", form)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "companyWebsite")
	require.NoFileExists(t, filepath.Join(fakes, "form.json"))
}
