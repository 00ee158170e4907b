package sim

import "strings"

// cloudfrontList is the managed prefix list of CloudFront's origin-facing servers. It counts as 55 rules (Amazon VPC User Guide, "AWS-managed
// prefix list weight"); a group has room for 60 per direction (Amazon VPC quotas).
const (
	cloudfrontList = "com.amazonaws.global.cloudfront.origin-facing"
	listWeight     = 55
	groupRoom      = 60
)

func groupName(in map[string]any) error {
	if strings.HasPrefix(text(in, "name"), "sg-") {
		return failure("InvalidParameterValue", "a group name may not start with sg-: %q", text(in, "name"))
	}
	return nil
}

func groupUnique(o *op) error {
	for _, other := range o.all(groupType) {
		if other.ID != o.id && text(other.State, "vpcId") == text(o.out, "vpcId") && text(other.State, "name") == text(o.out, "name") {
			return failure("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", text(o.out, "name"), text(o.out, "vpcId"))
		}
	}
	return nil
}

// ruleSource: a rule names exactly one source or destination.
func ruleSource(in map[string]any) error {
	count := 0
	for _, name := range []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"} {
		if in[name] != nil {
			count++
		}
	}
	if count != 1 {
		return failure("InvalidParameterCombination", "exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId is needed, not %d", count)
	}
	if block := text(in, "cidrIpv4"); block != "" {
		if _, err := cidr(block); err != nil {
			return err
		}
	}
	return nil
}

func duplicateRule(o *op) error {
	mine := ruleKey(o.out)
	for _, other := range o.all(o.token) {
		if other.ID != o.id && ruleKey(other.State) == mine {
			return failure("InvalidPermission.Duplicate", "the specified rule %s already exists (%s)", mine, other.ID)
		}
	}
	return nil
}

func ruleKey(values map[string]any) string {
	fields := map[string]any{}
	for _, name := range []string{
		"securityGroupId", "ipProtocol", "protocol", "type", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId",
		"cidrBlocks", "sourceSecurityGroupId", "prefixListIds",
	} {
		if !zero(values[name]) {
			fields[name] = values[name]
		}
	}
	return canonical(fields)
}

func (o *op) weight(list string) int {
	if r := o.find(listType, o.region, "id", list); r != nil {
		return max(number(r.State, "maxEntries"), 1)
	}
	return 1
}

func ruleWeight(direction string) func(*op) error {
	return func(o *op) error {
		total := 0
		for _, other := range o.all(o.token) {
			if other.ID != o.id && text(other.State, "securityGroupId") == text(o.out, "securityGroupId") {
				total += o.weight(text(other.State, "prefixListId"))
			}
		}
		if total += o.weight(text(o.out, "prefixListId")); total > groupRoom {
			return failure("RulesPerSecurityGroupLimitExceeded", "The maximum number of %s rules of security group %s (%d) has been reached: %d", direction, text(o.out, "securityGroupId"), groupRoom, total)
		}
		return nil
	}
}

func inlineWeight(o *op) error {
	for _, direction := range []string{"ingress", "egress"} {
		total := 0
		for _, rule := range at(o.out, direction) {
			total += len(texts(rule, "cidrBlocks")) + len(texts(rule, "securityGroups"))
			for _, list := range texts(rule, "prefixListIds") {
				total += o.weight(list)
			}
		}
		if total > groupRoom {
			return failure("RulesPerSecurityGroupLimitExceeded", "The maximum number of %s rules (%d) has been reached: %d", direction, groupRoom, total)
		}
	}
	return nil
}

func (o *op) groupVpc(id string) string {
	if r := o.find(groupType, o.region, "id", id); r != nil {
		return text(r.State, "vpcId")
	}
	if r := o.find(vpcType, o.region, "defaultSecurityGroupId", id); r != nil {
		return r.ID
	}
	return ""
}

func sameVpcGroups(o *op) error {
	other := text(o.out, "referencedSecurityGroupId")
	if other != "" && o.groupVpc(other) != o.groupVpc(text(o.out, "securityGroupId")) {
		return failure("InvalidGroup.NotFound", "You have specified two resources that belong to different networks: %s and %s", other, text(o.out, "securityGroupId"))
	}
	return nil
}

// groupsInVpc: network interfaces take only groups of their own VPC, and lie in one VPC.
func groupsInVpc(subnets, groups string) func(*op) error {
	return func(o *op) error {
		vpc := ""
		for _, subnet := range texts(o.out, subnets) {
			if here := o.vpcOf(subnet); vpc != "" && here != vpc {
				return failure("InvalidSubnet", "subnets of different networks: %v", texts(o.out, subnets))
			}
			vpc = o.vpcOf(subnet)
		}
		for _, group := range texts(o.out, groups) {
			if vpc != "" && o.groupVpc(group) != vpc {
				return failure("InvalidParameterValue", "Security group %s and subnet belong to different networks", group)
			}
		}
		return nil
	}
}
