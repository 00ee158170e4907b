package litellm

import _ "embed"

// TracesLogger is LiteLLM's logger that sends traces to Langfuse; it is Python for LiteLLM's own image. See gateway_traces.py.
//
//go:embed gateway_traces.py
var TracesLogger string

// TracesLoggerFile is the name that it must have beside LiteLLM's configuration, which names it as tracesCallback.
const (
	TracesLoggerFile = "gateway_traces.py"
	tracesCallback   = "gateway_traces.logger"
)

// The variables by which the logger knows Langfuse. None has a name that LiteLLM or Langfuse's SDK knows, so nothing but the logger uses them.
const (
	TracesURLVariable       = "GATEWAY_TRACES_URL"
	TracesPublicKeyVariable = "GATEWAY_TRACES_PUBLIC_KEY"
	TracesSecretKeyVariable = "GATEWAY_TRACES_SECRET_KEY"
	TracesContentVariable   = "GATEWAY_TRACES_CONTENT"
)

// Files are the Python files that LiteLLM's configuration names, by the name that each must have beside it.
func Files() map[string]string {
	return map[string]string{TracesLoggerFile: TracesLogger, TokenCounterFile: TokenCounterScript, requestsFile: requestsScript, stopFile: stopScript}
}
