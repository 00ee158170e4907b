package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/config"
)

// usable says whether CloudFront VPC origins work in a zone.
func usable(zone string) bool { return !slices.Contains(config.ZonesWithoutVpcOrigins(), zone) }

// zonesNeeded is the number of zones a load balancer and a database subnet group need.
const zonesNeeded = 2

// waysOut is what a user can do where the zones do not suffice.
const waysOut = "ways out: deploy in another region (aws:region), or set createVpc to false with private subnets in two usable zones"

// chooseZones returns the two zone ids of a new VPC. The error names the zones seen and the ways out.
func chooseZones(ctx *pulumi.Context, args *Args) ([2]string, error) {
	var chosen [2]string
	state := "available"
	found, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State:   &state,
		Filters: []aws.GetAvailabilityZonesFilter{{Name: "opt-in-status", Values: []string{"opt-in-not-required"}}},
	}, pulumi.Provider(args.Provider))
	if err != nil {
		return chosen, fmt.Errorf("list the availability zones: %w", err)
	}
	seen := slices.Sorted(slices.Values(found.ZoneIds))
	var fit []string
	for _, id := range seen {
		if usable(id) {
			fit = append(fit, id)
		}
	}
	if wanted := args.Settings.ZoneIDs; len(wanted) > 0 {
		for _, id := range wanted {
			if !slices.Contains(fit, id) {
				return chosen, fmt.Errorf("zoneIds = %v: %s is not usable; this account sees %s, of which CloudFront VPC origins support %s; %s",
					wanted, id, list(seen), list(fit), waysOut)
			}
		}
		fit = wanted
	}
	if len(fit) < zonesNeeded {
		return chosen, fmt.Errorf("only %d usable availability zones in %s, %d are needed: this account sees %s, of which CloudFront VPC origins support %s; %s",
			len(fit), args.Region, zonesNeeded, list(seen), list(fit), waysOut)
	}
	return [2]string{fit[0], fit[1]}, nil
}

func list(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
