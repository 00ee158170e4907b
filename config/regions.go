package config

import (
	"slices"
	"strings"
)

// regions are where a stack can live: the commercial AWS regions whose RDS root certificate this program has (rds/ca).
var regions = []string{
	"af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2",
	"ap-southeast-3", "ap-southeast-4", "ca-central-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2",
	"eu-west-3", "me-central-1", "me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// Regions are the regions a stack can live in.
func Regions() []string { return slices.Clone(regions) }

// zonesWithoutVpcOrigins are the zones in which CloudFront VPC origins do not work
// (Amazon CloudFront Developer Guide, restrict access with VPC origins, supported Regions).
var zonesWithoutVpcOrigins = []string{"apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"}

// ZonesWithoutVpcOrigins are the zones, by zone id, in which CloudFront VPC origins do not work.
func ZonesWithoutVpcOrigins() []string { return slices.Clone(zonesWithoutVpcOrigins) }

// zonePrefix is what the ids of a region's zones begin with: us-west-1 → usw1, ap-southeast-2 → apse2 (AWS Regions and Availability Zones, AZ IDs).
func zonePrefix(region string) string {
	parts := strings.Split(region, "-")
	if len(parts) != 3 {
		return region
	}
	direction := parts[1][:1]
	for _, second := range []string{"east", "west"} {
		if parts[1] != second && strings.HasSuffix(parts[1], second) {
			direction += second[:1]
		}
	}
	return parts[0] + direction + parts[2]
}
