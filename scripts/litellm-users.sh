#!/usr/bin/env bash
# Manages the gateway's users, keys and budgets through LiteLLM's admin API. `litellm-users.sh --help` says how.
set -euo pipefail
# shellcheck source=lib.sh
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# command | method | path | what it does | worked example
commands() {
  cat <<'TABLE'
create-user|POST|/user/new|Create a user; no key yet unless --with-key|create-user --email ada@example.com --budget 50 --budget-duration monthly
get-user|GET|/user/info|Show one user with budget, spend and keys|get-user --email ada@example.com
list-users|GET|/user/list|List the users|list-users
update-user|POST|/user/update|Change a user|update-user --email ada@example.com --models claude-haiku-4-5
delete-user|POST|/user/delete|Delete a user and the user's keys|delete-user --email ada@example.com
create-key|POST|/key/generate|Create a key; it is shown once|create-key --alias ada-laptop --email ada@example.com --budget 20
list-keys|GET|/key/list|List the keys|list-keys --email ada@example.com
update-key|POST|/key/update|Change a key|update-key --alias ada-laptop --rpm 30
block-key|POST|/key/block|Block a key until it is unblocked|block-key --alias ada-laptop
unblock-key|POST|/key/unblock|Let a blocked key in again|unblock-key --alias ada-laptop
delete-key|POST|/key/delete|Delete a key|delete-key --alias ada-laptop
set-budget|POST||Set the budget of a user or of a key|set-budget --email ada@example.com --budget 80 --budget-duration monthly
spend|GET|/user/daily/activity/aggregated|Show spend per user, or per key or model over days|spend --by model --since 2026-11-01 --until 2026-11-30
models|GET|/v1/models|List the models the gateway serves|models
health|GET|/health/readiness|Show whether LiteLLM and its database answer|health
TABLE
}

# command(s) | option | field in the request | type | what it is. Types: string, number, integer, list (comma-separated), duration, flag;
# a field that starts with @ is not sent as it is but handled by the command.
options() {
  cat <<'TABLE'
create-user update-user|--email|user_email|string|e-mail address
create-user|--user-id|user_id|string|id; generated when left out
get-user delete-user set-budget create-key list-keys|--email|@email|string|e-mail address of the user
update-user get-user delete-user set-budget create-key list-keys|--user-id|user_id|string|id of the user
create-user update-user|--alias|user_alias|string|name shown beside the e-mail address
create-user update-user|--role|user_role|string|proxy_admin, proxy_admin_viewer, internal_user or internal_user_viewer
create-user|--with-key|auto_create_key|flag|also create a first key and show it
create-key|--alias|key_alias|string|name of the key; must be unique
update-key block-key unblock-key delete-key set-budget|--alias|@alias|string|name of the key
update-key block-key unblock-key delete-key set-budget|--key-id|@key_id|string|id of the key (the hash that list-keys shows)
list-keys|--alias|key_alias|string|only the key of this name
update-key|--new-alias|key_alias|string|new name of the key
create-key update-key|--team-id|team_id|string|id of the team it belongs to
create-key update-key|--duration|duration|duration|life of the key, for instance 90d; without it the key does not expire
create-user update-user create-key update-key set-budget|--budget|max_budget|number|budget in USD
create-user update-user create-key update-key set-budget|--budget-duration|budget_duration|duration|when the budget starts anew: 30d, 1mo, daily, weekly, monthly …
create-user update-user create-key update-key|--models|models|list|models it may use, comma-separated; without it all
create-user update-user create-key update-key|--rpm|rpm_limit|integer|requests per minute
create-user update-user create-key update-key|--tpm|tpm_limit|integer|tokens per minute
spend|--by|@by|string|user (default), key or model; model adds up the days asked for
spend|--since|@since|string|first day, YYYY-MM-DD (default: the first of this month; with --by model)
spend|--until|@until|string|last day, YYYY-MM-DD (default: today; with --by model)
TABLE
}

usage() {
  cat <<'TEXT'
Usage: litellm-users.sh [global options] COMMAND [options]

Commands:
TEXT
  commands | awk -F '|' '{ printf "  %-13s %s\n", $1, $4 }'
  cat <<'TEXT'

Global options (before or after the command):
  --json            print the server's answer as JSON
  --yes             do not ask before deleting
  --tunnel          reach the admin API through a Systems Manager tunnel, closed at the end (from outside the VPC)
  --stack NAME      the Pulumi stack to read the outputs of (default: the selected one)
  --url URL         the admin API's address (default: http://<alb_dns_name>, from the stack's outputs)
  --key-file FILE   file with the master key
  --help            this text; after a command, that command's options

The master key is taken from --key-file, else from the environment variable LITELLM_MASTER_KEY, else from Secrets Manager (stack output
master_key_secret). It is never an argument and never printed.
TEXT
}

command_usage() {
  local summary example
  summary=$(command_field 4)
  example=$(command_field 5)
  printf 'litellm-users.sh %s: %s\n\nOptions:\n' "$COMMAND" "$summary"
  options | awk -F '|' -v command="$COMMAND" \
    '(" " $1 " ") ~ (" " command " ") { printf "  %-18s %s\n", $2 ($4 == "flag" ? "" : " …"), $5; found = 1 } END { if (!found) print "  (none)" }'
  printf '\nExample:\n  scripts/litellm-users.sh %s\n' "$example"
}

command_field() { commands | awk -F '|' -v command="$COMMAND" -v field="$1" '$1 == command { print $field }'; }

# option_row OPTION prints "field|type" of the command's option.
option_row() {
  options | awk -F '|' -v command="$COMMAND" -v option="$1" '(" " $1 " ") ~ (" " command " ") && $2 == option { print $3 "|" $4 }'
}

# duration_value VALUE prints a duration in LiteLLM's units (30s, 30m, 30h, 30d, 1w, 1mo), or nothing when it is none.
duration_value() {
  case $1 in
    daily) echo 1d ;;
    weekly) echo 7d ;;
    monthly) echo 1mo ;;
    *) printf '%s\n' "$1" | grep -Ex '[1-9][0-9]*(s|m|h|d|w|mo)' || true ;;
  esac
}

# add FIELD JSON puts a field into the request under construction.
add() { REQUEST=$(jq -c --arg field "$1" --argjson value "$2" '.[$field] = $value' <<<"$REQUEST"); }

# typed OPTION TYPE VALUE prints the value as JSON, or stops with what is allowed.
typed() {
  local duration
  case $2 in
    string) jq -n --arg value "$3" '$value' ;;
    list) jq -cn --arg value "$3" '$value | split(",") | map(select(. != ""))' ;;
    number)
      printf '%s' "$3" | grep -Eqx '[0-9]+(\.[0-9]+)?' || usage_error "$1 = '$3': allowed is a number of 0 or more, for instance 50 or 12.5"
      printf '%s\n' "$3"
      ;;
    integer)
      printf '%s' "$3" | grep -Eqx '[1-9][0-9]*' || usage_error "$1 = '$3': allowed is a whole number of 1 or more"
      printf '%s\n' "$3"
      ;;
    duration)
      duration=$(duration_value "$3")
      [ -n "$duration" ] || usage_error "$1 = '$3': allowed is a number with s, m, h, d, w or mo (30d, 1mo), or daily, weekly, monthly"
      jq -n --arg value "$duration" '$value'
      ;;
  esac
}

COMMAND="" JSON=false YES=false TUNNEL=false STACK=${STACK:-} URL="" KEY_FILE="" HELP=false
REQUEST='{}'
EMAIL="" ALIAS="" KEY_ID="" BY=user SINCE="" UNTIL=""

parse_option() { # OPTION VALUE
  local row field value
  row=$(option_row "$1")
  [ -n "$row" ] || usage_error "'$1' is not an option of $COMMAND; see: litellm-users.sh $COMMAND --help"
  field=${row%%|*}
  value=$(typed "$1" "${row#*|}" "$2")
  case $field in
    @email) EMAIL=$2 ;;
    @alias) ALIAS=$2 ;;
    @key_id)
      case $2 in sk-*) usage_error "--key-id takes the id that list-keys shows, not the key itself: arguments are visible in the process list" ;; esac
      KEY_ID=$2
      ;;
    @by)
      case $2 in user | key | model) BY=$2 ;; *) usage_error "--by = '$2': allowed are user, key, model" ;; esac
      ;;
    @since | @until)
      printf '%s' "$2" | grep -Eqx '[0-9]{4}-[0-9]{2}-[0-9]{2}' || usage_error "$1 = '$2': allowed is a day as YYYY-MM-DD"
      if [ "$field" = @since ]; then SINCE=$2; else UNTIL=$2; fi
      ;;
    *) add "$field" "$value" ;;
  esac
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) HELP=true ;;
      --json) JSON=true ;;
      --yes) YES=true ;;
      --tunnel) TUNNEL=true ;;
      --stack | --url | --key-file)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        case $1 in --stack) STACK=$2 ;; --url) URL=${2%/} ;; --key-file) KEY_FILE=$2 ;; esac
        shift
        ;;
      --*)
        [ -n "$COMMAND" ] || usage_error "'$1' stands before the command; see: litellm-users.sh --help"
        if [ "$(option_row "$1")" = "auto_create_key|flag" ]; then
          add auto_create_key true
        else
          [ $# -ge 2 ] || usage_error "$1 needs a value"
          parse_option "$1" "$2"
          shift
        fi
        ;;
      *)
        [ -z "$COMMAND" ] || usage_error "unexpected argument '$1'"
        COMMAND=$1
        [ -n "$(command_field 1)" ] || usage_error "unknown command '$COMMAND'; see: litellm-users.sh --help"
        ;;
    esac
    shift
  done
}

# master_key puts the master key into a file that only this user can read.
master_key() {
  MASTER_KEY_FILE=$SCRATCH/master-key
  (
    umask 077
    if [ -n "$KEY_FILE" ]; then
      [ -r "$KEY_FILE" ] || die "cannot read the key file $KEY_FILE"
      tr -d '\r\n' <"$KEY_FILE" >"$MASTER_KEY_FILE"
    elif [ -n "${LITELLM_MASTER_KEY:-}" ]; then
      printf '%s' "$LITELLM_MASTER_KEY" >"$MASTER_KEY_FILE"
    else
      local name
      name=$(stack_output master_key_secret)
      secret_value "$name" | tr -d '\n' >"$MASTER_KEY_FILE"
    fi
  )
  [ -s "$MASTER_KEY_FILE" ] || die "the master key is empty"
}

find_gateway() {
  if [ -z "$URL" ]; then
    local host
    host=$(stack_output alb_dns_name)
    [ -n "$host" ] || die "the stack has no output alb_dns_name: is it deployed?"
    URL="http://$host"
  fi
  if $TUNNEL; then
    local host=${URL#http://}
    open_tunnel "${host%%:*}"
    URL=$TUNNEL_URL
  fi
}

# api METHOD PATH JSON sends the fields as the body of a POST or the query of a GET, and stops with the server's message on an error.
api() {
  local url=$URL$2 query
  if [ "$1" = GET ]; then
    query=$(jq -r 'to_entries | map("\(.key | @uri)=\(.value | tostring | @uri)") | join("&")' <<<"$3")
    http GET "$url${query:+?$query}" "$MASTER_KEY_FILE"
  else
    printf '%s' "$3" >"$SCRATCH/body"
    http "$1" "$url" "$MASTER_KEY_FILE" "$SCRATCH/body"
  fi
  case $HTTP_STATUS in
    2??) ;;
    *) die "$COMMAND: the server answered $HTTP_STATUS: $(server_message)" ;;
  esac
}

# every_page PATH JSON PAGE_SIZE_FIELD LIST_FIELD collects all pages of a list into $SCRATCH/list.
every_page() {
  local page=1 pages=1
  : >"$SCRATCH/pages"
  while [ "$page" -le "$pages" ]; do
    api GET "$1" "$(jq -c --arg size "$3" --argjson page "$page" '. + {page: $page, ($size): 100}' <<<"$2")"
    jq -c --arg list "$4" '.[$list][]' "$SCRATCH/response" >>"$SCRATCH/pages"
    pages=$(jq -r '.total_pages // 1' "$SCRATCH/response")
    page=$((page + 1))
  done
  jq -s . "$SCRATCH/pages" >"$SCRATCH/list"
}

# one FIELD VALUE NAME prints the one element of the list whose field has the value.
one() {
  local found
  found=$(jq -c --arg field "$1" --arg wanted "$2" '[.[] | select(.[$field] == $wanted)]' "$SCRATCH/list")
  case $(jq length <<<"$found") in
    0) die "there is no $3 '$2'" ;;
    1) jq -c '.[0]' <<<"$found" ;;
    *) die "there is more than one $3 '$2'; name it by its id" ;;
  esac
}

# resolve turns --email into user_id and --alias/--key-id into the key's id: LiteLLM's e-mail search also finds parts of addresses.
resolve_user() {
  [ -n "$EMAIL" ] || return 0
  local user
  every_page /user/list "$(jq -cn --arg email "$EMAIL" '{user_email: $email}')" page_size users
  user=$(one user_email "$EMAIL" "user with the e-mail address")
  add user_id "$(jq -c .user_id <<<"$user")"
}
resolve_key() {
  [ -z "$KEY_ID" ] || return 0
  [ -n "$ALIAS" ] || usage_error "$COMMAND needs --alias or --key-id"
  local key
  every_page /key/list "$(jq -cn --arg alias "$ALIAS" '{key_alias: $alias, return_full_object: true}')" size keys
  key=$(one key_alias "$ALIAS" "key with the alias")
  KEY_ID=$(jq -r .token <<<"$key")
}

# block_keys blocks all keys of the user in REQUEST: LiteLLM goes on taking a deleted user's keys for a minute, and refuses a blocked key at once.
block_keys() {
  local id
  every_page /key/list "$(jq -c '{user_id, return_full_object: true}' <<<"$REQUEST")" size keys
  for id in $(jq -r '.[].token' "$SCRATCH/list"); do
    api POST /key/block "$(jq -cn --arg key "$id" '{$key}')"
  done
}

require_field() { # FIELD OPTION
  jq -e --arg field "$1" 'has($field)' <<<"$REQUEST" >/dev/null || usage_error "$COMMAND needs $2"
}

confirm() {
  $YES && return 0
  [ -t 0 ] || usage_error "$COMMAND asks before it deletes; without a terminal give --yes"
  local answer
  read -r -p "$1 Type yes to go on: " answer
  [ "$answer" = yes ] || die "nothing was deleted"
}

# show FILTER prints the response (or the collected list) as JSON, or through a jq filter that makes tab-separated lines.
show() { # FILE FILTER
  if $JSON; then jq . "$1"; else jq -r "def usd: if . == null then \"-\" else . * 10000 | round / 10000 | tostring end;
    def list: if (. // []) == [] then \"all\" else join(\",\") end; $2" "$1" | table; fi
}

USER_ROWS='(["USER ID","E-MAIL","ROLE","SPEND USD","BUDGET USD","RESETS","MODELS"]),
  (.[] | [.user_id, .user_email // "-", .user_role // "-", (.spend | usd), (.max_budget | usd), .budget_duration // "-", (.models | list)]) | @tsv'
KEY_ROWS='(["KEY ID","ALIAS","USER ID","SPEND USD","BUDGET USD","RESETS","EXPIRES","BLOCKED"]),
  (.[] | [.token, .key_alias // "-", .user_id // "-", (.spend | usd), (.max_budget | usd), .budget_duration // "-", .expires // "never", (.blocked // false | tostring)]) | @tsv'

# need_change refuses an update that changes nothing.
need_change() {
  [ "$(jq 'del(.user_id, .user_email) | length' <<<"$REQUEST")" -gt 0 ] || usage_error "$COMMAND was given nothing to change; see: litellm-users.sh $COMMAND --help"
}

run() {
  local method path
  method=$(command_field 2)
  path=$(command_field 3)
  case $COMMAND in
    create-user)
      require_field user_email --email
      jq -e 'has("auto_create_key")' <<<"$REQUEST" >/dev/null || add auto_create_key false
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" '"User \(.user_email) created.", "id: \(.user_id)", (if .key then "key: \(.key) (shown once: keep it now)" else empty end)'
      ;;
    get-user)
      resolve_user
      require_field user_id "--email or --user-id"
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" '(.user_info // {} | to_entries[] | select(.value | type != "object" and type != "array") | select(.value != null) | [.key, (.value | tostring)]),
        (["keys", (.keys | length | tostring)]), (.keys[]? | ["", (.key_alias // .key_name // "-") + " (spend " + (.spend | usd) + " USD)"]) | @tsv'
      ;;
    list-users)
      every_page "$path" "$REQUEST" page_size users
      show "$SCRATCH/list" "$USER_ROWS"
      ;;
    update-user)
      jq -e 'has("user_id") or has("user_email")' <<<"$REQUEST" >/dev/null || usage_error "$COMMAND needs --email or --user-id"
      need_change
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" '"User changed."'
      ;;
    delete-user)
      resolve_user
      require_field user_id "--email or --user-id"
      confirm "Deletes user ${EMAIL:-$(jq -r .user_id <<<"$REQUEST")} and the user's keys."
      block_keys
      api "$method" "$path" "$(jq -c '{user_ids: [.user_id]}' <<<"$REQUEST")"
      show "$SCRATCH/response" '"User deleted."'
      ;;
    create-key)
      resolve_user
      require_field key_alias --alias
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" '"Key \(.key_alias) created.", "key: \(.key) (shown once: keep it now)", "expires: \(.expires // "never")"'
      ;;
    list-keys)
      resolve_user
      add return_full_object true
      every_page "$path" "$REQUEST" size keys
      show "$SCRATCH/list" "$KEY_ROWS"
      ;;
    update-key | block-key | unblock-key)
      [ "$COMMAND" != update-key ] || need_change
      resolve_key
      add key "$(jq -n --arg key "$KEY_ID" '$key')"
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" "\"Key $(past_tense).\""
      ;;
    delete-key)
      resolve_key
      confirm "Deletes the key ${ALIAS:-$KEY_ID}."
      api "$method" "$path" "$(jq -cn --arg key "$KEY_ID" '{keys: [$key]}')"
      show "$SCRATCH/response" '"Key deleted."'
      ;;
    set-budget)
      require_field max_budget --budget
      if [ -n "$ALIAS$KEY_ID" ]; then
        resolve_key
        add key "$(jq -n --arg key "$KEY_ID" '$key')"
        api "$method" /key/update "$REQUEST"
      else
        resolve_user
        require_field user_id "--email, --user-id, --alias or --key-id"
        api "$method" /user/update "$REQUEST"
      fi
      show "$SCRATCH/response" '"Budget set."'
      ;;
    spend) run_spend "$path" ;;
    models)
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" '.data | sort_by(.id)[] | .id'
      ;;
    health)
      api "$method" "$path" "$REQUEST"
      show "$SCRATCH/response" '(["status", .status // "-"]), (["database", .db // "-"]), (["version", .litellm_version // "-"]) | @tsv'
      ;;
  esac
}

past_tense() { case $COMMAND in update-key) echo changed ;; block-key) echo blocked ;; unblock-key) echo unblocked ;; esac; }

run_spend() { # PATH
  case $BY in
    user)
      every_page /user/list '{}' page_size users
      jq 'sort_by(-(.spend // 0))' "$SCRATCH/list" >"$SCRATCH/sorted"
      show "$SCRATCH/sorted" "$USER_ROWS"
      ;;
    key)
      every_page /key/list '{"return_full_object":true}' size keys
      jq 'sort_by(-(.spend // 0))' "$SCRATCH/list" >"$SCRATCH/sorted"
      show "$SCRATCH/sorted" "$KEY_ROWS"
      ;;
    model)
      api GET "$1" "$(jq -cn --arg since "${SINCE:-$(date +%Y-%m-01)}" --arg until "${UNTIL:-$(date +%Y-%m-%d)}" '{start_date: $since, end_date: $until}')"
      show "$SCRATCH/response" '(["MODEL","SPEND USD","TOKENS IN","TOKENS OUT","REQUESTS","FAILED"]),
        ([.results[].breakdown.models // {} | to_entries[]] | group_by(.key)
          | map({model: .[0].key, spend: (map(.value.metrics.spend) | add), in: (map(.value.metrics.prompt_tokens) | add), out: (map(.value.metrics.completion_tokens) | add),
                 requests: (map(.value.metrics.api_requests) | add), failed: (map(.value.metrics.failed_requests) | add)})
          | sort_by(-.spend)[] | [.model, (.spend | usd), .in, .out, .requests, .failed]) | @tsv'
      ;;
  esac
}

need curl jq awk
parse "$@"
if $HELP; then
  if [ -n "$COMMAND" ]; then command_usage; else usage; fi
  exit 0
fi
if [ -z "$COMMAND" ]; then
  usage >&2
  exit 2
fi
master_key
find_gateway
run
