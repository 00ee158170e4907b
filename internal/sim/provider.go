package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Versions of the providers that the simulation plays: those of the SDKs in the program's go.mod, which a test compares.
const (
	AWSVersion    = "6.83.2"
	RandomVersion = "4.19.0"
)

// ToldEnv names the environment variable of a caller that has said itself that the account is simulated: each of a stack's providers would say
// it again.
const ToldEnv = "KONG_SIM_TOLD"

// logger takes what the provider says to the user; the engine's host client is one.
type logger interface {
	Log(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error
}

// simulation plays one provider package on an account.
type simulation struct {
	plugin.UnimplementedProvider
	name    string
	version semver.Version
	account *Account
	schema  *schema
	limits  *limits
	kinds   map[string]*kind
	log     logger
	region  string
	tags    map[string]any
}

// newProvider makes the provider name ("aws" or "random") on the account. Log may be nil.
func newProvider(name string, account *Account, log logger) (*simulation, error) {
	versions := map[string]string{"aws": AWSVersion, "random": RandomVersion}
	version, err := semver.Parse(versions[name])
	if err != nil {
		return nil, fmt.Errorf("provider %q: neither aws nor random", name)
	}
	facts, err := loadSchema()
	if err != nil {
		return nil, err
	}
	bounds, err := loadLimits()
	if err != nil {
		return nil, err
	}
	return &simulation{name: name, version: version, account: account, schema: facts, limits: bounds, kinds: kinds(), log: log, region: "us-west-1"}, nil
}

// Attach is there for an engine that connects to a provider already running.
func (p *simulation) Attach(string) error { return nil }

// Handshake says that wrapped values are understood.
func (p *simulation) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

// Close ends nothing: the account file is closed after every operation.
func (p *simulation) Close() error { return nil }

// SignalCancellation is answered; operations under way end by their contexts.
func (p *simulation) SignalCancellation(context.Context) error { return nil }

// GetPluginInfo gives the version that is played.
func (p *simulation) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &p.version}, nil
}

// GetSchema gives a schema with nothing but the package and the notice: programs use the real SDKs.
func (p *simulation) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	document, err := json.Marshal(map[string]string{"name": p.name, "version": p.version.String(), "description": notice})
	return plugin.GetSchemaResponse{Schema: document}, err
}

// GetMapping has none.
func (p *simulation) GetMapping(context.Context, plugin.GetMappingRequest) (plugin.GetMappingResponse, error) {
	return plugin.GetMappingResponse{}, nil
}

// GetMappings has none.
func (p *simulation) GetMappings(context.Context, plugin.GetMappingsRequest) (plugin.GetMappingsResponse, error) {
	return plugin.GetMappingsResponse{}, nil
}

// configuration lists the provider settings that are understood; credentials and end points are refused: there is no AWS to reach.
func configuration() []string {
	return []string{
		"region", "defaultTags", "ignoreTags", "allowedAccountIds", "forbiddenAccountIds", "profile", "assumeRole", "version", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation",
		"maxRetries", "retryMode", "skipRequestingAccountId", "pluginDownloadURL", "stsRegion",
	}
}

// CheckConfig refuses unknown settings and what is no region.
func (p *simulation) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	c := &checker{}
	for name := range req.News {
		if p.name == "aws" && !slices.Contains(configuration(), string(name)) && !strings.HasPrefix(string(name), "__") {
			c.fail(string(name), "the simulated provider has no setting %q", name)
		}
	}
	if region, ok := plain(req.News["region"]).(string); ok && !regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`).MatchString(region) {
		c.fail("region", "invalid AWS region %q", region)
	}
	return plugin.CheckConfigResponse{Properties: req.News, Failures: c.failures}, nil
}

// DiffConfig replaces the provider when the region changes.
func (p *simulation) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	old, wanted := plainMap(req.OldInputs), plainMap(req.NewInputs)
	var changed, replace []string
	for _, name := range configuration() {
		if canonical(old[name]) != canonical(wanted[name]) || !known(wanted[name]) {
			changed = append(changed, name)
			if name == "region" {
				replace = append(replace, name)
			}
		}
	}
	return diffResult(changed, replace, false), nil
}

// Configure takes the region and the default tags, and says what this provider is.
func (p *simulation) Configure(ctx context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	inputs := plainMap(req.Inputs)
	if region := text(inputs, "region"); region != "" {
		p.region = region
	}
	// The engine hands lists and maps over as JSON texts.
	for _, name := range []string{"defaultTags", "allowedAccountIds", "forbiddenAccountIds"} {
		if encoded, ok := inputs[name].(string); ok && encoded != "" {
			var value any
			if err := json.Unmarshal([]byte(encoded), &value); err != nil {
				return plugin.ConfigureResponse{}, fmt.Errorf("%s: %w", name, err)
			}
			inputs[name] = value
		}
	}
	if tags, ok := inputs["defaultTags"].(map[string]any); ok {
		p.tags, _ = tags["tags"].(map[string]any)
	}
	if err := p.allowed(texts(inputs, "allowedAccountIds"), texts(inputs, "forbiddenAccountIds")); err != nil {
		return plugin.ConfigureResponse{}, err
	}
	if err := p.account.change(func(s *state) error { s.provide(p.region); return nil }); err != nil {
		return plugin.ConfigureResponse{}, err
	}
	if os.Getenv(ToldEnv) != "" {
		return plugin.ConfigureResponse{}, nil
	}
	return plugin.ConfigureResponse{}, p.say(ctx, diag.Info, "", fmt.Sprintf("%s provider: %s (%s)", p.name, notice, p.account.path))
}

// allowed refuses to work in an account that the stack does not belong to, as hashicorp/aws-sdk-go-base's VerifyAccountIDAllowed does.
func (p *simulation) allowed(only, never []string) error {
	return p.account.view(func(s *state) error {
		if id := s.Settings.AccountID; slices.Contains(never, id) || len(only) > 0 && !slices.Contains(only, id) {
			return fmt.Errorf("AWS account ID not allowed: %s", id)
		}
		return nil
	})
}

func (p *simulation) say(ctx context.Context, severity diag.Severity, urn resource.URN, message string) error {
	if p.log == nil {
		return nil
	}
	if err := p.log.Log(ctx, severity, urn, message); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

func (p *simulation) shape(token string) (*shape, *kind, error) {
	s, ok := p.schema.resources[token]
	if !ok {
		return nil, nil, fmt.Errorf("resource type %s is not part of the simulation (%s)", token, notice)
	}
	k := p.kinds[token]
	if k == nil {
		k = &kind{}
	}
	return s, k, nil
}

// Check validates inputs, fills in defaults and names.
func (p *simulation) Check(ctx context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	s, k, err := p.shape(string(req.Type))
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	c := &checker{}
	if s.deprecated {
		c.warnings = append(c.warnings, "resource type "+string(req.Type)+" is deprecated")
	}
	inputs := c.object("", s.properties, req.News)
	if _, ok := s.properties[k.naming.property]; ok {
		k.naming.autoname(inputs, req.Olds, req.URN.Name(), req.RandomSeed)
	}
	values := plainMap(inputs)
	if s.properties["tagsAll"] != nil {
		values["tags"] = p.allTags(values)
		if problem := tagsAllowed(string(req.Type), object(values["tags"])); problem != "" {
			c.fail("tags", "%s", problem)
		}
	}
	if len(c.failures) == 0 {
		p.limits.check(c, string(req.Type), values)
	}
	if len(c.failures) == 0 {
		for _, rule := range k.static {
			if err := rule(values); err != nil {
				c.fail("", "%s", err.Error())
			}
		}
	}
	for _, warning := range c.warnings {
		if err := p.say(ctx, diag.Warning, req.URN, warning); err != nil {
			return plugin.CheckResponse{}, err
		}
	}
	return plugin.CheckResponse{Properties: inputs, Failures: c.failures}, nil
}

// Diff compares the new inputs with the last known state.
func (p *simulation) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	s, k, err := p.shape(string(req.Type))
	if err != nil {
		return plugin.DiffResponse{}, err
	}
	old, wanted := plainMap(req.OldOutputs), plainMap(req.NewInputs)
	for _, name := range req.IgnoreChanges {
		if value, ok := old[name]; ok {
			wanted[name] = value
		}
	}
	changed, replace := difference(string(req.Type), s, old, wanted)
	for name, condition := range k.replaces {
		if slices.Contains(changed, name) && condition(old, wanted) {
			replace = append(replace, name)
		}
	}
	if s.properties["tagsAll"] != nil && canonical(old["tagsAll"]) != canonical(p.allTags(wanted)) && (!zero(old["tagsAll"]) || !zero(p.allTags(wanted))) {
		changed = append(changed, "tagsAll")
	}
	return diffResult(changed, replace, k.replaceFirst || k.naming.given(req.NewInputs, req.URN.Name())), nil
}

// allTags are the provider's default tags and the resource's own, which win.
func (p *simulation) allTags(in map[string]any) map[string]any {
	tags := map[string]any{}
	maps.Copy(tags, p.tags)
	own, _ := in["tags"].(map[string]any)
	maps.Copy(tags, own)
	return tags
}
