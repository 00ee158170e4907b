#!/usr/bin/env bash
# Looks, before the first deploy, whether an AWS account has what a stack needs. It changes nothing. `doctor.sh --help` says more.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib-aws.sh
. "$ROOT/scripts/lib-aws.sh"

usage() {
  cat <<'TEXT'
Usage: doctor.sh [--stack NAME]

Looks whether this machine and this AWS account have what the stack file Pulumi.<NAME>.yaml needs, and says how to mend what is missing: programs,
credentials and account, region and zones, CloudFront, Bedrock's models and their quotas, addresses, VPCs, Fargate's vCPUs, secrets' names. It only
reads; where a permission is missing it says which, and goes on.

  --stack NAME   the stack (default: poc, or $STACK)

  ok    nothing to do            MEND  must be mended before `pulumi up`
  look  worth a look             ?     could not be told

Exit status: 0 if nothing must be mended, 1 if something must.
TEXT
}

if asks_for_help "$@"; then
  usage
  exit 0
fi
STACK=${STACK:-poc}
while [ $# -gt 0 ]; do
  case $1 in
    --stack)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      STACK=$2
      shift
      ;;
    *) usage_error "unexpected argument '$1'; see --help" ;;
  esac
  shift
done

# The limits below are AWS's quotas by their codes: Service Quotas, and the services' "endpoints and quotas" pages of the AWS General Reference.
QUOTA_ELASTIC_IPS=L-0263D0A3       # ec2, EC2-VPC Elastic IPs
QUOTA_VPCS=L-F678F1CE              # vpc, VPCs per Region
QUOTA_FARGATE_ON_DEMAND=L-3032A538 # fargate, Fargate On-Demand vCPU resource count
QUOTA_FARGATE_SPOT=L-36FBB829      # fargate, Fargate Spot vCPU resource count
# Below this many tokens a minute a single conversation of Claude Code is throttled (one of its calls may carry 100,000 tokens and more).
FEW_TOKENS=100000

# What can be found, with its weight and how to mend it, one a line: id | weight | what to do. %s is what was found, in the order of `found`'s arguments.
findings() {
  cat <<'TABLE'
program-missing|MEND|Install %s.
program-old|MEND|Install %s.
plugin-missing|look|Needed for --tunnel only: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html
no-credentials|MEND|Log in (aws configure, aws sso login), or set aws:profile in the stack file.
wrong-account|MEND|Use credentials of an account that the stack file allows (aws:allowedAccountIds), or correct the stack file.
root-user|look|Use a role or a user of IAM; the root user should deploy nothing.
other-role|look|`pulumi up` takes on %s; what is told here is what your own credentials may see.
region-off|MEND|Enable the region for this account (Account settings, AWS Regions), or set another aws:region.
few-zones|MEND|Deploy in another region (aws:region), or set createVpc to false with private subnets in two usable zones.
zone-unusable|MEND|Take %s out of zoneIds.
cloudfront-unknown|look|An account that never had a distribution may have to be verified first: `pulumi up` then fails with "Your account must be verified before you can add new CloudFront resources". Ask AWS Support now (Account and billing, free of charge); it can take days.
profile-missing|MEND|List what can be called there: aws bedrock list-inference-profiles --region %s; then set models.
destination-missing|MEND|Add it to config/geography.go: LiteLLM's role may not call the model there, so some calls would fail.
needs-profile|MEND|The model answers through an inference profile only: write its geography in front (us., eu., global. …).
model-missing|MEND|List what there is: aws bedrock list-foundation-models --region %s; then set models.
model-legacy|MEND|Bedrock closes Legacy models to accounts that have not used them. Set models to one that is ACTIVE.
not-enabled|MEND|scripts/enable-models.sh --stack %s
quota-zero|MEND|Ask for an increase: Service Quotas, Amazon Bedrock, or AWS Support where it is not adjustable. Calls fail with 429 "Too many tokens" until then.
quota-low|look|Ask for an increase before a team relies on it: Service Quotas, Amazon Bedrock.
quota-short|MEND|Ask for an increase: aws service-quotas request-service-quota-increase --region %s --service-code %s --quota-code %s --desired-value %s
vpc-missing|MEND|Correct vpcId.
secret-deleted|MEND|aws secretsmanager restore-secret --secret-id %s, then take it (below), or delete-secret --force-delete-without-recovery, or use another stack name.
secret-taken|MEND|Take it: pulumi config set --path %s %s; or delete it.
secret-foreign|MEND|Delete or rename it, or use another stack name.
secret-missing|MEND|Make it, or set secrets.* to one that exists.
not-allowed|?|Missing permission: %s.
not-told|?|%s
TABLE
}

mend=0
report() { # WEIGHT CHECK TEXT
  printf '%-4s  %-11s  %s\n' "$1" "$2" "$3"
}
ok() { report ok "$CHECK" "$1"; }

# found ID TEXT [PART …] reports a finding; the parts go into its line of the table.
found() {
  local id=$1 text=$2 line weight how
  shift 2
  line=$(findings | grep "^$id|")
  line=${line#*|}
  weight=${line%%|*}
  how=${line#*|}
  # shellcheck disable=SC2059 # the format is the table's
  how=$(printf "$how" "$@")
  [ "$weight" != MEND ] || mend=$((mend + 1))
  report "$weight" "$CHECK" "$text"
  printf '      %-11s  -> %s\n' "" "$how"
}

# unanswered TEXT PERMISSION reports that AWS did not answer.
unanswered() { told_not "$1" "$2" "$AWS_PROBLEM" "$(head -n 1 "$SCRATCH/aws.err" | cut -c 1-200)"; }
told_not() { # TEXT PERMISSION AWS_PROBLEM WORDS
  case $3 in
    denied) found not-allowed "$1" "$2" ;;
    *) found not-told "$1" "$4" ;;
  esac
}

need_of() { jq -r "$1" "$SCRATCH/needs.json"; }

# at_least HAVE WANT compares versions such as 3.250.0.
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)" = "$2" ]
}

# version PROGRAM WANT HAVE
version() {
  if ! command -v "$1" >/dev/null 2>&1; then
    found program-missing "$1 is not installed" "$1 $2 or later"
  elif [ -n "$3" ] && ! at_least "$3" "$2"; then
    found program-old "$1 is $3" "$1 $2 or later"
  else
    ok "$1 $3"
  fi
}

check_programs() {
  version pulumi 3.250.0 "$(pulumi version 2>/dev/null | tr -d v | cut -d - -f 1 || true)"
  version aws 2.0.0 "$(aws --version 2>/dev/null | sed -n 's|^aws-cli/\([0-9.]*\).*|\1|p' || true)"
  if command -v session-manager-plugin >/dev/null 2>&1; then
    ok "session-manager-plugin"
  else
    found plugin-missing "session-manager-plugin is not installed"
  fi
}

check_account() {
  local account arn role
  if ! ask sts get-caller-identity; then
    found no-credentials "AWS does not know who is asking: $(head -n 1 "$SCRATCH/aws.err" | cut -c 1-160)"
    return 1
  fi
  account=$(answer .Account)
  arn=$(answer .Arn)
  ACCOUNT=$account
  role=$(need_of .role)
  if [ -n "$role" ]; then
    found other-role "the stack takes on a role" "$role"
    account=$(printf '%s' "$role" | cut -d : -f 5)
  fi
  if need_of "(.allowedAccountIds // []) as \$only | (\$only == [] or (\$only | index(\"$account\") != null)) and ((.forbiddenAccountIds // []) | index(\"$account\") == null)" | grep -q false; then
    found wrong-account "account $account is not one of the stack's"
  else
    ok "account $account, as $arn"
  fi
  case $arn in *:root) found root-user "these are the root user's credentials" ;; esac
}

check_zones() {
  local zones usable zone
  if ! ask ec2 describe-availability-zones --region "$REGION" --filters Name=opt-in-status,Values=opt-in-not-required; then
    case $(cat "$SCRATCH/aws.err") in
      *OptInRequired* | *AuthFailure*) found region-off "$REGION is not enabled for this account" ;;
      *) unanswered "the zones of $REGION" ec2:DescribeAvailabilityZones ;;
    esac
    return
  fi
  zones=$(answer '[.AvailabilityZones[] | select(.State == "available") | .ZoneId] | sort | join(" ")')
  usable=""
  for zone in $zones; do
    need_of '.unusableZones[]' | grep -qx "$zone" || usable="$usable $zone"
  done
  usable=${usable# }
  if [ "$(wc -w <<<"$usable")" -lt 2 ] && [ -z "$(need_of .vpcId)" ]; then
    found few-zones "$REGION has $zones here, and VPC origins work in ${usable:-none}"
  else
    ok "$REGION: $usable"
  fi
  for zone in $(need_of '(.zoneIds // [])[]'); do
    case " $usable " in *" $zone "*) ;; *) found zone-unusable "zoneIds has $zone; usable here: $usable" "$zone" ;; esac
  done
}

check_cloudfront() {
  if ! ask cloudfront list-distributions --max-items 1; then
    unanswered "whether CloudFront may be used" cloudfront:ListDistributions
  elif [ "$(answer '.DistributionList.Items // [] | length')" -gt 0 ]; then
    ok "this account has distributions already"
  else
    found cloudfront-unknown "no distribution yet; whether one may be made cannot be asked"
  fi
}

# check_model looks at one configured model: its profile, its state, whether it is enabled, and its quotas.
check_model() { # ID MODEL REGION PROFILE DESTINATIONS
  local id=$1 model=$2 region=$3 profile=$4 destinations=$5 text more low permission problem words
  bedrock_state "$region" "$id" "$model" "$profile"
  while IFS=$'\t' read -r -u 3 permission problem words; do
    told_not "$id in $region: not all could be asked" "$permission" "$problem" "$words"
  done 3<"$SCRATCH/untold"
  if [ "$BEDROCK_PROFILE" = MISSING ]; then
    found profile-missing "$id: no such inference profile in $region" "$region"
    return
  fi
  if [ "$BEDROCK_PROFILE" = ACTIVE ] && [ -n "$destinations" ]; then
    for more in $BEDROCK_DESTINATIONS; do
      case " $destinations " in *" $more "*) ;; *) found destination-missing "$id in $region sends requests to $more too" ;; esac
    done
  fi
  case $BEDROCK_LIFECYCLE in
    MISSING) [ "$profile" = true ] || found model-missing "$id: no such model in $region" "$region" ;;
    LEGACY) found model-legacy "$id in $region: $model is Legacy${BEDROCK_END:+, ends $BEDROCK_END}" ;;
  esac
  if [ "$profile" != true ] && [ "$BEDROCK_ON_DEMAND" = false ]; then
    found needs-profile "$id in $region cannot be called by itself"
  fi
  case $BEDROCK_ENABLED in
    AVAILABLE) ok "$id in $region: ${BEDROCK_LIFECYCLE}, enabled" ;;
    UNKNOWN) ;;
    *) found not-enabled "$id in $region: not enabled ($BEDROCK_ENABLED)" "$STACK" ;;
  esac
  [ -n "$BEDROCK_NAME" ] || return 0
  bedrock_quotas "$region" || return 0
  while IFS=$'\t' read -r -u 3 low text; do
    case $low in
      zero) found quota-zero "$id in $region: $text" ;;
      low) found quota-low "$id in $region: $text" ;;
    esac
  done 3< <(quotas_of "$region" "$BEDROCK_NAME" "$id")
}

# bedrock_quotas REGION reads the region's Bedrock quotas, once.
bedrock_quotas() {
  [ ! -f "$SCRATCH/quotas-$1.json" ] || return 0
  [ ! -f "$SCRATCH/quotas-$1.none" ] || return 1
  if ask service-quotas list-service-quotas --region "$1" --service-code bedrock; then
    cp "$SCRATCH/answer" "$SCRATCH/quotas-$1.json"
  else
    unanswered "Bedrock's quotas in $1" servicequotas:ListServiceQuotas
    touch "$SCRATCH/quotas-$1.none"
    return 1
  fi
}

# quotas_of REGION MODEL-NAME ID prints the quotas that bound calls of the model, of zero and of little: those of cross-Region inference for a profile.
# A quota's name ends in the model's, perhaps with a version after it ("… tokens per minute for Anthropic Claude Haiku 4.5").
quotas_of() {
  jq -r --arg name "$2" --arg id "$3" --argjson few "$FEW_TOKENS" '
    (if ($id | startswith("global.")) then "^Global cross-region" elif ($id | test("^(us|eu|apac|jp|au|ca)\\.")) then "^Cross-region" else "^On-demand" end) as $kind
    | ($name | gsub("(?<c>[.])"; "[.]")) as $pattern
    | .Quotas[]
    | select(.QuotaName | test($pattern + "($|[^.0-9])"; "i"))
    | select((.QuotaName | test("per day"; "i")) or (.QuotaName | test($kind; "i")))
    | select(.QuotaName | test("(tokens|requests) per (minute|day)"; "i"))
    | (if .Value <= 0 then "zero" elif (.QuotaName | test("tokens per minute"; "i")) and .Value < $few then "low" else empty end) as $how
    | [$how, "\(.QuotaName): \(.Value)"] | @tsv' "$SCRATCH/quotas-$1.json" | sort -u
}

check_bedrock() {
  local id model region profile destinations
  need_of '.models[] | [.id, .model, .region, (.profile | tostring), ((.destinations // []) | join(" "))] | @tsv' | sort -u >"$SCRATCH/models"
  while IFS=$'\t' read -r -u 4 id model region profile destinations; do
    check_model "$id" "$model" "$region" "$profile" "$destinations"
  done 4<"$SCRATCH/models"
}

# quota SERVICE CODE sets QUOTA to the account's quota, or to AWS's default where the account has none of its own; fails where neither is told.
quota() {
  if ! ask service-quotas get-service-quota --region "$REGION" --service-code "$1" --quota-code "$2"; then
    [ "$AWS_PROBLEM" = missing ] || return 1
    ask service-quotas get-aws-default-service-quota --region "$REGION" --service-code "$1" --quota-code "$2" || return 1
  fi
  QUOTA=$(answer .Quota.Value)
}

# room WHAT WANT USED SERVICE CODE holds what is wanted and used against a quota.
room() {
  if ! quota "$4" "$5"; then
    unanswered "the quota of $1" servicequotas:GetServiceQuota
  elif jq -en --argjson want "$2" --argjson used "$3" --argjson most "$QUOTA" '$want + $used > $most' >/dev/null; then
    found quota-short "$1: $2 needed, $3 in use, quota $QUOTA" "$REGION" "$4" "$5" "$(jq -n --argjson want "$2" --argjson used "$3" '($want + $used) | ceil')"
  else
    ok "$1: $2 needed, $3 in use, quota $QUOTA"
  fi
}

check_network() {
  local vpc
  vpc=$(need_of .vpcId)
  if [ -n "$vpc" ]; then
    if ask ec2 describe-vpcs --region "$REGION" --vpc-ids "$vpc"; then
      ok "$vpc exists; pulumi preview looks at the rest"
    elif [ "$AWS_PROBLEM" = missing ]; then
      found vpc-missing "$vpc is not in $REGION"
    else
      unanswered "whether $vpc exists" ec2:DescribeVpcs
    fi
    return
  fi
  if ask ec2 describe-vpcs --region "$REGION"; then
    room VPCs 1 "$(answer '.Vpcs | length')" vpc "$QUOTA_VPCS"
  else
    unanswered "how many VPCs there are" ec2:DescribeVpcs
  fi
  if ask ec2 describe-addresses --region "$REGION"; then
    room "Elastic IPs" "$(need_of .publicAddresses)" "$(answer '.Addresses | length')" ec2 "$QUOTA_ELASTIC_IPS"
  else
    unanswered "how many Elastic IPs there are" ec2:DescribeAddresses
  fi
}

check_fargate() {
  # What other tasks of the account use is not counted: AWS tells it per task only.
  room "vCPUs of Fargate" "$(need_of .onDemandVcpu)" 0 fargate "$QUOTA_FARGATE_ON_DEMAND"
  room "vCPUs of Fargate Spot" "$(need_of .spotVcpu)" 0 fargate "$QUOTA_FARGATE_SPOT"
}

check_secrets() {
  local name setting state taken=0
  if ! ask secretsmanager list-secrets --region "$REGION" --include-planned-deletion \
    --filters Key=name,Values="$(need_of '[.secrets[].name | split("/")[0] + "/"] | unique | join(",")')"; then
    unanswered "which secrets there are" secretsmanager:ListSecrets
  else
    jq -r --slurpfile needs "$SCRATCH/needs.json" '
      $needs[0] as $n | .SecretList[] | . as $secret
      | ($n.secrets[] | select(.name == $secret.Name)) as $own
      | ([$secret.Tags[]? | "\(.Key)=\(.Value)"]) as $tags
      | (if $secret.DeletedDate then "deleted"
         elif ["ManagedBy=pulumi", "Project=\($n.project)", "Stack=\($n.stack)"] - $tags == [] then empty
         else "taken" end) as $state
      | [$state, $own.name, $own.setting] | @tsv' "$SCRATCH/answer" >"$SCRATCH/secrets"
    while IFS=$'\t' read -r -u 3 state name setting; do
      taken=$((taken + 1))
      case $state in
        deleted) found secret-deleted "$name is scheduled for deletion" "$name" ;;
        *) if [ -n "$setting" ]; then found secret-taken "$name exists already" "$setting" "$name"; else found secret-foreign "$name exists already"; fi ;;
      esac
    done 3<"$SCRATCH/secrets"
    [ "$taken" -gt 0 ] || ok "the names of the secrets are free, or this stack's own"
  fi
  for name in $(need_of '(.existingSecrets // [])[]'); do
    if ask secretsmanager describe-secret --region "$REGION" --secret-id "$name"; then
      [ "$(answer '.DeletedDate // ""')" = "" ] || found secret-deleted "$name is scheduled for deletion" "$name"
    elif [ "$AWS_PROBLEM" = missing ]; then
      found secret-missing "$name does not exist"
    else
      unanswered "whether $name exists" secretsmanager:DescribeSecret
    fi
  done
}

need jq
CHECK=programs
check_programs
CHECK=settings
stack_needs "$STACK"
ok "Pulumi.$STACK.yaml"
REGION=$(need_of .region)
ACCOUNT=""
profile=$(need_of .profile)
if [ -n "$profile" ]; then export AWS_PROFILE=$profile; fi
if command -v aws >/dev/null 2>&1; then
  CHECK=account
  if check_account; then
    for CHECK in zones cloudfront bedrock network fargate secrets; do
      "check_$CHECK"
    done
  fi
fi
if [ "$mend" -gt 0 ]; then
  say "$mend to mend before pulumi up${ACCOUNT:+ in account $ACCOUNT}."
  exit 1
fi
say "Nothing must be mended${ACCOUNT:+ in account $ACCOUNT}."
