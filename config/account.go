package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Account says which AWS account a stack belongs to and how to reach it: the settings of the stack file under aws: beside the region. Both providers
// get them. Names and meaning are the AWS provider's (pulumi-aws 6.83.2, provider configuration).
type Account struct {
	// Profile is a profile of the AWS configuration file.
	Profile string
	// AllowedIDs are the only accounts in which anything is done; empty: any.
	AllowedIDs []string
	// ForbiddenIDs are accounts in which nothing is done.
	ForbiddenIDs []string
	// AssumeRole is the role to take on; nil: none.
	AssumeRole *AssumeRole
}

// AssumeRole is the role that the AWS providers take on.
type AssumeRole struct {
	RoleArn     string `json:"roleArn"`
	SessionName string `json:"sessionName"`
	ExternalID  string `json:"externalId"`
	// Duration is how long the session lasts, for instance 1h.
	Duration string `json:"duration"`
}

var (
	accountPattern  = regexp.MustCompile(`^\d{12}$`)
	rolePattern     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)
	sessionPattern  = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`) // STS API reference, AssumeRole
	profilePattern  = regexp.MustCompile(`^[^\s\[\]]+$`)
	durationPattern = regexp.MustCompile(`^([1-9]\d*[hms])+$`)
)

// providerRefusals are settings of the AWS provider that are not handed over, with the reason and what to use instead.
var providerRefusals = map[string]string{
	"defaultTags":               "not taken over: the program sets its providers' default tags; use tags",
	"accessKey":                 credentialsElsewhere,
	"secretKey":                 credentialsElsewhere,
	"token":                     credentialsElsewhere,
	"assumeRoles":               "not known to this version of the AWS provider, which takes one role: aws:assumeRole",
	"skipRequestingAccountId":   "not taken over: without the account's id aws:allowedAccountIds is not enforced",
	"skipCredentialsValidation": "not taken over: credentials that do not work are told before anything is changed",
}

const credentialsElsewhere = "not taken over: credentials have no place in a stack file; use aws:profile, aws:assumeRole or the environment (AWS_PROFILE, AWS_ACCESS_KEY_ID …)"

// takenOver are the keys under aws: that have an effect.
var takenOver = []string{"region", "profile", "assumeRole", "allowedAccountIds", "forbiddenAccountIds"}

// account reads what the stack file says under aws:. Whatever has no effect is refused: nobody shall believe that it had one.
func account(values map[string]string, p *problems) Account {
	var a Account
	for key, text := range values {
		full := "aws:" + key
		switch key {
		case "region":
		case "profile":
			a.Profile = text
			p.require(profilePattern.MatchString(text), full, text, "the name of a profile in the AWS configuration file")
		case "allowedAccountIds":
			a.AllowedIDs = accountIDs(full, text, p)
		case "forbiddenAccountIds":
			a.ForbiddenIDs = accountIDs(full, text, p)
		case "assumeRole":
			a.AssumeRole = assumedRole(full, text, p)
		default:
			reason, known := providerRefusals[key]
			if !known {
				reason = "not taken over; of the AWS provider's settings these are: " + strings.Join(takenOver, ", ") + ". The rest can be given by environment variables (AWS_…)"
			}
			shown := text
			if reason == credentialsElsewhere {
				shown = "[hidden]"
			}
			p.add(full, shown, reason)
		}
	}
	p.require(len(a.AllowedIDs) == 0 || len(a.ForbiddenIDs) == 0, "aws:forbiddenAccountIds", a.ForbiddenIDs, "not together with aws:allowedAccountIds, as the AWS provider has it")
	return a
}

// accountIDs are the texts of a list; a number is taken for its digits, because YAML reads an id without quotes as one.
func accountIDs(key, text string, p *problems) []string {
	const allowed = "a list of 12-digit account ids, in quotes: YAML reads one without them as a number, and one with a leading zero wrongly"
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var values []any
	if err := decoder.Decode(&values); err != nil || len(values) == 0 {
		p.add(key, text, allowed)
		return nil
	}
	ids := make([]string, len(values))
	for i, value := range values {
		ids[i] = fmt.Sprint(value)
		p.require(accountPattern.MatchString(ids[i]), key, ids[i], allowed)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func assumedRole(key, text string, p *problems) *AssumeRole {
	role := &AssumeRole{}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(role); err != nil {
		p.add(key, text, fmt.Sprintf("a map with roleArn and, if wanted, sessionName, externalId and duration (%v)", err))
		return nil
	}
	p.require(rolePattern.MatchString(role.RoleArn), key+".roleArn", role.RoleArn, "the ARN of an IAM role")
	optional(p, sessionPattern, key+".sessionName", role.SessionName, "2 to 64 letters, digits and + = , . @ - _, or empty")
	optional(p, durationPattern, key+".duration", role.Duration, "a time such as 1h, or empty")
	return role
}
