# shellcheck shell=bash disable=SC2016 # what looks like a variable in single quotes is jq's
# litellm-users.sh: the commands about teams and their members. Sourced, not run.

run_create_team() {
  list_teams
  [ "$(jq --arg team "$TEAM" 'map(select(.team_id == $team or .team_alias == $team)) | length' "$SCRATCH/list")" = 0 ] || die "there is a team '$TEAM' already"
  check_models
  api POST /team/new "$(jq -c --arg team "$TEAM" '. + {team_id: $team, team_alias: $team}' <<<"$REQUEST")"
  report "Team $TEAM created."
  if ! has_field max_budget; then
    say "warning: $TEAM has no budget, so nothing ends what its keys spend: scripts/litellm-users.sh set-budget --team $TEAM --budget 200 --budget-duration monthly"
  fi
}

run_list_teams() {
  local id
  if [ -n "$TEAM" ]; then find_team; else list_teams; fi
  cp "$SCRATCH/list" "$SCRATCH/teams"
  : >"$SCRATCH/members"
  # The members' budgets and spend come with one team at a time.
  jq -r '.[].team_id | @json' "$SCRATCH/teams" >"$SCRATCH/ids"
  while read -r -u 3 id; do
    api GET /team/info "$(jq -cn --argjson id "$id" '{team_id: $id}')"
    jq -c --arg master "$MASTER_USER" '. as $team | {team_id, members: [$team.team_info.members_with_roles[] | select(.user_id != $master) | .user_id as $user
      | ([$team.team_memberships[] | select(.user_id == $user)][0] // {}) as $membership
      | {user_id, user_email, role, spend: ($membership.spend // 0), max_budget: $membership.litellm_budget_table.max_budget,
         budget_duration: $membership.litellm_budget_table.budget_duration}]}' "$SCRATCH/response" >>"$SCRATCH/members"
  done 3<"$SCRATCH/ids"
  jq --slurpfile members "$SCRATCH/members" 'map(. as $team | . + {members: ([$members[] | select(.team_id == $team.team_id)][0].members // [])})' \
    "$SCRATCH/teams" >"$SCRATCH/list"
  show "$SCRATCH/list" team_rows
  if ! $JSON && jq -e '(map(.members | length) | add // 0) > 0' "$SCRATCH/list" >/dev/null; then
    printf '\n'
    show "$SCRATCH/list" member_rows
  fi
  warn_of_many teams "$(jq -r "$JQ_ROWS "'map(select(unlimited) | .team_id) | join(", ")' "$SCRATCH/list")"
}

run_update_team() {
  local name
  find_team
  name=$(jq -r '.team_alias // ""' <<<"$REQUEST")
  if [ -n "$name" ]; then
    list_teams
    [ "$(jq --arg name "$name" --arg id "$TEAM_ID" 'map(select(.team_id != $id and (.team_id == $name or .team_alias == $name))) | length' "$SCRATCH/list")" = 0 ] ||
      die "there is a team '$name' already"
  fi
  check_models
  api POST /team/update "$(jq -c --arg team "$TEAM_ID" '. + {team_id: $team}' <<<"$REQUEST")"
  report "Team $TEAM_ID changed."
}

run_delete_team() {
  find_team
  confirm "Deletes team $TEAM_ID and the team's keys."
  api POST /team/delete "$(jq -cn --arg team "$TEAM_ID" '{team_ids: [$team]}')"
  report "Team $TEAM_ID deleted."
}

run_add_member() {
  find_user
  find_team
  ! is_member || die "$USER_ID is a member of team $TEAM_ID already; its budget is set with set-budget --team $TEAM_ID --user-id $USER_ID"
  api POST /team/member_add "$(member_request '{member: {user_id: $user, role: "user"}}')"
  report "$USER_ID is a member of team $TEAM_ID."
}

# member_request FIELDS prints a request about the found user in the found team: REQUEST's budget is the member's.
member_request() {
  jq -c --arg team "$TEAM_ID" --arg user "$USER_ID" \
    "with_entries(if .key == \"max_budget\" then .key = \"max_budget_in_team\" else . end) + {team_id: \$team} + $1" <<<"$REQUEST"
}

run_remove_member() {
  find_user
  find_team
  need_member
  confirm "Takes $USER_ID out of team $TEAM_ID and deletes the user's keys of that team."
  block_keys "$(jq -cn --arg team "$TEAM_ID" --arg user "$USER_ID" '{team_id: $team, user_id: $user}')"
  api POST /team/member_delete "$(member_request '{user_id: $user}')"
  report "$USER_ID is no member of team $TEAM_ID any more."
}
