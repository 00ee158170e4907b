#!/usr/bin/env bash
# Points a client on this machine at the gateway, shows what it would write, or takes it back. `connect.sh --help` says how.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: connect.sh claude-code|openai [--print | --undo] [options]

  claude-code      settings.json of Claude Code: the gateway's address, its models, and a helper that reads the key from a file
  openai           a file with the variables of OpenAI's SDKs, to be read by your shell

  --print          show what would be written, and write nothing
  --undo           take back what was written, and leave what was changed since
  --key-file FILE  file with your key (default: the variable LITELLM_API_KEY, else the key kept by the last run, else you are asked)
  --lines FILE     the lines that `litellm-users.sh onboard` printed, for who cannot read the stack's outputs; - is standard input
  --stack NAME     the Pulumi stack to read the outputs of (default: the selected one)
  --help           this text

The key is kept in ~/.config/llm-gateway/key, which only you can read; it is never an argument, never shown, and never in a client's settings.
TEXT
}

CLIENT="" ACTION=write KEY_FILE="" LINES_FILE="" STACK=""
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --print | --undo)
      [ "$ACTION" = write ] || usage_error "--print and --undo do not go together"
      ACTION=${1#--}
      ;;
    --key-file | --lines | --stack)
      [ -n "${2:-}" ] || usage_error "$1 needs a value"
      case $1 in --key-file) KEY_FILE=$2 ;; --lines) LINES_FILE=$2 ;; --stack) STACK=$2 ;; esac
      shift
      ;;
    claude-code | openai)
      [ -z "$CLIENT" ] || usage_error "one client at a time: $CLIENT or $1"
      CLIENT=$1
      ;;
    *) usage_error "$1 is neither a client (claude-code, openai) nor an option; --help lists them" ;;
  esac
  shift
done
[ -n "$CLIENT" ] || { usage >&2; exit 2; }
need jq

OWN=${XDG_CONFIG_HOME:-$HOME/.config}/llm-gateway
KEY=$OWN/key
# What a client had before, and what was written: --undo works from it.
RECORD=$OWN/claude-code.json
VARIABLES=$OWN/openai.sh
# Claude Code's settings of the user (Claude Code documentation, Settings); CLAUDE_CONFIG_DIR moves the folder.
SETTINGS=${CLAUDE_CONFIG_DIR:-$HOME/.claude}/settings.json

# client_lines prints the shell lines for clients: the stack's, or those a colleague was sent.
client_lines() {
  if [ -n "$LINES_FILE" ]; then
    [ "$LINES_FILE" = - ] || [ -r "$LINES_FILE" ] || die "cannot read $LINES_FILE"
    cat "$LINES_FILE"
  else
    stack_output claude_code_env
  fi
}

# read_lines writes the exported variables to $SCRATCH/variables.json, for which nothing of the lines is run, and takes the key out if it is among them.
read_lines() {
  client_lines >"$SCRATCH/lines"
  jq -nR '[inputs | capture("^export (?<name>[A-Z_]+)=\"?(?<value>[^\"$]*)\"?\\r?$") | {(.name): .value}] | add // {}' "$SCRATCH/lines" >"$SCRATCH/variables.json"
  SENT_KEY=$(jq -r '.LITELLM_API_KEY // ""' "$SCRATCH/variables.json")
  GATEWAY=$(jq -r '.ANTHROPIC_BASE_URL // ""' "$SCRATCH/variables.json")
  [ -n "$GATEWAY" ] || [ -n "$LINES_FILE" ] || GATEWAY=$(stack_output gateway_url) # without a chat model there are no lines for Claude Code
  case $GATEWAY in
    https://* | http://127.0.0.1*) ;;
    *) die "no address of a gateway in ${LINES_FILE:-the outputs of the stack}: expected a line export ANTHROPIC_BASE_URL=https://…, and found \"$GATEWAY\"" ;;
  esac
}

# quoted TEXT is the text as one word of a shell.
quoted() { jq -rn --arg text "$1" '$text | @sh'; }

# keep_key puts the key where the helper reads it.
keep_key() {
  local key=""
  if [ -n "$KEY_FILE" ]; then
    [ -r "$KEY_FILE" ] || die "cannot read the key file $KEY_FILE"
    key=$(tr -d '\r\n' <"$KEY_FILE")
  elif [ -n "$SENT_KEY" ]; then
    key=$SENT_KEY
  elif [ -n "${LITELLM_API_KEY:-}" ]; then
    key=$LITELLM_API_KEY
  elif [ -s "$KEY" ]; then
    key=$(cat "$KEY")
  elif [ -t 0 ]; then
    read -r -s -p "Your key of the gateway (sk-…): " key
    say ""
  fi
  [ -n "$key" ] || die "no key: put it into LITELLM_API_KEY or a file for --key-file. An administrator makes one: scripts/litellm-users.sh create-key"
  case $key in
    *[!A-Za-z0-9._-]*) die "that is no key: it has characters other than letters, digits and . _ -" ;;
  esac
  (umask 077 && mkdir -p "$OWN" && printf '%s\n' "$key" >"$KEY.new")
  chmod 600 "$KEY.new"
  mv "$KEY.new" "$KEY"
}

# claude_wanted prints what Claude Code's settings get. null: what must not be there, because it would come before the key or lead past the gateway.
claude_wanted() {
  jq --arg helper "cat $(quoted "$KEY")" '
    {apiKeyHelper: $helper,
     env: (with_entries(select((.key | test("^(ANTHROPIC|CLAUDE_CODE)_")) and .key != "ANTHROPIC_AUTH_TOKEN")) +
       {ANTHROPIC_AUTH_TOKEN: null, ANTHROPIC_API_KEY: null, CLAUDE_CODE_USE_BEDROCK: null, CLAUDE_CODE_USE_VERTEX: null, CLAUDE_CODE_USE_FOUNDRY: null})}' "$SCRATCH/variables.json"
}

# claude_current writes Claude Code's settings as they are to $SCRATCH/settings.json.
claude_current() {
  if [ -s "$SETTINGS" ]; then
    jq -e 'type == "object" and ((.env // {}) | type == "object")' "$SETTINGS" >/dev/null 2>&1 || die "$SETTINGS is not a JSON object of settings: mend it first. Nothing was changed."
    cp "$SETTINGS" "$SCRATCH/settings.json"
  else
    printf '{}\n' >"$SCRATCH/settings.json"
  fi
}

# write_settings FILE puts the file's content into Claude Code's settings. It is not moved there: the settings may be a link to a folder of dotfiles.
write_settings() {
  mkdir -p "$(dirname "$SETTINGS")"
  cat "$1" >"$SETTINGS"
}

# merge lays what is wanted over settings; undo takes back what a record says was written, where it is still as it was written.
# shellcheck disable=SC2016 # jq's variables
JQ='def merge($wanted): .apiKeyHelper = $wanted.apiKeyHelper | .env = ((.env // {}) + $wanted.env | with_entries(select(.value != null)));
  def undo($record):
    (if .apiKeyHelper == $record.written.apiKeyHelper then .apiKeyHelper = $record.before.apiKeyHelper else . end)
    | .env = reduce ($record.written.env | keys[]) as $name (.env // {}; if .[$name] == $record.written.env[$name] then .[$name] = $record.before.env[$name] else . end)
    | .env |= with_entries(select(.value != null))
    | with_entries(select(.value != null and .value != {}));'

# claude_before writes the settings as they were before this script to $SCRATCH/before.json.
claude_before() {
  claude_current
  if [ -s "$RECORD" ]; then
    jq --slurpfile record "$RECORD" "$JQ"' undo($record[0])' "$SCRATCH/settings.json" >"$SCRATCH/before.json"
  else
    cp "$SCRATCH/settings.json" "$SCRATCH/before.json"
  fi
}

claude_write() {
  [ "$(jq 'has("ANTHROPIC_MODEL")' "$SCRATCH/variables.json")" = true ] || die "no models for Claude Code: the stack has no chat model, or these are not all the lines"
  claude_before
  claude_wanted >"$SCRATCH/wanted.json"
  jq --slurpfile wanted "$SCRATCH/wanted.json" "$JQ"' merge($wanted[0])' "$SCRATCH/before.json" >"$SCRATCH/new.json"
  keep_key
  if [ ! -s "$RECORD" ] && [ -s "$SETTINGS" ]; then
    cp -p "$SETTINGS" "$SETTINGS.before-llm-gateway"
    say "The settings of before are in $SETTINGS.before-llm-gateway."
  fi
  (umask 077 && jq --slurpfile wanted "$SCRATCH/wanted.json" '
    {before: {apiKeyHelper, env: (.env // {} | . as $env | $wanted[0].env | with_entries(.value = $env[.key]))}, written: $wanted[0]}' "$SCRATCH/before.json" >"$RECORD")
  write_settings "$SCRATCH/new.json"
  say "Claude Code uses $GATEWAY from its next start; /status there shows it. Back: scripts/connect.sh claude-code --undo"
  local name
  for name in ANTHROPIC_AUTH_TOKEN ANTHROPIC_API_KEY CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_FOUNDRY; do
    [ -z "${!name:-}" ] || say "This shell has $name, which comes before these settings: unset it, also in your shell's profile."
  done
}

claude_undo() {
  [ -s "$RECORD" ] || die "nothing to undo: $RECORD, in which connect.sh notes what it wrote, is not there"
  claude_before
  write_settings "$SCRATCH/before.json"
  rm -f "$RECORD"
  say "Claude Code's settings are as they were, except what was changed since."
}

openai_lines() {
  printf '# Of scripts/connect.sh: OpenAI'"'"'s SDKs use the gateway.\n'
  printf 'export OPENAI_BASE_URL=%s\n' "$(quoted "${GATEWAY%/}/v1")"
  # shellcheck disable=SC2016 # the shell that reads the file expands it
  printf 'export OPENAI_API_KEY="$(cat %s)"\n' "$(quoted "$KEY")"
}

openai_write() {
  keep_key
  openai_lines >"$VARIABLES"
  say "Written. This line in your shell's profile (~/.zshrc, ~/.bashrc) makes OpenAI's SDKs use $GATEWAY; without it nothing changes:"
  printf '. %s\n' "$(quoted "$VARIABLES")"
}

openai_undo() {
  [ -f "$VARIABLES" ] || die "nothing to undo: $VARIABLES is not there"
  rm -f "$VARIABLES"
  say "Removed $VARIABLES: take its line out of your shell's profile too."
}

case $ACTION in
  undo)
    if [ "$CLIENT" = openai ]; then openai_undo; else claude_undo; fi
    # The key goes with the last client.
    if [ ! -e "$RECORD" ] && [ ! -e "$VARIABLES" ]; then
      rm -f "$KEY"
      rmdir "$OWN" 2>/dev/null || true
    fi
    ;;
  print)
    read_lines
    if [ "$CLIENT" = openai ]; then
      openai_lines
    else
      say "To be merged into $SETTINGS (null: taken out):"
      claude_wanted
    fi
    ;;
  write)
    read_lines
    if [ "$CLIENT" = openai ]; then openai_write; else claude_write; fi
    ;;
esac
