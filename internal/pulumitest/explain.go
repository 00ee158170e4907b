package pulumitest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// holders are the types whose resources hold data or a value that nobody can make again, and what is lost with one.
var holders = map[string]string{
	"aws:rds/instance:Instance":                      "the database with its backups",
	"aws:efs/fileSystem:FileSystem":                  "all metrics",
	"aws:efs/accessPoint:AccessPoint":                "the way to the metrics",
	"aws:s3/bucketV2:BucketV2":                       "the documents of earlier revisions",
	"aws:s3/bucketObjectv2:BucketObjectv2":           "a document of an earlier revision",
	"aws:ecr/repository:Repository":                  "the images",
	"aws:secretsmanager/secret:Secret":               "a password or key, and the name stays taken while the secret can be recovered",
	"aws:secretsmanager/secretVersion:SecretVersion": "a password or key",
	"random:index/randomPassword:RandomPassword":     "a password or key, which is made anew",
	"random:index/randomBytes:RandomBytes":           "a key, which is made anew",
	"aws:cloudwatch/logGroup:LogGroup":               "the logs",
}

// title is the first line of a block.
var title = regexp.MustCompile(`(?m)^(\S.* \S.*?):( \{\})?$`)

// Explain says what the difference between the committed golden file and a new one means to a stack that is deployed from the former.
// Empty: there is none.
func Explain(before, after string) string {
	was, is := split(before), split(after)
	var lines []string
	var created []string
	for _, key := range slices.Sorted(maps.Keys(is)) {
		if _, had := was[key]; !had {
			created = append(created, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if _, has := is[key]; !has {
			lines = append(lines, deleted(key, was[key], is, created)...)
		}
	}
	for _, key := range created {
		lines = append(lines, "CREATED  "+key+above(is[key]))
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if now, has := is[key]; has && now != was[key] {
			lines = append(lines, changed(key, was[key], now)...)
		}
	}
	return strings.Join(lines, "\n")
}

func deleted(key, was string, is map[string]string, created []string) []string {
	if strings.HasPrefix(key, "lookup ") {
		return []string{"GONE     " + key}
	}
	line := "DELETED  " + key + above(was)
	kind, name, _ := strings.Cut(key, " ")
	if lost, holds := holders[kind]; holds {
		line += "\n         LOST with it: " + lost + ". Needs an alias (pulumi.Aliases) on what takes its place, or a migration."
	}
	for _, candidate := range created {
		newKind, newName, _ := strings.Cut(candidate, " ")
		if newKind != kind && newName != name {
			continue
		}
		if entry(is[candidate], "aliases") != "" {
			line += "\n         unless the alias of " + candidate + " stands for it: the upgrade test shows that."
		} else if newKind == kind {
			line += "\n         Renamed to " + candidate + "? Without an alias the new one is made, which fails where the physical name is taken, " +
				"and the old one deleted."
		}
	}
	return []string{line}
}

func changed(key, was, now string) []string {
	if strings.HasPrefix(key, "lookup ") {
		return []string{"CHANGED  " + key}
	}
	line := "CHANGED  " + key + ": updated in place, or replaced where AWS cannot change it"
	kind, _, _ := strings.Cut(key, " ")
	switch {
	case entry(was, "parent") != entry(now, "parent"):
		line = "MOVED    " + key + ": without an alias deleted and created, unless the old and the new parent have the same chain of types"
		if lost, holds := holders[kind]; holds {
			line += "\n         LOST with it: " + lost
		}
	case entry(was, "provider") != entry(now, "provider"):
		line = "CHANGED  " + key + ": another provider; in another region or account it is replaced"
	case strings.HasPrefix(kind, "llmgateway:"):
		line = "CHANGED  " + key + ": a component, nothing in AWS"
	case options(was) != options(now) && inputs(was) == inputs(now):
		line = "CHANGED  " + key + ": only options of Pulumi's (order, protection, what is ignored): nothing in AWS changes now"
	default:
		if lost, holds := holders[kind]; holds {
			line += "; where it is replaced, lost: " + lost
		}
	}
	lines := []string{line}
	before, after := strings.Split(was, "\n"), strings.Split(now, "\n")
	for _, old := range before {
		if !slices.Contains(after, old) {
			lines = append(lines, "         - "+strings.TrimSpace(old))
		}
	}
	for _, new := range after {
		if !slices.Contains(before, new) {
			lines = append(lines, "         + "+strings.TrimSpace(new))
		}
	}
	return lines
}

// split are the blocks of a golden file, by their first line. Look-ups of one token are told apart by their number.
func split(golden string) map[string]string {
	blocks := map[string]string{}
	starts := title.FindAllStringSubmatchIndex(golden, -1)
	for i, start := range starts {
		end := len(golden)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		name := golden[start[2]:start[3]]
		key := name
		for n := 2; blocks[key] != ""; n++ {
			key = fmt.Sprintf("%s (%d)", name, n)
		}
		blocks[key] = strings.TrimSpace(golden[start[0]:end])
	}
	return blocks
}

// Beyond are the blocks of a golden file that another one does not have, or has otherwise.
func Beyond(other, golden string) string {
	known := split(other)
	var kept []string
	for key, block := range split(golden) {
		if known[key] != block {
			kept = append(kept, block+"\n")
		}
	}
	slices.Sort(kept)
	return strings.Join(kept, "\n")
}

// entry is a one-line entry of a block.
func entry(block, name string) string {
	for _, line := range strings.Split(block, "\n") {
		if value, found := strings.CutPrefix(line, "  "+name+":"); found {
			return strings.TrimSpace(value) + " "
		}
	}
	return ""
}

func above(block string) string {
	if parent := strings.TrimSpace(entry(block, "parent")); parent != "" {
		return " (in " + parent + ")"
	}
	return ""
}

// options and inputs are the two halves of a block.
func options(block string) string { before, _, _ := strings.Cut(block, "\n  inputs:"); return before }
func inputs(block string) string  { _, after, _ := strings.Cut(block, "\n  inputs:"); return after }
