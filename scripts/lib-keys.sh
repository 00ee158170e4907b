# shellcheck shell=bash disable=SC2016 # what looks like a variable in single quotes is jq's
# litellm-users.sh: the commands about keys, budgets and spend, and about the gateway itself. Sourced, not run.

run_create_key() {
  local who
  USER_FOUND='{}' TEAM_FOUND='{}'
  if [ -n "$EMAIL$USER_ID" ]; then
    find_user
    add user_id "$(jq -c .user_id <<<"$USER_FOUND")"
  fi
  if [ -n "$TEAM" ]; then
    find_team
    [ -z "$USER_ID" ] || need_member
    add team_id "$(jq -c .team_id <<<"$TEAM_FOUND")"
  fi
  check_models
  free_alias "$ALIAS"
  api POST /key/generate "$(jq -c --arg alias "$ALIAS" '. + {key_alias: $alias}' <<<"$REQUEST")"
  show "$SCRATCH/response" '"Key \(.key_alias) created.", "key: \(.key) (shown once: keep it now)", "expires: \(.expires // "never")"'
  # A team's key spends the team's budget.
  if [ -n "$TEAM" ]; then who="neither it nor its team has a budget"; elif [ -n "$USER_ID" ]; then who="neither it nor its user has a budget"; else who="it has no budget and no user"; fi
  if jq -en --argjson key "$REQUEST" --argjson user "$USER_FOUND" --argjson team "$TEAM_FOUND" \
    '$key.max_budget == null and $key.models != ["no-default-models"] and (if $key.team_id then $team else $user end | .max_budget == null)' >/dev/null; then
    say "warning: nothing ends what this key spends, $who: scripts/litellm-users.sh set-budget --alias $ALIAS --budget 20 --budget-duration monthly"
  fi
}

run_list_keys() {
  local filter='{}'
  if [ -n "$EMAIL$USER_ID" ]; then
    find_user
    filter=$(jq -c --arg user "$USER_ID" '. + {user_id: $user}' <<<"$filter")
  fi
  if [ -n "$TEAM" ]; then
    find_team
    filter=$(jq -c --arg team "$TEAM_ID" '. + {team_id: $team}' <<<"$filter")
  fi
  [ -z "$ALIAS" ] || filter=$(jq -c --arg alias "$ALIAS" '. + {key_alias: $alias}' <<<"$filter")
  list_users '{}'
  cp "$SCRATCH/list" "$SCRATCH/users"
  list_teams
  cp "$SCRATCH/list" "$SCRATCH/teams"
  list_keys "$filter"
  show "$SCRATCH/list" key_rows
  warn_of_many keys "$(jq -r --slurpfile users "$SCRATCH/users" --slurpfile teams "$SCRATCH/teams" "$JQ_ROWS "'
    ($users[0] | map({key: .user_id, value: .max_budget}) | from_entries) as $of_users | ($teams[0] | map({key: .team_id, value: .max_budget}) | from_entries) as $of_teams
    | map(select(unlimited and (if .team_id then $of_teams[.team_id] else $of_users[.user_id // ""] end) == null) | .key_alias // .token) | join(", ")' "$SCRATCH/list")"
}

run_update_key() {
  find_key
  if [ -n "$TEAM" ]; then
    find_team
    USER_ID=$(jq -r '.user_id // ""' <<<"$KEY_FOUND")
    [ -z "$USER_ID" ] || need_member
    add team_id "$(jq -c .team_id <<<"$TEAM_FOUND")"
  fi
  check_models
  change_key /key/update changed
}
run_block_key() {
  find_key
  change_key /key/block blocked
}
run_unblock_key() {
  find_key
  change_key /key/unblock unblocked
}
change_key() { # PATH DONE
  api POST "$1" "$(jq -c --arg key "$KEY_ID" '. + {key: $key}' <<<"$REQUEST")"
  report "Key ${ALIAS:-$KEY_ID} $2."
}

run_delete_key() {
  find_key
  confirm "Deletes the key ${ALIAS:-$KEY_ID}."
  api POST /key/delete "$(jq -cn --arg key "$KEY_ID" '{keys: [$key]}')"
  report "Key ${ALIAS:-$KEY_ID} deleted."
}

run_set_budget() {
  # Without a budget there is nothing to start anew.
  has_field budget_duration || [ "$(jq .max_budget <<<"$REQUEST")" != null ] || add budget_duration null
  if [ -n "$ALIAS$KEY_ID" ]; then
    run_update_key
  elif [ -n "$TEAM" ] && [ -n "$EMAIL$USER_ID" ]; then
    find_user
    find_team
    need_member
    api POST /team/member_update "$(member_request '{user_id: $user}')"
    report "Budget of $USER_ID within team $TEAM_ID changed."
  elif [ -n "$TEAM" ]; then
    run_update_team
  else
    run_update_user
  fi
}

run_spend() {
  local path=/user/daily/activity of=entities head='["USER ID"]' cells='[.key]'
  case $BY in
    key) of=api_keys head='["KEY ID","ALIAS","USER ID","TEAM"]' cells='[.key, .metadata.key_alias // "-", .metadata.user_id // "-", .metadata.team_id // "-"]' ;;
    team) path=/team/daily/activity head='["TEAM ID"]' ;;
    # The names that clients use: by the provider's names a model would stand in two rows, its successes and its failures.
    model) of=model_groups head='["MODEL"]' ;;
  esac
  every_page "$path" "$(jq -cn --arg since "$SINCE" --arg until "$UNTIL" '{start_date: $since, end_date: $until}')" page_size 1000 results .
  jq --arg of "$of" '[.[].breakdown[$of] // {} | to_entries[]] | group_by(.key) | map({key: .[0].key, metadata: (.[0].value.metadata // {}),
      spend: (map(.value.metrics.spend) | add), prompt_tokens: (map(.value.metrics.prompt_tokens) | add), completion_tokens: (map(.value.metrics.completion_tokens) | add),
      requests: (map(.value.metrics.api_requests) | add), failed: (map(.value.metrics.failed_requests) | add)})
    | sort_by(-.spend, .key)' "$SCRATCH/list" >"$SCRATCH/spend"
  show "$SCRATCH/spend" "$head + [\"SPEND USD\",\"TOKENS IN\",\"TOKENS OUT\",\"REQUESTS\",\"FAILED\"],
    (.[] | $cells + [(.spend | usd), .prompt_tokens, .completion_tokens, .requests, .failed]) | @tsv"
  $JSON || say "$SINCE to $UNTIL, days in UTC."
}

run_models() {
  api GET /v1/models '{}'
  show "$SCRATCH/response" '.data | sort_by(.id)[] | .id'
}

run_health() {
  ask_api GET /health/readiness/details '{}'
  case $HTTP_STATUS in 200 | 503) ;; *) refused ;; esac
  show "$SCRATCH/response" '((["status", .status], ["database", .db], ["version", .litellm_version]) | select(.[1] != null)) | @tsv'
  [ "$HTTP_STATUS" = 200 ] || die "LiteLLM has no database: users, keys and budgets cannot be read"
}
