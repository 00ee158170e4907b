package sim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const databaseType = "aws:rds/instance:Instance"

func rdsKinds() map[string]*kind {
	return map[string]*kind{
		databaseType: {
			id: "db-{HEX26}", arn: "arn:aws:rds:{region}:{account}:db:{identifier}", inUse: "InvalidDBInstanceState",
			outputs: map[string]any{
				"address": "{identifier}.{hex12}.{region}.rds.amazonaws.com", "endpoint": "{address}:{portText}", "resourceId": "db-{HEX26}", "hostedZoneId": "Z10WI91S59XXQN",
				"status": "available", "port": 5432.0, "caCertIdentifier": "rds-ca-rsa2048-g1", "licenseModel": "postgresql-license",
				"engineLifecycleSupport": "open-source-rds-extended-support", "networkType": "IPV4", "maintenanceWindow": "sun:09:00-sun:09:30", "backupWindow": "07:00-07:30",
			},
			naming: naming{property: "identifier", max: 63, prefix: "identifierPrefix", lower: true},
			unique: "identifier", taken: "DBInstanceAlreadyExists",
			refs: []reference{
				byName("dbSubnetGroupName", "aws:rds/subnetGroup:SubnetGroup", "DBSubnetGroupNotFoundFault"),
				byName("parameterGroupName", "aws:rds/parameterGroup:ParameterGroup", "DBParameterGroupNotFound"), inGroup("vpcSecurityGroupIds"),
				byARN("monitoringRoleArn", roleType, "InvalidParameterValue"),
			},
			static: []func(map[string]any) error{databaseValid}, rules: []func(*op) error{databaseClass, databaseVersion, databasePlace, databaseSnapshot}, after: []func(*op) error{databaseLogs}, remove: []func(*op) error{databaseGone},
		},
		"aws:rds/subnetGroup:SubnetGroup": {
			id: "{name}", arn: "arn:aws:rds:{region}:{account}:subgrp:{name}", inUse: "InvalidDBSubnetGroupStateFault", outputs: map[string]any{"supportedNetworkTypes": []any{"IPV4"}},
			naming: naming{property: "name", max: 255, prefix: "namePrefix", lower: true}, unique: "name", taken: "DBSubnetGroupAlreadyExists",
			refs: []reference{inSubnet("subnetIds")}, rules: []func(*op) error{groupZones},
		},
		"aws:rds/parameterGroup:ParameterGroup": {
			id: "{name}", arn: "arn:aws:rds:{region}:{account}:pg:{name}", inUse: "InvalidDBParameterGroupState",
			naming: naming{property: "name", max: 255, prefix: "namePrefix", lower: true}, unique: "name", taken: "DBParameterGroupAlreadyExists",
		},
	}
}

func databaseValid(in map[string]any) error {
	if in["password"] != nil && in["manageMasterUserPassword"] != nil {
		return failure("InvalidParameterCombination", "password and manageMasterUserPassword exclude each other")
	}
	if password := text(in, "password"); password != "" && (len(password) < 8 || strings.ContainsAny(password, `/"@ `)) {
		return failure("InvalidParameterValue", `The parameter MasterUserPassword is not a valid password: 8 characters at least, none of /, ", @ and space`)
	}
	storage, limit := number(in, "allocatedStorage"), number(in, "maxAllocatedStorage")
	if limit > 0 && storage > 0 && limit < storage {
		return failure("InvalidParameterCombination", "maxAllocatedStorage %d is below allocatedStorage %d", limit, storage)
	}
	if text(in, "storageType") == "gp3" && storage > 0 && storage < 20 {
		return failure("InvalidParameterValue", "Invalid storage size %d for engine postgres and storage type gp3: at least 20", storage)
	}
	if user := text(in, "username"); user == "rdsadmin" || user == "admin" && strings.HasPrefix(text(in, "engine"), "postgres") {
		return failure("InvalidParameterValue", "MasterUsername %s cannot be used as it is a reserved word used by the engine", user)
	}
	return nil
}

// databaseVersion: a bare major gets its newest minor. What runs is never replaced by something older, and by a new major only where that
// is asked for (Amazon RDS API Reference, ModifyDBInstance). A version that did not change is not sent: whatever runs stays.
func databaseVersion(o *op) error {
	engine, wanted := text(o.out, "engine"), text(o.out, "engineVersion")
	actual := o.newestMinor(wanted)
	asked := wanted != "" && (o.old == nil || wanted != text(o.last, "engineVersion"))
	if asked && strings.HasPrefix(engine, "postgres") && !slices.Contains(o.limits.Postgres.Versions, actual) {
		return failure("InvalidParameterCombination", "Cannot find version %s for %s", wanted, engine)
	}
	if o.old == nil {
		o.out["engineVersionActual"] = actual
		return nil
	}
	running := text(o.old, "engineVersionActual")
	o.out["engineVersionActual"] = running
	switch {
	case wanted == text(o.last, "engineVersion"):
		o.out["engineVersion"] = o.old["engineVersion"]
		return nil
	case wanted == "" || wanted == running || strings.HasPrefix(running, wanted+"."):
		return nil
	case older(actual, running):
		return failure("InvalidParameterCombination", "Cannot upgrade %s from %s to %s", engine, running, actual)
	case major(actual) != major(running) && !flag(o.out, "allowMajorVersionUpgrade"):
		return failure("InvalidParameterCombination", "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
	}
	o.out["engineVersionActual"] = actual
	return nil
}

// newestMinor is the version that RDS takes for a bare major.
func (o *op) newestMinor(version string) string {
	for _, candidate := range slices.Backward(o.limits.Postgres.Versions) {
		if major(candidate) == version {
			return candidate
		}
	}
	return version
}

// databaseClass: RDS has the class, and offers it in the region.
func databaseClass(o *op) error {
	class := text(o.out, "instanceClass")
	if !slices.Contains(o.limits.Postgres.Classes, class) || slices.Contains(o.limits.Postgres.Missing[class], o.region) {
		return failure("InvalidParameterCombination",
			"RDS does not support creating a DB instance with the following combination: DBInstanceClass=%s, Engine=%s in %s",
			class, text(o.out, "engine"), o.region)
	}
	return nil
}

func major(version string) string {
	first, _, _ := strings.Cut(version, ".")
	return first
}

// older compares versions number by number.
func older(version, other string) bool {
	return slices.Compare(numbers(version), numbers(other)) < 0
}

func numbers(version string) []int {
	var list []int
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part) // what is no number counts as 0
		list = append(list, n)
	}
	return list
}

// groupZones: a subnet group covers two zones (Amazon RDS User Guide, "Working with DB subnet groups").
func groupZones(o *op) error {
	zones, vpc := map[string]bool{}, ""
	for _, subnet := range texts(o.out, "subnetIds") {
		zones[o.zoneOf(subnet)] = true
		if vpc != "" && o.vpcOf(subnet) != vpc {
			return failure("InvalidSubnet", "the subnets are in different VPCs")
		}
		vpc = o.vpcOf(subnet)
	}
	if len(zones) < 2 {
		return failure("DBSubnetGroupDoesNotCoverEnoughAZs", "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: %d. Add subnets to cover at least 2 AZs.", len(zones))
	}
	o.out["vpcId"] = vpc
	return nil
}

func databasePlace(o *op) error {
	if number(o.out, "port") == 0 {
		o.out["port"] = 5432.0
	}
	o.words["portText"] = strconv.Itoa(number(o.out, "port"))
	group := o.find("aws:rds/subnetGroup:SubnetGroup", o.region, "name", text(o.out, "dbSubnetGroupName"))
	if group == nil {
		return failure("InvalidSubnet", "No default subnet was detected in VPC: dbSubnetGroupName is needed")
	}
	for _, id := range texts(o.out, "vpcSecurityGroupIds") {
		if o.groupVpc(id) != text(group.State, "vpcId") {
			return failure("InvalidVPCNetworkStateFault", "security group %s is not in the VPC of subnet group %s", id, group.ID)
		}
	}
	parameters := o.find("aws:rds/parameterGroup:ParameterGroup", o.region, "name", text(o.out, "parameterGroupName"))
	version := major(text(o.out, "engineVersionActual"))
	if parameters != nil && version != "" && text(parameters.State, "family") != text(o.out, "engine")+version {
		return failure("InvalidParameterCombination", "The Parameter Group %s with DBParameterGroupFamily %s cannot be used for this instance (%s %s)", parameters.ID, text(parameters.State, "family"), text(o.out, "engine"), version)
	}
	if zone := text(o.out, "availabilityZone"); zone == "" {
		for _, id := range texts(group.State, "subnetIds") {
			if subnet := o.find(subnetType, o.region, "id", id); subnet != nil {
				o.out["availabilityZone"] = subnet.State["availabilityZone"]
				break
			}
		}
	}
	return nil
}

// databaseSnapshot: an instance can only start from a snapshot that is there (Amazon RDS API Reference, RestoreDBInstanceFromDBSnapshot).
func databaseSnapshot(o *op) error {
	name := text(o.out, "snapshotIdentifier")
	if o.old != nil || name == "" {
		return nil
	}
	if id := name[strings.LastIndex(name, ":snapshot:")+1:]; o.find("aws:rds/snapshot:Snapshot", o.region, "id", strings.TrimPrefix(id, "snapshot:")) == nil {
		return failure("DBSnapshotNotFound", "DBSnapshot %s not found.", name)
	}
	return nil
}

// databaseLogs: RDS makes the log groups of what it exports where they are missing.
func databaseLogs(o *op) error {
	for _, name := range texts(o.out, "enabledCloudwatchLogsExports") {
		o.ownGroup("/aws/rds/instance/" + text(o.out, "identifier") + "/" + name)
	}
	if number(o.out, "monitoringInterval") > 0 {
		o.ownGroup("RDSOSMetrics")
	}
	return nil
}

func databaseGone(o *op) error {
	if flag(o.out, "deletionProtection") {
		return failure("InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again.")
	}
	if flag(o.out, "skipFinalSnapshot") {
		return nil
	}
	name := text(o.out, "finalSnapshotIdentifier")
	if !regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9]|-[A-Za-z0-9])*$`).MatchString(name) {
		return failure("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified (%q)", name)
	}
	where := key("aws:rds/snapshot:Snapshot", o.region, name)
	if o.Resources[where] != nil || o.Existing[where] != nil {
		return failure("DBSnapshotAlreadyExists", "Cannot create the snapshot because a snapshot with the identifier %s already exists.", name)
	}
	o.Resources[where] = &Resource{Type: "aws:rds/snapshot:Snapshot", ID: name, Region: o.region, MadeByAWS: true, State: map[string]any{"id": name}}
	return nil
}
