// Package grafana is what Grafana shows and tells: its data source, dashboards, alert rules and contact point, as Grafana's own files.
package grafana

import (
	"embed"
	"fmt"
	"io/fs"
)

// Environment variables that the provisioning files read.
const (
	// DashboardsVariable is the folder the dashboards are in.
	DashboardsVariable = "DASHBOARDS_PATH"
	// VictoriaMetricsVariable is the address of the metrics' store.
	VictoriaMetricsVariable = "VICTORIAMETRICS_URL"
	// AlertTopicVariable and AlertRegionVariable are the SNS topic that alerts go to, and its region.
	AlertTopicVariable  = "ALERT_TOPIC_ARN"
	AlertRegionVariable = "ALERT_REGION"
)

//go:embed provisioning dashboards
var files embed.FS

// File is one of Grafana's files.
type File struct {
	// Path is relative to this folder, with slashes.
	Path    string
	Content []byte
}

// Read gives all files, in order of their paths.
func Read() ([]File, error) {
	var all []File
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		all = append(all, File{Path: path, Content: content})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read grafana's files: %w", err)
	}
	return all, nil
}
