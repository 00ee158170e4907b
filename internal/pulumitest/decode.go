package pulumitest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"kong-llm-gateway/cloudfront/routes"
)

// show decodes a text for a golden file: JSON is parsed, packed documents are unpacked, files of the repository are named.
func show(value string, files Files) any {
	if named := files.name(value); named != value {
		if _, isCode := settingsLine(value); !isCode {
			return named
		}
	}
	if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
		var parsed any
		if json.Unmarshal([]byte(value), &parsed) == nil {
			return parsed
		}
	}
	if documents, packed := unpack(value); packed {
		shown := map[string]any{}
		for path, content := range documents {
			shown[path] = content
		}
		return shown
	}
	if part := storedPart.FindStringSubmatch(value); part != nil {
		return "(part " + part[1] + " of the packed documents)"
	}
	if settings, isCode := settingsLine(value); isCode {
		_, code, _ := strings.Cut(value, "\n")
		return map[string]any{"settings": settings, "code": files.name(code)}
	}
	return value
}

// settingsLine is what the first line of a viewer-request function sets (package routes).
func settingsLine(code string) (any, bool) {
	line, _, found := strings.Cut(code, ";\n")
	data, first := strings.CutPrefix(line, "var settings = ")
	var parsed any
	if !found || !first || json.Unmarshal([]byte(data), &parsed) != nil {
		return nil, false
	}
	return parsed, true
}

// byName makes a map of a list whose entries each have a unique name: variables, secrets of a container, containers.
func byName(list []any) (map[string]any, bool) {
	named := map[string]any{}
	for _, one := range list {
		entry, is := one.(map[string]any)
		name, has := entry["name"].(string)
		if _, twice := named[name]; !is || !has || twice {
			return nil, false
		}
		rest := map[string]any{}
		for key, value := range entry {
			if key != "name" {
				rest[key] = value
			}
		}
		named[name] = rest
		for _, only := range []string{"value", "valueFrom"} {
			if value, there := rest[only]; there && len(rest) == 1 {
				named[name] = value
			}
		}
	}
	return named, len(list) > 0
}

// unpack reads a compressed archive in base64 (package ecs, Document).
func unpack(value string) (map[string]string, bool) {
	const gzipStart = "H4sI"
	if !strings.HasPrefix(value, gzipStart) {
		return nil, false
	}
	compressed, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, false
	}
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, false
	}
	documents := map[string]string{}
	for archive := tar.NewReader(reader); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return documents, true
		}
		if err != nil {
			return nil, false
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, false
		}
		documents[header.Name] = string(content)
	}
}

var (
	storedPart = regexp.MustCompile(`^GATEWAY_DOCUMENTS_(\d+)=`)
	storedKey  = regexp.MustCompile(`^[0-9a-f]{64}\.env$`)
)

// renameParts replaces the hashes by which documents in S3 are named: they follow the compressed bytes, which another Go release may make
// otherwise.
func renameParts(r *Recorder, golden string) string {
	for _, made := range r.Of("aws:s3/bucketObjectv2:BucketObjectv2") {
		content, key := made.Inputs["content"], made.Inputs["key"]
		if !content.IsString() || !key.IsString() || !storedKey.MatchString(key.StringValue()) {
			continue
		}
		if part := storedPart.FindStringSubmatch(content.StringValue()); part != nil {
			hash, _, _ := strings.Cut(key.StringValue(), ".")
			golden = strings.ReplaceAll(golden, hash, "(hash of part "+part[1]+")")
			golden = strings.ReplaceAll(golden, hash[:16], "(hash of part "+part[1]+")")
		}
	}
	return golden
}

// Files are the files that the program delivers: path and content.
type Files []File

// File is one of them.
type File struct{ Path, Content string }

// delivered are the kinds of files that a program embeds. A shorter text is shown as it is.
var delivered = []string{".sh", ".py", ".js", ".pem", ".yaml", ".yml", ".json"}

const shortestNamed = 200

// ReadFiles reads the files below the root of the repository that a program may deliver.
func ReadFiles(root string, folders ...string) (Files, error) {
	var files Files
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !slices.Contains(delivered, filepath.Ext(file)) {
				return err
			}
			content, err := os.ReadFile(file) //nolint:gosec // a file of the repository
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, file)
			text := string(content)
			if filepath.Ext(file) == ".js" {
				text = routes.Compact(text) // as CloudFront gets it
			}
			if len(text) >= shortestNamed {
				files = append(files, File{filepath.ToSlash(name), text})
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the files that are delivered: %w", err)
		}
	}
	// The longest first, so that a file that holds another is named and not the one inside.
	slices.SortStableFunc(files, func(x, y File) int { return len(y.Content) - len(x.Content) })
	return files, nil
}

// name replaces the content of files by their names and hashes.
func (f Files) name(text string) string {
	for _, file := range f {
		if len(text) >= len(file.Content) {
			text = strings.ReplaceAll(text, file.Content, file.label())
		}
	}
	return text
}

// label names the file without its folder: which package delivers it is no part of what is registered.
func (f File) label() string {
	sum := sha256.Sum256([]byte(f.Content))
	return "(file " + path.Base(f.Path) + ", sha256 " + hex.EncodeToString(sum[:6]) + ")"
}
