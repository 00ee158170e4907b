#!/usr/bin/env bash
# Prints the program's pinned images with the digests that their registries give now. `image-digests.sh --help` says how.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: image-digests.sh [IMAGE …]

Prints each image as REPOSITORY:TAG@sha256:DIGEST, as litellm.image, langfuse.image, grafana.image and victoriametrics.image take it. Without arguments
these are the images that the program pins, the init containers' among them. The digest is that of the tag's index, so it holds for both architectures.

Needs curl and jq; asks the registries without an account. An image in a private registry needs its own tools: the error says which.
TEXT
}

# What a tag may name: an index of architectures or one manifest (OCI image specification, media types; Docker's own before it).
ACCEPT="application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"

# pinned prints the images that the program pins.
pinned() {
  local images
  images=$(sed -nE 's/^(const )?[[:space:]]*[A-Za-z]*Image[[:space:]]*= "([^"]+)"$/\2/p' "$ROOT/config/defaults.go" "$ROOT/rds/assets.go")
  [ -n "$images" ] || die "no pinned images in config/defaults.go and rds/assets.go: name them as arguments"
  printf '%s\n' "$images"
}

# field HEADER NAME prints a parameter of a WWW-Authenticate header.
field() { sed -nE "s/.*[ ,]$2=\"([^\"]*)\".*/\1/p" <<<"$1"; }

# registry METHOD URL asks a registry: the headers go to $SCRATCH/headers, the body to $SCRATCH/body, the status to REGISTRY_STATUS. A token in
# $SCRATCH/token is sent along.
registry() {
  local options=(--silent --show-error --connect-timeout "$CONNECT_TIMEOUT_SECONDS" --max-time "$REQUEST_TIMEOUT_SECONDS" --header "Accept: $ACCEPT")
  if [ "$1" = HEAD ]; then options+=(--head); fi
  REGISTRY_STATUS=$(
    { if [ -s "$SCRATCH/token" ]; then printf 'header = "Authorization: Bearer %s"\n' "$(cat "$SCRATCH/token")"; fi; } |
      curl "${options[@]}" --config - --dump-header "$SCRATCH/headers" --output "$SCRATCH/body" --write-out '%{http_code}' "$2" 2>"$SCRATCH/curl.err"
  ) || die "$IMAGE: no answer from $2: $(cat "$SCRATCH/curl.err"). Check the network, or the proxy (HTTPS_PROXY)."
}

# header NAME prints a header of the registry's last answer.
header() { tr -d '\r' <"$SCRATCH/headers" | awk -v name="$1:" 'tolower($1) == name { sub(/^[^:]*: */, ""); value = $0 } END { print value }'; }

# digest prints the digest of IMAGE.
digest() {
  local name=${IMAGE%%@*} host path tag scheme=https challenge realm found
  tag=${name##*:} host=${name%%/*} path=${name#*/}
  case $tag in "$name" | */*) die "$IMAGE has no tag: name it as REPOSITORY:TAG" ;; esac
  path=${path%:*}
  case $host in
    "$name") host=registry-1.docker.io path=library/${name%:*} ;;
    docker.io) host=registry-1.docker.io ;;
    127.0.0.1:*) scheme=http ;; # as Docker does: a registry on this machine speaks HTTP
    *.* | *:*) ;;
    *) host=registry-1.docker.io path=${name%:*} ;;
  esac
  : >"$SCRATCH/token"
  registry HEAD "$scheme://$host/v2/$path/manifests/$tag"
  if [ "$REGISTRY_STATUS" = 401 ]; then
    challenge=$(header www-authenticate)
    realm=$(field " $challenge" realm)
    case $challenge in
      [Bb]earer*) ;;
      *) die "$IMAGE: its registry needs an account. For Amazon ECR: aws ecr describe-images --repository-name $path --image-ids imageTag=$tag --query 'imageDetails[0].imageDigest'" ;;
    esac
    registry GET "$realm?service=$(jq -rn --arg text "$(field " $challenge" service)" '$text | @uri')&scope=repository:$path:pull"
    [ "$REGISTRY_STATUS" = 200 ] || die "$IMAGE: its registry gives no token without an account ($REGISTRY_STATUS from $realm): look whether the name is right and the image public"
    jq -r '.token // .access_token // ""' "$SCRATCH/body" >"$SCRATCH/token"
    registry HEAD "$scheme://$host/v2/$path/manifests/$tag"
  fi
  case $REGISTRY_STATUS in
    200) ;;
    404) die "$IMAGE: its registry has no such tag: look for it in the project's releases" ;;
    401 | 403) die "$IMAGE: its registry refuses to show it without an account ($REGISTRY_STATUS): look whether the name is right and the image public" ;;
    429) die "$IMAGE: its registry counts too many requests from this address: try again later, or from elsewhere" ;;
    *) die "$IMAGE: its registry answered $REGISTRY_STATUS: try again later" ;;
  esac
  found=$(header docker-content-digest)
  [[ $found =~ ^sha256:[0-9a-f]{64}$ ]] || die "$IMAGE: its registry gave no digest (docker-content-digest: '$found'): take it from 'docker buildx imagetools inspect $name'"
  # What is pinned already must be what the registry has.
  case $IMAGE in *@*) [ "${IMAGE#*@}" = "$found" ] || die "$IMAGE: the tag has moved to $found" ;; esac
  printf '%s@%s\n' "$name" "$found"
}

if asks_for_help "$@"; then
  usage
  exit 0
fi
case ${1:-} in -*) usage_error "unexpected argument '$1'; see --help" ;; esac
need curl jq
if [ $# = 0 ]; then
  # shellcheck disable=SC2046 # an image has no spaces
  set -- $(pinned)
fi
for IMAGE in "$@"; do digest; done
