package ecs

// What the tests of this package see of it. They are in a package of their own, because they deploy the services that are made by its pattern.
type (
	ContainerDefinition = containerDefinition
	Variable            = variable
	Dependency          = dependency
)

const (
	InitName               = initName
	InternalListenerPort   = internalListenerPort
	MaxTaskDefinitionBytes = maxTaskDefinitionBytes
	DocumentsVariable      = documentsVariable
)

var Pack = pack

// Value is the value of an environment variable.
func (c containerDefinition) Value(name string) string {
	for _, one := range c.Environment {
		if one.Name == name {
			return one.Value
		}
	}
	return ""
}
