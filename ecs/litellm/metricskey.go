package litellm

import _ "embed"

// metricsKeyScript registers the scraper's key with LiteLLM; it is Python for LiteLLM's own image. See metricskey.py.
//
//go:embed metricskey.py
var metricsKeyScript string
