package sim

import "strings"

// balancerZones: an application load balancer needs two zones, one subnet in each, and all of them in one VPC.
func balancerZones(o *op) error {
	subnets := append(texts(o.out, "subnets"), texts(o.out, "subnetMappings.subnetId")...)
	seen := map[string]bool{}
	for _, subnet := range subnets {
		zone := o.zoneOf(subnet)
		if seen[zone] {
			return failure("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone")
		}
		seen[zone] = true
	}
	if len(seen) < 2 {
		return failure("ValidationError", "At least two subnets in two different Availability Zones must be specified")
	}
	vpc := o.vpcOf(subnets[0])
	if !flag(o.out, "internal") && !o.hasGateway(vpc) {
		return failure("InvalidSubnet", "VPC %s has no internet gateway", vpc)
	}
	prefix := ""
	if flag(o.out, "internal") {
		prefix = "internal-"
	}
	o.out["vpcId"], o.words["dnsLabel"] = vpc, prefix+text(o.out, "name")
	return nil
}

// balancerSuffix is what CloudWatch uses as dimension.
func balancerSuffix(o *op) error {
	_, suffix, _ := strings.Cut(text(o.out, "arn"), ":loadbalancer/")
	if o.token == targetsType {
		_, rest, _ := strings.Cut(text(o.out, "arn"), ":targetgroup/")
		suffix = "targetgroup/" + rest
	}
	o.out["arnSuffix"] = suffix
	return nil
}

func balancerUnused(o *op) error {
	if flag(o.out, "enableDeletionProtection") {
		return failure("OperationNotPermitted", "Load balancer '%s' cannot be deleted because deletion protection is enabled", o.id)
	}
	return nil
}

func healthCheck(in map[string]any) error {
	interval, timeout := number(in, "healthCheck.interval"), number(in, "healthCheck.timeout")
	if interval > 0 && timeout >= interval {
		return failure("ValidationError", "Health check timeout (%d) must be smaller than the interval (%d)", timeout, interval)
	}
	return nil
}

func listenerPort(o *op) error {
	for _, other := range o.all(listenerType) {
		if other.ID != o.id && text(other.State, "loadBalancerArn") == text(o.out, "loadBalancerArn") && number(other.State, "port") == number(o.out, "port") {
			return failure("DuplicateListener", "A listener already exists on port %d for this load balancer", number(o.out, "port"))
		}
	}
	o.words["listenerArn"] = strings.Replace(text(o.out, "loadBalancerArn"), ":loadbalancer/", ":listener/", 1)
	return nil
}

// actionsFit: each action has the block of its type.
func actionsFit(path string) func(map[string]any) error {
	return func(in map[string]any) error {
		blocks := map[string][]string{"forward": {"targetGroupArn", "forward"}, "redirect": {"redirect"}, "fixed-response": {"fixedResponse"}}
		for _, item := range at(in, path) {
			action, ok := item.(map[string]any)
			if !ok {
				continue
			}
			found := false
			for _, name := range blocks[text(action, "type")] {
				found = found || action[name] != nil
			}
			if len(blocks[text(action, "type")]) > 0 && !found {
				return failure("InvalidLoadBalancerAction", "an action of type %s needs one of %v", text(action, "type"), blocks[text(action, "type")])
			}
		}
		return nil
	}
}

// Limits of application load balancers (ELB User Guide, "Quotas for your Application Load Balancers").
const (
	conditionValues   = 5
	conditionWildcard = 5
	balancerRules     = 100
	patternLength     = 128
)

// conditionsFit: values and wildcards count over all conditions of a rule.
func conditionsFit(in map[string]any) error {
	values, wildcards := 0, 0
	for _, path := range []string{"hostHeader.values", "httpHeader.values", "httpRequestMethod.values", "pathPattern.values", "sourceIp.values", "queryStrings.value"} {
		for _, value := range at(in, "conditions."+path) {
			values++
			pattern, _ := value.(string)
			wildcards += strings.Count(pattern, "*") + strings.Count(pattern, "?")
			if len(pattern) > patternLength {
				return failure("ValidationError", "Condition value '%s' contains more than %d characters", pattern, patternLength)
			}
		}
	}
	for _, condition := range at(in, "conditions") {
		for name, value := range object(condition) {
			if known(value) && len(at(value, "values")) == 0 && name != "queryStrings" {
				return failure("ValidationError", "A condition value must be specified for %s", name)
			}
		}
	}
	if values > conditionValues {
		return failure("TooManyConditionValues", "The rule has %d condition values, at most %d are allowed over all conditions", values, conditionValues)
	}
	if wildcards > conditionWildcard {
		return failure("TooManyWildcards", "The rule has %d wildcards, at most %d are allowed", wildcards, conditionWildcard)
	}
	return nil
}

func rulePriority(o *op) error {
	listener := o.find(listenerType, o.region, "arn", text(o.out, "listenerArn"))
	count, highest := 1, 0
	for _, other := range o.all(ruleType) {
		if other.ID == o.id {
			continue
		}
		sibling := o.find(listenerType, o.region, "arn", text(other.State, "listenerArn"))
		if sibling != nil && text(sibling.State, "loadBalancerArn") == text(listener.State, "loadBalancerArn") {
			count++
		}
		if text(other.State, "listenerArn") != listener.ID {
			continue
		}
		highest = max(highest, number(other.State, "priority"))
		if number(other.State, "priority") == number(o.out, "priority") {
			return failure("PriorityInUse", "Priority '%d' is currently in use", number(o.out, "priority"))
		}
	}
	if count > balancerRules {
		return failure("TooManyRules", "the load balancer has %d rules, at most %d are allowed", count, balancerRules)
	}
	if number(o.out, "priority") == 0 {
		o.out["priority"] = float64(highest + 1)
	}
	o.words["ruleArn"] = strings.Replace(listener.ID, ":listener/", ":listener-rule/", 1)
	return nil
}
