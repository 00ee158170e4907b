//go:build runtime

package main

import (
	"fmt"
	"strings"

	"kong-llm-gateway/config"
)

// lines are what start prints when the gateway answers. What is indented by two blanks can be pasted into a shell as it stands.
func lines(port int) string {
	public := fmt.Sprintf("http://127.0.0.1:%d", port)
	claude := config.Defaults().LiteLLM.ClaudeCodeEnv(public)
	replaced := strings.NewReplacer(
		"PUBLIC", public, "INTERNAL", fmt.Sprintf("http://127.0.0.1:%d", port+1), "METRICS", fmt.Sprintf("http://127.0.0.1:%d", port+2),
		"CLAUDE", strings.ReplaceAll(claude, "\n", "\n  "), "USER", firstUser,
	)
	return replaced.Replace(`The gateway answers. Real: LiteLLM with the stack's configuration, PostgreSQL, VictoriaMetrics, the edge function and the listener's rules.
STAND-IN: Amazon Bedrock, which echoes and says so in each answer, and Langfuse. Nothing leaves this machine, nothing costs anything.

public:   PUBLIC       what the internet sees
internal: INTERNAL       what the VPC sees, the whole of LiteLLM
metrics:  METRICS/vmui  VictoriaMetrics

Paste the lines below in this folder.

A first answer, streamed. The key belongs to USER, who may spend 10 USD a month:

  export LITELLM_API_KEY=$(cat .local/gateway/key)
  curl -sN PUBLIC/v1/chat/completions -H "Authorization: Bearer $LITELLM_API_KEY" -H 'Content-Type: application/json' -d '{"model": "claude-haiku-4-5", "stream": true, "messages": [{"role": "user", "content": "Say hello."}]}' | jq --unbuffered -Rrj 'select(startswith("data: {")) | ltrimstr("data: ") | fromjson | .choices[0].delta.content // empty'; echo

Without a key (401), and what the internet may not reach although the master key is sent (403) and the VPC may (200; 409 when pasted again):

  curl -s -w '\n%{http_code}\n' PUBLIC/v1/models
  curl -s -w '\n%{http_code}\n' PUBLIC/user/new -H @.local/gateway/admin.header -H 'Content-Type: application/json' -d '{"user_id": "inside", "auto_create_key": false}'
  curl -s -w '\n%{http_code}\n' INTERNAL/user/new -H @.local/gateway/admin.header -H 'Content-Type: application/json' -d '{"user_id": "inside", "auto_create_key": false}'

Users, keys, budgets, spend. The script reads the master key from a file, so it is in no history and no list of processes:

  users() { scripts/litellm-users.sh --url INTERNAL --key-file .local/gateway/master-key "$@"; }
  users create-user --email ada@example.com --budget 50 --budget-duration monthly
  users create-key --alias ada-laptop --email ada@example.com --budget 20
  users spend --by key

An OpenAI SDK (one lies beside LiteLLM; elsewhere: pip install openai):

  OPENAI_BASE_URL=PUBLIC/v1 OPENAI_API_KEY=$LITELLM_API_KEY .local/venv/bin/python -c 'import openai; print(openai.OpenAI().chat.completions.create(model="claude-sonnet-5", messages=[{"role": "user", "content": "Say hello."}]).choices[0].message.content)'

Spend as Grafana asks for it (VictoriaMetrics reads LiteLLM every two seconds here):

  curl -s METRICS/api/v1/query --data-urlencode 'query=sum by (api_key_alias, requested_model) (litellm_spend_metric_total)' | jq -c '.data.result[] | [.metric, .value[1]]'

Claude Code, in a shell of its own, then run claude:

  export LITELLM_API_KEY=$(cat .local/gateway/key)
  CLAUDE

Logs: .local/gateway/litellm.log, gateway.log. make gateway prints this again; make gateway-stop ends it and keeps users, keys and spend.
`)
}
