#!/usr/bin/env bash
# Deploys the stacks of the upgrade test with the program of an earlier commit, on the engine and the simulated account of that commit, and
# writes their states to internal/test/engine/testdata/upgrade. Usage: scripts/upgrade-fixtures.sh COMMIT
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
COMMIT=${1:?which commit?}
BEFORE=$ROOT/.local/before

"$ROOT/scripts/demo.sh" setup
trap 'git -C "$ROOT" worktree remove --force "$BEFORE"' EXIT
git -C "$ROOT" worktree add --quiet --detach "$BEFORE" "$COMMIT"
# The test and its stack file may be younger than the commit; the CLI and the language host are the same and need not be built twice.
cp "$ROOT/internal/test/engine/upgrade_test.go" "$BEFORE/internal/test/engine/"
mkdir -p "$BEFORE/testdata" "$BEFORE/.local/libexec"
cp "$ROOT/testdata/Pulumi.existing.yaml" "$BEFORE/testdata/"
cp "$ROOT/.local/libexec/pulumi" "$ROOT/.local/libexec/go-host" "$BEFORE/.local/libexec/"
"$BEFORE/scripts/demo.sh" setup
cd "$BEFORE/internal/test"
go test ./engine -count=1 -run '^TestUpgradeDeletesNothing$' -args -upgrade-write "$ROOT/internal/test/engine/testdata/upgrade"
