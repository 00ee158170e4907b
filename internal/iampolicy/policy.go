// Package iampolicy renders IAM policies: what a role may do, who may take it on, who may use a resource.
package iampolicy

import (
	"encoding/json"
	"fmt"
)

// Statement is one statement of a policy (IAM user guide, JSON policy elements). Sids have letters and digits only.
type Statement struct {
	Sid       string         `json:"Sid,omitempty"`
	Effect    string         `json:"Effect"`
	Principal map[string]any `json:"Principal,omitempty"`
	Action    []string       `json:"Action"`
	Resource  []string       `json:"Resource,omitempty"`
	Condition map[string]any `json:"Condition,omitempty"`
}

// Render makes the policy's JSON.
func Render(statements ...Statement) (string, error) {
	text, err := json.Marshal(struct {
		Version   string
		Statement []Statement
	}{"2012-10-17", statements})
	if err != nil {
		return "", fmt.Errorf("render policy: %w", err)
	}
	return string(text), nil
}

// Trust is the policy of a role that only the AWS service takes on, for nobody but the account where one is given.
func Trust(service, account string) (string, error) {
	statement := Statement{Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: map[string]any{"Service": service}}
	if account != "" {
		statement.Condition = OfAccount(account)
	}
	return Render(statement)
}

// OfAccount is the condition that an AWS service acts for the account (IAM user guide, the confused deputy problem).
func OfAccount(account string) map[string]any {
	return map[string]any{"StringEquals": map[string]string{"aws:SourceAccount": account}}
}
