package config

import (
	"regexp"
	"strings"
)

// ECRImage is where an image in Amazon ECR lives, read from its name.
type ECRImage struct {
	Partition, Account, Region, Repository string
}

// ecrHost is a private registry's host name: with IPv4 only, or dual-stack (both also for FIPS), in the commercial regions, GovCloud and China. Source:
// Amazon ECR User Guide, private registries and IPv6; the patterns of kubernetes/cloud-provider-aws's ECR credential provider.
var ecrHost = regexp.MustCompile(`^(\d{12})\.dkr(?:\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$`)

// InECR says whether an image is in Amazon ECR (not in its public gallery), and where.
func InECR(image string) (ECRImage, bool) {
	host, rest, _ := strings.Cut(image, "/")
	found := ecrHost.FindStringSubmatch(host)
	if found == nil || rest == "" {
		return ECRImage{}, false
	}
	repository, _, _ := strings.Cut(rest, "@")
	repository, _, _ = strings.Cut(repository, ":")
	e := ECRImage{Partition: "aws", Account: found[1], Region: found[2] + found[3], Repository: repository}
	switch {
	case strings.HasPrefix(e.Region, "cn-"):
		e.Partition = "aws-cn"
	case strings.HasPrefix(e.Region, "us-gov-"):
		e.Partition = "aws-us-gov"
	}
	return e, true
}

// RepositoryArn is the ARN of the image's repository.
func (e ECRImage) RepositoryArn() string {
	return "arn:" + e.Partition + ":ecr:" + e.Region + ":" + e.Account + ":repository/" + e.Repository
}

// GrafanaRepository is the name of the stack's own repository, to which scripts/grafana-image.sh pushes.
func (n Names) GrafanaRepository() string {
	if n.Stack == "poc" {
		return "grafana-llm-gateway"
	}
	return "grafana-llm-gateway-" + n.Stack
}

// Baked says whether a Grafana image has the dashboards inside: only one from the stack's own repository has. Any other image in ECR is a mirror of
// the stock one.
func (n Names) Baked(image string) bool {
	found, inECR := InECR(image)
	return inECR && found.Repository == n.GrafanaRepository()
}
