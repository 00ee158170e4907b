#!/usr/bin/env bash
# Runs the program against a simulated AWS account on this machine. `make demo` calls it; `demo.sh help` says how.
# Everything it makes is under .local/: the CLI where there is none, its own Pulumi home, backend and plugins, and the account itself. Only Go keeps
# its caches elsewhere. Works with bash 3.2 (macOS) and later.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL=$ROOT/.local
PROJECT=$LOCAL/project
STACK=poc
# The versions of the SDKs in go.mod; the simulated plugins carry the same.
CLI_VERSION=3.250.0
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
Where something under .local/ is broken, `up` repairs it: it starts with an empty account.
TEXT
}

# check_go stops where there is no Go, or none that is new enough. A Go since 1.21 gets itself the one that go.mod asks for, unless it is told not to.
check_go() {
  local needed found
  needed=$(sed -n 's/^go //p' "$ROOT/go.mod")
  command -v go >/dev/null 2>&1 || die "this needs Go $needed or later, and there is no go on the PATH: https://go.dev/doc/install"
  found=$(cd "$ROOT" && go env GOVERSION 2>&1) || die "this needs Go $needed or later: $found"
  found=${found##*go}
  at_least "$needed" "${found%%[!0-9.]*}" || die "this needs Go $needed or later, and the go on the PATH is $found: https://go.dev/doc/install"
}

# at_least VERSION FOUND says whether a version (1.2.3) is found or a later one.
at_least() { [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$1" ]; }

# refuse_credentials stops where real credentials could be used by mistake.
refuse_credentials() {
  local name found=""
  for name in $CREDENTIALS; do
    [ -z "${!name:-}" ] || found="$found $name"
  done
  [ -z "$found" ] || die "the demo runs on a simulated account and will not start with AWS credentials in the environment:$found
Unset them in this shell: unset$found"
}

# recent PROGRAM says whether a pulumi is at least the SDK's version.
recent() {
  local version
  version=$("$1" version 2>/dev/null | sed -n 's/^v\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p')
  at_least "$CLI_VERSION" "$version"
}

# path_without_us is the PATH without the wrapper of .local/bin, so that it never finds itself, and without what was linked or built before.
path_without_us() { printf '%s' "$PATH" | tr ':' '\n' | grep -vxF -e "$LOCAL/bin" -e "$LOCAL/libexec" | paste -sd: -; }

# build WHAT MODULE PACKAGE TARGET [LINKER-FLAGS] builds a program, and puts it in place only when it is whole.
build() {
  check_go
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
    say "No Pulumi CLI of version $CLI_VERSION or later on the PATH."
    rm -f "$LOCAL/libexec/pulumi"
    build "Building the Pulumi CLI $CLI_VERSION (once; about 5 minutes on two cores)" tools/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi "$LOCAL/libexec/pulumi" \
      "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$CLI_VERSION" # releases say their version; the next run looks at it
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
  for name in $CREDENTIALS "${!PULUMI_@}"; do unset "$name"; done
  export PULUMI_HOME=$LOCAL/home PULUMI_BACKEND_URL=file://$LOCAL/state KONG_SIM_ACCOUNT=$LOCAL/account.json KONG_SIM_TOLD=1
  export PULUMI_CONFIG_PASSPHRASE_FILE=$LOCAL/passphrase
  export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true PULUMI_SKIP_UPDATE_CHECK=true PULUMI_IGNORE_AMBIENT_PLUGINS=true
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
  PATH=$LOCAL/libexec:$(path_without_us)
  export PATH
}

# The demo's own up and destroy let the engine write its state once, at the end, and not after each resource: most of the time of an `up` here.
# A plain `pulumi` on the demo (demo.sh pulumi) writes it as usual.
without_checkpoints() { export PULUMI_EXPERIMENTAL=true PULUMI_SKIP_CHECKPOINTS=true; }

cli() { "$LOCAL/libexec/pulumi" --cwd "$PROJECT" "$@"; }

# setup_plugins builds the simulated providers, one program of several names, and installs them where the CLI looks.
setup_plugins() {
  local plugin name version built installed log
  build "Building the simulated AWS account" internal/sim ./cmd/simulated-aws "$LOCAL/libexec/simulated-aws"
  mkdir -p "$LOCAL/plugins"
  for plugin in $PLUGINS; do
    name=${plugin%%:*} version=${plugin#*:}
    built=$LOCAL/plugins/pulumi-resource-$name
    installed=$LOCAL/home/plugins/resource-$name-v$version/pulumi-resource-$name
    cmp -s "$LOCAL/libexec/simulated-aws" "$built" || cp "$LOCAL/libexec/simulated-aws" "$built"
    cmp -s "$built" "$installed" && continue
    rm -rf "$LOCAL/home/plugins/resource-$name-v$version"
    log=$("$LOCAL/libexec/pulumi" plugin install resource "$name" "v$version" --file "$built" --reinstall 2>&1) ||
      die "could not install the simulated provider $name: $log"
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
  local file name
  for file in "$ROOT"/Pulumi.*.yaml; do
    name=$(basename "$file")
    case $name in *.example.yaml) continue ;; esac
    cmp -s "$file" "$LOCAL/settings/$name" && [ -f "$PROJECT/$name" ] && continue
    forget "$name" "$name has changed, and the demo takes it anew"
    mkdir -p "$LOCAL/settings"
    { sed -n '/^encryptionsalt:/p' "$PROJECT/$name" 2>/dev/null || true; sed '/^encryptionsalt:/d' "$file"; } >"$PROJECT/$name.new"
    mv "$PROJECT/$name.new" "$PROJECT/$name"
    cp "$file" "$LOCAL/settings/$name"
  done
}

# forget FILE WHY says which lines of the demo's copy of a stack file, set with `pulumi config` on the demo, are about to be lost.
forget() {
  local lost
  [ -f "$PROJECT/$1" ] && [ -f "$LOCAL/settings/$1" ] || return 0
  lost=$(sed '/^encryptionsalt:/d' "$PROJECT/$1" | diff - "$LOCAL/settings/$1" | sed -n 's/^< /  /p' || true)
  [ -z "$lost" ] || say "$2. What you had set on the demo is gone with it:
$lost"
}

# wrapper writes the `pulumi` that the demo's shell finds first.
wrapper() {
  mkdir -p "$LOCAL/bin"
  printf '#!/bin/sh\nexec "%s/scripts/demo.sh" pulumi "$@"\n' "$ROOT" >"$LOCAL/bin/pulumi"
  chmod +x "$LOCAL/bin/pulumi"
}

setup() {
  check_go
  mkdir -p "$LOCAL/bin" "$LOCAL/home" "$LOCAL/state"
  # A module of its own: Pulumi's language host runs `go list -m -mod=mod all` in the project's folder, which would write to the repository's go.sum.
  printf 'module local\n' >"$LOCAL/go.mod"
  sim_environment
  setup_cli
  if [ ! -s "$LOCAL/passphrase" ]; then
    (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$LOCAL/passphrase")
  fi
  wrapper
  setup_plugins
}

# ready prepares every run on the account: guards first, then the program and the settings as they are now. The argument `kept` leaves the program as it
# was built last: not every command runs it.
ready() {
  refuse_credentials
  sim_environment
  local problem code=0
  { [ -x "$LOCAL/libexec/pulumi" ] && [ -x "$LOCAL/libexec/simulated-aws" ]; } || die "nothing is set up yet: run \`make demo\` first"
  check_plugins
  { [ -s "$LOCAL/passphrase" ] && [ -d "$LOCAL/state" ]; } || die "the demo's state under .local/ is incomplete: run \`make demo\`, which starts afresh"
  problem=$("$LOCAL/libexec/simulated-aws" "$KONG_SIM_ACCOUNT" 2>&1) || code=$?
  [ "$code" -le 1 ] || die "the simulated account cannot be read: $problem
Run \`make demo\`, which starts afresh."
  { [ "${1:-}" = kept ] && [ -x "$LOCAL/libexec/gateway" ]; } || build "Building the program" . . "$LOCAL/libexec/gateway"
  sync_project
}

simulated() { say "This is a SIMULATED AWS account (.local/account.json): nothing is created at AWS, nothing costs anything, no address answers."; }

# run VERB runs the engine's up or destroy with its output in .local/VERB.log, and shows how far it is.
run() {
  local verb=$1 log=$LOCAL/$1.log job seconds=0
  without_checkpoints
  set -m # a process group of its own: Ctrl-C reaches it once, through the trap, and it finishes what it has begun
  "$LOCAL/libexec/pulumi" --cwd "$PROJECT" "$verb" --stack "$STACK" --yes --skip-preview --color never </dev/null >"$log" 2>&1 &
  job=$!
  set +m
  trap 'interrupted "$job" 130' INT
  trap 'interrupted "$job" 143' TERM
  while kill -0 "$job" 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    say "  $seconds s: $(progress "$log")"
  done
  trap - INT TERM
  wait "$job" || { sed -n '/^Diagnostics:/,$p' "$log" | grep . >&2 || tail -n 20 "$log" >&2; die "the $verb failed; its whole output is .local/$verb.log"; }
  summary "$log"
  say "$(sed -n 's/^ *[+-] \([0-9]* [a-z]*\)$/\1/p' "$log" | tail -n 1) in $seconds s; each resource's line is in .local/$verb.log."
}

# interrupted JOB CODE ends the engine's run and the demo: the state is whole, so that each of the two commands it names works.
interrupted() {
  say "stopping …"
  kill -INT "$1" 2>/dev/null || true
  wait "$1" || true
  say "interrupted. make demo starts afresh, make demo-destroy removes what there is."
  exit "$2"
}

# progress LOG is the number of finished resources and the last one's name.
progress() {
  awk '/ (created|deleted) \(/ { done++; last = $2 " " $3 } END { printf "%d resources finished%s\n", done, done ? ", last " last : "" }' "$1"
}

# summary LOG prints what was made or removed: the kinds of each AWS service and their names, as far as a line has room.
summary() {
  awk '
    / (created|deleted) \(/ {
      split($2, kind, ":")
      if (kind[1] != "aws" && kind[1] != "random") next
      service = kind[1] == "aws" ? kind[2] : "random"
      total[service]++
      if (!((service, kind[3]) in names)) order[service] = order[service] " " kind[3]
      names[service, kind[3]] = names[service, kind[3]] " " $3
    }
    END {
      for (service in total) {
        line = sprintf("  %-16s %3d ", service, total[service])
        count = split(order[service], kinds, " ")
        for (i = 1; i <= count; i++) {
          number = split(names[service, kinds[i]], list, " ")
          line = line " " kinds[i] (number > 1 ? " (" number "):" : ":") names[service, kinds[i]] (i < count ? ";" : "")
        }
        if (length(line) > 150) line = substr(line, 1, 149) "…"
        print line
      }
    }' "$1" | LC_ALL=C sort >&2
}

up() {
  refuse_credentials
  setup
  [ -x "$LOCAL/libexec/gateway" ] || say "The first build of the program compiles the AWS SDK: about 3 minutes on two cores, and 4 GB of memory. After that it is seconds."
  forget "Pulumi.$STACK.yaml" "The demo starts afresh, with the repository's Pulumi.$STACK.yaml"
  rm -rf "$LOCAL/account.json" "$LOCAL/account.json.lock" "$LOCAL/state" "$PROJECT" "$LOCAL/settings"
  mkdir -p "$LOCAL/state"
  ready
  local log
  log=$(cli stack init "$STACK" 2>&1) || die "could not make the stack: $log"
  say "Deploying stack $STACK into the simulated account …"
  run up
  cli stack output --stack "$STACK"
  say ""
  simulated
  say "Next: make demo-preview (nothing to change), eval \"\$(make -s demo-env)\" for a plain pulumi on it, make demo-destroy to remove it."
}

# runs_program ARGUMENT … says whether a command of the CLI runs the program.
runs_program() {
  local argument
  for argument in "$@"; do
    case $argument in up | update | preview | pre | refresh | destroy | down | watch | import) return 0 ;; esac
  done
  return 1
}

case ${1:-help} in
  up) up ;;
  setup) refuse_credentials; setup ;;
  preview)
    ready
    simulated
    cli preview --stack "$STACK" --diff
    ;;
  destroy)
    ready kept
    simulated
    cli cancel --stack "$STACK" --yes >/dev/null 2>&1 || true # an interrupted run leaves its lock; without one this fails
    say "Removing stack $STACK …"
    run destroy
    "$LOCAL/libexec/simulated-aws" "$KONG_SIM_ACCOUNT"
    ;;
  env)
    wrapper # also before anything is set up: a `pulumi` in that shell must never be the real account's
    for name in $CREDENTIALS; do printf 'unset %s\n' "$name"; done
    # shellcheck disable=SC2016 # the shell that reads this expands it
    printf 'export PATH=%q:$PATH\n' "$LOCAL/bin"
    printf 'export PULUMI_STACK=%q\n' "$STACK"
    printf 'export STACK_FILES=%q\n' "$PROJECT" # make cost reads the settings of this shell's stack
    ;;
  pulumi)
    shift
    stack=${PULUMI_STACK:-}
    if runs_program "$@"; then
      ready
      simulated
    else
      ready kept
    fi
    [ -z "$stack" ] || export PULUMI_STACK=$stack
    exec "$LOCAL/libexec/pulumi" --cwd "$PROJECT" "$@"
    ;;
  help | --help | -h) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
