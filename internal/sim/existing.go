package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

const imageType = "aws:ec2/ami:Ami"

// exist puts into the account what is there without a deployment, unless it is there already.
func (s *state) exist(token, region, id string, values map[string]any) {
	where := key(token, region, id)
	if s.Existing[where] == nil {
		values["id"] = id
		s.Existing[where] = &Resource{Type: token, ID: id, Region: region, State: values}
	}
}

// provide puts into the account what AWS itself has in a region: prefix lists and CloudFront's managed policies.
func (s *state) provide(region string) {
	short := zonePrefix(region)
	for _, list := range []struct {
		id, name string
		weight   int
	}{
		{"pl-82a045eb-" + short, cloudfrontList, listWeight},
		{"pl-63a5400a-" + short, "com.amazonaws." + region + ".s3", 1},
	} {
		s.exist(listType, region, list.id, map[string]any{
			"name":           list.name,
			"prefixListName": list.name,
			"maxEntries":     float64(list.weight),
			"addressFamily":  "IPv4",
			"ownerId":        "AWS",
			"arn":            "arn:aws:ec2:" + region + ":aws:prefix-list/" + list.id,
			"entries":        []any{},
			"cidrBlocks":     []any{"52.92.128.0/17"},
		})
	}
	// Ids from the Amazon CloudFront Developer Guide, "Use managed cache policies", "… origin request policies", "… response headers policies".
	for _, policy := range []struct{ token, id, name string }{
		{cacheType, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled"},
		{cacheType, "658327ea-f89d-4fab-a63d-7e88639e58f6", "Managed-CachingOptimized"},
		{requestType, "216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer"},
		{requestType, "b689b0a8-53d0-40ab-baf2-68738e2966ac", "Managed-AllViewerExceptHostHeader"},
		{headersType, "67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy"},
	} {
		s.exist(policy.token, "", policy.id, map[string]any{
			"name":       policy.name,
			"etag":       "E1",
			"comment":    "",
			"minTtl":     0.0,
			"maxTtl":     0.0,
			"defaultTtl": 0.0,
		})
	}
}

// fckNat is how the images of fck-nat's publisher are named (fck-nat.dev, "Choosing an AMI"): flavour, virtualisation, release, day, architecture.
var fckNat = regexp.MustCompile(`^fck-nat-al2023-hvm-\d+\.\d+\.\d+-\d{8}-(arm64|x86_64)-ebs$`)

// publish puts the fck-nat image that a look-up names into the account: the publisher is taken to have built every release on every day. So the
// simulation need not know which one the program pins.
func (s *state) publish(region string, lookup map[string]any) {
	const publisher = "568608671756" // fck-nat.dev, "Choosing an AMI"
	if owners := texts(lookup, "owners"); len(owners) != 1 || owners[0] != publisher {
		return
	}
	for _, name := range filterValues(lookup, "name") {
		parts := fckNat.FindStringSubmatch(name)
		if parts == nil || s.find(imageType, region, "name", name) != nil {
			continue
		}
		sum := sha256.Sum256([]byte(region + name))
		id := "ami-" + hex.EncodeToString(sum[:])[:17]
		s.exist(imageType, region, id, map[string]any{
			"name":               name,
			"architecture":       parts[1],
			"ownerId":            publisher,
			"state":              "available",
			"virtualizationType": "hvm",
			"rootDeviceType":     "ebs",
			"rootDeviceName":     "/dev/xvda",
			"imageId":            id,
			"imageType":          "machine",
			"public":             true,
			"arn":                "arn:aws:ec2:" + region + "::image/" + id,
		})
	}
}

// filterValues are the values of the filters of that name in the arguments of a look-up.
func filterValues(lookup map[string]any, name string) []string {
	var values []string
	for _, filter := range at(lookup, "filters") {
		if text(filter, "name") == name {
			values = append(values, texts(filter, "values")...)
		}
	}
	return values
}
