package engine

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// upgradeWrite makes TestUpgradeDeletesNothing deploy the stacks and write their states. `make upgrade-fixtures` copies this file into an
// earlier commit and runs it there, on the engine and the simulated account of that commit.
var upgradeWrite = flag.String("upgrade-write", "", "folder to write the states of deployed stacks to")

// upgradeFolder has the states of stacks that an earlier program deployed: of commit 1aa2b60, the last one before registrations were held
// fast.
const upgradeFolder = "testdata/upgrade"

// upgraded are the stacks, with their settings.
var upgraded = map[string]string{"poc": "Pulumi.poc.yaml", "existing": "testdata/Pulumi.existing.yaml"}

// permitted are the replacements and deletions that an upgrade may make, and why none of them loses anything. An empty name stands for every
// resource of the type.
var permitted = []struct{ op, kind, name, why string }{
	{
		op:   "replace",
		kind: "aws:ecs/taskDefinition:TaskDefinition",
		why:  "a revision is never changed: ECS makes another, and the service moves to it",
	},
	{
		op:   "delete",
		kind: "aws:lb/listenerRule:ListenerRule",
		why:  "fewer routes are public, so fewer rules are needed; a rule holds no data, and what it forwarded is refused on purpose",
	},
	{
		op:   "delete",
		kind: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		name: "network-nat",
		why:  "AWS's policy reads the account's parameters; one with the sessions alone is made before it goes",
	},
}

// TestUpgradeDeletesNothing previews a deployed stack of an earlier program with today's. What it wants to delete or replace would go from
// every deployed stack: it needs an alias, a migration, or a place in the table above.
func TestUpgradeDeletesNothing(t *testing.T) {
	t.Parallel()
	for name, file := range upgraded {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t, gateway)
			w.seedRandom()
			settings := repositorySettings(t, file)
			s := w.stack(name, settings)
			if *upgradeWrite != "" {
				writeUpgradeFixture(t, s)
				return
			}
			state := unpackState(t, name)
			// The image is the one that is deployed: an account makes up its ids. That the program's release stays is the golden files' to see.
			if ami := deployedImage(t, state); ami != "" {
				settings["natInstance.ami"] = ami
				s.set(settings)
			}
			s.must("stack", "import", "--file", state)
			var bad []string
			for _, change := range s.changes() {
				if change.op == "create" || change.op == "update" || isPermitted(change) {
					continue
				}
				bad = append(bad, change.op+" "+change.kind+" "+change.name)
			}
			if len(bad) > 0 {
				t.Errorf("an upgrade of a deployed stack takes these away:\n  %s", strings.Join(bad, "\n  "))
			}
		})
	}
}

// deployedImage is the AMI of the NAT instance in a state's file; "" for none.
func deployedImage(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return regexp.MustCompile(`ami-[0-9a-f]{17}`).FindString(string(content))
}

func isPermitted(c change) bool {
	for _, one := range permitted {
		if strings.Contains(c.op, one.op) && c.kind == one.kind && (one.name == "" || one.name == c.name) {
			return true
		}
	}
	return false
}

// writeUpgradeFixture deploys a stack and writes its state, without the times and places of its making.
func writeUpgradeFixture(t *testing.T, s *stack) {
	t.Helper()
	s.up()
	var state struct {
		Version    int            `json:"version"`
		Deployment map[string]any `json:"deployment"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("stack", "export")), &state))
	resources, ok := state.Deployment["resources"].([]any)
	require.True(t, ok)
	for _, one := range resources {
		if fields, is := one.(map[string]any); is {
			for _, when := range []string{"created", "modified", "sourcePosition"} {
				delete(fields, when)
			}
		}
	}
	content, err := json.MarshalIndent(state, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(*upgradeWrite, 0o750))
	var packed bytes.Buffer
	compressor, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	require.NoError(t, err)
	_, err = compressor.Write(append(content, '\n'))
	require.NoError(t, err)
	require.NoError(t, compressor.Close())
	require.NoError(t, os.WriteFile(filepath.Join(*upgradeWrite, s.name+".json.gz"), packed.Bytes(), 0o600))
}

// unpackState is the file of a stack's state: a megabyte, so it is committed compressed.
func unpackState(t *testing.T, name string) string {
	t.Helper()
	packed, err := os.Open(filepath.Join(upgradeFolder, name+".json.gz"))
	require.NoError(t, err)
	defer func() { require.NoError(t, packed.Close()) }()
	reader, err := gzip.NewReader(packed)
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	return file
}
