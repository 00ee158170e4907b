#!/usr/bin/env bash
# Makes what the runtime tests start, under .local/: LiteLLM in a Python environment, and VictoriaMetrics. Does nothing where it is there already.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
LOCAL=$ROOT/.local
REQUIREMENTS=$ROOT/internal/test/runtime/requirements.txt
VICTORIAMETRICS=v1.111.0

if ! cmp -s "$REQUIREMENTS" "$LOCAL/venv/requirements.txt"; then
  echo "Installing LiteLLM into .local/venv (once; a few minutes) …"
  rm -rf "$LOCAL/venv"
  python3 -m venv "$LOCAL/venv"
  "$LOCAL/venv/bin/pip" install --quiet --disable-pip-version-check -r "$REQUIREMENTS"
  cp "$REQUIREMENTS" "$LOCAL/venv/requirements.txt"
fi

if [ ! -x "$LOCAL/bin/victoria-metrics-$VICTORIAMETRICS" ]; then
  echo "Building VictoriaMetrics $VICTORIAMETRICS (once; a few minutes) …"
  # Its go.mod has replace directives, which go install refuses: it is built from a copy of the module.
  source=$(cd "$ROOT/tools" && GOFLAGS=-mod=mod go mod download -json "github.com/VictoriaMetrics/VictoriaMetrics@$VICTORIAMETRICS" | sed -n 's/^\t*"Dir": "\(.*\)",$/\1/p')
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  cp -r "$source/." "$copy"
  chmod -R u+w "$copy"
  mkdir -p "$LOCAL/bin"
  GOFLAGS=-mod=mod go build -C "$copy" -o "$LOCAL/bin/victoria-metrics.new" ./app/victoria-metrics
  mv "$LOCAL/bin/victoria-metrics.new" "$LOCAL/bin/victoria-metrics-$VICTORIAMETRICS"
fi
ln -sf "victoria-metrics-$VICTORIAMETRICS" "$LOCAL/bin/victoria-metrics"
