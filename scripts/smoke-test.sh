#!/usr/bin/env bash
# Checks a deployed gateway from outside, as its users reach it. `smoke-test.sh --help` says how.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: smoke-test.sh [--key-file FILE] [--model NAME] [--stack NAME] [--url URL --langfuse-url URL]

Checks through CloudFront: liveliness, the models, a chat completion and a streamed one, that administrative paths are refused,
and that Grafana and Langfuse answer. Each check is made, whatever became of those before. Exit 1 if one failed. The two completions cost a fraction of a cent.

  --key-file FILE     file with a key made by `litellm-users.sh create-key` (default: the environment variable LITELLM_API_KEY)
  --model NAME        the model to ask (default: the first that /v1/models lists)
  --url URL           the gateway (default: stack output gateway_url)
  --langfuse-url URL  Langfuse (default: stack output langfuse_url)
  --stack NAME        the Pulumi stack (default: the selected one)
TEXT
}

if asks_for_help "$@"; then
  usage
  exit 0
fi
KEY_FILE="" MODEL="" URL="" LANGFUSE_URL="" STACK=${STACK:-}
while [ $# -gt 0 ]; do
  case $1 in
    --key-file | --model | --url | --langfuse-url | --stack)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      case $1 in
        --key-file) KEY_FILE=$2 ;;
        --model) MODEL=$2 ;;
        --url) URL=${2%/} ;;
        --langfuse-url) LANGFUSE_URL=${2%/} ;;
        --stack) STACK=$2 ;;
      esac
      shift
      ;;
    *) usage_error "unexpected argument '$1'; see --help" ;;
  esac
  shift
done
need curl jq awk
if [ -n "$KEY_FILE" ]; then
  KEY=$(key_of_file "$KEY_FILE")
  check_key "$KEY" "the key in $KEY_FILE"
else
  KEY=${LITELLM_API_KEY:-}
  [ -n "$KEY" ] || usage_error "a key is needed: --key-file FILE or the environment variable LITELLM_API_KEY (scripts/litellm-users.sh create-key makes one)"
  check_key "$KEY" "the key in LITELLM_API_KEY"
fi
if [ -z "$URL" ]; then URL=$(needed_output gateway_url); fi
if [ -z "$LANGFUSE_URL" ]; then LANGFUSE_URL=$(needed_output langfuse_url); fi
URL=${URL%/}
LANGFUSE_URL=${LANGFUSE_URL%/}

: >"$SCRATCH/results"
FAILED=0 PASSED=0
# record NAME OK DETAIL
record() {
  if $2; then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); fi
  printf '%s\t%s\t%s\n' "$1" "$($2 && echo pass || echo FAIL)" "$(printf '%s' "$3" | tr '\t\n' '  ')" >>"$SCRATCH/results"
}

# expect NAME STATUS METHOD URL KEY [BODY_FILE] [jq filter the answer must satisfy]
expect() {
  local name=$1 status=$2 filter=${7:-}
  if ! http "$3" "$4" "$5" "${6:-}" || [ "$HTTP_STATUS" != "$status" ]; then
    record "$name" false "expected $status, $(explain)"
  elif [ -n "$filter" ] && ! jq -e "$filter" "$SCRATCH/response" >/dev/null 2>&1; then
    record "$name" false "$status, with an answer that is not as expected: $(head -c 300 "$SCRATCH/response")"
  else
    record "$name" true "$HTTP_STATUS"
  fi
}

# explain prints what came instead, and what to do about a model that the account has not enabled, a spent budget and Bedrock's quotas.
explain() {
  local message
  if [ -n "$HTTP_PROBLEM" ]; then
    printf '%s' "$HTTP_PROBLEM"
    return
  fi
  printf 'got %s: ' "$HTTP_STATUS"
  message=$(server_message | head -c 300)
  case $message in
    *"use case details have not been submitted"* | *"access to the model"* | *"Marketplace"*)
      printf '%s -- this AWS account has not enabled the model yet: run scripts/enable-models.sh' "$message"
      ;;
    *"udget has been exceeded"* | *ExceededBudget*)
      printf '%s -- the key'"'"'s or user'"'"'s budget is used up: scripts/litellm-users.sh set-budget' "$message"
      ;;
    *"Too many tokens"* | *"Too many requests"* | *ThrottlingException*)
      printf '%s -- this is Bedrock'"'"'s quota of the account, not a budget: make doctor' "$message"
      ;;
    *) printf '%s' "$message" ;;
  esac
}

expect "gateway is alive" 200 GET "$URL/health/liveliness" ""
expect "models are listed" 200 GET "$URL/v1/models" "$KEY" "" '.data | length > 0'
# Without a list there is no model to ask; the calls below then say what is wrong.
[ -n "$MODEL" ] || MODEL=$(jq -r '[.data[]?.id] | sort | first // "?"' "$SCRATCH/response" 2>/dev/null || echo "?")

body() { # STREAM
  jq -n --arg model "$MODEL" --argjson stream "$1" \
    '{model: $model, stream: $stream, max_tokens: 16, messages: [{role: "user", content: "Answer with the one word: ready"}]}'
}
body false >"$SCRATCH/chat.json"
body true >"$SCRATCH/stream.json"
expect "chat completion ($MODEL)" 200 POST "$URL/v1/chat/completions" "$KEY" "$SCRATCH/chat.json" '.choices[0].message.content | length > 0'
if http POST "$URL/v1/chat/completions" "$KEY" "$SCRATCH/stream.json" && [ "$HTTP_STATUS" = 200 ] && grep -q '^data: \[DONE\]' "$SCRATCH/response"; then
  record "streamed completion ($MODEL)" true "$(grep -c '^data: ' "$SCRATCH/response") events"
else
  record "streamed completion ($MODEL)" false "expected 200 and a stream that ends in [DONE], $(explain)"
fi

# One administrative path of each kind, also written so that a simple filter would miss it.
for path in /user/new /key/generate /%75ser/new /user%2fnew /v1/../user/new /ui/ /config/yaml /spend/logs /docs /openapi.json /; do
  expect "refused at the edge: $path" 403 GET "$URL$path" "" "" '.error.message | length > 0'
done
expect "Grafana answers" 200 GET "$URL/grafana/api/health" "" "" '.database == "ok"'
expect "Langfuse answers" 200 GET "$LANGFUSE_URL/api/public/health" "" "" '.status == "OK"'

{
  printf 'CHECK\tRESULT\tDETAIL\n'
  cat "$SCRATCH/results"
} | table
printf '\n%d passed, %d failed\n' "$PASSED" "$FAILED"
if [ "$FAILED" -gt 0 ]; then
  say "See README.md, Troubleshooting."
  exit 1
fi
