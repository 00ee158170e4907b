package sim

import (
	"crypto/md5" //nolint:gosec // S3's ETag is an MD5 sum, no protection
	"encoding/hex"
	"strings"
)

const (
	bucketType = "aws:s3/bucketV2:BucketV2"
	objectType = "aws:s3/bucketObjectv2:BucketObjectv2"
)

func storageKinds() map[string]*kind {
	ofBucket := []reference{named("bucket", bucketType, "NoSuchBucket")}
	ofSecret := []reference{named("secretId", secretType, "ResourceNotFoundException")}
	ofFiles := []reference{named("fileSystemId", fileType, "FileSystemNotFound")}
	perBucket := func(rules ...func(map[string]any) error) *kind {
		return &kind{id: "{bucket}", refs: ofBucket, static: rules}
	}
	return map[string]*kind{
		secretType: {
			id: "{arn}", arn: "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{hex6}",
			naming: naming{property: "name", max: 512, prefix: "namePrefix"}, unique: "name", taken: "ResourceExistsException",
			rules: []func(*op) error{secretName}, remove: []func(*op) error{secretWindow},
		},
		"aws:secretsmanager/secretVersion:SecretVersion": {id: "{secretId}|{hex32}", outputs: map[string]any{"arn": "{secretId}", "versionId": "{uuid}"}, refs: ofSecret},
		fileType: {
			id: "fs-{hex17}", arn: "arn:aws:elasticfilesystem:{region}:{account}:file-system/{id}", inUse: "FileSystemInUse",
			outputs: map[string]any{"dnsName": "{id}.efs.{region}.amazonaws.com", "creationToken": "terraform-{dec20}", "performanceMode": "generalPurpose"},
		},
		accessType: {
			id: "fsap-{hex17}", arn: "arn:aws:elasticfilesystem:{region}:{account}:access-point/{id}", refs: ofFiles, inUse: "AccessPointInUse",
			outputs: map[string]any{"fileSystemArn": "arn:aws:elasticfilesystem:{region}:{account}:file-system/{fileSystemId}"},
		},
		"aws:efs/backupPolicy:BackupPolicy": {id: "{fileSystemId}", refs: ofFiles},
		"aws:efs/mountTarget:MountTarget": {
			id: "fsmt-{hex17}", replaceFirst: true,
			outputs: map[string]any{
				"dnsName": "{fileSystemId}.efs.{region}.amazonaws.com", "networkInterfaceId": "eni-{hex17}", "ipAddress": "10.10.16.9",
				"fileSystemArn":      "arn:aws:elasticfilesystem:{region}:{account}:file-system/{fileSystemId}",
				"mountTargetDnsName": "{availabilityZoneName}.{fileSystemId}.efs.{region}.amazonaws.com",
			},
			refs:  append([]reference{inSubnet("subnetId"), inGroup("securityGroups")}, ofFiles...),
			rules: []func(*op) error{groupsInVpc("subnetId", "securityGroups"), oneMountPerZone},
		},
		bucketType: {
			id: "{bucket}", arn: "arn:aws:s3:::{bucket}", inUse: "BucketNotEmpty",
			outputs: map[string]any{
				"bucketDomainName": "{bucket}.s3.amazonaws.com", "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com", "region": "{region}", "hostedZoneId": "Z2F56UZL2M1ACD",
			},
			naming: naming{property: "bucket", max: 63, prefix: "bucketPrefix", lower: true}, unique: "bucket", taken: "BucketAlreadyOwnedByYou",
			remove: []func(*op) error{bucketEmpty},
		},
		objectType: {
			id: "{key}", arn: "arn:aws:s3:::{bucket}/{key}", outputs: map[string]any{"storageClass": "STANDARD", "serverSideEncryption": "AES256", "contentType": "application/octet-stream"},
			refs: []reference{{path: "bucket", types: []string{bucketType}, by: "id", code: "NoSuchBucket", weak: true}}, rules: []func(*op) error{objectTag},
		},
		"aws:s3/bucketPolicy:BucketPolicy": perBucket(jsonValid("policy")),
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {
			id: "{bucket}", refs: ofBucket, outputs: map[string]any{"transitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
		},
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     perBucket(),
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": perBucket(),
		"aws:ecr/repository:Repository": {
			id: "{name}", arn: "arn:aws:ecr:{region}:{account}:repository/{name}", outputs: map[string]any{"repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}"},
			naming: naming{property: "name", max: 256, lower: true}, unique: "name", taken: "RepositoryAlreadyExistsException",
			inUse: "RepositoryNotEmptyException", remove: []func(*op) error{repositoryEmpty},
		},
		"aws:ecr/lifecyclePolicy:LifecyclePolicy": {
			id: "{repository}", refs: []reference{byName("repository", "aws:ecr/repository:Repository", "RepositoryNotFoundException")}, static: []func(map[string]any) error{jsonValid("policy")},
		},
	}
}

// secretName: a deleted secret keeps its name until its recovery window ends.
func secretName(o *op) error {
	if days, waiting := o.RecoveryWindow[o.region+"|"+text(o.out, "name")]; waiting && o.old == nil {
		return failure("InvalidRequestException", "You can't create this secret because a secret with this name (%s) is already scheduled for deletion (recovery window of %d days).", text(o.out, "name"), days)
	}
	return nil
}

func secretWindow(o *op) error {
	if days := number(o.out, "recoveryWindowInDays"); days > 0 {
		o.RecoveryWindow[o.region+"|"+text(o.out, "name")] = days
	}
	return nil
}

func oneMountPerZone(o *op) error {
	subnet := o.find(subnetType, o.region, "id", text(o.out, "subnetId"))
	o.out["availabilityZoneName"], o.out["availabilityZoneId"] = subnet.State["availabilityZone"], subnet.State["availabilityZoneId"]
	for _, other := range o.all("aws:efs/mountTarget:MountTarget") {
		if other.ID != o.id && text(other.State, "fileSystemId") == text(o.out, "fileSystemId") && o.zoneOf(text(other.State, "subnetId")) == o.zoneOf(subnet.ID) {
			return failure("MountTargetConflict", "mount target already exists in this AZ (%s)", o.zoneOf(subnet.ID))
		}
	}
	return nil
}

func bucketEmpty(o *op) error {
	var objects []string
	for k, r := range o.Resources {
		if r.Type == objectType && text(r.State, "bucket") == o.id {
			objects = append(objects, k)
		}
	}
	if len(objects) > 0 && !flag(o.out, "forceDestroy") {
		return failure("BucketNotEmpty", "The bucket %s you tried to delete is not empty: %d objects", o.id, len(objects))
	}
	for _, k := range objects {
		delete(o.Resources, k)
	}
	return nil
}

func objectTag(o *op) error {
	body := text(o.out, "content") + text(o.out, "contentBase64") + text(o.out, "source.hash")
	sum := md5.Sum([]byte(body)) //nolint:gosec // see the import
	o.out["etag"], o.out["versionId"] = hex.EncodeToString(sum[:]), ""
	if strings.HasPrefix(text(o.out, "key"), "/") {
		return failure("InvalidRequest", "the key %q starts with a slash", text(o.out, "key"))
	}
	return nil
}

func repositoryEmpty(o *op) error {
	if number(o.out, "images") > 0 && !flag(o.out, "forceDelete") {
		return failure("RepositoryNotEmptyException", "The repository with name '%s' cannot be deleted because it still contains images", o.id)
	}
	return nil
}
