#!/usr/bin/env bash
# Does and checks the one-time enablement of the configured Bedrock models in a new AWS account. `enable-models.sh --help` says how.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib-aws.sh
. "$ROOT/scripts/lib-aws.sh"

# The region in which Anthropic's use-case form is kept. The form counts for the whole account (AWS Bedrock user guide, model access);
# that it is accepted in us-east-1 is second-hand (two public scripts), not verified here.
FORM_REGION=us-east-1
# How long a new subscription may take (AWS Bedrock user guide, model access: up to 15 minutes), and how often to look.
SUBSCRIBE_WAIT_SECONDS=${SUBSCRIBE_WAIT_SECONDS:-900}
POLL_SECONDS=${POLL_SECONDS:-20}

usage() {
  cat <<'TEXT'
Usage: enable-models.sh [--check] [--form FILE] [--accept] [--stack NAME]

Checks for every model of the stack whether this AWS account may call it: whether its inference profile exists in the region in which it is called,
the model's state in Bedrock (ACTIVE or LEGACY) and whether the account has subscribed to it. The models are those of the deployed stack (output
bedrock_models), or, before the first deploy, those of the stack file. Without --check it also does what is missing: hands in Anthropic's use-case form
and subscribes to each model, which accepts the provider's licence for this account.

  --check        only look; exit 1 if a model cannot be called
  --form FILE    JSON answers for Anthropic's form; without it you are asked. Fields: companyName, companyWebsite,
                 intendedUsers ("0" internal, "1" external, "2" both), industryOption, otherIndustryOption, useCases
  --accept       accept the licences without being asked
  --stack NAME   the Pulumi stack (default: the selected one, or poc where nothing is deployed)

Needs the AWS CLI (v2, with bedrock get-foundation-model-availability) and, to subscribe, the permissions bedrock:PutUseCaseForModelAccess,
bedrock:CreateFoundationModelAgreement, aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions. The gateway itself has none of these.
TEXT
}

if asks_for_help "$@"; then
  usage
  exit 0
fi
CHECK=false FORM="" ACCEPT=false STACK=${STACK:-}
while [ $# -gt 0 ]; do
  case $1 in
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
need aws jq

form_submitted() { aws bedrock get-use-case-for-model-access --region "$FORM_REGION" >/dev/null 2>&1; }

ask_user() { # QUESTION
  [ -t 0 ] || die "there is no terminal to ask on: give --form FILE and --accept"
  local answer
  read -r -p "$1 " answer
  printf '%s' "$answer"
}

submit_form() {
  if [ -n "$FORM" ]; then
    [ -r "$FORM" ] || die "cannot read the form $FORM"
    jq -e '[.companyName, .companyWebsite, .intendedUsers, .industryOption, .useCases] | all(type == "string" and . != "")' "$FORM" >/dev/null ||
      die "$FORM: companyName, companyWebsite, intendedUsers, industryOption and useCases must be there, as text"
    cp "$FORM" "$SCRATCH/form.json"
  else
    say "Anthropic asks each AWS account once what its models are used for."
    local company website users industry use
    company=$(ask_user "Company name:")
    website=$(ask_user "Company website:")
    users=$(ask_user "Intended users (0 internal, 1 external, 2 both):")
    industry=$(ask_user "Industry:")
    use=$(ask_user "Use cases, in a sentence:")
    jq -n --arg company "$company" --arg website "$website" --arg users "$users" --arg industry "$industry" --arg use "$use" \
      '{companyName: $company, companyWebsite: $website, intendedUsers: $users, industryOption: $industry, otherIndustryOption: "", useCases: $use}' >"$SCRATCH/form.json"
  fi
  ask bedrock put-use-case-for-model-access --region "$FORM_REGION" --form-data "fileb://$SCRATCH/form.json" ||
    die "could not hand in the form: $(aws_problem "$SCRATCH/aws.err")"
  say "The use-case form was handed in."
}

subscribe() { # REGION MODEL
  local offer waited=0
  ask bedrock list-foundation-model-agreement-offers --region "$1" --model-id "$2" || die "could not ask for the offers of $2: $(aws_problem "$SCRATCH/aws.err")"
  offer=$(answer '.offers[0].offerToken // ""')
  [ -n "$offer" ] || die "Bedrock has no offer for $2 in $1 to subscribe to"
  ask bedrock create-foundation-model-agreement --region "$1" --model-id "$2" --offer-token "$offer" || die "could not subscribe to $2: $(aws_problem "$SCRATCH/aws.err")"
  say "Subscribed to $2; this can take up to 15 minutes …"
  while bedrock_state "$1" "$2" "$2" false && [ "$BEDROCK_ENABLED" != AVAILABLE ]; do
    [ "$waited" -lt "$SUBSCRIBE_WAIT_SECONDS" ] || die "$2 is still not available after $SUBSCRIBE_WAIT_SECONDS s; run this again later"
    sleep "$POLL_SECONDS"
    waited=$((waited + POLL_SECONDS))
  done
}

# The deployed stack's models, else those of the stack file.
if ! models=$(stack_output bedrock_models 2>"$SCRATCH/models.err") || [ -z "$models" ]; then
  say "No deployed stack with models; looking at Pulumi.${STACK:-poc}.yaml."
  stack_needs "${STACK:-poc}"
  models=$(jq -c '[.models[] | {model: .id, region}]' "$SCRATCH/needs.json")
fi
# A profile's id is its geography and the model's own id.
jq -r '.[] | .model as $id | ($id | sub("^(us-gov|us|eu|apac|jp|au|ca|global)\\."; "")) as $model | [.region, $id, $model, ($id != $model)] | @tsv' <<<"$models" |
  sort -u >"$SCRATCH/models"

problems=0
while IFS=$'\t' read -r -u 3 region id model profile; do
  bedrock_state "$region" "$id" "$model" "$profile"
  [ "$BEDROCK_ENABLED" != UNKNOWN ] || [ "$BEDROCK_PROFILE" = MISSING ] || die "could not ask Bedrock about $model in $region: $(cut -f 3 "$SCRATCH/untold" | head -n 1)$(aws_cure "$SCRATCH/aws.err")"
  if [ "$BEDROCK_ENABLED" != AVAILABLE ] && [ "$BEDROCK_PROFILE" != MISSING ] && ! $CHECK; then
    case $model in anthropic.*) form_submitted || submit_form ;; esac
    if ! $ACCEPT; then
      [ "$(ask_user "Subscribe to $model and accept its licence for this account? (yes/no)")" = yes ] || die "$model was not subscribed to"
    fi
    subscribe "$region" "$model"
    bedrock_state "$region" "$id" "$model" "$profile"
  fi
  if [ "$BEDROCK_ENABLED" != AVAILABLE ] || [ "$BEDROCK_PROFILE" = MISSING ]; then problems=$((problems + 1)); fi
  printf '%s\t%s\t%s\t%s\t%s\n' "$id" "$region" "$BEDROCK_PROFILE" "$BEDROCK_LIFECYCLE${BEDROCK_END:+ until $BEDROCK_END}" "$BEDROCK_ENABLED"
done 3<"$SCRATCH/models" >"$SCRATCH/result"
{
  printf 'MODEL\tREGION\tPROFILE\tSTATE\tENABLED\n'
  cat "$SCRATCH/result"
} | table
if grep -q LEGACY "$SCRATCH/result"; then
  say "Bedrock closes LEGACY models to accounts that have not used them, and ends them later: set models to newer ones."
fi
if [ "$problems" -gt 0 ]; then
  say "$problems of $(wc -l <"$SCRATCH/models" | tr -d ' ') models cannot be called. A profile that is MISSING does not exist in its region (models, region);"
  say "what is not enabled is enabled by scripts/enable-models.sh without --check."
  exit 1
fi
say "Every configured model is enabled in this account."
