package sim

import "strconv"

// provide puts into the account what AWS itself has in a region: prefix lists, the fck-nat images, CloudFront's managed policies.
func (s *state) provide(region string) {
	put := func(token, region, id string, values map[string]any) {
		where := key(token, region, id)
		if s.Existing[where] == nil {
			values["id"] = id
			s.Existing[where] = &Resource{Type: token, ID: id, Region: region, State: values}
		}
	}
	short := zonePrefix(region)
	lists := []struct {
		id, name string
		weight   int
	}{{"pl-82a045eb-" + short, cloudfrontList, listWeight}, {"pl-63a5400a-" + short, "com.amazonaws." + region + ".s3", 1}, {"pl-02cd2c6b-" + short, "com.amazonaws." + region + ".dynamodb", 1}}
	for _, list := range lists {
		put(listType, region, list.id, map[string]any{
			"name": list.name, "prefixListName": list.name, "maxEntries": float64(list.weight), "addressFamily": "IPv4", "ownerId": "AWS",
			"arn": "arn:aws:ec2:" + region + ":aws:prefix-list/" + list.id, "entries": []any{}, "cidrBlocks": []any{"52.92.128.0/17"},
		})
	}
	for i, name := range []string{"fck-nat-al2023-hvm-1.3.0-20240125-arm64-ebs", "fck-nat-al2023-hvm-1.3.0-20250109-arm64-ebs", "fck-nat-al2023-hvm-1.4.0-20260701-arm64-ebs"} {
		id := "ami-0fc" + zoneDigits(region) + strconv.Itoa(i)
		put("aws:ec2/ami:Ami", region, id, map[string]any{
			"name": name, "architecture": "arm64", "ownerId": "568608671756", "state": "available", "virtualizationType": "hvm", "rootDeviceType": "ebs",
			"rootDeviceName": "/dev/xvda", "imageId": id, "creationDate": "202" + strconv.Itoa(4+i) + "-02-17T12:00:00.000Z", "imageType": "machine", "public": true,
			"arn": "arn:aws:ec2:" + region + "::image/" + id,
		})
	}
	// Ids from the Amazon CloudFront Developer Guide, "Use managed cache policies", "… origin request policies", "… response headers policies".
	for token, policies := range map[string]map[string]string{
		cacheType: {
			"Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
			"UseOriginCacheControlHeaders": "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
		},
		requestType: {
			"Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
			"Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
		},
		headersType: {"Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03"},
	} {
		for name, id := range policies {
			put(token, "", id, map[string]any{"name": name, "etag": "E1", "comment": "", "minTtl": 0.0, "maxTtl": 0.0, "defaultTtl": 0.0})
		}
	}
}

// zoneDigits makes ids of a region differ from those of another.
func zoneDigits(region string) string {
	sum := 0
	for _, c := range region {
		sum = sum*31 + int(c)
		sum %= 1 << 40
	}
	digits := "0000000000000" + strconv.Itoa(sum)
	return digits[len(digits)-13:]
}
