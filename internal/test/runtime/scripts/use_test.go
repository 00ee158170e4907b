//go:build runtime

package scripts_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
)

// scripts are what operators and users call.
var scripts = []string{"connect.sh", "demo.sh", "doctor.sh", "enable-models.sh", "grafana-image.sh", "image-digests.sh", "litellm-users.sh", "smoke-test.sh"}

// only makes a directory that has these programs of the machine and no others, for a PATH.
func only(t *testing.T, programs ...string) string {
	t.Helper()
	directory := t.TempDir()
	for _, name := range programs {
		program, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(program, filepath.Join(directory, name)))
	}
	return directory
}

// posix are programs that each system has.
var posix = []string{"bash", "awk", "cat", "cut", "dirname", "grep", "head", "mktemp", "rm", "sed", "tr", "sleep"}

// TestHelpNeedsNothing: neither a program that is not part of the system, nor a network, a stack, a key or a terminal.
func TestHelpNeedsNothing(t *testing.T) {
	t.Parallel()
	path := []string{"PATH=" + only(t, posix...)}
	for _, script := range scripts {
		for _, option := range []string{"--help", "-h"} {
			got := run(t, "", path, script, option)
			require.Zero(t, got.code, "%s: %s", script, got.stderr)
			require.Regexp(t, `^Usage: (scripts/)?`+regexp.QuoteMeta(script), got.stdout)
			require.Empty(t, got.stderr)
		}
	}
	all := run(t, "", path, "litellm-users.sh", "--help").stdout
	commands := regexp.MustCompile(`(?m)^  ([a-z]+(?:-[a-z]+)?) +[A-Z]`).FindAllStringSubmatch(all, -1)
	require.Greater(t, len(commands), 20)
	for _, command := range commands {
		help := run(t, "", path, "litellm-users.sh", "--tunnel", command[1], "--email", "x", "--help")
		require.Zero(t, help.code, help.stderr)
		require.Contains(t, help.stdout, "Example:\n  scripts/litellm-users.sh "+command[1])
	}
}

func TestBadUseIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	const user = "create-user --email a@example.com "
	for args, message := range map[string]string{
		"":                                                        "Usage:",
		"remove-user":                                             "unknown command 'remove-user'",
		"list-users now":                                          "unexpected argument 'now'",
		"--email a@b list-users":                                  "'--email' stands before the command",
		user + "--duration 1d":                                    "'--duration' is not an option of create-user",
		"create-user --email":                                     "--email needs a value",
		"create-user --budget 1":                                  "create-user needs --email",
		"onboard --budget 1":                                      "onboard needs --email",
		"create-user --email ada":                                 "--email = 'ada': allowed is an e-mail address",
		`create-user --email a\b@example.com`:                     "allowed is an e-mail address",
		"create-user --email a@b@example.com":                     "allowed is an e-mail address",
		user + "--user-id a,b":                                    "--user-id = 'a,b': allowed is a name without commas, backslashes",
		user + `--user-id a\b`:                                    "allowed is a name",
		user + "--budget lots":                                    "--budget = 'lots': allowed is a number of USD of 0 or more",
		user + "--budget -1":                                      "--budget = '-1'",
		user + "--budget 1 --budget 2":                            "--budget is given twice",
		user + "--budget 007":                                     "--budget = '007'",
		user + "--budget 1e3":                                     "--budget = '1e3'",
		user + "--rpm 0":                                          "--rpm = '0': allowed is a whole number of 1 or more, or none",
		user + "--tpm 1.5":                                        "--tpm = '1.5'",
		user + "--role boss":                                      "--role = 'boss': allowed is proxy_admin",
		user + "--models ,":                                       "--models = ',': allowed is models separated by commas, all or none",
		user + "--key-alias k":                                    "--key-alias names the key of --with-key",
		user + "--budget-duration 2mo":                            "--budget-duration = '2mo': allowed is daily, weekly, monthly",
		user + "--budget-duration 12mo":                           "--budget-duration = '12mo'",
		user + "--budget-duration yearly":                         "--budget-duration = 'yearly'",
		user + "--budget-duration 0d":                             "--budget-duration = '0d'",
		user + "--budget-duration 48h":                            "--budget-duration = '48h'",
		user + "--budget-duration 90m":                            "--budget-duration = '90m'",
		user + "--budget-duration 10000d":                         "--budget-duration = '10000d'",
		"create-key --alias a --duration 1y":                      "--duration = '1y'",
		"create-key --alias a --duration 99999d":                  "--duration = '99999d'",
		"create-key":                                              "create-key needs --alias",
		"create-key --alias a --email a@b --user-id c":            "name the user by --email or by --user-id, not by both",
		"create-team":                                             "create-team needs --team",
		"add-member --team a":                                     "add-member needs --email or --user-id",
		"add-member --email a@example.com":                        "add-member needs --team",
		"update-user --email a@example.com":                       "nothing to change",
		"update-team --team a":                                    "nothing to change",
		"update-key --alias a":                                    "nothing to change",
		"update-key --alias a --key-id b --rpm 1":                 "name the key by --alias or by --key-id, not by both",
		"get-user":                                                "get-user needs --email or --user-id",
		"block-key --key-id sk-123":                               "visible in the process list",
		"block-key":                                               "block-key needs --alias or --key-id",
		"set-budget --email a@example.com":                        "set-budget needs --budget",
		"set-budget --budget 3":                                   "set-budget needs --email, --user-id, --alias, --key-id or --team",
		"set-budget --budget 3 --alias a --team b":                "sets one budget",
		"delete-key --key-id hash-1":                              "without a terminal give --yes",
		"delete-user --user-id a":                                 "without a terminal give --yes",
		"erase-user --user-id a":                                  "without a terminal give --yes",
		"delete-team --team a":                                    "without a terminal give --yes",
		"remove-member --team a --user-id b":                      "without a terminal give --yes",
		"spend --since yesterday":                                 "--since = 'yesterday': allowed is a day as YYYY-MM-DD",
		"spend --until 2026-13-01":                                "--until = '2026-13-01'",
		"spend --since 2026-02-01 --until 2026-01-01":             "--since 2026-02-01 is after --until 2026-01-01",
		"spend --by colour":                                       "--by = 'colour': allowed is user, key, team or model",
		"onboard --email a@example.com --gateway-url example.com": "--gateway-url = 'example.com'",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, nil)
			got := run(t, "", []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", append([]string{"--url", g.URL}, strings.Fields(args)...)...)
			require.Equal(t, 2, got.code, got.stderr)
			require.Contains(t, got.stderr, message)
			require.Empty(t, g.seen(), "nothing was sent")
		})
	}
	for name, value := range map[string]string{"a line more": "50\n60", "nothing": "", "a blank": " 5"} {
		got := run(t, "", []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", "create-user", "--email", "a@example.com", "--budget", value)
		require.Equal(t, 2, got.code, name)
		require.Contains(t, got.stderr, "--budget = '"+value+"'", name)
	}
}

// TestWhatIsMissingIsOneLineWithTheCure takes away one thing at a time.
func TestWhatIsMissingIsOneLineWithTheCure(t *testing.T) {
	t.Parallel()
	system := only(t, append([]string{"jq", "curl", "date"}, posix...)...)
	pulumi := func(body string) string {
		directory := t.TempDir()
		fake(t, directory, "pulumi", body)
		return directory + ":" + system
	}
	plugin := t.TempDir()
	fake(t, plugin, "session-manager-plugin", "exit 0\n")
	deployed := pulumi(`echo '{"alb_dns_name": "alb", "region": "us-west-1", "master_key_secret": "litellm-poc/master-key", "tunnel_target": "i-1", "gateway_url": "http://127.0.0.1:9"}'` + "\n")
	aws := func(body string) string {
		directory := t.TempDir()
		fake(t, directory, "aws", body)
		return directory + ":" + deployed
	}
	const key = "LITELLM_MASTER_KEY=" + masterKey
	for _, test := range []struct {
		name, script, args, path, env, says string
	}{
		{"no jq", "litellm-users.sh", "list-users", only(t, append([]string{"curl"}, posix...)...), key, "this needs 'jq', which is not installed: it is a package of that name (brew install jq, apt-get install jq)"},
		{"no curl", "smoke-test.sh", "", only(t, append([]string{"jq"}, posix...)...), "LITELLM_API_KEY=sk-1", "this needs 'curl'"},
		{"no pulumi", "litellm-users.sh", "list-users", system, key, "this needs 'pulumi', which is not installed: https://www.pulumi.com/docs/install/"},
		{"no aws", "litellm-users.sh", "list-users", deployed, "", "this needs 'aws', which is not installed: the AWS CLI, version 2, https://"},
		{"no aws", "enable-models.sh", "--check", system, "", "this needs 'aws'"},
		{"no docker", "grafana-image.sh", "", system, "", "this needs 'docker', which is not installed: https://docs.docker.com"},
		{"no session manager plugin", "litellm-users.sh", "--tunnel list-users", aws("exit 1\n"), key, "this needs 'session-manager-plugin', which is not installed: a plugin of the AWS CLI, https://"},
		{"no stack", "litellm-users.sh", "list-users", pulumi("echo 'error: no stack selected' >&2; exit 255\n"), key, "could not read the stack's outputs: error: no stack selected. Log in to the stack's backend (pulumi login …), and select it"},
		{"not deployed", "litellm-users.sh", "list-users", pulumi("echo '{}'\n"), key, "the stack has no output alb_dns_name: deploy it (pulumi up)"},
		{"not deployed", "smoke-test.sh", "", pulumi("echo '{}'\n"), "LITELLM_API_KEY=sk-1", "the stack has no output gateway_url: deploy it"},
		{"no credentials", "litellm-users.sh", "list-users", aws("printf '\\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\\n' >&2; exit 253\n"), "", `could not read the secret litellm-poc/master-key: Unable to locate credentials. You can configure credentials by running "aws configure". Log in (aws sso login, aws configure), or choose the account with AWS_PROFILE.`},
		{"a session that ended", "litellm-users.sh", "list-users", aws("echo 'Error when retrieving token from sso: Token has expired and refresh failed' >&2; exit 255\n"), "", "Log in (aws sso login"},
		{"another account", "litellm-users.sh", "list-users", aws("echo 'An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: no' >&2; exit 254\n"), "", "Is this the account of the stack? AWS_PROFILE chooses it."},
		{"a secret of JSON", "litellm-users.sh", "list-users", aws(`echo '{"key": "sk-1"}'` + "\n"), "", "the secret litellm-poc/master-key holds JSON and not the key alone. LiteLLM's task takes the whole text as its master key: store the key alone (aws secretsmanager put-secret-value"},
		{"a secret of bytes", "litellm-users.sh", "list-users", aws("echo None\n"), "", "the secret litellm-poc/master-key is empty"},
		{"a key of two words", "litellm-users.sh", "list-users", system, "LITELLM_MASTER_KEY=sk-1 sk-2", "the master key in LITELLM_MASTER_KEY is no key: it has a space"},
		{"no key", "smoke-test.sh", "", system, "", "a key is needed: --key-file FILE or the environment variable LITELLM_API_KEY"},
		{"no key file", "litellm-users.sh", "--key-file /nowhere/key list-users", system, "", "cannot read the key file /nowhere/key"},
		{"a tunnel that is refused", "litellm-users.sh", "--tunnel list-users", plugin + ":" + aws("echo 'An error occurred (TargetNotConnected) when calling the StartSession operation: i-1 is not connected.' >&2; exit 254\n"), key, "the tunnel ended: An error occurred (TargetNotConnected)"},
	} {
		t.Run(test.script+" with "+test.name, func(t *testing.T) {
			t.Parallel()
			got := run(t, "", []string{"PATH=" + test.path, test.env}, test.script, strings.Fields(test.args)...)
			require.NotZero(t, got.code)
			require.Contains(t, got.stderr, test.says)
			errors := strings.TrimPrefix(strings.TrimSpace(got.stderr), "Opening a tunnel through i-1 …\n")
			require.Regexp(t, `^error: [^\n]+$`, errors, "one line")
		})
	}
}

func TestServerErrorsEndWithItsMessage(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"OpenAI's shape": `{"error": {"message": "no such thing", "type": "auth_error"}}`, "FastAPI's shape": `{"detail": {"error": "no such thing"}}`,
		"plain detail": `{"detail": "no such thing"}`, "not JSON": `<h1>no such thing</h1>`,
	} {
		g := newGateway(t, map[string]answer{"GET /v1/models": {http.StatusBadGateway, body}})
		got := run(t, "", []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", "--url", g.URL, "models")
		require.Equal(t, 1, got.code, name)
		require.Contains(t, got.stderr, "error: models: the server answered 502: ", name)
		require.Contains(t, got.stderr, "no such thing", name)
		require.Len(t, g.seen(), 1, "an answer is never asked for twice")
	}
}

func TestNoConnectionIsTriedAgainAndExplained(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	address := closed.URL
	closed.Close()
	got := run(t, "", []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", "--url", address, "models")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "after 2 attempts")
	require.Contains(t, got.stderr, "--tunnel")
}

func TestMasterKeyComesFromAFile(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(masterKey+"\r\n"), 0o600))
	got := run(t, "", nil, "litellm-users.sh", "--url", g.URL, "--key-file", file, "health")
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, "Bearer "+masterKey, g.seen()[0].Authorization)
}

// TestErasingTellsEachPlaceAndItsDefault: the days that erase-user names are the settings' defaults.
func TestErasingTellsEachPlaceAndItsDefault(t *testing.T) {
	t.Parallel()
	g := newGateway(t, map[string]answer{
		"GET /user/list":     {http.StatusOK, `{"users": [{"user_id": "ada@example.com", "user_email": "ada@example.com"}], "total_pages": 1}`},
		"GET /key/list":      {http.StatusOK, `{"keys": [{"token": "hash-1", "key_alias": "ada-laptop"}], "total_pages": 1}`},
		"GET /spend/logs/v2": {http.StatusOK, `{"total": 3}`},
	})
	got := run(t, "", []string{"LITELLM_MASTER_KEY=" + masterKey}, "litellm-users.sh", "--url", g.URL, "erase-user", "--email", "ada@example.com", "--yes")
	require.Zero(t, got.code, got.stderr)
	defaults := config.Defaults()
	for setting, days := range map[string]int{
		"litellm.spendLogRetentionDays": defaults.LiteLLM.SpendLogRetentionDays, "langfuse.retentionDays": defaults.Langfuse.RetentionDays,
		"victoriametrics.retentionDays": defaults.VictoriaMetrics.RetentionDays, "logs.retentionDays": defaults.LogRetentionDays, "database.backupDays": defaults.Database.BackupDays,
	} {
		require.Contains(t, got.stdout, fmt.Sprintf("%s (%d days)", setting, days))
	}
	var changes []string
	for _, seen := range g.seen() {
		if seen.Method == http.MethodPost {
			changes = append(changes, seen.Path)
		}
	}
	require.Equal(t, []string{"/key/block", "/user/delete"}, changes, "keys are blocked first")
}
