# shellcheck shell=bash
# What the operator scripts share: messages, the stack's outputs, the SSM tunnel, HTTP with the key kept out of the process list.
# Sourced, not run. Works with bash 3.2 (macOS) and later; needs curl and jq.

# How long to wait for a connection, for an answer, and how often to try again when no connection could be made.
CONNECT_TIMEOUT_SECONDS=${CONNECT_TIMEOUT_SECONDS:-5}
REQUEST_TIMEOUT_SECONDS=${REQUEST_TIMEOUT_SECONDS:-60}
CONNECT_ATTEMPTS=${CONNECT_ATTEMPTS:-3}
TUNNEL_WAIT_SECONDS=${TUNNEL_WAIT_SECONDS:-30}

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/llm-gateway.XXXXXX")
TUNNEL_PID=""
cleanup() {
  if [ -n "$TUNNEL_PID" ]; then
    # The session manager plugin is a child of the AWS CLI: end the whole process group, else the tunnel stays open.
    kill -TERM -- "-$TUNNEL_PID" 2>/dev/null || true
    wait "$TUNNEL_PID" 2>/dev/null || true
    TUNNEL_PID=""
  fi
  rm -rf "$SCRATCH"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
usage_error() { printf 'error: %s\n' "$*" >&2; exit 2; }

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || die "this needs the program '$program', which is not installed"
  done
}

# stack_output NAME prints one output of the stack (--stack, else the selected one); empty where the stack has none of that name.
stack_output() {
  if [ ! -f "$SCRATCH/outputs.json" ]; then
    need pulumi
    local root
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    if ! pulumi --cwd "$root" ${STACK:+--stack "$STACK"} stack output --json >"$SCRATCH/outputs.json" 2>"$SCRATCH/pulumi.err"; then
      rm -f "$SCRATCH/outputs.json"
      die "could not read the stack's outputs: $(cat "$SCRATCH/pulumi.err")"
    fi
  fi
  jq -r --arg name "$1" '.[$name] // "" | if type == "string" then . else tojson end' "$SCRATCH/outputs.json"
}

# secret_value NAME prints a secret's value from Secrets Manager.
secret_value() {
  need aws
  local region
  region=$(stack_output region)
  aws secretsmanager get-secret-value --region "$region" --secret-id "$1" --query SecretString --output text
}

# stack_needs STACK writes what the stack file says the stack needs of its account to $SCRATCH/needs.json: internal/doctor reads the file itself, so there
# need be no stack yet.
stack_needs() {
  need go
  local root
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  (cd "$root" && go run ./internal/doctor "Pulumi.$1.yaml") >"$SCRATCH/needs.json" 2>"$SCRATCH/needs.err" || die "$(cat "$SCRATCH/needs.err")"
}

# ask ARGUMENT … asks AWS; the answer is read with `answer`. Where it fails, AWS_PROBLEM is denied, missing (what was asked for is not there) or other.
ask() {
  AWS_PROBLEM=""
  if aws "$@" --output json >"$SCRATCH/answer" 2>"$SCRATCH/aws.err"; then
    return 0
  fi
  sed '/^$/d' "$SCRATCH/aws.err" >"$SCRATCH/aws.err.new" && mv "$SCRATCH/aws.err.new" "$SCRATCH/aws.err"
  # shellcheck disable=SC2034 # read by the scripts that source this
  case $(cat "$SCRATCH/aws.err") in
    *AccessDenied* | *UnauthorizedOperation* | *"not authorized"*) AWS_PROBLEM=denied ;;
    *NotFound* | *NoSuchResource*) AWS_PROBLEM=missing ;;
    *) AWS_PROBLEM=other ;;
  esac
  return 1
}

# answer FILTER prints what jq finds in AWS's last answer.
answer() { jq -r "$1" "$SCRATCH/answer"; }

# bedrock_state REGION ID MODEL PROFILE asks Bedrock about a configured id, in the region in which it is called: its inference profile (PROFILE is
# true), and the model's own life cycle and agreement. What could not be told is UNKNOWN, and why stands in $SCRATCH/untold: permission, AWS_PROBLEM
# and AWS's words, tab-separated.
#   BEDROCK_PROFILE ACTIVE, MISSING, - (no profile)    BEDROCK_DESTINATIONS the profile's regions
#   BEDROCK_LIFECYCLE ACTIVE, LEGACY, MISSING          BEDROCK_END when the model ends
#   BEDROCK_ENABLED AVAILABLE, NOT_AVAILABLE, PENDING, ERROR    BEDROCK_NAME, BEDROCK_ON_DEMAND
# shellcheck disable=SC2034 # read by the scripts that source this
bedrock_state() {
  local where=$1
  : >"$SCRATCH/untold"
  BEDROCK_PROFILE=- BEDROCK_DESTINATIONS="" BEDROCK_LIFECYCLE=UNKNOWN BEDROCK_END="" BEDROCK_ENABLED=UNKNOWN BEDROCK_NAME="" BEDROCK_ON_DEMAND=""
  if [ "$4" = true ]; then
    if ask bedrock get-inference-profile --region "$1" --inference-profile-identifier "$2"; then
      BEDROCK_PROFILE=$(answer .status)
      BEDROCK_DESTINATIONS=$(answer '[.models[].modelArn | split(":")[3] | select(. != "")] | sort | join(" ")')
      # A model that answers elsewhere only is described there.
      where=$(answer "[.models[].modelArn | split(\":\")[3] | select(. != \"\")] | if length == 0 or index(\"$1\") != null then \"$1\" else .[0] end")
    elif [ "$AWS_PROBLEM" = missing ]; then
      BEDROCK_PROFILE=MISSING
      return 0
    else
      BEDROCK_PROFILE=UNKNOWN
      untold bedrock:GetInferenceProfile
    fi
  fi
  if ask bedrock get-foundation-model --region "$where" --model-identifier "$3"; then
    BEDROCK_LIFECYCLE=$(answer '.modelDetails.modelLifecycle.status // "UNKNOWN"')
    BEDROCK_END=$(answer '.modelDetails.modelLifecycle.endOfLifeTime // "" | tostring | .[:10]')
    BEDROCK_NAME=$(answer '.modelDetails.modelName // ""')
    BEDROCK_ON_DEMAND=$(answer '(.modelDetails.inferenceTypesSupported // ["ON_DEMAND"]) | index("ON_DEMAND") != null')
  elif [ "$AWS_PROBLEM" = missing ]; then
    BEDROCK_LIFECYCLE=MISSING
  else
    untold bedrock:GetFoundationModel
  fi
  if ask bedrock get-foundation-model-availability --region "$1" --model-id "$3"; then
    BEDROCK_ENABLED=$(answer 'if .authorizationStatus == "AUTHORIZED" then .agreementAvailability.status else "NOT_AVAILABLE" end')
  else
    untold bedrock:GetFoundationModelAvailability
  fi
}

untold() { printf '%s\t%s\t%s\n' "$1" "$AWS_PROBLEM" "$(head -n 1 "$SCRATCH/aws.err" | tr '\t' ' ' | cut -c 1-200)" >>"$SCRATCH/untold"; }

# http METHOD URL KEY_FILE [BODY_FILE] makes one request. The status goes to HTTP_STATUS, the body to $SCRATCH/response.
# The key reaches curl through a file only this user can read: arguments are visible in the process list.
# Only a connection that was never made is tried again: the server has then seen nothing of the request.
http() {
  local method=$1 url=$2 key_file=$3 body_file=${4:-} attempt=1 code=0
  (
    umask 077
    {
      if [ -n "$key_file" ]; then printf 'header = "Authorization: Bearer %s"\n' "$(cat "$key_file")"; fi
      printf 'header = "Accept: application/json"\n'
      if [ -n "$body_file" ]; then printf 'header = "Content-Type: application/json"\n'; fi
    } >"$SCRATCH/curl.conf"
  )
  while :; do
    code=0
    # shellcheck disable=SC2034 # read by the scripts that source this
    HTTP_STATUS=$(curl --silent --show-error --path-as-is --config "$SCRATCH/curl.conf" --request "$method" \
      --connect-timeout "$CONNECT_TIMEOUT_SECONDS" --max-time "$REQUEST_TIMEOUT_SECONDS" \
      ${body_file:+--data-binary "@$body_file"} \
      --output "$SCRATCH/response" --write-out '%{http_code}' "$url" 2>"$SCRATCH/curl.err") || code=$?
    case $code in
      0) return 0 ;;
      6 | 7) # could not resolve, could not connect
        if [ "$attempt" -ge "$CONNECT_ATTEMPTS" ]; then
          die "no connection to $url after $attempt attempts: $(cat "$SCRATCH/curl.err"). The admin API answers inside the VPC only; from elsewhere use --tunnel."
        fi
        sleep "$attempt"
        attempt=$((attempt + 1))
        ;;
      28) die "no answer from $url: the connection or the request timed out (limits: ${CONNECT_TIMEOUT_SECONDS} s, ${REQUEST_TIMEOUT_SECONDS} s). The admin API answers inside the VPC only; from elsewhere use --tunnel." ;;
      *) die "request to $url failed: $(cat "$SCRATCH/curl.err")" ;;
    esac
  done
}

# server_message prints what the server said went wrong, from the usual shapes of an error body.
server_message() {
  jq -r '(.error.message? // .detail.error? // .detail? // .message? // .error? // .) | if type == "string" then . else tojson end' \
    "$SCRATCH/response" 2>/dev/null || head -c 2000 "$SCRATCH/response"
}

# tunnel_target prints the Systems Manager target of a tunnel: the NAT instance or the configured instance (stack output tunnel_target),
# or, with ECS Exec on, a running LiteLLM task as ecs:<cluster>_<task>_<runtime>.
tunnel_target() {
  local target cluster region task
  target=$(stack_output tunnel_target)
  case $target in
    i-*) printf '%s\n' "$target" ;;
    ecs)
      cluster=$(stack_output ecs_cluster_name)
      region=$(stack_output region)
      task=$(aws ecs list-tasks --region "$region" --cluster "$cluster" --service-name litellm --desired-status RUNNING --query 'taskArns[0]' --output text)
      case $task in "" | None) die "no running LiteLLM task in cluster $cluster to tunnel through" ;; esac
      aws ecs describe-tasks --region "$region" --cluster "$cluster" --tasks "$task" --output json |
        jq -r --arg cluster "$cluster" '.tasks[0] as $task | $task.containers[] | select(.name == "litellm")
          | "ecs:\($cluster)_\($task.taskArn | split("/") | last)_\(.runtimeId)"'
      ;;
    *) die "this stack has no way to tunnel: set tunnel.instanceId to an instance in the VPC that Systems Manager manages, or nat to instance, or ecs.executeCommand to true" ;;
  esac
}

# open_tunnel HOST forwards a free local port to port 80 of HOST through Systems Manager; TUNNEL_URL is its local address. cleanup closes it.
open_tunnel() {
  need aws session-manager-plugin
  local host=$1 target region port waited=0
  region=$(stack_output region)
  target=$(tunnel_target)
  port=${TUNNEL_PORT:-$((20000 + RANDOM % 20000))}
  say "Opening a tunnel through $target …"
  set -m # a process group of its own, so that cleanup ends the plugin too
  aws ssm start-session --region "$region" --target "$target" \
    --document-name AWS-StartPortForwardingSessionToRemoteHost \
    --parameters "$(jq -cn --arg host "$host" --arg port "$port" '{host: [$host], portNumber: ["80"], localPortNumber: [$port]}')" \
    </dev/null >"$SCRATCH/tunnel.log" 2>&1 &
  TUNNEL_PID=$!
  set +m
  TUNNEL_URL="http://127.0.0.1:$port"
  until curl --silent --output /dev/null --max-time 2 "$TUNNEL_URL/health/liveliness"; do
    kill -0 "$TUNNEL_PID" 2>/dev/null || die "the tunnel ended: $(cat "$SCRATCH/tunnel.log")"
    [ "$waited" -lt "$TUNNEL_WAIT_SECONDS" ] || die "the tunnel did not open within $TUNNEL_WAIT_SECONDS s: $(cat "$SCRATCH/tunnel.log")"
    sleep 1
    waited=$((waited + 1))
  done
}

# table aligns tab-separated lines in columns.
table() {
  awk -F '\t' '
    { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } fields[NR] = NF }
    END {
      for (row = 1; row <= NR; row++) {
        line = ""
        for (i = 1; i <= fields[row]; i++) line = line (i < fields[row] ? sprintf("%-" width[i] "s  ", cell[row, i]) : cell[row, i])
        print line
      }
    }'
}
