// Package sim is a simulated AWS account behind the Pulumi engine: a resource provider that plays `aws` and `random`, so that preview, up,
// refresh and destroy run with no AWS account, no network and no Docker. It is not AWS and never talks to AWS.
//
// The account is one JSON file. Open gives tests access to it: to prepare what exists before a deployment, to change things behind the
// provider's back, to order faults, and to list what is there.
package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// notice is how the simulation names itself.
const notice = "simulated AWS account, not AWS"

// AccountEnv names the environment variable with the path of the account file.
const AccountEnv = "KONG_SIM_ACCOUNT"

// Resource is one thing in the account.
type Resource struct {
	Type   string         `json:"type"`
	ID     string         `json:"id"`
	Region string         `json:"region"`
	State  map[string]any `json:"state"`
	// MadeByAWS marks what AWS made by itself, a log group for instance; it stays behind when its cause is deleted.
	MadeByAWS bool `json:"madeByAws,omitempty"`
}

// Settings are what a test or a user decides about the account.
type Settings struct {
	AccountID string `json:"accountId"`
	// Seed makes every generated value; two accounts with the same seed and the same operations hold the same values.
	Seed string `json:"seed"`
	// Zones are the zone ids of a region, in the order of the zone letters. Regions left out have three zones, us-west-1 two.
	Zones map[string][]string `json:"zones,omitempty"`
	// LatencyScale times the seconds of the latency table is how long an operation takes; 0 is no wait.
	LatencyScale float64 `json:"latencyScale"`
}

// state is the content of the account file.
type state struct {
	Notice    string               `json:"notice"`
	Settings  Settings             `json:"settings"`
	Serial    int                  `json:"serial"`
	Counters  map[string]int       `json:"counters"`
	Resources map[string]*Resource `json:"resources"`
	// Existing is what was there before any deployment: AWS's own things and what a test seeded.
	Existing map[string]*Resource `json:"existing"`
	// RecoveryWindow holds the names of deleted secrets by region and name, with the days they stay.
	RecoveryWindow map[string]int `json:"recoveryWindow"`
	Faults         []Fault        `json:"faults,omitempty"`
}

// Account is an account file. Its methods lock the file, also against other processes.
type Account struct {
	path string
	mu   sync.Mutex
}

// Open gives access to the account file at path; a missing file is an empty account.
func Open(path string) (*Account, error) {
	if path == "" {
		return nil, fmt.Errorf("no account file: set %s to the path of the simulated account", AccountEnv)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("account file %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(absolute), 0o750); err != nil {
		return nil, fmt.Errorf("account file %s: %w", path, err)
	}
	account := &Account{path: absolute}
	return account, account.change(func(*state) error { return nil })
}

// change runs one operation on the account under the lock; the file is replaced as a whole unless the operation fails.
func (a *Account) change(operation func(*state) error) error {
	return a.locked(func() error {
		current, err := a.load()
		if err != nil {
			return err
		}
		if err := operation(current); err != nil {
			return err
		}
		return a.save(current)
	})
}

// view runs a reading operation on the account.
func (a *Account) view(operation func(*state) error) error {
	return a.locked(func() error {
		current, err := a.load()
		if err != nil {
			return err
		}
		return operation(current)
	})
}

func (a *Account) locked(operation func() error) (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	lock, err := os.OpenFile(a.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the account file: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the account file: %w", err)
	}
	return operation()
}

func (a *Account) load() (*state, error) {
	content, err := os.ReadFile(a.path)
	if errors.Is(err, os.ErrNotExist) {
		return newState()
	}
	if err != nil {
		return nil, fmt.Errorf("read the account file: %w", err)
	}
	current := &state{}
	if err := json.Unmarshal(content, current); err != nil {
		return nil, fmt.Errorf("account file %s: %w", a.path, err)
	}
	return current, nil
}

func (a *Account) save(current *state) error {
	content, err := json.MarshalIndent(current, "", " ")
	if err != nil {
		return fmt.Errorf("write the account file: %w", err)
	}
	next := a.path + ".new"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return fmt.Errorf("write the account file: %w", err)
	}
	if err := os.Rename(next, a.path); err != nil {
		return fmt.Errorf("write the account file: %w", err)
	}
	return nil
}

func key(token, region, id string) string { return token + "|" + region + "|" + id }

// all lists what exists for references and data sources: deployed, made by AWS, or there before.
func (s *state) all(token string) []*Resource {
	var found []*Resource
	for _, store := range []map[string]*Resource{s.Resources, s.Existing} {
		for _, k := range slices.Sorted(maps.Keys(store)) {
			if store[k].Type == token {
				found = append(found, store[k])
			}
		}
	}
	return found
}

// find is the resource of a type and region whose property has a value; nil for none. Region "" is any region.
func (s *state) find(token, region, attribute, value string) *Resource {
	for _, r := range s.all(token) {
		if (region == "" || r.Region == "" || r.Region == region) && r.attribute(attribute) == value {
			return r
		}
	}
	return nil
}

func (r *Resource) attribute(name string) string {
	if name == "id" {
		return r.ID
	}
	return text(r.State, name)
}
