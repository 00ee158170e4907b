#!/usr/bin/env bash
# Starts the real LiteLLM on this machine, with its database, behind the edge function, before a stand-in for Bedrock. `make gateway` calls it;
# `gateway.sh help` says how. Everything that stays is under .local/. Works with bash 3.2 (macOS) and later.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL=$ROOT/.local
PROGRAM=$LOCAL/libexec/bench-gateway
PORT=${GATEWAY_PORT:-4100}

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

usage() {
  cat <<'TEXT'
Usage: scripts/gateway.sh COMMAND

  start   install what is missing below .local/, start the gateway in the background and print lines to try it
  stop    end it; users, keys and spend stay in .local/gateway

GATEWAY_PORT (4100) is the public way's port; the next two are the internal one's and VictoriaMetrics'.
TEXT
}

# program | what says that it is good enough | Debian's and Ubuntu's cure | macOS's
needed() {
  cat <<'TABLE'
Go|command -v go|see https://go.dev/doc/install|brew install go
Python 3.10 to 3.14|python3 -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))'|apt-get install python3|brew install python
Python's venv and pip|python3 -c 'import ensurepip, venv'|apt-get install python3-venv|brew install python
Node 18 or later|node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'|apt-get install nodejs|brew install node
npm|command -v npm|apt-get install npm|brew install node
psql|command -v psql|apt-get install postgresql-client|brew install libpq, with its bin on the PATH
curl|command -v curl|apt-get install curl|brew install curl
jq|command -v jq|apt-get install jq|brew install jq
TABLE
}

# check stops where programs are missing, and names all of them.
check() {
  local name test debian mac system missing=""
  system=$(uname -s)
  case $system in Linux | Darwin) ;; *) die "make gateway needs Linux or macOS: npm has no PostgreSQL for $system" ;; esac
  while IFS='|' read -r name test debian mac; do
    sh -c "$test" >/dev/null 2>&1 </dev/null && continue
    [ "$system" = Linux ] || debian=$mac
    missing="$missing
  $name is missing: $debian"
  done < <(needed)
  [ -z "$missing" ] || die "make gateway needs more than this machine has:$missing"
}

start() {
  check
  case $PORT in
    *[!0-9]* | "" | ??????*) false ;;
    *) [ "$PORT" -ge 1024 ] && [ "$PORT" -le 65533 ] ;;
  esac || die "GATEWAY_PORT is \"$PORT\": it takes a number from 1024 to 65533, the first of three ports"
  if [ ! -f "$LOCAL/venv/made-from" ] || [ ! -x "$LOCAL/bin/victoria-metrics" ] || [ ! -x "$PROGRAM" ]; then
    say "The first start installs LiteLLM, PostgreSQL and VictoriaMetrics and builds the program: allow 15 minutes on two cores. Later ones take half a minute."
  fi
  "$ROOT/internal/test/runtime/setup.sh" gateway
  [ -x "$PROGRAM" ] || say "Building the bench (once; about 5 minutes where the AWS SDK is not compiled yet) …"
  mkdir -p "$LOCAL/libexec"
  # Built each time, which takes a second where nothing has changed; one that runs is not written over.
  [ ! -f "$PROGRAM" ] || cp "$PROGRAM" "$PROGRAM.new"
  go build -C "$ROOT/internal/test" -tags runtime -ldflags '-s -w' -o "$PROGRAM.new" ./runtime/gateway/cmd
  mv "$PROGRAM.new" "$PROGRAM"
  cd "$ROOT"
  exec "$PROGRAM" start "$PORT"
}

stop() {
  if [ ! -x "$PROGRAM" ]; then
    say "Nothing is running."
    return
  fi
  cd "$ROOT"
  exec "$PROGRAM" stop
}

case ${1:-help} in
  start) start ;;
  stop) stop ;;
  help | --help | -h) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
