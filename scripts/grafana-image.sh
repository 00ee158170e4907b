#!/usr/bin/env bash
# Builds Grafana with grafana/'s files baked in, pushes it to the stack's ECR repository and says how to use it.
# Needs docker with buildx, aws, jq and pulumi. Nobody has to: without an image the same files are delivered to the stock one.
set -euo pipefail

usage() {
  cat <<'HELP'
usage: scripts/grafana-image.sh [--no-deploy]
  Builds for the architecture that grafana.architecture names (ARM64 unless set), tags by content, pushes unless the tag is there,
  sets grafana.image and runs pulumi up, which rolls Grafana alone. --no-deploy stops after the push and prints the image.
HELP
}

deploy=true
case "${1:-}" in
  "") ;;
  --no-deploy) deploy=false ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
for command in docker aws jq pulumi; do
  command -v "$command" >/dev/null || { echo "grafana-image: $command is not installed" >&2; exit 1; }
done

outputs=$(pulumi stack output --json)
repository=$(jq -er .grafana_repository <<<"$outputs")
region=$(jq -er .region <<<"$outputs")
case "$(pulumi config get --path grafana.architecture 2>/dev/null || echo ARM64)" in
  X86_64) platform=linux/amd64 ;;
  *) platform=linux/arm64 ;;
esac

# The same content, base image and architecture give the same tag; ECR refuses to move one.
tag=$( { printf '%s\n' "$platform"; find grafana/Dockerfile grafana/provisioning grafana/dashboards -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum | cut -c1-16)
image="$repository:$tag"

if aws ecr describe-images --region "$region" --repository-name "${repository#*/}" --image-ids "imageTag=$tag" >/dev/null 2>&1; then
  echo "grafana-image: $image is there already"
else
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${repository%%/*}"
  docker buildx build --platform "$platform" --tag "$image" --push grafana
fi

if [[ $deploy == false ]]; then
  echo "$image"
  exit 0
fi
pulumi config set --path grafana.image "$image"
pulumi up
