// Package grafana carries what Grafana shows: provisioning and dashboards, the same files that the Dockerfile bakes into an image.
package grafana

import "embed"

// Files are provisioning/ and dashboards/.
//
//go:embed provisioning dashboards
var Files embed.FS
