#!/usr/bin/env bash
# Runs the program against a simulated AWS account on this machine. `make demo` calls it; `demo.sh help` says how.
# Everything it makes is under .local/: the CLI where there is none, its own Pulumi home, backend and plugins, and the account itself.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL=$ROOT/.local
PROJECT=$LOCAL/project
STACK=poc
# The versions of the SDKs in go.mod; the simulated plugins carry the same.
PULUMI_VERSION=3.250.0
PLUGINS="aws:6.83.2 random:4.19.0"
# What the AWS SDKs take credentials from (AWS SDKs and Tools Reference Guide).
CREDENTIALS="AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI"

say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

usage() {
  cat <<'TEXT'
Usage: scripts/demo.sh COMMAND

  up          deploy stack poc into a fresh simulated AWS account and print its outputs
  preview     preview against that account
  destroy     remove everything again and say what is left
  env         print shell lines after which `pulumi` means the simulated account: eval "$(make -s demo-env)"
  setup       only build what is needed
  pulumi …    run the Pulumi CLI on the simulated account
TEXT
}

# refuse_credentials stops where real credentials could be used by mistake.
refuse_credentials() {
  local name found=""
  for name in $CREDENTIALS; do
    [ -z "${!name:-}" ] || found="$found $name"
  done
  [ -z "$found" ] || die "the demo runs on a simulated account and will not start with AWS credentials in the environment:$found
Unset them in this shell (unset$found), or run \`eval \"\$(make -s demo-env)\"\`, which does."
}

# recent PROGRAM says whether a pulumi is at least the SDK's version.
recent() {
  local version
  version=$("$1" version 2>/dev/null | sed -n 's/^v\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p')
  [ -n "$version" ] && [ "$(printf '%s\n%s\n' "$PULUMI_VERSION" "$version" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$PULUMI_VERSION" ]
}

# path_without_us is the PATH without the wrapper of .local/bin, so that it never finds itself.
path_without_us() { printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$LOCAL/bin" | paste -sd: -; }

# build WHAT MODULE PACKAGE TARGET [LINKER-FLAGS] builds a program, and puts it in place only when it is whole.
build() {
  say "$1 …"
  mkdir -p "$(dirname "$4")"
  # The go tool leaves what is up to date as it is, and only then links nothing.
  [ ! -f "$4" ] || cp "$4" "$4.new"
  # Without symbols and debug information, which nobody looks at here, the linker needs a third less time.
  go build -C "$ROOT/$2" -ldflags "-s -w ${5:-}" -o "$4.new" "$3"
  mv "$4.new" "$4"
}

# setup_cli links the CLI of the PATH, or builds one.
setup_cli() {
  local found
  found=$(PATH=$(path_without_us) command -v pulumi || true)
  mkdir -p "$LOCAL/libexec"
  if [ -n "$found" ] && recent "$found" && PATH=$(path_without_us) command -v pulumi-language-go >/dev/null; then
    ln -sf "$found" "$LOCAL/libexec/pulumi"
    ln -sf "$(PATH=$(path_without_us) command -v pulumi-language-go)" "$LOCAL/libexec/pulumi-language-go"
    return
  fi
  if [ ! -x "$LOCAL/libexec/pulumi" ] || ! recent "$LOCAL/libexec/pulumi"; then
    say "No Pulumi CLI of version $PULUMI_VERSION or later on the PATH."
    rm -f "$LOCAL/libexec/pulumi"
    build "Building the Pulumi CLI $PULUMI_VERSION (once; about 5 minutes on two cores)" tools/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi "$LOCAL/libexec/pulumi" \
      "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_VERSION" # releases say their version; the next run looks at it
  fi
  if [ ! -x "$LOCAL/libexec/go-host" ]; then
    build "Building Pulumi's Go language host (once)" tools/languagehost github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go "$LOCAL/libexec/go-host"
  fi
  # This release of the host takes the program as a flag, not from Pulumi.yaml's options.
  rm -f "$LOCAL/libexec/pulumi-language-go"
  printf '#!/bin/sh\nexec "%s/libexec/go-host" -binary "%s/libexec/gateway" "$@"\n' "$LOCAL" "$LOCAL" >"$LOCAL/libexec/pulumi-language-go"
  chmod +x "$LOCAL/libexec/pulumi-language-go"
}

# sim_environment is all that the CLI needs to know, and nothing that leads to AWS.
sim_environment() {
  local name
  for name in $CREDENTIALS; do unset "$name"; done
  export PULUMI_HOME=$LOCAL/home PULUMI_BACKEND_URL=file://$LOCAL/state KONG_SIM_ACCOUNT=$LOCAL/account.json
  export PULUMI_CONFIG_PASSPHRASE_FILE=$LOCAL/passphrase
  unset PULUMI_CONFIG_PASSPHRASE PULUMI_ACCESS_TOKEN PULUMI_STACK PULUMI_DEBUG_PROVIDERS PULUMI_EXPERIMENTAL PULUMI_SKIP_CHECKPOINTS
  export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true PULUMI_SKIP_UPDATE_CHECK=true PULUMI_IGNORE_AMBIENT_PLUGINS=true
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
  PATH=$LOCAL/libexec:$(path_without_us)
  export PATH
}

# The demo's own up and destroy let the engine write its state once, at the end, and not after each resource: most of the time of an `up` here.
# A plain `pulumi` on the demo (demo.sh pulumi) writes it as usual.
without_checkpoints() { export PULUMI_EXPERIMENTAL=true PULUMI_SKIP_CHECKPOINTS=true; }

cli() { "$LOCAL/libexec/pulumi" --cwd "$PROJECT" "$@"; }

# setup_plugins builds the simulated providers and installs them where the CLI looks.
setup_plugins() {
  local plugin name version built installed
  for plugin in $PLUGINS; do
    name=${plugin%%:*} version=${plugin#*:}
    built=$LOCAL/plugins/pulumi-resource-$name
    installed=$LOCAL/home/plugins/resource-$name-v$version/pulumi-resource-$name
    build "Building the simulated provider $name" . "./internal/sim/cmd/pulumi-resource-$name" "$built"
    cmp -s "$built" "$installed" && continue
    rm -rf "$LOCAL/home/plugins/resource-$name-v$version"
    "$LOCAL/libexec/pulumi" plugin install resource "$name" "v$version" --file "$built" --reinstall >/dev/null 2>&1 ||
      die "could not install the simulated provider $name"
  done
}

# check_plugins refuses any provider but the simulated ones, in exactly the versions of the SDKs.
check_plugins() {
  local plugin name version others
  for plugin in $PLUGINS; do
    name=${plugin%%:*} version=${plugin#*:}
    cmp -s "$LOCAL/plugins/pulumi-resource-$name" "$LOCAL/home/plugins/resource-$name-v$version/pulumi-resource-$name" ||
      die "the provider $name $version in .local/home is missing or not the simulated one; refusing to run. \`make demo\` installs it anew."
    others=$(find "$LOCAL/home/plugins" -maxdepth 1 -name "resource-$name-*" ! -name "resource-$name-v$version" ! -name '*.lock')
    [ -z "$others" ] || die "another version of the provider $name lies in .local/home: $others; refusing to run"
  done
}

# sync_project makes the demo's own project of the repository's: the same settings, read anew when the repository's file changes, beside the demo's own
# encryption salt, which so never gets into the repository.
sync_project() {
  mkdir -p "$PROJECT"
  {
    sed '/^runtime:/d' "$ROOT/Pulumi.yaml"
    printf 'runtime:\n  name: go\n  options:\n    binary: %s/libexec/gateway\n' "$LOCAL"
  } >"$PROJECT/Pulumi.yaml.new"
  mv "$PROJECT/Pulumi.yaml.new" "$PROJECT/Pulumi.yaml"
  local file name salt
  for file in "$ROOT"/Pulumi.*.yaml; do
    name=$(basename "$file")
    case $name in *.example.yaml) continue ;; esac
    cmp -s "$file" "$LOCAL/settings/$name" && [ -f "$PROJECT/$name" ] && continue
    salt=$(sed -n '/^encryptionsalt:/p' "$PROJECT/$name" 2>/dev/null || true)
    mkdir -p "$LOCAL/settings"
    { [ -z "$salt" ] || printf '%s\n' "$salt"; sed '/^encryptionsalt:/d' "$file"; } >"$PROJECT/$name.new"
    mv "$PROJECT/$name.new" "$PROJECT/$name"
    cp "$file" "$LOCAL/settings/$name"
  done
}

setup() {
  mkdir -p "$LOCAL/bin" "$LOCAL/home" "$LOCAL/state"
  # A module of its own: Pulumi's language host runs `go list -m -mod=mod all` in the project's folder, which would write to the repository's go.sum.
  printf 'module local\n' >"$LOCAL/go.mod"
  setup_cli
  if [ ! -s "$LOCAL/passphrase" ]; then
    (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$LOCAL/passphrase")
  fi
  printf '#!/bin/sh\nexec "%s/scripts/demo.sh" pulumi "$@"\n' "$ROOT" >"$LOCAL/bin/pulumi"
  chmod +x "$LOCAL/bin/pulumi"
  sim_environment
  setup_plugins
}

# ready prepares every run on the account: guards first, then the program and the settings as they are now.
ready() {
  refuse_credentials
  [ -x "$LOCAL/libexec/pulumi" ] || die "nothing is set up yet: run \`make demo\` first"
  sim_environment
  check_plugins
  build "Building the program" . . "$LOCAL/libexec/gateway"
  sync_project
}

simulated() { say ""; say "This is a SIMULATED AWS account in .local/account.json: nothing was created at AWS, nothing costs anything, no address answers."; }

up() {
  refuse_credentials
  setup
  say "The first build of the program takes about 5 minutes on two cores."
  rm -rf "$LOCAL/account.json" "$LOCAL/account.json.lock" "$LOCAL/state" "$PROJECT" "$LOCAL/settings"
  mkdir -p "$LOCAL/state"
  ready
  cli stack init "$STACK" >/dev/null 2>&1
  say "Deploying stack $STACK …"
  without_checkpoints
  set -m # a process group of its own: Ctrl-C reaches it once, through the trap, and it finishes what it has begun
  "$LOCAL/libexec/pulumi" --cwd "$PROJECT" up --stack "$STACK" --yes --skip-preview --color never </dev/null >"$LOCAL/up.log" 2>&1 &
  local job=$! seconds=0
  set +m
  trap 'say "stopping …"; kill -INT "$job" 2>/dev/null; wait "$job" 2>/dev/null; say "interrupted; make demo starts afresh, make demo-destroy removes what there is"; exit 130' INT TERM
  while kill -0 "$job" 2>/dev/null; do
    sleep 3
    seconds=$((seconds + 3))
    say "  $seconds s: $(grep -o '"state":' "$LOCAL/account.json" 2>/dev/null | wc -l | tr -d ' ') resources in the account"
  done
  trap - INT TERM
  wait "$job" || { sed -n '/^Diagnostics:/,$p' "$LOCAL/up.log" >&2; die "the deploy failed; the whole log is .local/up.log"; }
  cli stack output --stack "$STACK"
  simulated
  say "Next: make demo-preview (nothing to change), eval \"\$(make -s demo-env)\" for a plain pulumi on it, make demo-destroy to remove it."
}

case ${1:-help} in
  up) up ;;
  setup) refuse_credentials; setup ;;
  preview)
    ready
    cli preview --stack "$STACK" --diff
    simulated
    ;;
  destroy)
    ready
    cli cancel --stack "$STACK" --yes >/dev/null 2>&1 || true # an interrupted run leaves its lock
    without_checkpoints
    cli destroy --stack "$STACK" --yes --skip-preview --color never
    go run -C "$ROOT" ./internal/sim/cmd/sim-account "$KONG_SIM_ACCOUNT"
    simulated
    ;;
  env)
    [ -x "$LOCAL/bin/pulumi" ] || die "nothing is set up yet: run \`make demo\` first"
    for name in $CREDENTIALS; do printf 'unset %s\n' "$name"; done
    # shellcheck disable=SC2016 # the shell that reads this expands it
    printf 'export PATH=%q:$PATH\n' "$LOCAL/bin"
    printf 'export PULUMI_STACK=%q\n' "$STACK"
    ;;
  pulumi)
    shift
    stack=${PULUMI_STACK:-}
    ready
    [ -z "$stack" ] || export PULUMI_STACK=$stack
    exec "$LOCAL/libexec/pulumi" --cwd "$PROJECT" "$@"
    ;;
  help | --help | -h) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
