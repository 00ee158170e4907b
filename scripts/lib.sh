# shellcheck shell=bash
# What the operators' scripts share: messages, the stack's outputs, HTTP that keeps the key out of the process list, the Systems Manager tunnel, tables.
# Sourced, not run. Works with bash 3.2 (macOS) and later and with BSD's tools.

# How long to wait for a connection, for an answer, and how often to try again when no connection could be made.
CONNECT_TIMEOUT_SECONDS=${CONNECT_TIMEOUT_SECONDS:-5}
REQUEST_TIMEOUT_SECONDS=${REQUEST_TIMEOUT_SECONDS:-60}
CONNECT_ATTEMPTS=${CONNECT_ATTEMPTS:-3}
TUNNEL_WAIT_SECONDS=${TUNNEL_WAIT_SECONDS:-30}

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
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

# A function that is run as $(…) is a shell in which errexit is off: what it calls so in its turn is followed by || exit.
say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
usage_error() { printf 'error: %s\n' "$*" >&2; exit 2; }

# asks_for_help ARGUMENT … says whether one of them asks for help, which needs no other program and is given whatever else is there.
asks_for_help() {
  local argument
  for argument in "$@"; do
    case $argument in --help | -h) return 0 ;; esac
  done
  return 1
}

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || die "this needs '$program', which is not installed: $(where_from "$program")"
  done
}

# where_from PROGRAM prints how to get it.
where_from() {
  case $1 in
    aws) echo "the AWS CLI, version 2, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html" ;;
    session-manager-plugin) echo "a plugin of the AWS CLI, https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html" ;;
    pulumi) echo "https://www.pulumi.com/docs/install/" ;;
    go) echo "https://go.dev/doc/install" ;;
    docker) echo "https://docs.docker.com/get-started/get-docker/" ;;
    *) echo "it is a package of that name (brew install $1, apt-get install $1)" ;;
  esac
}

# first_line FILE prints the first line that is not empty, of at most 300 characters.
first_line() { sed '/^[[:space:]]*$/d' "$1" | head -n 1 | cut -c 1-300; }

# stack_output NAME prints one output of the stack (--stack, else the selected one); empty where the stack has none of that name.
stack_output() {
  if [ ! -f "$SCRATCH/outputs.json" ]; then
    need pulumi jq
    if ! pulumi --cwd "$ROOT" ${STACK:+--stack "$STACK"} stack output --json </dev/null >"$SCRATCH/outputs.json" 2>"$SCRATCH/pulumi.err"; then
      rm -f "$SCRATCH/outputs.json"
      die "could not read the stack's outputs: $(first_line "$SCRATCH/pulumi.err"). Log in to the stack's backend (pulumi login …), and select it (pulumi stack select NAME) or name it (--stack NAME)."
    fi
  fi
  jq -r --arg name "$1" '.[$name] // "" | if type == "string" then . else tojson end' "$SCRATCH/outputs.json"
}

# needed_output NAME is stack_output for what a deployed stack has.
needed_output() {
  local value
  value=$(stack_output "$1") || exit 1
  [ -n "$value" ] || die "the stack has no output $1: deploy it (pulumi up), or choose another one (--stack NAME)"
  printf '%s\n' "$value"
}

# aws_problem FILE prints what the AWS CLI said, in one line, with what to do where it does not know who is asking or looks at the wrong place.
aws_problem() {
  local words
  words=$(first_line "$1")
  printf '%s%s\n' "${words%.}" "$(aws_cure "$1")"
}
aws_cure() {
  case $(first_line "$1") in
    *[Cc]redentials* | *[Ee]xpired* | *"config profile"* | *"aws configure"* | *InvalidClientTokenId* | *UnrecognizedClient*)
      echo ". Log in (aws sso login, aws configure), or choose the account with AWS_PROFILE." ;;
    *ResourceNotFound*) echo ". Is this the account of the stack? AWS_PROFILE chooses it." ;;
    *AccessDenied*) echo ". The account's administrator grants this permission." ;;
  esac
}

# secret_value NAME prints a secret's value from Secrets Manager.
secret_value() {
  need aws
  local region
  region=$(needed_output region) || exit 1
  aws secretsmanager get-secret-value --region "$region" --secret-id "$1" --query SecretString --output text 2>"$SCRATCH/aws.err" ||
    die "could not read the secret $1: $(aws_problem "$SCRATCH/aws.err")"
}

# key_of_file FILE prints the key in a file, without the line's end.
key_of_file() {
  [ -r "$1" ] || die "cannot read the key file $1"
  tr -d '\r\n' <"$1"
}

# check_key KEY WHERE refuses what cannot be a key in an HTTP header.
check_key() {
  local LC_ALL=C
  case $1 in
    "" | None) die "$2 is empty" ;;
    *[![:graph:]]* | *\"* | *\\*) die "$2 is no key: it has a space, a quote, a backslash or a control character" ;;
  esac
}

# http METHOD URL KEY [BODY_FILE] makes one request; an empty key sends none. The status goes to HTTP_STATUS, the body to $SCRATCH/response. Without an
# answer it fails, and HTTP_PROBLEM says why. The key reaches curl by its standard input: arguments are visible in the process list, files outlive a crash.
# Only a connection that was never made is tried again: the server has then seen nothing of the request.
# shellcheck disable=SC2034 # HTTP_STATUS and HTTP_PROBLEM are read by the scripts that source this
http() {
  local method=$1 url=$2 key=$3 body_file=${4:-} attempt=1 code
  HTTP_PROBLEM=""
  while :; do
    code=0
    : >"$SCRATCH/response" # so that nobody reads the answer before
    HTTP_STATUS=$(
      {
        printf 'header = "Accept: application/json"\n'
        if [ -n "$key" ]; then printf 'header = "Authorization: Bearer %s"\n' "$key"; fi
        if [ -n "$body_file" ]; then printf 'header = "Content-Type: application/json"\n'; fi
      } | curl --silent --show-error --path-as-is --noproxy 127.0.0.1,localhost --config - --request "$method" \
        --connect-timeout "$CONNECT_TIMEOUT_SECONDS" --max-time "$REQUEST_TIMEOUT_SECONDS" ${body_file:+--data-binary "@$body_file"} \
        --output "$SCRATCH/response" --write-out '%{http_code}' "$url" 2>"$SCRATCH/curl.err"
    ) || code=$?
    case $code in
      0) return 0 ;;
      6 | 7) # could not resolve, could not connect
        if [ "$attempt" -lt "$CONNECT_ATTEMPTS" ]; then
          sleep "$attempt"
          attempt=$((attempt + 1))
          continue
        fi
        HTTP_PROBLEM="no connection to $url after $attempt attempts: $(first_line "$SCRATCH/curl.err")"
        ;;
      28) HTTP_PROBLEM="no answer from $url: the connection or the request timed out (limits: $CONNECT_TIMEOUT_SECONDS s, $REQUEST_TIMEOUT_SECONDS s)" ;;
      *) HTTP_PROBLEM="the request to $url failed: $(first_line "$SCRATCH/curl.err")" ;;
    esac
    return 1
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
  target=$(stack_output tunnel_target) || exit 1
  case $target in
    i-*) printf '%s\n' "$target" ;;
    ecs)
      cluster=$(needed_output ecs_cluster_name) || exit 1
      region=$(needed_output region) || exit 1
      task=$(aws ecs list-tasks --region "$region" --cluster "$cluster" --service-name litellm --desired-status RUNNING --query 'taskArns[0]' --output text \
        2>"$SCRATCH/aws.err") || die "could not ask for LiteLLM's tasks: $(aws_problem "$SCRATCH/aws.err")"
      case $task in "" | None) die "no running LiteLLM task in cluster $cluster to tunnel through" ;; esac
      aws ecs describe-tasks --region "$region" --cluster "$cluster" --tasks "$task" --output json 2>"$SCRATCH/aws.err" |
        jq -r --arg cluster "$cluster" '.tasks[0] as $task | $task.containers[] | select(.name == "litellm")
          | "ecs:\($cluster)_\($task.taskArn | split("/") | last)_\(.runtimeId)"' || die "could not ask for LiteLLM's task: $(aws_problem "$SCRATCH/aws.err")"
      ;;
    *) die "this stack has no way to tunnel: set tunnel.instanceId to an instance in the VPC that Systems Manager manages, or nat to instance, or ecs.executeCommand to true" ;;
  esac
}

# free_port prints a port of this machine on which nothing listens: the tunnel must not be another program, which would be handed the key.
free_port() {
  local port code attempt=0
  while [ "$attempt" -lt 20 ]; do
    port=${TUNNEL_PORT:-$((20000 + RANDOM % 20000))}
    code=0
    curl --silent --output /dev/null --noproxy 127.0.0.1 --max-time 2 "http://127.0.0.1:$port" || code=$?
    [ "$code" != 7 ] || { printf '%s\n' "$port"; return; } # 7: could not connect
    [ -z "${TUNNEL_PORT:-}" ] || die "port $port (TUNNEL_PORT) is in use"
    attempt=$((attempt + 1))
  done
  die "found no free port on this machine: name one with TUNNEL_PORT"
}

# open_tunnel HOST forwards a free local port to port 80 of HOST through Systems Manager; TUNNEL_URL is its local address. cleanup closes it.
open_tunnel() {
  need aws session-manager-plugin
  local host=$1 target region port waited=0
  region=$(needed_output region)
  target=$(tunnel_target)
  port=$(free_port)
  say "Opening a tunnel through $target …"
  set -m # a process group of its own, so that cleanup ends the plugin too
  aws ssm start-session --region "$region" --target "$target" \
    --document-name AWS-StartPortForwardingSessionToRemoteHost \
    --parameters "$(jq -cn --arg host "$host" --arg port "$port" '{host: [$host], portNumber: ["80"], localPortNumber: [$port]}')" \
    </dev/null >"$SCRATCH/tunnel.log" 2>&1 &
  TUNNEL_PID=$!
  set +m
  TUNNEL_URL="http://127.0.0.1:$port"
  until curl --silent --fail --output /dev/null --noproxy 127.0.0.1 --max-time 2 "$TUNNEL_URL/health/liveliness"; do
    kill -0 "$TUNNEL_PID" 2>/dev/null || die "the tunnel ended: $(aws_problem "$SCRATCH/tunnel.log")"
    [ "$waited" -lt "$TUNNEL_WAIT_SECONDS" ] || die "LiteLLM did not answer through the tunnel within $TUNNEL_WAIT_SECONDS s. The tunnel says: $(first_line "$SCRATCH/tunnel.log")"
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
