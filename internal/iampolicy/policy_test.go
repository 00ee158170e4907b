package iampolicy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/internal/iampolicy"
)

func TestOnlyTheServiceActingForTheAccountTakesARoleOn(t *testing.T) {
	t.Parallel()
	text, err := iampolicy.Trust("ecs-tasks.amazonaws.com", "123456789012")
	require.NoError(t, err)
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],
		"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`, text)
}

func TestWithoutAnAccountThereIsNoCondition(t *testing.T) {
	t.Parallel()
	text, err := iampolicy.Trust("ec2.amazonaws.com", "")
	require.NoError(t, err)
	require.NotContains(t, text, "Condition")
}

func TestAPolicyLeavesOutWhatAStatementDoesNotSay(t *testing.T) {
	t.Parallel()
	text, err := iampolicy.Render(iampolicy.Statement{
		Sid: "Read", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::x/*"},
	})
	require.NoError(t, err)
	var policy struct {
		Version   string
		Statement []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(text), &policy))
	require.Equal(t, "2012-10-17", policy.Version)
	require.Equal(t, []map[string]any{{
		"Sid": "Read", "Effect": "Allow", "Action": []any{"s3:GetObject"}, "Resource": []any{"arn:aws:s3:::x/*"},
	}}, policy.Statement)
}
