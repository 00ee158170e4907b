package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Patterns of what AWS accepts.
var (
	stackPattern       = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
	zoneIDPattern      = regexp.MustCompile(`^[a-z]{3,5}\d-az\d$`)
	vpcPattern         = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	subnetPattern      = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	amiPattern         = regexp.MustCompile(`^ami-[0-9a-f]{8,17}$`)
	instancePattern    = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)
	zonePattern        = regexp.MustCompile(`^Z[0-9A-Z]{5,31}$`)
	certificate        = regexp.MustCompile(`^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+$`)
	domainPattern      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$`)
	emailPattern       = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	imagePattern       = regexp.MustCompile(`^[a-z0-9][a-z0-9./:_-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?@sha256:[0-9a-f]{64})$`)
	armInstance        = regexp.MustCompile(`^[a-z]+\d+g[a-z]*\.[a-z0-9]+$`)
	versionPattern     = regexp.MustCompile(`^1[4-8]$`)
	minorPattern       = regexp.MustCompile(`^1[4-8]\.\d+$`)
	secretPattern      = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	modelNamePattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$`)
	snapshotPattern    = regexp.MustCompile(`^(arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:snapshot:)?(rds:)?[A-Za-z](-?[A-Za-z0-9])*$`)
	bedrockPattern     = regexp.MustCompile(`^([a-z-]+\.)?[a-z0-9-]+\.[a-z0-9.-]+(:[0-9]+)?$`)
	tagFilterPattern   = regexp.MustCompile(`^[^=]{1,128}=.{1,256}$`)
	tagPattern         = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
	langfuseTwoPattern = regexp.MustCompile(`langfuse/langfuse:v?2(\.\d+\.\d+$|(\.\d+){0,2}@)`)
	liteLLMTagPattern  = regexp.MustCompile(`:(?:v|main-v)?(\d+)\.(\d+)\.(\d+)`)
)

// logRetentionDays are the values CloudWatch Logs accepts (API reference, PutRetentionPolicy).
var logRetentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// fargateMemory is, for each CPU size, the smallest and largest memory and the step between, in MiB
// (Amazon ECS Developer Guide, task definition parameters for Fargate: task size).
var fargateMemory = map[int]struct{ least, most, step, except int }{
	256:   {512, 2048, 512, 1536},
	512:   {1024, 4096, 1024, 0},
	1024:  {2048, 8192, 1024, 0},
	2048:  {4096, 16384, 1024, 0},
	4096:  {8192, 30720, 1024, 0},
	8192:  {16384, 61440, 4096, 0},
	16384: {32768, 122880, 8192, 0},
}

// Problems lists what is wrong with the settings by themselves, each and together, on any value of them.
func (s *Settings) Problems() []Problem {
	p := &problems{}
	p.require(slices.Contains(regions, s.Region), "aws:region", s.Region, "one of "+strings.Join(regions, ", "))
	p.require(stackPattern.MatchString(s.Stack) && len(s.Stack) <= 20, "stack name", s.Stack, "up to 20 small letters, digits and single hyphens, a letter first, no hyphen last: it is part of every physical name")
	p.require(slices.Contains(logRetentionDays, s.LogRetentionDays), "logs.retentionDays", s.LogRetentionDays, "one of "+join(logRetentionDays))
	optional(p, instancePattern, "tunnel.instanceId", s.TunnelInstanceID, "an EC2 instance id (i-…), or empty")
	s.validateTags(p)
	s.validateNetwork(p)
	s.validateDatabase(p)
	s.validateServices(p)
	s.validateModels(p)
	s.validateEdge(p)
	s.validateOperations(p)
	s.validateConnections(p)
	return p.list
}

func (s *Settings) validateTags(p *problems) {
	p.require(len(s.Tags) <= 40, "tags", len(s.Tags), "at most 40 tags (AWS allows 50 a resource; the program sets some)")
	seen := map[string]bool{}
	for key, value := range s.Tags {
		p.require(!seen[strings.ToLower(key)], "tags."+key, value, "a name that differs from the others in more than case (IAM takes both for one)")
		seen[strings.ToLower(key)] = true
		reserved := strings.HasPrefix(strings.ToLower(key), "aws:") || slices.ContainsFunc([]string{"Project", "Stack", "ManagedBy"}, func(own string) bool { return strings.EqualFold(own, key) })
		p.require(!reserved, "tags."+key, value, "a name other than Project, Stack and ManagedBy, and not starting with aws:")
		fits := key != "" && utf8.RuneCountInString(key) <= 128 && utf8.RuneCountInString(value) <= 256 && tagPattern.MatchString(key) && tagPattern.MatchString(value)
		p.require(fits, "tags."+key, value, "a name of 1 to 128 and a value of 0 to 256 letters, digits, spaces and _ . : / = + - @")
	}
}

func (s *Settings) validateNetwork(p *problems) {
	n := s.Network
	if _, _, err := Subnets(n.VpcCidr); err != nil && n.CreateVpc {
		p.add("vpcCidr", n.VpcCidr, err.Error())
	}
	p.require(slices.Contains([]NATMode{NATInstance, NATGateway, NATGatewayPerZone}, n.NAT), "nat", n.NAT, "instance, gateway or gateway-per-zone")
	p.require(armInstance.MatchString(n.NATInstanceType), "natInstance.type", n.NATInstanceType, "an EC2 type with an ARM processor, for instance t4g.nano: the image is for ARM")
	optional(p, amiPattern, "natInstance.ami", n.NATAmi, "an AMI id (ami-…), or empty for the pinned fck-nat release")
	p.require(len(n.ZoneIDs) == 0 || len(n.ZoneIDs) == 2 && n.ZoneIDs[0] != n.ZoneIDs[1], "zoneIds", n.ZoneIDs, "two different zone ids, or none")
	for _, zone := range n.ZoneIDs {
		if !slices.Contains(regions, s.Region) {
			break // there is nothing to hold a zone against
		}
		inRegion := zoneIDPattern.MatchString(zone) && strings.HasPrefix(zone, zonePrefix(s.Region)+"-")
		p.require(inRegion, "zoneIds", zone, fmt.Sprintf("zone ids of the region, for instance %s-az1 (not zone names such as us-west-1a)", zonePrefix(s.Region)))
	}
	each(p, subnetPattern, "privateSubnetIds", n.PrivateSubnetIDs, "subnet ids (subnet-…)")
	each(p, subnetPattern, "publicSubnetIds", n.PublicSubnetIDs, "subnet ids (subnet-…)")
	if n.CreateVpc {
		p.require(n.VpcID == "", "vpcId", n.VpcID, "empty while createVpc is true; set createVpc to false to use an existing VPC")
		p.require(len(n.PrivateSubnetIDs) == 0, "privateSubnetIds", n.PrivateSubnetIDs, "empty while createVpc is true")
		p.require(len(n.PublicSubnetIDs) == 0, "publicSubnetIds", n.PublicSubnetIDs, "empty while createVpc is true")
		return
	}
	unused := "its default while createVpc is false: the existing VPC decides"
	defaults := Defaults().Network
	p.require(n.VpcCidr == defaults.VpcCidr, "vpcCidr", n.VpcCidr, unused)
	p.require(n.NAT == defaults.NAT, "nat", n.NAT, unused)
	p.require(n.NATInstanceType == defaults.NATInstanceType, "natInstance.type", n.NATInstanceType, unused)
	p.require(n.NATAmi == defaults.NATAmi, "natInstance.ami", n.NATAmi, unused)
	p.require(vpcPattern.MatchString(n.VpcID), "vpcId", n.VpcID, "the id of the existing VPC (vpc-…), because createVpc is false")
	p.require(len(n.PrivateSubnetIDs) >= 2 && unique(n.PrivateSubnetIDs), "privateSubnetIds", n.PrivateSubnetIDs,
		"two or more different subnets in different zones, because createVpc is false")
	p.require(unique(append(slices.Clone(n.PublicSubnetIDs), n.PrivateSubnetIDs...)) || !unique(n.PrivateSubnetIDs), "publicSubnetIds", n.PublicSubnetIDs,
		"different subnets, none of privateSubnetIds")
	p.require(len(n.ZoneIDs) == 0, "zoneIds", n.ZoneIDs, "empty while createVpc is false: the subnets decide the zones")
}

func (s *Settings) validateDatabase(p *problems) {
	d := s.Database
	p.require(d.MemoryGiB() > 0, "database.class", d.Class, "an RDS class this program knows the memory of: "+strings.Join(DatabaseClasses(), ", "))
	p.require(d.StorageGB >= 20 && d.StorageGB <= 65536, "database.storageGb", d.StorageGB, "20 to 65536 GB (gp3)")
	// RDS refuses a ceiling less than a tenth above the storage (RDS User Guide, storage autoscaling).
	p.require(d.MaxStorageGB > d.StorageGB && d.MaxStorageGB*10 >= d.StorageGB*11 && d.MaxStorageGB <= 65536, "database.maxStorageGb", d.MaxStorageGB,
		"at least a tenth more than database.storageGb, at most 65536")
	// RDS upgrades minors by itself, withdraws old ones, and never goes back. A major alone keeps the minor, or raises one that is below RDS's
	// default of that major (RDS API reference, ModifyDBInstance, EngineVersion).
	major, _, _ := strings.Cut(d.Version, ".")
	pinned := minorPattern.MatchString(d.Version)
	optional(p, snapshotPattern, "database.snapshot", d.Snapshot, "the name or ARN of an RDS snapshot (aws rds describe-db-snapshots), or empty")
	p.require(!pinned, "database.version", d.Version, fmt.Sprintf(
		"a major version alone: RDS chooses and upgrades the minor itself, and a pinned one would soon be a downgrade, which it refuses; "+
			`a stack that has a minor sets database.version to "%s", in quotes, and keeps its database`, major))
	p.require(pinned || versionPattern.MatchString(d.Version), "database.version", d.Version, "a major version of PostgreSQL, 14 to 18")
	p.require(d.BackupDays >= 0 && d.BackupDays <= 35, "database.backupDays", d.BackupDays, "0 (no backups) to 35")
}

// newestLiteLLM is the newest minor release of LiteLLM 1 whose logging was read and tested: gateway_traces.py stands in its way.
const newestLiteLLM = 102

// validateReleases refuses releases that are known not to work, as far as a tag tells.
func (s *Settings) validateReleases(p *problems) {
	found := liteLLMTagPattern.FindStringSubmatch(s.LiteLLM.Image)
	floating := found == nil && strings.Contains(s.LiteLLM.Image, "berriai/litellm") && !strings.Contains(s.LiteLLM.Image, "@sha256:")
	p.require(!floating, "litellm.image", s.LiteLLM.Image, "a release, for instance "+liteLLMImage+": other tags move")
	if found != nil && strings.Contains(s.LiteLLM.Image, "litellm") {
		release := [3]int{}
		for i, part := range found[1:] {
			release[i], _ = strconv.Atoi(part) // only digits can stand here
		}
		secure := slices.Compare(release[:], []int{1, 86, 2}) >= 0
		p.require(secure, "litellm.image", s.LiteLLM.Image, "1.86.2 or later: earlier releases can be taken over from the network (GHSA-4xpc-pv4p-pm3w)")
		p.require(release[0] == 1 && release[1] <= newestLiteLLM, "litellm.image", s.LiteLLM.Image,
			fmt.Sprintf("at most 1.%d: what later releases log of a request, and where they send it, was not looked at", newestLiteLLM))
		p.require(release != [3]int{1, 95, 0}, "litellm.image", s.LiteLLM.Image, "a release other than 1.95.0, whose image does not start")
	}
	if strings.Contains(s.Langfuse.Image, "langfuse/langfuse:") {
		p.require(langfuseTwoPattern.MatchString(s.Langfuse.Image), "langfuse.image", s.Langfuse.Image,
			"a release of major 2, for instance "+langfuseImage+": later ones need ClickHouse, Redis and S3, and shorter tags move")
	}
}

func (s *Settings) validateModels(p *problems) {
	seen := map[string]bool{}
	for i, model := range s.LiteLLM.Models {
		key := func(setting string) string { return fmt.Sprintf("models[%d].%s", i, setting) }
		for _, name := range append([]string{model.Name}, model.Aliases...) {
			p.require(modelNamePattern.MatchString(name), key("name"), name, "a name of 1 to 100 letters, digits and . _ : / -")
			p.require(!seen[name], key("name"), name, "a name that no other model or alias has")
			seen[name] = true
		}
		p.require(model.Region == "" || slices.Contains(regions, model.Region), key("region"), model.Region, "an AWS region, or none for the stack's")
		if !bedrockPattern.MatchString(model.Bedrock) {
			p.add(key("bedrock"), model.Bedrock, "the id of a Bedrock model or of a cross-Region inference profile, for instance us.anthropic.claude-opus-5; ARNs"+
				" (application inference profiles, provisioned throughput, imported models) are not supported: their price and their model are unknown")
		} else if region := model.Call(s.Region).Region; slices.Contains(regions, region) {
			wrong := checkGeography(model.Bedrock, region)
			p.require(wrong == "", key("bedrock"), model.Bedrock, wrong)
			if wrong == "" && s.pinnedLiteLLM() && !priced(model) {
				p.add(key("bedrock"), model.Bedrock, unpriced(model))
			}
		}
		p.require(model.RPM >= 0, key("rpm"), model.RPM, "0 (no limit) or more")
		p.require(model.TPM >= 0, key("tpm"), model.TPM, "0 (no limit) or more")
		p.require(model.InputCostPerMTok >= 0, key("inputCostPerMTok"), model.InputCostPerMTok, "0 (LiteLLM's own price) or more USD")
		p.require(model.OutputCostPerMTok >= 0, key("outputCostPerMTok"), model.OutputCostPerMTok, "0 (LiteLLM's own price) or more USD")
		for setting, price := range map[string]float64{"cacheReadCostPerMTok": model.CacheReadCostPerMTok, "cacheWriteCostPerMTok": model.CacheWriteCostPerMTok} {
			p.require(price >= 0 && (price == 0 || model.InputCostPerMTok > 0), key(setting), price, "0 (as other input) or more USD, with inputCostPerMTok")
		}
	}
}

func (s *Settings) validateEdge(p *problems) {
	e := s.Edge
	given := 0
	for _, value := range []string{e.CertificateArn, e.DomainName, e.LangfuseDomainName} {
		if value != "" {
			given++
		}
	}
	together := "certificateArn, domainName and langfuseDomainName come together or not at all"
	p.require(given == 0 || e.CertificateArn != "", "certificateArn", e.CertificateArn, together)
	p.require(given == 0 || e.DomainName != "", "domainName", e.DomainName, together)
	p.require(given == 0 || e.LangfuseDomainName != "", "langfuseDomainName", e.LangfuseDomainName, together)
	optional(p, certificate, "certificateArn", e.CertificateArn, "the ARN of an ACM certificate in us-east-1, the only region CloudFront takes one from")
	optional(p, domainPattern, "domainName", e.DomainName, "a domain name in small letters")
	optional(p, domainPattern, "langfuseDomainName", e.LangfuseDomainName, "a domain name in small letters")
	p.require(len(e.DomainName) <= 253, "domainName", e.DomainName, "at most 253 letters")
	p.require(len(e.LangfuseDomainName) <= 253, "langfuseDomainName", e.LangfuseDomainName, "at most 253 letters")
	p.require(e.DomainName == "" || e.DomainName != e.LangfuseDomainName, "langfuseDomainName", e.LangfuseDomainName, "another name than domainName")
	optional(p, zonePattern, "hostedZoneId", e.HostedZoneID, "a Route 53 zone id (Z…), or empty")
	p.require(e.HostedZoneID == "" || e.DomainName != "", "hostedZoneId", e.HostedZoneID, "empty without domainName")
	p.require(slices.Contains([]string{"PriceClass_100", "PriceClass_200", "PriceClass_All"}, e.PriceClass), "edge.priceClass", e.PriceClass,
		"PriceClass_100, PriceClass_200 or PriceClass_All")
	for key, cidrs := range map[string][]string{"edge.consoleCidrs": e.ConsoleCidrs, "edge.apiCidrs": e.APICidrs} {
		for _, cidr := range cidrs {
			if wrong := checkRange(cidr); wrong != "" {
				p.add(key, cidr, wrong)
			}
		}
		p.require(len(cidrs) <= 40, key, len(cidrs), "at most 40 ranges: they are part of the edge function, which may have 10 KB")
	}
	p.require(s.WAF.RateLimit >= 10 && s.WAF.RateLimit <= 2_000_000_000, "waf.rateLimit", s.WAF.RateLimit, "10 to 2,000,000,000 requests in five minutes (AWS WAF quotas)")
}

// checkRange says what to write in place of an address range that is none; empty when it is one.
func checkRange(cidr string) string {
	if addr, err := netip.ParseAddr(cidr); err == nil && !addr.Is4In6() {
		return fmt.Sprintf("a range of addresses: %s/%d is this one address", addr, addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || prefix.Addr().Is4In6():
		return "IPv4 or IPv6 ranges without host bits, for instance 203.0.113.0/24 or 2001:db8::/32"
	case prefix.Masked() != prefix:
		return fmt.Sprintf("a range without host bits: %s is the whole range, %s/%d the one address", prefix.Masked(), prefix.Addr(), prefix.Addr().BitLen())
	}
	return ""
}

func (s *Settings) validateOperations(p *problems) {
	optional(p, emailPattern, "alarms.email", s.Alarms.Email, "an e-mail address, or empty")
	optional(p, emailPattern, "budget.email", s.Budget.Email, "an e-mail address, or empty")
	p.require(s.Budget.MonthlyUSD >= 0, "budget.monthlyUsd", s.Budget.MonthlyUSD, "0 (no budget) or more USD")
	optional(p, tagFilterPattern, "budget.tagFilter", s.Budget.TagFilter, "key=value of an activated cost-allocation tag, or empty")
	both := (s.Schedule.Start == "") == (s.Schedule.Stop == "")
	p.require(both, "schedule.start", s.Schedule.Start, "given together with schedule.stop, or neither")
	p.require(s.Schedule.Start == "" || s.Schedule.Start != s.Schedule.Stop, "schedule.stop", s.Schedule.Stop, "another time than schedule.start")
	for key, expression := range map[string]string{"schedule.start": s.Schedule.Start, "schedule.stop": s.Schedule.Stop} {
		wrong := checkCron(expression)
		p.require(expression == "" || wrong == "", key, expression, wrong)
	}
	_, err := time.LoadLocation(s.Schedule.Timezone)
	p.require(err == nil && s.Schedule.Timezone != "" && s.Schedule.Timezone != "Local", "schedule.timezone", s.Schedule.Timezone, "an IANA time zone, for instance America/Los_Angeles")
	for key, name := range map[string]string{
		"secrets.masterKey": s.Secrets.MasterKey, "secrets.grafanaAdminPassword": s.Secrets.GrafanaAdminPassword, "secrets.langfuseAdminPassword": s.Secrets.LangfuseAdminPassword,
	} {
		optional(p, secretPattern, key, name, "the name of an existing secret in Secrets Manager, or empty to generate one")
	}
}

// optional notes a problem with a value that is neither empty nor of the pattern.
func optional(p *problems, pattern *regexp.Regexp, key, value, allowed string) {
	p.require(value == "" || pattern.MatchString(value), key, value, allowed)
}

// each notes a problem for every value that is not of the pattern.
func each(p *problems, pattern *regexp.Regexp, key string, values []string, allowed string) {
	for _, value := range values {
		p.require(pattern.MatchString(value), key, value, allowed)
	}
}

func unique(values []string) bool {
	sorted := slices.Sorted(slices.Values(values))
	return len(slices.Compact(sorted)) == len(values)
}

func join(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}
