package sim

import (
	"cmp"
	"encoding/json"
	"strings"
)

const rolePolicyType = "aws:iam/rolePolicy:RolePolicy"

func iamKinds() map[string]*kind {
	role := byName("role", roleType, "NoSuchEntity")
	awsPolicy := reference{path: "policyArn", by: "arn", code: "NoSuchEntity"} // the program has no managed policies of its own
	return map[string]*kind{
		roleType: {
			id: "{name}", arn: "arn:aws:iam::{account}:role{path}{name}", global: true, inUse: "DeleteConflict",
			outputs: map[string]any{"uniqueId": "AROA{HEX17}", "createDate": "2026-01-01T00:00:00Z"},
			naming:  naming{property: "name", max: 64, prefix: "namePrefix"}, unique: "name", taken: "EntityAlreadyExists",
			static: []func(map[string]any) error{policyValid("assumeRolePolicy", true)}, rules: []func(*op) error{rolePath},
		},
		rolePolicyType: {
			id: "{role}:{name}", global: true, naming: naming{property: "name", max: 128, prefix: "namePrefix"}, refs: []reference{role},
			static: []func(map[string]any) error{policyValid("policy", false)}, rules: []func(*op) error{inlineSize},
		},
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
			id: "{role}-{hex26}", global: true, refs: []reference{role, awsPolicy},
		},
		"aws:iam/instanceProfile:InstanceProfile": {
			id: "{name}", arn: "arn:aws:iam::{account}:instance-profile/{name}", global: true, inUse: "DeleteConflict", refs: []reference{role},
			outputs: map[string]any{"uniqueId": "AIPA{HEX17}", "createDate": "2026-01-01T00:00:00Z"},
			naming:  naming{property: "name", max: 128, prefix: "namePrefix"}, unique: "name", taken: "EntityAlreadyExists",
		},
	}
}

// rolePath is a part of the ARN.
func rolePath(o *op) error {
	o.words["path"] = cmp.Or(text(o.out, "path"), "/")
	return nil
}

// policyValid checks the form of a policy document; a trust policy names principals instead of resources.
func policyValid(property string, trust bool) func(map[string]any) error {
	return func(in map[string]any) error {
		document := text(in, property)
		if document == "" {
			return nil
		}
		var policy struct {
			Version   string
			Statement []map[string]any
		}
		var raw map[string]any
		if err := json.Unmarshal([]byte(document), &raw); err != nil {
			return failure("MalformedPolicyDocument", "%s: %v", property, err)
		}
		if one, ok := raw["Statement"].(map[string]any); ok {
			policy.Statement = []map[string]any{one}
		} else if err := json.Unmarshal([]byte(document), &policy); err != nil {
			return failure("MalformedPolicyDocument", "%s: %v", property, err)
		}
		if len(policy.Statement) == 0 {
			return failure("MalformedPolicyDocument", "%s has no statement", property)
		}
		for _, statement := range policy.Statement {
			if err := statementValid(property, statement, trust); err != nil {
				return err
			}
		}
		return nil
	}
}

func statementValid(property string, statement map[string]any, trust bool) error {
	if effect := statement["Effect"]; effect != "Allow" && effect != "Deny" {
		return failure("MalformedPolicyDocument", "%s: Effect is %v", property, effect)
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if !zero(statement[name]) {
				return true
			}
		}
		return false
	}
	switch {
	case !has("Action", "NotAction"):
		return failure("MalformedPolicyDocument", "%s: Policy statement must contain actions.", property)
	case trust && !has("Principal"):
		return failure("MalformedPolicyDocument", "%s: a trust policy names a principal", property)
	case !trust && !has("Resource", "NotResource"):
		return failure("MalformedPolicyDocument", "%s: Policy statement must contain resources.", property)
	case !trust && has("Principal"):
		return failure("MalformedPolicyDocument", "%s: Policy document should not specify a principal.", property)
	}
	return nil
}

// inlineSize: the inline policies of a role have at most 10,240 characters together, white space not counted (IAM and AWS STS quotas).
func inlineSize(o *op) error {
	total := 0
	for _, other := range o.all(rolePolicyType) {
		if text(other.State, "role") == text(o.out, "role") && text(other.State, "name") != text(o.out, "name") {
			total += dense(text(other.State, "policy"))
		}
	}
	if total += dense(text(o.out, "policy")); total > 10240 {
		return failure("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role %s: %d", text(o.out, "role"), total)
	}
	return nil
}

func dense(document string) int {
	return len(strings.Join(strings.Fields(document), ""))
}
