package sim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// newState is an account in which nothing was deployed.
func newState() (*state, error) {
	seed := make([]byte, 16)
	if _, err := rand.Read(seed); err != nil {
		return nil, fmt.Errorf("seed of the account: %w", err)
	}
	return &state{
		Notice:         notice,
		Settings:       Settings{AccountID: "111122223333", Seed: hex.EncodeToString(seed), Zones: map[string][]string{}},
		Counters:       map[string]int{},
		Resources:      map[string]*Resource{},
		Existing:       map[string]*Resource{},
		RecoveryWindow: map[string]int{},
	}, nil
}

// digest is the next generated value of the account, as many hex digits as asked for (at most 64).
func (s *state) digest(digits int) string {
	s.Serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", s.Settings.Seed, s.Serial))
	return hex.EncodeToString(sum[:])[:digits]
}

// Configure changes the settings of the account.
func (a *Account) Configure(change func(*Settings)) error {
	return a.change(func(s *state) error {
		change(&s.Settings)
		return nil
	})
}

// Resources lists what is in the account but was not there at the beginning, what AWS made by itself included.
func (a *Account) Resources() ([]Resource, error) {
	var list []Resource
	err := a.view(func(s *state) error {
		for _, k := range slices.Sorted(maps.Keys(s.Resources)) {
			list = append(list, *s.Resources[k])
		}
		return nil
	})
	return list, err
}

// Seed puts something into the account that exists before any deployment. State needs the properties which others refer to.
func (a *Account) Seed(r Resource) error {
	return a.change(func(s *state) error {
		if r.State == nil {
			r.State = map[string]any{}
		}
		r.State = maps.Clone(r.State)
		r.State["id"] = r.ID
		s.Existing[key(r.Type, r.Region, r.ID)] = &r
		return nil
	})
}

// SeedSecret puts a secret with a value into the account; its ARN comes back.
func (a *Account) SeedSecret(region, name, value string) (arn string, err error) {
	err = a.change(func(s *state) error {
		arn = fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-%s", region, s.Settings.AccountID, name, s.digest(6))
		version := s.digest(32)
		s.Existing[key("aws:secretsmanager/secret:Secret", region, arn)] = &Resource{
			Type: "aws:secretsmanager/secret:Secret", ID: arn, Region: region, State: map[string]any{"id": arn, "arn": arn, "name": name},
		}
		s.Existing[key("aws:secretsmanager/secretVersion:SecretVersion", region, arn)] = &Resource{
			Type: "aws:secretsmanager/secretVersion:SecretVersion", ID: arn + "|" + version, Region: region,
			State: map[string]any{"secretId": arn, "arn": arn, "secretString": value, "versionId": version, "versionStages": []any{"AWSCURRENT"}},
		}
		return nil
	})
	return arn, err
}

// SeedCertificate puts an issued certificate into the account; its ARN comes back. CloudFront takes only those of us-east-1.
func (a *Account) SeedCertificate(region, domain string) (arn string, err error) {
	err = a.change(func(s *state) error {
		arn = fmt.Sprintf("arn:aws:acm:%s:%s:certificate/%s", region, s.Settings.AccountID, s.uuid())
		s.Existing[key("aws:acm/certificate:Certificate", region, arn)] = &Resource{
			Type: "aws:acm/certificate:Certificate", ID: arn, Region: region,
			State: map[string]any{"id": arn, "arn": arn, "domain": domain, "domainName": domain, "status": "ISSUED"},
		}
		return nil
	})
	return arn, err
}

// SeedZone puts a public hosted zone into the account; its id comes back.
func (a *Account) SeedZone(name string) (id string, err error) {
	err = a.change(func(s *state) error {
		id = "Z" + strings.ToUpper(s.digest(20))
		s.Existing[key("aws:route53/zone:Zone", "", id)] = &Resource{
			Type: "aws:route53/zone:Zone", ID: id,
			State: map[string]any{"id": id, "zoneId": id, "name": name, "arn": "arn:aws:route53:::hostedzone/" + id},
		}
		return nil
	})
	return id, err
}

// Drift changes properties of a resource behind the provider's back; a refresh finds it.
func (a *Account) Drift(token, id string, properties map[string]any) error {
	return a.change(func(s *state) error {
		for _, r := range s.all(token) {
			if r.ID == id {
				maps.Copy(r.State, properties)
				return nil
			}
		}
		return fmt.Errorf("no %s %s in the account", token, id)
	})
}

// UpgradeDatabase does what RDS does by itself in a maintenance window where automatic minor upgrades are on: the database of that identifier
// runs another version. A refresh shows it as the wanted version only where that was more than the major
// (terraform-provider-aws 5.100, internal/service/rds, compareActualEngineVersion).
func (a *Account) UpgradeDatabase(identifier, version string) error {
	return a.change(func(s *state) error {
		database := s.find(databaseType, "", "identifier", identifier)
		if database == nil || !flag(database.State, "autoMinorVersionUpgrade") {
			return fmt.Errorf("no database %s with automatic minor upgrades in the account", identifier)
		}
		database.State["engineVersionActual"] = version
		if !strings.HasPrefix(version, text(database.State, "engineVersion")+".") {
			database.State["engineVersion"] = version
		}
		return nil
	})
}

// Remove deletes a resource behind the provider's back, in whatever use it is.
func (a *Account) Remove(token, id string) error {
	return a.change(func(s *state) error {
		for k, r := range s.Resources {
			if r.Type == token && r.ID == id {
				delete(s.Resources, k)
				return nil
			}
		}
		return fmt.Errorf("no %s %s in the account", token, id)
	})
}

func (s *state) uuid() string {
	d := s.digest(32)
	return d[:8] + "-" + d[8:12] + "-4" + d[13:16] + "-a" + d[17:20] + "-" + d[20:]
}
