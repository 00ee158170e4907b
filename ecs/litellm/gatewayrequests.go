package litellm

import (
	_ "embed"

	"kong-llm-gateway/config"
)

// requestsScript bounds what the bodies of requests may cost LiteLLM. LiteLLM finds it beside its configuration, by the name requestsFile.
//
//go:embed gateway_requests.py
var requestsScript string

const (
	requestsFile = "gateway_requests.py"
	// bodyRoomVariable tells it how many bytes of bodies one worker process handles at once.
	bodyRoomVariable = "GATEWAY_BODY_ROOM_BYTES"
)

// bodyRoomBytes is a sixteenth of the task's memory, shared by its worker processes. LiteLLM was seen to need three to five times a body's length while
// it handles one (internal/test/runtime/gateway/bodies_test.go), and 550 MB of its own.
func bodyRoomBytes(settings config.LiteLLM) int {
	const share, mebibyte = 16, 1 << 20
	return settings.Memory * mebibyte / share / settings.Workers
}
