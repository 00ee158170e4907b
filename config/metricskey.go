package config

import _ "embed"

// MetricsKeyScript registers the scraper's key with LiteLLM; it is Python for LiteLLM's own image. See metricskey.py.
//
//go:embed metricskey.py
var MetricsKeyScript string
