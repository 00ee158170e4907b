#!/usr/bin/env bash
# Builds Grafana with grafana/'s files baked in and pushes it to the stack's ECR repository. `grafana-image.sh --help` says how.
# Nobody has to: without an image the same files are delivered to the stock one.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: grafana-image.sh [--no-deploy] [--stack NAME]

Builds for the architecture that grafana.architecture names (ARM64 unless set), tags by content, pushes unless the tag is there, sets grafana.image and
runs pulumi up, which rolls Grafana alone.

  --no-deploy    stop after the push and print the image
  --stack NAME   the Pulumi stack (default: the selected one)

Needs docker with buildx, aws, jq and pulumi.
TEXT
}

if asks_for_help "$@"; then
  usage
  exit 0
fi
DEPLOY=true STACK=${STACK:-}
while [ $# -gt 0 ]; do
  case $1 in
    --no-deploy) DEPLOY=false ;;
    --stack)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      STACK=$2
      shift
      ;;
    *) usage_error "unexpected argument '$1'; see --help" ;;
  esac
  shift
done
need docker aws jq pulumi
cd "$ROOT"

repository=$(needed_output grafana_repository)
region=$(needed_output region)
case $(pulumi ${STACK:+--stack "$STACK"} config get --path grafana.architecture 2>/dev/null || echo ARM64) in
  X86_64) platform=linux/amd64 ;;
  *) platform=linux/arm64 ;;
esac

# sha256 is the program that a machine has: GNU's, or Perl's, which macOS comes with.
sha256() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
files() { find grafana/Dockerfile grafana/provisioning grafana/dashboards -type f | LC_ALL=C sort; }
contents() {
  local file
  printf '%s\n' "$platform"
  while read -r file; do sha256 "$file"; done < <(files)
}
# The same content, base image and architecture give the same tag; ECR refuses to move one.
tag=$(contents | sha256 | cut -c 1-16)
image="$repository:$tag"

if aws ecr describe-images --region "$region" --repository-name "${repository#*/}" --image-ids "imageTag=$tag" >/dev/null 2>"$SCRATCH/aws.err"; then
  say "$image is there already"
else
  grep -q ImageNotFound "$SCRATCH/aws.err" || die "could not look for $image: $(aws_problem "$SCRATCH/aws.err")"
  # The password goes from one program to the other.
  aws ecr get-login-password --region "$region" 2>"$SCRATCH/aws.err" | docker login --username AWS --password-stdin "${repository%%/*}" >&2 ||
    die "could not log in to ${repository%%/*}: $(aws_problem "$SCRATCH/aws.err")"
  docker buildx build --platform "$platform" --tag "$image" --push grafana >&2
fi

if ! $DEPLOY; then
  printf '%s\n' "$image"
  exit 0
fi
pulumi ${STACK:+--stack "$STACK"} config set --path grafana.image "$image"
pulumi ${STACK:+--stack "$STACK"} up
