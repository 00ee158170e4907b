# shellcheck shell=bash disable=SC2016 # what looks like a variable in single quotes is jq's
# litellm-users.sh: what all commands share before and after they ask LiteLLM. Each command is run_COMMAND, in lib-users.sh, lib-teams.sh and lib-keys.sh; what
# it needs has been parsed into REQUEST and variables. Sourced, not run.

# check_use refuses what a command cannot work with, before anything is asked or sent.
check_use() {
  case $COMMAND in
    onboard | create-user)
      [ -n "$EMAIL" ] || usage_error "$COMMAND needs --email"
      [ "$COMMAND" = onboard ] || $WITH_KEY || [ -z "$KEY_ALIAS" ] || usage_error "--key-alias names the key of --with-key"
      ;;
    get-user | update-user | delete-user | erase-user) need_named_user ;;
    add-member | remove-member)
      need_named_team
      need_named_user
      ;;
    create-team | update-team | delete-team) need_named_team ;;
    create-key) [ -n "$ALIAS" ] || usage_error "$COMMAND needs --alias" ;;
    update-key | block-key | unblock-key | delete-key) need_named_key ;;
    set-budget)
      need_field max_budget --budget
      if [ -n "$ALIAS$KEY_ID" ]; then
        need_named_key
        [ -z "$EMAIL$USER_ID$TEAM" ] || usage_error "$COMMAND sets one budget: that of a key, of a user, of a team, or of a user within a team"
      elif [ -z "$TEAM" ]; then
        [ -n "$EMAIL$USER_ID" ] || usage_error "$COMMAND needs --email, --user-id, --alias, --key-id or --team"
      fi
      ;;
    spend)
      SINCE=${SINCE:-$(date -u +%Y-%m-01)}
      UNTIL=${UNTIL:-$(date -u +%Y-%m-%d)}
      [[ ! $SINCE > $UNTIL ]] || usage_error "--since $SINCE is after --until $UNTIL"
      ;;
  esac
  # LiteLLM refuses a team's calls once more than its budget is spent (litellm 1.102.4, litellm/proxy/auth/auth_checks.py, _team_max_budget_check).
  case $COMMAND in
    create-team | update-team | set-budget)
      [ -z "$TEAM" ] || [ -n "$EMAIL$USER_ID" ] || [ "$(jq '.max_budget == 0' <<<"$REQUEST")" = false ] ||
        die "--budget 0 does not block a team: its first call would pass. Block its keys with block-key, or delete the team"
      ;;
  esac
  [ -z "$EMAIL" ] || [ -z "$USER_ID" ] || case $COMMAND in
    onboard | create-user) ;;
    *) usage_error "name the user by --email or by --user-id, not by both" ;;
  esac
  case $COMMAND in
    update-user | update-team | update-key)
      [ "$REQUEST" != '{}' ] || { [ "$COMMAND" = update-key ] && [ -n "$TEAM" ]; } ||
        usage_error "$COMMAND was given nothing to change; see: litellm-users.sh $COMMAND --help"
      ;;
    delete-user | erase-user | delete-team | remove-member | delete-key)
      $YES || [ -t 0 ] || usage_error "$COMMAND asks before it deletes; without a terminal give --yes"
      ;;
  esac
}
need_named_user() { [ -n "$EMAIL$USER_ID" ] || usage_error "$COMMAND needs --email or --user-id"; }
need_named_team() { [ -n "$TEAM" ] || usage_error "$COMMAND needs --team"; }
need_named_key() {
  [ -n "$ALIAS$KEY_ID" ] || usage_error "$COMMAND needs --alias or --key-id"
  [ -z "$ALIAS" ] || [ -z "$KEY_ID" ] || usage_error "name the key by --alias or by --key-id, not by both"
}
has_field() { jq -e --arg field "$1" 'has($field)' <<<"$REQUEST" >/dev/null; }
need_field() { has_field "$1" || usage_error "$COMMAND needs $2"; } # FIELD OPTION

confirm() { # TEXT
  $YES && return 0
  local answer
  read -r -p "$1 Type yes to go on: " answer
  [ "$answer" = yes ] || die "nothing was deleted"
}

# What the tables below are made with: usd, list, limit and budget of a row; rows of users, keys and teams.
JQ_ROWS='
  def usd: if . == null then "-" else . * 10000 | round / 10000 | tostring end;
  def list: (. // []) - ["all-proxy-models"] | if . == [] then "all" elif . == ["no-default-models"] then "none" else join(",") end;
  def limit: if . == null or . >= 2147483647 then "-" else tostring end;
  def names: if (. // []) == [] then "-" else join(",") end;
  def user_rows: ["USER ID","E-MAIL","ROLE","SPEND USD","BUDGET USD","RESETS","RPM","TPM","KEYS","TEAMS","MODELS"],
    (.[] | [.user_id, .user_email // "-", .user_role // "-", (.spend | usd), (.max_budget | usd), .budget_duration // "-", (.rpm_limit | limit),
      (.tpm_limit | limit), (.key_count // 0), (.teams | names), (.models | list)]) | @tsv;
  def key_rows: ["KEY ID","ALIAS","USER ID","TEAM","SPEND USD","BUDGET USD","RESETS","RPM","TPM","EXPIRES","BLOCKED","MODELS"],
    (.[] | [.token, .key_alias // "-", .user_id // "-", .team_id // "-", (.spend | usd), (.max_budget | usd), .budget_duration // "-", (.rpm_limit | limit),
      (.tpm_limit | limit), .expires // "never", (.blocked // false | tostring), (.models | list)]) | @tsv;
  def team_rows: ["TEAM ID","NAME","SPEND USD","BUDGET USD","RESETS","RPM","TPM","KEYS","MEMBERS","MODELS"],
    (.[] | [.team_id, .team_alias // "-", (.spend | usd), (.max_budget | usd), .budget_duration // "-", (.rpm_limit | limit), (.tpm_limit | limit),
      (.keys_count // 0), (.members_with_roles | length), (.models | list)]) | @tsv;
  def member_rows: ["TEAM ID","USER ID","SPEND USD","BUDGET USD","RESETS"],
    (.[] | .team_id as $team | .members[] | [$team, .user_id, (.spend | usd), (.max_budget | usd), .budget_duration // "-"]) | @tsv;
  def unlimited: .max_budget == null and .models != ["no-default-models"];
'

# show FILE FILTER prints a file as JSON, or through a jq filter that makes tab-separated lines.
show() { if $JSON; then jq . "$1"; else jq -r "$JQ_ROWS $2" "$1" | table; fi; }
# report TEXT … says what was done; with --json the server's answer is what is printed.
report() { if $JSON; then jq . "$SCRATCH/response"; else printf '%s\n' "$@"; fi; }
