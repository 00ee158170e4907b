package sim

import (
	"maps"
	"slices"
)

// registeredType is an instance in Cloud Map; ECS makes and removes it, no program does.
const registeredType = "aws:servicediscovery/instance:Instance"

// revisionFields are the properties that a service revision holds and a rollback sets back (Amazon ECS API Reference, ServiceRevision).
func revisionFields() []string {
	return []string{
		"taskDefinition", "capacityProviderStrategies", "launchType", "platformVersion", "loadBalancers", "serviceRegistries",
		"networkConfiguration", "serviceConnectConfiguration", "volumeConfiguration",
	}
}

// deploys tells whether a change starts new tasks: UpdateService says of each parameter whether it does (Amazon ECS API Reference), and
// capacity providers alone do not. The provider calls UpdateService for anything but tags.
func (o *op) deploys() bool {
	if o.old == nil {
		return true
	}
	changed, _ := difference(o.token, o.shape, o.old, o.out)
	for _, name := range changed {
		started := slices.Contains(revisionFields(), name) && name != "capacityProviderStrategies"
		if started || (flag(o.out, "forceNewDeployment") && name != "tags") {
			return true
		}
	}
	return false
}

// deployService starts the tasks of a service. Where they are told not to come up, the circuit breaker rolls back to the last revision,
// and the provider takes that for success: it waits for one deployment with the desired number of tasks, whichever revision they run
// (terraform-provider-aws 5.100, internal/service/ecs/service.go, statusServiceWaitForStable). With nothing to go back to it waits in
// vain.
func deployService(o *op) error {
	if !o.deploys() || o.fault("deploy", o.token, text(o.out, "name")) != "fail" {
		return nil
	}
	if o.old != nil && flag(o.out, "deploymentCircuitBreaker.enable") && flag(o.out, "deploymentCircuitBreaker.rollback") {
		for _, name := range revisionFields() {
			o.out[name] = o.old[name]
		}
		return nil
	}
	if flag(o.out, "waitForSteadyState") {
		o.incomplete = "waiting for ECS Service (" + o.id + "): " +
			"timeout while waiting for state to become 'tfSTABLE' (last state: 'tfPENDING', timeout: 20m0s)"
	}
	return nil
}

// instancesLeft: ECS takes a service's instances out of Cloud Map after the service is gone; a fault makes it leave one.
func instancesLeft(o *op) error {
	if o.fault("deregister", o.token, text(o.out, "name")) != "fail" {
		return nil
	}
	for _, arn := range texts(o.out, "serviceRegistries.registryArn") {
		registry := o.find(discoveryType, o.region, "arn", arn)
		if registry == nil {
			continue
		}
		id := registry.ID + "/" + o.digest(32)
		o.Resources[key(registeredType, o.region, id)] = &Resource{
			Type:      registeredType,
			ID:        id,
			Region:    o.region,
			MadeByAWS: true,
			State:     map[string]any{"serviceId": registry.ID},
		}
	}
	return nil
}

// discoveryEmpty: a Cloud Map service with instances stays (AWS Cloud Map API Reference, DeleteService); forceDestroy makes the provider
// remove them first.
func discoveryEmpty(o *op) error {
	for _, where := range slices.Sorted(maps.Keys(o.Resources)) {
		r := o.Resources[where]
		if r.Type != registeredType || text(r.State, "serviceId") != o.id {
			continue
		}
		if !flag(o.out, "forceDestroy") {
			return failure("ResourceInUse", "Service contains registered instances; delete the instances before deleting the service")
		}
		delete(o.Resources, where)
	}
	return nil
}

// strategyReplaces: a service's capacity providers change in place only with forceNewDeployment, and only from some to others
// (terraform-provider-aws 5.100, internal/service/ecs/service.go, capacityProviderStrategyCustomizeDiff).
func strategyReplaces(old, wanted map[string]any) bool {
	return !flag(wanted, "forceNewDeployment") || zero(old["capacityProviderStrategies"]) != zero(wanted["capacityProviderStrategies"])
}
