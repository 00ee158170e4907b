#!/usr/bin/env bash
# Manages the gateway's users, teams, keys and budgets through LiteLLM's admin API. `litellm-users.sh --help` says how.
# shellcheck source-path=SCRIPTDIR disable=SC2016 # what looks like a variable in single quotes is jq's
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib-litellm.sh
. "$ROOT/scripts/lib-litellm.sh"
# shellcheck source=lib-commands.sh
. "$ROOT/scripts/lib-commands.sh"
# shellcheck source=lib-users.sh
. "$ROOT/scripts/lib-users.sh"
# shellcheck source=lib-teams.sh
. "$ROOT/scripts/lib-teams.sh"
# shellcheck source=lib-keys.sh
. "$ROOT/scripts/lib-keys.sh"

# command | what it does | worked example
commands() {
  cat <<'TABLE'
onboard|Create a user and a key, and print what to send to that colleague|onboard --email ada@example.com --budget 50 --budget-duration monthly
create-user|Create a user; no key yet unless --with-key|create-user --email ada@example.com --budget 50 --budget-duration monthly
get-user|Show one user with budget, spend, teams and keys|get-user --email ada@example.com
list-users|List the users|list-users
update-user|Change a user|update-user --email ada@example.com --models claude-haiku-4-5
delete-user|Block and delete a user's keys, then the user|delete-user --email ada@example.com
erase-user|Like delete-user, and say where else the person is and when that goes|erase-user --email ada@example.com
create-team|Create a team|create-team --team platform --budget 200 --budget-duration monthly --member-budget 20
list-teams|List the teams, and their members with their budgets|list-teams
update-team|Change a team|update-team --team platform --models claude-haiku-4-5,claude-sonnet-5
delete-team|Delete a team and its keys|delete-team --team platform
add-member|Add a user to a team|add-member --team platform --email ada@example.com --budget 30
remove-member|Take a user out of a team, with the user's keys of that team|remove-member --team platform --email ada@example.com
create-key|Create a key; it is shown once|create-key --alias ada-laptop --email ada@example.com --budget 20
list-keys|List the keys|list-keys --email ada@example.com
update-key|Change a key|update-key --alias ada-laptop --rpm 30
block-key|Block a key until it is unblocked|block-key --alias ada-laptop
unblock-key|Let a blocked key in again|unblock-key --alias ada-laptop
delete-key|Delete a key|delete-key --alias ada-laptop
set-budget|Set the budget of a user, a key, a team, or a user within a team|set-budget --email ada@example.com --budget 80 --budget-duration monthly
spend|Show what was spent in some days, by user, key, team or model|spend --by model --since 2026-11-01 --until 2026-11-30
models|List the models that the gateway serves|models
health|Show whether LiteLLM and its database answer|health
TABLE
}

# command(s) | option | field in the request | type | what it is. Types: `typed` below; a field that starts with @ is a variable and not sent as it is.
options() {
  cat <<'TABLE'
onboard create-user|--email|@EMAIL|email|e-mail address
get-user update-user delete-user erase-user add-member remove-member set-budget create-key list-keys|--email|@EMAIL|email|e-mail address of the user, in any case
onboard create-user|--user-id|@USER_ID|name|id, by which metrics, traces and spend know the user; without it the e-mail address in lower case
get-user update-user delete-user erase-user add-member remove-member set-budget create-key list-keys|--user-id|@USER_ID|name|id of the user
update-user|--new-email|user_email|email|new e-mail address; the id stays
create-user update-user|--alias|user_alias|text|name shown beside the e-mail address
create-user update-user|--role|user_role|role|proxy_admin, proxy_admin_viewer, internal_user or internal_user_viewer
create-user|--with-key|@WITH_KEY|flag|also create a first key and show it
onboard create-user|--key-alias|@KEY_ALIAS|name|name of that key; without it the user's id
onboard|--gateway-url|@GATEWAY_URL|url|address for clients (default: stack output gateway_url)
create-team|--team|@TEAM|name|name and id of the team
update-team delete-team add-member remove-member set-budget|--team|@TEAM|name|id or name of the team
list-teams|--team|@TEAM|name|only this team, by id or name
onboard create-user|--team|@TEAM|name|team to add the user to, by id or name; a first key is the team's, and --budget counts within the team too
create-key update-key|--team|@TEAM|name|team that the key belongs to, by id or name; its user must be a member
create-key update-key|--team-id|@TEAM|name|as --team
list-keys|--team|@TEAM|name|only keys of this team, by id or name
update-team|--new-name|team_alias|name|new name; the id stays
create-key|--alias|@ALIAS|name|name of the key; must be unique
update-key block-key unblock-key delete-key set-budget|--alias|@ALIAS|name|name of the key
update-key block-key unblock-key delete-key set-budget|--key-id|@KEY_ID|name|id of the key (as list-keys shows it)
list-keys|--alias|@ALIAS|name|only the key of this name
update-key|--new-alias|key_alias|name|new name of the key
onboard create-key update-key|--duration|duration|life|life of the key, as 90d or 6mo; none: it does not expire
onboard create-user update-user create-team update-team create-key update-key set-budget add-member|--budget|max_budget|money|budget in USD; 0 blocks, except a team; none takes it away
onboard create-user update-user create-team update-team create-key update-key set-budget add-member|--budget-duration|budget_duration|period|when the budget starts anew: daily, weekly (Monday), monthly (the 1st), or as 12h, 10d, 2w; none: never
create-team update-team|--member-budget|team_member_budget|money|budget in USD of each member within the team; none takes it away
onboard create-user update-user create-team update-team create-key update-key|--models|models|models|models it may use, comma-separated; all: every model; none: no model
create-user update-user create-team update-team create-key update-key|--rpm|rpm_limit|limit|requests a minute; none takes the limit away
create-user update-user create-team update-team create-key update-key|--tpm|tpm_limit|limit|tokens a minute; none takes the limit away
spend|--by|@BY|by|user (default), key, team or model
spend|--since|@SINCE|day|first day in UTC, YYYY-MM-DD (default: the first of this month)
spend|--until|@UNTIL|day|last day in UTC, YYYY-MM-DD (default: today)
TABLE
}

usage() {
  cat <<'TEXT'
Usage: litellm-users.sh [global options] COMMAND [options]

Commands:
TEXT
  commands | awk -F '|' '{ printf "  %-13s %s\n", $1, $2 }'
  cat <<'TEXT'

Global options (before or after the command):
  --json            print the answer as JSON
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
  local command=$1
  printf 'litellm-users.sh %s: %s\n\nOptions:\n' "$command" "$(command_field "$command" 2)"
  options | awk -F '|' -v command="$command" \
    '(" " $1 " ") ~ (" " command " ") { printf "  %-18s %s\n", $2 ($4 == "flag" ? "" : " …"), $5; found = 1 } END { if (!found) print "  (none)" }'
  printf '\nExample:\n  scripts/litellm-users.sh %s\n' "$(command_field "$command" 3)"
}

command_field() { commands | awk -F '|' -v command="$1" -v field="$2" '$1 == command { print $field }'; }

# option_row OPTION prints "field|type" of the command's option.
option_row() {
  options | awk -F '|' -v command="$COMMAND" -v option="$1" '(" " $1 " ") ~ (" " command " ") && $2 == option { print $3 "|" $4 }'
}

# matches VALUE PATTERN says whether the whole value, one line, is of the pattern.
matches() { [ "$1" = "${1%%$'\n'*}" ] && LC_ALL=C grep -Eqx -- "$2" <<<"$1"; }

# typed OPTION TYPE VALUE prints the value as JSON, or stops with what is allowed.
typed() {
  local value=$3
  case $2:$value in
    email:*)
      # A "user" that no address reaches is a typing error more often than not; letters of any script are fine.
      jq -en --arg value "$value" '$value | select(test("^[^\\s@\"\\\\,;<>\\p{Cc}]+@[^\\s@\"\\\\,;<>\\p{Cc}]+$"))' || refuse "$1" "$value" "an e-mail address"
      ;;
    name:*)
      # A backslash is lost in LiteLLM's searches, a comma separates ids there, blanks at the ends are cut off.
      jq -en --arg value "$value" '$value | select(test("^[^\\\\,\\p{Cc}]+$") and (test("^\\s|\\s$") | not))' ||
        refuse "$1" "$value" "a name without commas, backslashes, control characters and blanks at its ends"
      ;;
    text:*) jq -n --arg value "$value" '$value' ;;
    role:proxy_admin | role:proxy_admin_viewer | role:internal_user | role:internal_user_viewer) printf '"%s"\n' "$value" ;;
    role:*) refuse "$1" "$value" "proxy_admin, proxy_admin_viewer, internal_user or internal_user_viewer" ;;
    by:user | by:key | by:team | by:model) printf '"%s"\n' "$value" ;;
    by:*) refuse "$1" "$value" "user, key, team or model" ;;
    money:none | limit:none | period:none | life:none) echo null ;;
    money:*)
      matches "$value" '(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?' || refuse "$1" "$value" "a number of USD of 0 or more, for instance 50 or 12.5, or none"
      echo "$value"
      ;;
    limit:*)
      matches "$value" '[1-9][0-9]{0,8}' || refuse "$1" "$value" "a whole number of 1 or more, or none"
      echo "$value"
      ;;
    # When a budget starts anew. LiteLLM refuses months except one, and starts hours, minutes and seconds of more than a day, an hour and a minute
    # anew too early (get_next_standardized_reset_time in litellm/litellm_core_utils/duration_parser.py).
    period:daily) echo '"1d"' ;;
    period:weekly) echo '"7d"' ;;
    period:monthly) echo '"1mo"' ;;
    period:*)
      matches "$value" '1mo|[1-9][0-9]{0,3}[dw]|([1-9]|1[0-9]|2[0-4])h|([1-9]|[1-5][0-9]|60)[ms]' ||
        refuse "$1" "$value" "daily, weekly, monthly (1mo), a number with d or w, up to 24h, 60m or 60s, or none"
      printf '"%s"\n' "$value"
      ;;
    life:*)
      matches "$value" '[1-9][0-9]{0,3}(s|m|h|d|w|mo)' || refuse "$1" "$value" "a number of at most four digits with s, m, h, d, w or mo (90d, 6mo), or none"
      printf '"%s"\n' "$value"
      ;;
    models:all) echo '[]' ;;
    models:none) echo '["no-default-models"]' ;;
    models:*)
      jq -cn --arg value "$value" '$value | split(",") | map(gsub("^\\s+|\\s+$"; "")) | map(select(. != ""))' | grep -v '^\[\]$' ||
        refuse "$1" "$value" "models separated by commas, all or none"
      ;;
    day:*)
      matches "$value" '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' || refuse "$1" "$value" "a day as YYYY-MM-DD"
      printf '"%s"\n' "$value"
      ;;
    url:http://?* | url:https://?*) echo ok ;;
    url:*) refuse "$1" "$value" "an address with https://" ;;
  esac
}
refuse() { usage_error "$1 = '$2': allowed is $3"; } # OPTION VALUE ALLOWED

# add FIELD JSON puts a field into the request.
add() { REQUEST=$(jq -c --arg field "$1" --argjson value "$2" '.[$field] = $value' <<<"$REQUEST"); }

COMMAND="" JSON=false YES=false TUNNEL=false STACK=${STACK:-} URL="" KEY_FILE=""
REQUEST='{}' FIELDS=()
EMAIL="" USER_ID="" ALIAS="" KEY_ID="" KEY_ALIAS="" TEAM="" WITH_KEY=false GATEWAY_URL="" BY=user SINCE="" UNTIL=""

parse_option() { # OPTION FIELD TYPE VALUE
  local value
  value=$(typed "$1" "$3" "$4")
  case $2 in
    @GATEWAY_URL) GATEWAY_URL=${4%/} ;;
    @KEY_ID)
      case $4 in sk-*) usage_error "--key-id takes the id that list-keys shows, not the key itself: arguments are visible in the process list" ;; esac
      KEY_ID=$4
      ;;
    @*) printf -v "${2#@}" '%s' "$4" ;;
    *) FIELDS+=(--argjson "$2" "$value") ;;
  esac
}

parse() {
  local row seen=" "
  while [ $# -gt 0 ]; do
    case $1 in
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
        row=$(option_row "$1")
        [ -n "$row" ] || usage_error "'$1' is not an option of $COMMAND; see: litellm-users.sh $COMMAND --help"
        case $seen in *" $1 "*) usage_error "$1 is given twice" ;; esac
        seen="$seen$1 "
        if [ "${row#*|}" = flag ]; then
          printf -v "${row:1:${#row}-6}" true
        else
          [ $# -ge 2 ] || usage_error "$1 needs a value"
          parse_option "$1" "${row%%|*}" "${row#*|}" "$2"
          shift
        fi
        ;;
      *)
        [ -z "$COMMAND" ] || usage_error "unexpected argument '$1'"
        COMMAND=$1
        [ -n "$(command_field "$COMMAND" 1)" ] || usage_error "unknown command '$COMMAND'; see: litellm-users.sh --help"
        ;;
    esac
    shift
  done
  # bash 3.2 takes an empty list for an unset one.
  [ ${#FIELDS[@]} = 0 ] || REQUEST=$(jq -cn "${FIELDS[@]}" '$ARGS.named')
}

# help prints the help of the command among the arguments, or that of the script.
help() {
  local argument
  for argument in "$@"; do
    if [ -n "$(command_field "$argument" 1)" ]; then
      command_usage "$argument"
      return
    fi
  done
  usage
}

if asks_for_help "$@"; then
  help "$@"
  exit 0
fi
need curl jq awk
parse "$@"
if [ -z "$COMMAND" ]; then
  usage >&2
  exit 2
fi
check_use
find_master_key
find_gateway
"run_${COMMAND//-/_}"
