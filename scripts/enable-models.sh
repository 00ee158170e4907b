#!/usr/bin/env bash
# Does and checks the one-time enablement of the configured Bedrock models in a new AWS account. `enable-models.sh --help` says how.
set -euo pipefail
# shellcheck source=lib.sh
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The region in which Anthropic's use-case form is kept. The form counts for the whole account (AWS Bedrock user guide, model access);
# that it is accepted in us-east-1 is second-hand (two public scripts), not verified here.
FORM_REGION=us-east-1
# How long a new subscription may take (AWS Bedrock user guide, model access: up to 15 minutes), and how often to look.
SUBSCRIBE_WAIT_SECONDS=${SUBSCRIBE_WAIT_SECONDS:-900}
POLL_SECONDS=${POLL_SECONDS:-20}

usage() {
  cat <<'TEXT'
Usage: enable-models.sh [--check] [--form FILE] [--accept] [--stack NAME]

Checks for every model of the stack (output bedrock_models) whether this AWS account may call it. Without --check it also does what is
missing: hands in Anthropic's use-case form and subscribes to each model, which accepts the provider's licence for this account.

  --check        only look; exit 1 if a model is not enabled
  --form FILE    JSON answers for Anthropic's form; without it you are asked. Fields: companyName, companyWebsite,
                 intendedUsers ("0" internal, "1" external, "2" both), industryOption, otherIndustryOption, useCases
  --accept       accept the licences without being asked
  --stack NAME   the Pulumi stack (default: the selected one)

Needs the AWS CLI (v2, with bedrock get-foundation-model-availability) and, to subscribe, the permissions bedrock:PutUseCaseForModelAccess,
bedrock:CreateFoundationModelAgreement, aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions. The gateway itself has none of these.
TEXT
}

CHECK=false FORM="" ACCEPT=false STACK=${STACK:-}
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h)
      usage
      exit 0
      ;;
    --check) CHECK=true ;;
    --accept) ACCEPT=true ;;
    --form | --stack)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      if [ "$1" = --form ]; then FORM=$2; else STACK=$2; fi
      shift
      ;;
    *) usage_error "unexpected argument '$1'; see --help" ;;
  esac
  shift
done
need aws jq pulumi

# availability REGION MODEL prints AVAILABLE, NOT_AVAILABLE, PENDING or ERROR.
availability() {
  aws bedrock get-foundation-model-availability --region "$1" --model-id "$2" --output json 2>"$SCRATCH/aws.err" |
    jq -r 'if .authorizationStatus == "AUTHORIZED" then .agreementAvailability.status else "NOT_AVAILABLE" end' || echo ERROR
}

form_submitted() { aws bedrock get-use-case-for-model-access --region "$FORM_REGION" >/dev/null 2>&1; }

ask() { # QUESTION
  [ -t 0 ] || die "there is no terminal to ask on: give --form FILE and --accept"
  local answer
  read -r -p "$1 " answer
  printf '%s' "$answer"
}

submit_form() {
  if [ -n "$FORM" ]; then
    jq -e '[.companyName, .companyWebsite, .intendedUsers, .industryOption, .useCases] | all(type == "string" and . != "")' "$FORM" >/dev/null ||
      die "$FORM: companyName, companyWebsite, intendedUsers, industryOption and useCases must be there, as text"
    cp "$FORM" "$SCRATCH/form.json"
  else
    say "Anthropic asks each AWS account once what its models are used for."
    local company website users industry use
    company=$(ask "Company name:")
    website=$(ask "Company website:")
    users=$(ask "Intended users (0 internal, 1 external, 2 both):")
    industry=$(ask "Industry:")
    use=$(ask "Use cases, in a sentence:")
    jq -n --arg company "$company" --arg website "$website" --arg users "$users" --arg industry "$industry" --arg use "$use" \
      '{companyName: $company, companyWebsite: $website, intendedUsers: $users, industryOption: $industry, otherIndustryOption: "", useCases: $use}' >"$SCRATCH/form.json"
  fi
  aws bedrock put-use-case-for-model-access --region "$FORM_REGION" --form-data "fileb://$SCRATCH/form.json" >/dev/null
  say "The use-case form was handed in."
}

subscribe() { # REGION MODEL
  local offer waited=0
  offer=$(aws bedrock list-foundation-model-agreement-offers --region "$1" --model-id "$2" --output json | jq -r '.offers[0].offerToken // ""')
  [ -n "$offer" ] || die "Bedrock has no offer for $2 in $1 to subscribe to"
  aws bedrock create-foundation-model-agreement --region "$1" --model-id "$2" --offer-token "$offer" >/dev/null
  say "Subscribed to $2; this can take up to 15 minutes …"
  while [ "$(availability "$1" "$2")" != AVAILABLE ]; do
    [ "$waited" -lt "$SUBSCRIBE_WAIT_SECONDS" ] || die "$2 is still not available after $SUBSCRIBE_WAIT_SECONDS s; run this again later"
    sleep "$POLL_SECONDS"
    waited=$((waited + POLL_SECONDS))
  done
}

models=$(stack_output bedrock_models)
[ -n "$models" ] || die "the stack has no output bedrock_models: is it deployed?"
# The availability API wants the model's own id: the geography in front of an inference profile's id goes.
jq -r '.[] | [.region, (.model | sub("^(us-gov|us|eu|apac|jp|au|ca|global)\\."; ""))] | @tsv' <<<"$models" | sort -u >"$SCRATCH/models"

missing=0
while IFS=$'\t' read -r -u 3 region model; do
  status=$(availability "$region" "$model")
  [ "$status" != ERROR ] || die "could not ask Bedrock about $model in $region: $(cat "$SCRATCH/aws.err")"
  if [ "$status" != AVAILABLE ] && ! $CHECK; then
    case $model in anthropic.*) form_submitted || submit_form ;; esac
    if ! $ACCEPT; then
      [ "$(ask "Subscribe to $model and accept its licence for this account? (yes/no)")" = yes ] || die "$model was not subscribed to"
    fi
    subscribe "$region" "$model"
    status=$(availability "$region" "$model")
  fi
  [ "$status" = AVAILABLE ] || missing=$((missing + 1))
  printf '%s\t%s\t%s\n' "$model" "$region" "$status"
done 3<"$SCRATCH/models" >"$SCRATCH/result"
{
  printf 'MODEL\tREGION\tSTATUS\n'
  cat "$SCRATCH/result"
} | table
if [ "$missing" -gt 0 ]; then
  say "$missing of $(wc -l <"$SCRATCH/models" | tr -d ' ') models are not enabled. Run scripts/enable-models.sh without --check to enable them."
  exit 1
fi
say "Every configured model is enabled in this account."
