# shellcheck shell=bash disable=SC2016 # what looks like a variable in single quotes is jq's
# How litellm-users.sh talks to LiteLLM's admin API: the master key, the address, requests, lists, and finding users, keys and teams before anything is
# changed. Sourced after lib.sh, not run. What is said of LiteLLM is of 1.102.4, and seen by internal/test/runtime/gateway.
# shellcheck disable=SC2034 # what is set here is read by litellm-users.sh

# The user that the master key is: LiteLLM makes it an administrator of each team (litellm/proxy/management_endpoints/team_endpoints.py).
MASTER_USER=default_user_id
# LiteLLM cannot take away a user's rate limit, only change it: this many a minute stands for none.
NO_LIMIT=2147483647

# find_master_key sets MASTER_KEY, a variable of the shell only: from --key-file, LITELLM_MASTER_KEY or the stack's secret.
find_master_key() {
  local secret
  if [ -n "$KEY_FILE" ]; then
    MASTER_KEY=$(key_of_file "$KEY_FILE")
    check_key "$MASTER_KEY" "the master key in $KEY_FILE"
  elif [ -n "${LITELLM_MASTER_KEY:-}" ]; then
    MASTER_KEY=$LITELLM_MASTER_KEY
    check_key "$MASTER_KEY" "the master key in LITELLM_MASTER_KEY"
  else
    secret=$(needed_output master_key_secret)
    MASTER_KEY=$(secret_value "$secret")
    case $MASTER_KEY in
      "{"*) die "the secret $secret holds JSON and not the key alone. LiteLLM's task takes the whole text as its master key: store the key alone (aws secretsmanager put-secret-value --secret-id $secret --secret-string file://FILE), then force a new deployment of litellm." ;;
    esac
    check_key "$MASTER_KEY" "the secret $secret"
  fi
}

find_gateway() {
  local host
  if [ -z "$URL" ]; then
    host=$(needed_output alb_dns_name)
    URL="http://$host"
  fi
  if $TUNNEL; then
    host=${URL#http://}
    open_tunnel "${host%%[:/]*}"
    URL=$TUNNEL_URL
  fi
}

# ask_api METHOD PATH JSON [QUERY] sends the fields as the body of a POST or in the query of a GET; the caller looks at HTTP_STATUS.
ask_api() {
  local url=$URL$2 query=${4:-} body=""
  if [ "$1" = GET ]; then
    [ "$3" = '{}' ] || query=$query${query:+&}$(jq -r 'to_entries | map("\(.key | @uri)=\(.value | tostring | @uri)") | join("&")' <<<"$3")
    case $url in *\?*) url="$url${query:+&$query}" ;; *) url="$url${query:+?$query}" ;; esac
  else
    printf '%s' "$3" >"$SCRATCH/body"
    body=$SCRATCH/body
  fi
  http "$1" "$url" "$MASTER_KEY" "$body" || die "$HTTP_PROBLEM. The admin API answers inside the VPC only; from elsewhere use --tunnel."
}

# api is ask_api that stops with the server's message where it refuses.
api() {
  ask_api "$@"
  case $HTTP_STATUS in 2??) ;; *) refused ;; esac
}
refused() { die "$COMMAND: the server answered $HTTP_STATUS: $(server_message)$([ "$HTTP_STATUS" != 401 ] || echo " (is this the master key?)")"; }

# every_page PATH JSON PAGE_SIZE_FIELD PAGE_SIZE LIST_FIELD FILTER [jq's arguments] collects all pages of a list, through a filter, into $SCRATCH/list.
every_page() {
  local path=$1 fields=$2 size=$3 most=$4 list=$5 filter=$6 page=1 pages=1
  shift 6
  : >"$SCRATCH/pages"
  while [ "$page" -le "$pages" ]; do
    api GET "$path" "$fields" "$size=$most&page=$page"
    jq -c --arg list "$list" '(.total_pages // .metadata.total_pages // 1), .[$list][]' "$SCRATCH/response" >"$SCRATCH/page"
    read -r pages <"$SCRATCH/page"
    sed 1d "$SCRATCH/page" >>"$SCRATCH/pages"
    page=$((page + 1))
  done
  jq -s --arg master "$MASTER_USER" "$@" "$filter" "$SCRATCH/pages" >"$SCRATCH/list"
}
# Lists are asked for in the order of ids: by LiteLLM's own order, the newest first, what is made meanwhile would shift the rest, and rows of one moment
# have no order at all. What a new id shifts onto the next page is there twice.
list_users() { # JSON [FILTER [jq's arguments]]
  local filter=${2:-.}
  every_page "/user/list?sort_by=user_id&sort_order=asc" "$1" page_size 100 users "map(select(.user_id != \$master)) | unique_by(.user_id) | $filter" "${@:3}"
}
list_keys() { # JSON
  every_page "/key/list?return_full_object=true&sort_by=token&sort_order=asc" "$1" size 100 keys 'unique_by(.token) | sort_by(.key_alias // "")'
}
list_teams() { # [FILTER [jq's arguments]]
  local filter=${1:-.}
  every_page "/v2/team/list?sort_by=team_id&sort_order=asc" '{}' page_size 100 teams \
    "map(.members_with_roles |= map(select(.user_id != \$master))) | unique_by(.team_id) | $filter" "${@:2}"
}

# one WHAT HOW prints the one element of the list, or stops; HOW says how to name one of several.
one() {
  local found
  found=$(jq -c 'length, .[0]' "$SCRATCH/list")
  case $found in
    0*) die "there is no $1" ;;
    1$'\n'*) printf '%s\n' "${found#*$'\n'}" ;;
    *) die "there is more than one $1; $2" ;;
  esac
}

# user_by_email ADDRESS puts the users with that address, in any case, into the list. LiteLLM finds parts of addresses too, without regard to case: of
# what it finds, those as long as the address are the address.
user_by_email() {
  list_users "$(jq -cn --arg email "$1" '{user_email: $email}')" 'map(select((.user_email // "" | length) == ($email | length)))' --arg email "$1"
}

# find_user sets USER_ID and USER_FOUND, what LiteLLM knows of the user that --email or --user-id names; it stops where there is none, because LiteLLM would
# make one of whatever it is told to change.
find_user() {
  if [ -n "$EMAIL" ]; then
    user_by_email "$EMAIL"
    USER_FOUND=$(one "user with the e-mail address '$EMAIL'" "name the user by --user-id")
    USER_ID=$(jq -r .user_id <<<"$USER_FOUND")
  else
    user_by_id "$USER_ID"
    [ -n "$USER_FOUND" ] || die "there is no user with the id '$USER_ID'"
  fi
}

# user_by_id ID sets USER_FOUND, to nothing where there is none. LiteLLM finds parts of ids too; asked for one user alone, it would log an error.
user_by_id() {
  list_users "$(jq -cn --arg id "$1" '{user_ids: $id}')" '.[] | select(.user_id == $id)' --arg id "$1"
  USER_FOUND=$(cat "$SCRATCH/list")
}

# find_team sets TEAM_ID and TEAM_FOUND from --team, which is a team's id or name.
find_team() {
  list_teams 'map(select(.team_id == $team)) as $by_id | if $by_id == [] then map(select(.team_alias == $team)) else $by_id end' --arg team "$TEAM"
  TEAM_FOUND=$(one "team '$TEAM'" "name the team by its id (list-teams)")
  TEAM_ID=$(jq -r .team_id <<<"$TEAM_FOUND")
}

# is_member says whether the found user is a member of the found team.
is_member() { jq -e --arg user "$USER_ID" '.members_with_roles | any(.user_id == $user)' <<<"$TEAM_FOUND" >/dev/null; }
need_member() { is_member || die "$USER_ID is no member of team $TEAM_ID: scripts/litellm-users.sh add-member --team $TEAM_ID --user-id $USER_ID"; }

# find_key sets KEY_ID and KEY_FOUND from --alias or --key-id.
find_key() {
  if [ -n "$KEY_ID" ]; then
    list_keys "$(jq -cn --arg key "$KEY_ID" '{key_hash: $key}')"
    KEY_FOUND=$(one "key with the id '$KEY_ID'" "")
  else
    list_keys "$(jq -cn --arg alias "$ALIAS" '{key_alias: $alias}')"
    KEY_FOUND=$(one "key with the alias '$ALIAS'" "name the key by --key-id")
    KEY_ID=$(jq -r .token <<<"$KEY_FOUND")
  fi
}

# free_alias ALIAS stops where a key has it already.
free_alias() {
  list_keys "$(jq -cn --arg alias "$1" '{key_alias: $alias}')"
  [ "$(cat "$SCRATCH/list")" = "[]" ] || die "there is a key with the alias '$1' already: choose another one${2:+ ($2)}, or delete that key"
}

# check_models stops where REQUEST names a model that the gateway does not serve.
check_models() {
  local unknown
  jq -e '.models // [] | length > 0' <<<"$REQUEST" >/dev/null || return 0
  api GET /v1/models '{}'
  # The three are LiteLLM's own (litellm/proxy/_types.py, SpecialModelNames).
  unknown=$(jq -r --argjson request "$REQUEST" '$request.models - [.data[].id] - ["all-proxy-models", "no-default-models", "all-team-models"]
    | map("\u0027" + . + "\u0027") | join(", ")' "$SCRATCH/response")
  [ -z "$unknown" ] || die "--models: the gateway serves no $unknown. It serves: $(jq -r '[.data[].id] | sort | join(", ")' "$SCRATCH/response")"
}

# block_keys JSON blocks all keys that the filter finds: LiteLLM goes on taking the keys of a deleted user, and of a member who left, for a while, and refuses a
# blocked key at once. A deleted team's it refuses by itself.
block_keys() {
  local id
  list_keys "$1"
  for id in $(jq -r '.[].token' "$SCRATCH/list"); do
    api POST /key/block "$(jq -cn --arg key "$id" '{$key}')"
  done
}
