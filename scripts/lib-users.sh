# shellcheck shell=bash disable=SC2016 # what looks like a variable in single quotes is jq's
# litellm-users.sh: the commands about users. Sourced, not run.

# create_user makes the user of EMAIL, USER_ID, TEAM and REQUEST. All that can be wrong is looked at first.
create_user() {
  local unwanted
  user_by_email "$EMAIL"
  [ "$(cat "$SCRATCH/list")" = "[]" ] || die "there is a user with the e-mail address '$EMAIL' already: its id is '$(jq -r '.[0].user_id' "$SCRATCH/list")'"
  [ -n "$USER_ID" ] || USER_ID=$(jq -rn --arg email "$EMAIL" '$email | ascii_downcase')
  user_by_id "$USER_ID"
  [ -z "$USER_FOUND" ] || die "there is a user with the id '$USER_ID' already: give another one with --user-id"
  if [ -n "$TEAM" ]; then
    find_team
    add teams "$(jq -cn --arg team "$TEAM_ID" '[$team]')"
  fi
  check_models
  if $WITH_KEY; then
    KEY_ALIAS=${KEY_ALIAS:-$USER_ID}
    free_alias "$KEY_ALIAS" --key-alias
  fi
  api POST /user/new "$(jq -c --arg email "$EMAIL" --arg id "$USER_ID" '. + {user_email: $email, user_id: $id, auto_create_key: false}' <<<"$REQUEST")"
  # What was asked not to be there, and the gateway gave all the same (litellm.userMonthlyBudgetUsd).
  unwanted=$(jq -c --argjson made "$(jq '{max_budget, budget_duration}' "$SCRATCH/response")" \
    'with_entries(select(.value == null and $made[.key] != null))' <<<"$REQUEST")
  [ "$unwanted" = '{}' ] || api POST /user/update "$(jq -c --arg id "$USER_ID" '. + {user_id: $id}' <<<"$unwanted")"
  user_by_id "$USER_ID"
  # A user's own budget does not bind a key of a team: what was given counts there too.
  if [ -n "$TEAM" ] && has_field max_budget; then
    REQUEST=$(jq -c '{max_budget, budget_duration}' <<<"$USER_FOUND")
    api POST /team/member_update "$(member_request '{user_id: $user}')"
  fi
}

# create_key_of_user makes the new user's key, with the fields of the JSON, and puts it into $SCRATCH/key. A key of a team is not bound by its user's
# models either, so it gets them itself.
create_key_of_user() {
  ask_api POST /key/generate "$(jq -c --arg alias "$KEY_ALIAS" --arg team "${TEAM_ID:-}" --argjson user "$USER_FOUND" \
    '. + {user_id: $user.user_id, key_alias: $alias} + if $team == "" then {} else {team_id: $team, models: $user.models} end' <<<"$1")"
  case $HTTP_STATUS in
    2??) cp "$SCRATCH/response" "$SCRATCH/key" ;;
    *) die "the user $USER_ID was created, and its key was not: the server answered $HTTP_STATUS: $(server_message). Go on with: scripts/litellm-users.sh create-key --alias $KEY_ALIAS --user-id $USER_ID" ;;
  esac
}

# warn_of_user says so where nothing ends what the found user spends.
warn_of_user() {
  ! jq -e "$JQ_ROWS unlimited" <<<"$USER_FOUND" >/dev/null ||
    say "warning: $USER_ID has no budget, so nothing ends what is spent: scripts/litellm-users.sh set-budget --user-id $USER_ID --budget 50 --budget-duration monthly"
}

run_create_user() {
  local unwanted
  create_user
  printf '%s' "$USER_FOUND" >"$SCRATCH/user"
  if $WITH_KEY; then
    create_key_of_user '{}'
    jq --slurpfile key "$SCRATCH/key" '. + ($key[0] | {key, key_alias})' "$SCRATCH/user" >"$SCRATCH/both" && mv "$SCRATCH/both" "$SCRATCH/user"
  fi
  show "$SCRATCH/user" '"User \(.user_email) created.", "id: \(.user_id)",
    "budget: \(if .max_budget == null then "none" else "\(.max_budget) USD\(if .budget_duration then ", anew every \(.budget_duration)" else "" end)" end)", (if .key then "key: \(.key) (\(.key_alias); shown once: keep it now)" else empty end)'
  warn_of_user
}

run_onboard() {
  local claude
  WITH_KEY=true
  # The addresses first: where they cannot be had, nobody is created.
  if [ -n "$GATEWAY_URL" ]; then
    claude="export ANTHROPIC_BASE_URL=$GATEWAY_URL
export ANTHROPIC_AUTH_TOKEN=\"\$LITELLM_API_KEY\"
export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1"
  else
    GATEWAY_URL=$(needed_output gateway_url)
    claude=$(needed_output claude_code_env)
  fi
  local key
  key=$(jq -c 'with_entries(select(.key == "duration"))' <<<"$REQUEST")
  REQUEST=$(jq -c 'del(.duration)' <<<"$REQUEST")
  create_user
  create_key_of_user "$key"
  jq -n --argjson user "$USER_FOUND" --slurpfile key "$SCRATCH/key" --arg gateway "${GATEWAY_URL%/}" --arg claude "$claude" '
    {user: $user, key: ($key[0] | {key, key_alias, expires}),
     lines: "export LITELLM_API_KEY=\($key[0].key)\n\n# OpenAI SDKs\nexport OPENAI_BASE_URL=\($gateway)/v1\nexport OPENAI_API_KEY=\"$LITELLM_API_KEY\"\n\n# Claude Code, Anthropic SDKs\n\($claude)"}' >"$SCRATCH/onboarded"
  if $JSON; then
    jq . "$SCRATCH/onboarded"
  else
    say "User $USER_ID and key $KEY_ALIAS created. Send these lines in a way that only this colleague reads; the key is not shown again:"
    say ""
    jq -r .lines "$SCRATCH/onboarded"
  fi
  warn_of_user
}

run_get_user() {
  find_user
  api GET /user/info "$(jq -cn --arg id "$USER_ID" '{user_id: $id}')"
  if $JSON; then
    jq . "$SCRATCH/response"
    return
  fi
  jq -r "$JQ_ROWS"' .user_info as $user | $user | (["id", .user_id], ["e-mail", .user_email // "-"], ["alias", .user_alias // "-"], ["role", .user_role // "-"],
    ["spend USD", (.spend | usd)], ["budget USD", (.max_budget | usd)], ["resets", .budget_duration // "never"], ["next reset", .budget_reset_at // "-"],
    ["requests a minute", (.rpm_limit | limit)], ["tokens a minute", (.tpm_limit | limit)], ["models", (.models | list)],
    ["teams", (.teams | names)], ["created", .created_at // "-"]) | @tsv' "$SCRATCH/response" | table
  list_keys "$(jq -cn --arg user "$USER_ID" '{user_id: $user}')"
  printf '\n%s keys\n' "$(jq length "$SCRATCH/list")"
  jq -r "$JQ_ROWS key_rows" "$SCRATCH/list" | table
}

run_list_users() {
  list_users '{}'
  show "$SCRATCH/list" user_rows
  warn_of_many users "$(jq -r "$JQ_ROWS "'map(select(unlimited) | .user_id) | join(", ")' "$SCRATCH/list")"
}

# warn_of_many WHAT NAMES
warn_of_many() { [ -z "$2" ] || say "warning: nothing ends what these $1 spend, they have no budget: $2"; }

run_update_user() {
  local email found
  find_user
  email=$(jq -r '.user_email // ""' <<<"$REQUEST")
  if [ -n "$email" ]; then
    user_by_email "$email"
    found=$(jq -r --arg id "$USER_ID" 'map(select(.user_id != $id))[0].user_id // ""' "$SCRATCH/list")
    [ -z "$found" ] || die "there is a user with the e-mail address '$email' already: its id is '$found'"
  fi
  check_models
  # LiteLLM takes an empty list and an absent limit for nothing to change.
  api POST /user/update "$(jq -c --arg id "$USER_ID" --argjson none "$NO_LIMIT" '. + {user_id: $id}
    | if .models == [] then .models = ["all-proxy-models"] else . end
    | with_entries(if (.key == "rpm_limit" or .key == "tpm_limit") and .value == null then .value = $none else . end)' <<<"$REQUEST")"
  report "User $USER_ID changed."
}

run_delete_user() {
  find_user
  confirm "Deletes user $USER_ID and the user's keys."
  delete_user
  report "User $USER_ID deleted."
}
delete_user() {
  block_keys "$(jq -cn --arg user "$USER_ID" '{user_id: $user}')"
  api POST /user/delete "$(jq -cn --arg user "$USER_ID" '{user_ids: [$user]}')"
}

# run_erase_user deletes the user, and says of each other place what it has of the person, when that goes by itself, and how to remove it at once. The person
# may have been deleted before, by --user-id: what is left is then told of whoever has spend in the log.
run_erase_user() {
  local exists=true calls
  if [ -n "$EMAIL" ]; then find_user; else user_by_id "$USER_ID"; fi
  [ -n "$USER_FOUND" ] || exists=false
  api GET /spend/logs/v2 "$(jq -cn --arg user "$USER_ID" '{user_id: $user, start_date: "2000-01-01 00:00:00", end_date: "2999-12-31 00:00:00", page: 1, page_size: 1}')"
  calls=$(jq .total "$SCRATCH/response")
  $exists || [ "$calls" -gt 0 ] || die "there is no user with the id '$USER_ID', and no call of one in the spend log"
  if $exists; then
    confirm "Deletes user $USER_ID ($(jq -r '.user_email // "no e-mail address"' <<<"$USER_FOUND")) and the user's keys, for good."
    delete_user
  fi
  places "$exists" "$calls" | jq -R -s --arg id "$USER_ID" 'split("\n") | map(select(. != "") | split("|") | {place: .[0], what: .[1], until: .[2], how: .[3]}) | {user_id: $id, places: .}' >"$SCRATCH/erased"
  show "$SCRATCH/erased" '(["WHERE","WHAT","GOES","AT ONCE"]), (.places[] | [.place, .what, .until, .how]) | @tsv'
}

# places EXISTED CALLS prints where a person is: place|what|when it goes by itself|how to remove it at once. Days are the settings' defaults.
places() {
  $1 && printf '%s\n' "LiteLLM: user, keys, team memberships|name, e-mail address, budget, keys' hashes|removed now|-"
  cat <<TABLE
LiteLLM: spend log|$2 calls: id, time, model, cost, key alias|litellm.spendLogRetentionDays (30 days)|scripts/erase-user.sql
LiteLLM: spend per day, deleted keys|id, sums by day and model; aliases of deleted keys|never|scripts/erase-user.sql
Langfuse: traces|id, key alias; prompts and answers unless langfuse.content is none|langfuse.retentionDays (30 days)|Traces, filter User ID = $USER_ID, select all, Delete
VictoriaMetrics, Grafana|id and key alias as labels of counters|victoriametrics.retentionDays (30 days)|-
CloudWatch: LiteLLM's log|id and key alias in error lines|logs.retentionDays (14 days)|-
S3: access logs of the edge|client address, time, path; no id|logs.retentionDays (14 days)|-
RDS: backups|all of LiteLLM's and Langfuse's|database.backupDays (7 days)|-
RDS: snapshots made by hand, the final one|all of LiteLLM's and Langfuse's|never|delete them
TABLE
}
