package rds

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"kong-llm-gateway/internal/secrets"
)

// Role is a service's own database and its owner; both have the service's name. The service's init container creates them.
type Role struct {
	Name     string
	Password *secrets.Secret
}

// NewRole generates the password of a service's role.
func (d *Database) NewRole(ctx *pulumi.Context, service string, opts ...pulumi.ResourceOption) (*Role, error) {
	password, err := d.secrets.New(ctx, service+"-database", secrets.Args{
		Service: service, Name: "database-password", Description: "PostgreSQL password of the role " + service,
	}, opts...)
	if err != nil {
		return nil, err
	}
	return &Role{Name: service, Password: password}, nil
}
