package sim

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// lookup is a data source that finds one resource of the account, or several.
type lookup struct {
	token  string            // the type it looks through
	match  []string          // arguments that must equal the property of the same name
	rename map[string]string // arguments and results that are spelled otherwise in the state: name there
	code   string            // AWS's error for nothing
}

const imageLookup = "aws:ec2/getAmi:getAmi"

func lookups() map[string]lookup {
	return map[string]lookup{
		"aws:ec2/getVpc:getVpc":       {token: vpcType, match: []string{"id", "cidrBlock"}, code: "InvalidVpcID.NotFound"},
		"aws:ec2/getSubnet:getSubnet": {token: subnetType, match: []string{"id", "vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"}, code: "InvalidSubnetID.NotFound"},
		"aws:ec2/getRouteTable:getRouteTable": {
			token: tableType, match: []string{"vpcId"}, rename: map[string]string{"routeTableId": "id", "subnetId": "associations.subnetId"}, code: "InvalidRouteTableID.NotFound",
		},
		"aws:ec2/getInternetGateway:getInternetGateway": {token: gatewayType, rename: map[string]string{"internetGatewayId": "id"}, code: "InvalidInternetGatewayID.NotFound"},
		imageLookup: {token: imageType, code: "InvalidAMIID.NotFound"},
		"aws:ec2/getManagedPrefixList:getManagedPrefixList": {token: listType, match: []string{"id", "name"}, code: "InvalidPrefixListID.NotFound"},
		"aws:secretsmanager/getSecret:getSecret":            {token: secretType, match: []string{"arn", "name"}, code: "ResourceNotFoundException"},
	}
}

// Invoke answers data sources.
func (p *simulation) Invoke(_ context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	token := string(req.Tok)
	s, ok := p.schema.functions[token]
	if !ok {
		return plugin.InvokeResponse{}, fmt.Errorf("data source %s is not part of the simulation (%s)", token, notice)
	}
	c := &checker{}
	args := plainMap(c.object("", s.properties, req.Args))
	if len(c.failures) > 0 {
		return plugin.InvokeResponse{Failures: c.failures}, nil
	}
	var result map[string]any
	err := p.look(token)(func(current *state) error {
		var err error
		result, err = p.answer(current, token, args)
		return err
	})
	if err != nil {
		return plugin.InvokeResponse{}, fmt.Errorf("reading %s: %w", token, err)
	}
	o := &op{state: &state{Settings: Settings{}}}
	for name, value := range args {
		if result[name] == nil {
			result[name] = value
		}
	}
	o.complete(s.properties, result)
	for name := range result {
		if s.properties[name] == nil && name != "id" {
			delete(result, name)
		}
	}
	return plugin.InvokeResponse{Properties: outputs(s, nil, result)}, nil
}

// look reads the account; a look-up of an image may add to it.
func (p *simulation) look(token string) func(func(*state) error) error {
	if token == imageLookup {
		return p.account.change
	}
	return p.account.view
}

func (p *simulation) answer(s *state, token string, args map[string]any) (map[string]any, error) {
	switch token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		id := s.Settings.AccountID
		return map[string]any{"accountId": id, "arn": "arn:aws:iam::" + id + ":user/simulated", "userId": "AIDASIMULATED", "id": id}, nil
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		return s.zoneLists(p.region, args), nil
	case imageLookup:
		s.publish(p.region, args)
	}
	l, ok := lookups()[token]
	if !ok {
		return nil, fmt.Errorf("data source %s is not part of the simulation (%s)", token, notice)
	}
	return l.run(s, p.region, args)
}

func (l lookup) run(s *state, region string, args map[string]any) (map[string]any, error) {
	var found []*Resource
	for _, r := range s.all(l.token) {
		described := &Resource{Type: r.Type, ID: r.ID, Region: r.Region, State: s.describe(r)}
		if (r.Region == "" || r.Region == region) && l.fits(described, args) {
			found = append(found, described)
		}
	}
	if len(found) == 0 {
		return nil, failure(l.code, "no matching %s found for %s in %s", l.token, canonical(args), region)
	}
	if len(found) > 1 {
		return nil, failure("TooManyResults", "your query returned %d results for %s: please try a more specific search", len(found), canonical(args))
	}
	result := maps.Clone(found[0].State)
	result["id"] = found[0].ID
	for name, there := range l.rename {
		if args[name] == nil {
			result[name] = found[0].attribute(there)
		}
	}
	return result, nil
}

func (l lookup) fits(r *Resource, args map[string]any) bool {
	for _, name := range l.match {
		if wanted := text(args, name); wanted != "" && r.attribute(name) != wanted && (name != "name" || r.attribute(name)+"." != wanted) {
			return false
		}
	}
	for name, there := range l.rename {
		if wanted := text(args, name); wanted != "" && r.attribute(there) != wanted && !slices.Contains(texts(r.State, there), wanted) {
			return false
		}
	}
	if owners := texts(args, "owners"); len(owners) > 0 && !slices.Contains(owners, r.attribute("ownerId")) {
		return false
	}
	for _, filter := range at(args, "filters") {
		if !r.passes(text(filter, "name"), texts(filter, "values")) {
			return false
		}
	}
	for name, wanted := range object(args["tags"]) {
		if tags := object(r.State["tagsAll"]); tags[name] != wanted {
			return false
		}
	}
	return true
}

func object(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

// passes tells whether a resource fits a filter of the EC2 API; values may hold wildcards.
func (r *Resource) passes(name string, values []string) bool {
	names := map[string]string{
		"vpc-id": "vpcId", "availability-zone": "availabilityZone", "availability-zone-id": "availabilityZoneId", "architecture": "architecture", "name": "name",
		"virtualization-type": "virtualizationType", "state": "state", "prefix-list-name": "name", "owner-id": "ownerId", "root-device-type": "rootDeviceType",
		"image-type": "imageType", "cidr-block": "cidrBlock", "group-name": "name", "attachment.vpc-id": "vpcId", "image-id": "imageId", "instance-state-name": "instanceState",
		"map-public-ip-on-launch": "mapPublicIpOnLaunch", "association.subnet-id": "associations.subnetId", "association.main": "associations.main",
	}
	property, ok := names[name]
	if !ok {
		return false
	}
	for _, pattern := range values {
		for _, value := range append(at(r.State, property), r.attribute(property)) {
			if matched, err := path.Match(pattern, fmt.Sprint(value)); err == nil && matched {
				return true
			}
		}
	}
	return false
}

func (s *state) zoneLists(region string, args map[string]any) map[string]any {
	names, ids := []any{}, []any{}
	for _, id := range s.zones(region) {
		name := s.zoneName(region, id)
		if slices.Contains(texts(args, "excludeZoneIds"), id) || slices.Contains(texts(args, "excludeNames"), name) {
			continue
		}
		names, ids = append(names, name), append(ids, id)
	}
	return map[string]any{"names": names, "zoneIds": ids, "groupNames": []any{region}, "id": region}
}
