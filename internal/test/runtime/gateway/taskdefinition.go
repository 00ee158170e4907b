//go:build runtime

package gateway

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
	"kong-llm-gateway/ecs"
	"kong-llm-gateway/ecs/langfuse"
	"kong-llm-gateway/ecs/litellm"
	"kong-llm-gateway/internal/pulumitest"
	"kong-llm-gateway/internal/secrets"
	"kong-llm-gateway/rds"
)

// task is what the program's task definition says about LiteLLM's container.
type task struct {
	Command     []string
	Environment map[string]string
	// Secrets are the variables that ECS fills from Secrets Manager.
	Secrets []string
	// Documents are the files that the init container unpacks, by path below ecs.DocumentsPath.
	Documents map[string][]byte
}

// InitContainer is what the program's task definition says about LiteLLM's init container.
type InitContainer struct {
	// Script is what its shell runs.
	Script string
	// Environment holds its plain variables; Secrets are those that ECS fills from Secrets Manager.
	Environment map[string]string
	Secrets     []string
	// Drop are the capabilities that it gives up.
	Drop []string
}

// LiteLLMInit is LiteLLM's init container, as the program registers it.
func LiteLLMInit(settings *config.Settings) (*InitContainer, error) {
	definitions, err := liteLLMDefinitions(settings)
	if err != nil {
		return nil, err
	}
	type variable struct{ Name, Value string }
	var containers []struct {
		Name            string
		Command         []string
		Environment     []variable
		Secrets         []variable
		LinuxParameters struct{ Capabilities struct{ Drop []string } }
	}
	if err := json.Unmarshal([]byte(definitions), &containers); err != nil {
		return nil, fmt.Errorf("read container definitions: %w", err)
	}
	for _, container := range containers {
		if container.Name != "init" {
			continue
		}
		i := &InitContainer{
			Script: strings.Join(container.Command, " "), Environment: map[string]string{}, Drop: container.LinuxParameters.Capabilities.Drop,
		}
		for _, v := range container.Environment {
			i.Environment[v.Name] = v.Value
		}
		for _, v := range container.Secrets {
			i.Secrets = append(i.Secrets, v.Name)
		}
		return i, nil
	}
	return nil, errors.New("the task definition has no init container")
}

// liteLLMTask is LiteLLM's own container, as the program registers it.
func liteLLMTask(settings *config.Settings) (*task, error) {
	definitions, err := liteLLMDefinitions(settings)
	if err != nil {
		return nil, err
	}
	return readTask(definitions)
}

// liteLLMDefinitions runs the part of the program that makes LiteLLM and returns the container definitions that it registers.
func liteLLMDefinitions(settings *config.Settings) (string, error) {
	engine := &pulumitest.Recorder{}
	err := engine.Run("poc", func(ctx *pulumi.Context) error {
		vpc, subnets := pulumi.String("vpc-1"), pulumi.ToStringArray([]string{"subnet-1", "subnet-2"})
		made := secrets.Maker{Names: settings.Names}
		database, err := rds.New(ctx, "database", &rds.Args{
			Names: settings.Names, Region: settings.Region, Settings: settings.Database, LogRetentionDays: settings.LogRetentionDays,
			VpcID: vpc, SubnetIDs: subnets, Secrets: made,
		})
		if err != nil {
			return err
		}
		cluster, err := ecs.New(ctx, "cluster", &ecs.Args{
			Names: settings.Names, Region: settings.Region, Account: pulumitest.Account, LogRetentionDays: settings.LogRetentionDays,
			VpcID: vpc, VpcCidrs: []string{"10.10.0.0/16"}, SubnetIDs: subnets,
			ExecuteCommand: settings.ExecuteCommand, Schedule: settings.Schedule, Targets: []ecs.Target{litellm.Target, langfuse.Target},
		})
		if err != nil {
			return err
		}
		traces, err := langfuse.New(ctx, "langfuse", &langfuse.Args{
			Cluster: cluster, Database: database, Settings: settings.Langfuse, Secrets: made, URL: pulumi.String("https://traces.example.com"),
		})
		if err != nil {
			return err
		}
		_, err = litellm.New(ctx, "litellm", &litellm.Args{
			Cluster: cluster, Database: database, Langfuse: traces, Content: settings.Langfuse.Content, Settings: settings.LiteLLM, Region: settings.Region,
			Account: pulumitest.Account, Secrets: made,
		})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("register LiteLLM: %w", err)
	}
	tasks := engine.Of("aws:ecs/taskDefinition:TaskDefinition")
	i := slices.IndexFunc(tasks, func(made pulumitest.Resource) bool { return made.Name == "litellm" })
	if i < 0 {
		return "", errors.New("the program registers no task definition of LiteLLM")
	}
	return tasks[i].Inputs["containerDefinitions"].StringValue(), nil
}

// readTask finds LiteLLM's container and what the init container unpacks for it.
func readTask(definitions string) (*task, error) {
	type variable struct{ Name, Value string }
	var containers []struct {
		Name        string
		Command     []string
		Environment []variable
		Secrets     []variable
	}
	if err := json.Unmarshal([]byte(definitions), &containers); err != nil {
		return nil, fmt.Errorf("read container definitions: %w", err)
	}
	t := &task{Environment: map[string]string{}}
	for _, container := range containers {
		if container.Name == "litellm" {
			t.Command = container.Command
			for _, v := range container.Secrets {
				t.Secrets = append(t.Secrets, v.Name)
			}
		}
		for _, v := range container.Environment {
			if container.Name == "litellm" {
				t.Environment[v.Name] = v.Value
			}
			if v.Name != "GATEWAY_DOCUMENTS_0" {
				continue
			}
			var err error
			if t.Documents, err = unpack(v.Value); err != nil {
				return nil, err
			}
		}
	}
	if t.Command == nil || t.Documents == nil {
		return nil, errors.New("the task definition has no LiteLLM, or no documents in it (then they are in S3: give the bench fewer models)")
	}
	return t, nil
}

// unpack reads the archive that the init container unpacks.
func unpack(packed string) (map[string][]byte, error) {
	compressed, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack documents: %w", err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("unpack documents: %w", err)
	}
	documents, archive := map[string][]byte{}, tar.NewReader(plain)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, fmt.Errorf("unpack documents: %w", err)
		}
		if documents[header.Name], err = io.ReadAll(archive); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", header.Name, err)
		}
	}
}

// deliver writes the documents to a directory, as the init container does, and says what an argument or variable that names a path below
// ecs.DocumentsPath becomes.
func (t *task) deliver(directory string) (func(string) string, error) {
	for name, content := range t.Documents {
		path := filepath.Join(directory, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("deliver %s: %w", name, err)
		}
		if err := os.WriteFile(path, content, 0o444); err != nil {
			return nil, fmt.Errorf("deliver %s: %w", name, err)
		}
	}
	return func(text string) string {
		if text == ecs.DocumentsPath {
			return directory
		}
		return strings.ReplaceAll(text, ecs.DocumentsPath+"/", directory+"/")
	}, nil
}
