# shellcheck shell=bash
# What the scripts that ask AWS itself share: the stack file's needs, questions whose refusals are told apart, and the state of a Bedrock model.
# Sourced after lib.sh, not run. Needs aws and jq.

# stack_needs STACK writes what the stack file says the stack needs of its account to $SCRATCH/needs.json: internal/doctor reads the file itself, so there
# need be no stack yet.
stack_needs() {
  need go
  (cd "$ROOT" && go run ./internal/doctor "Pulumi.$1.yaml") >"$SCRATCH/needs.json" 2>"$SCRATCH/needs.err" || die "$(cat "$SCRATCH/needs.err")"
}

# ask ARGUMENT … asks AWS; the answer is read with `answer`. Where it fails, AWS_PROBLEM is denied, missing (what was asked for is not there) or other.
ask() {
  AWS_PROBLEM=""
  if aws "$@" --output json >"$SCRATCH/answer" 2>"$SCRATCH/aws.err"; then
    return 0
  fi
  sed '/^$/d' "$SCRATCH/aws.err" >"$SCRATCH/aws.err.new" && mv "$SCRATCH/aws.err.new" "$SCRATCH/aws.err"
  # shellcheck disable=SC2034 # read by the scripts that source this
  case $(cat "$SCRATCH/aws.err") in
    *AccessDenied* | *UnauthorizedOperation* | *"not authorized"*) AWS_PROBLEM=denied ;;
    *NotFound* | *NoSuchResource*) AWS_PROBLEM=missing ;;
    *) AWS_PROBLEM=other ;;
  esac
  return 1
}

# answer FILTER prints what jq finds in AWS's last answer.
answer() { jq -r "$1" "$SCRATCH/answer"; }

# bedrock_state REGION ID MODEL PROFILE asks Bedrock about a configured id, in the region in which it is called: its inference profile (PROFILE is
# true), and the model's own life cycle and agreement. What could not be told is UNKNOWN, and why stands in $SCRATCH/untold: permission, AWS_PROBLEM
# and AWS's words, tab-separated.
#   BEDROCK_PROFILE ACTIVE, MISSING, - (no profile)    BEDROCK_DESTINATIONS the profile's regions
#   BEDROCK_LIFECYCLE ACTIVE, LEGACY, MISSING          BEDROCK_END when the model ends
#   BEDROCK_ENABLED AVAILABLE, NOT_AVAILABLE, PENDING, ERROR    BEDROCK_NAME, BEDROCK_ON_DEMAND
# shellcheck disable=SC2034 # read by the scripts that source this
bedrock_state() {
  local where=$1
  : >"$SCRATCH/untold"
  BEDROCK_PROFILE=- BEDROCK_DESTINATIONS="" BEDROCK_LIFECYCLE=UNKNOWN BEDROCK_END="" BEDROCK_ENABLED=UNKNOWN BEDROCK_NAME="" BEDROCK_ON_DEMAND=""
  if [ "$4" = true ]; then
    if ask bedrock get-inference-profile --region "$1" --inference-profile-identifier "$2"; then
      BEDROCK_PROFILE=$(answer .status)
      BEDROCK_DESTINATIONS=$(answer '[.models[].modelArn | split(":")[3] | select(. != "")] | sort | join(" ")')
      # A model that answers elsewhere only is described there.
      where=$(answer "[.models[].modelArn | split(\":\")[3] | select(. != \"\")] | if length == 0 or index(\"$1\") != null then \"$1\" else .[0] end")
    elif [ "$AWS_PROBLEM" = missing ]; then
      BEDROCK_PROFILE=MISSING
      return 0
    else
      BEDROCK_PROFILE=UNKNOWN
      untold bedrock:GetInferenceProfile
    fi
  fi
  if ask bedrock get-foundation-model --region "$where" --model-identifier "$3"; then
    BEDROCK_LIFECYCLE=$(answer '.modelDetails.modelLifecycle.status // "UNKNOWN"')
    BEDROCK_END=$(answer '.modelDetails.modelLifecycle.endOfLifeTime // "" | tostring | .[:10]')
    BEDROCK_NAME=$(answer '.modelDetails.modelName // ""')
    BEDROCK_ON_DEMAND=$(answer '(.modelDetails.inferenceTypesSupported // ["ON_DEMAND"]) | index("ON_DEMAND") != null')
  elif [ "$AWS_PROBLEM" = missing ]; then
    BEDROCK_LIFECYCLE=MISSING
  else
    untold bedrock:GetFoundationModel
  fi
  if ask bedrock get-foundation-model-availability --region "$1" --model-id "$3"; then
    BEDROCK_ENABLED=$(answer 'if .authorizationStatus == "AUTHORIZED" then .agreementAvailability.status else "NOT_AVAILABLE" end')
  else
    untold bedrock:GetFoundationModelAvailability
  fi
}

untold() { printf '%s\t%s\t%s\n' "$1" "$AWS_PROBLEM" "$(head -n 1 "$SCRATCH/aws.err" | tr '\t' ' ' | cut -c 1-200)" >>"$SCRATCH/untold"; }
