package litellm

import (
	_ "embed"

	"kong-llm-gateway/config"
)

// stopScript has LiteLLM write spend and traces before it ends. LiteLLM finds it beside its configuration, by the name stopFile.
//
//go:embed gateway_stop.py
var stopScript string

const (
	stopFile = "gateway_stop.py"
	// stopVariable tells it how many seconds after SIGTERM requests may still go on.
	stopVariable = "GATEWAY_STOP_SECONDS"
	// stopSeconds leaves fifty of the stop time-out for what comes after the last request: thirty at most for logging and traces (gateway_stop.py), the rest
	// for LiteLLM's writing of spend.
	stopSeconds = config.StopTimeoutSeconds - 50
)
