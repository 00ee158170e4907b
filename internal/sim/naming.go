package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// naming is how things of one type get a name; what AWS allows in it is among the limits.
type naming struct {
	property string
	max      int
	optional bool   // no automatic name: AWS makes one itself or needs none
	prefix   string // the property that excludes a name, "" for none
	lower    bool   // the automatic name is in lower case
}

const suffixLength = 7

// autoname fills in a name where the program gives none: the logical name and seven hex digits, cut to what AWS allows. The engine's seed
// makes preview and update agree; an earlier name is kept.
func (n naming) autoname(inputs, olds resource.PropertyMap, logical string, seed []byte) {
	name := resource.PropertyKey(n.property)
	if n.property == "" || n.optional || inputs.HasValue(name) || (n.prefix != "" && inputs.HasValue(resource.PropertyKey(n.prefix))) {
		return
	}
	if old, ok := olds[name]; ok && isAutoname(old, logical) {
		inputs[name] = old
		return
	}
	sum := sha256.Sum256(append(append([]byte{}, seed...), logical...))
	if n.max > 0 && len(logical) > n.max-suffixLength-1 {
		logical = logical[:n.max-suffixLength-1]
	}
	if n.lower {
		logical = strings.ToLower(logical)
	}
	inputs[name] = resource.NewStringProperty(logical + "-" + hex.EncodeToString(sum[:])[:suffixLength])
}

// isAutoname tells a name made by autoname from one that the program gave.
func isAutoname(value resource.PropertyValue, logical string) bool {
	if !value.IsString() {
		return false
	}
	name := value.StringValue()
	if len(name) < suffixLength+1 {
		return false
	}
	start := name[:len(name)-suffixLength-1]
	return strings.HasPrefix(strings.ToLower(logical), strings.ToLower(start)) &&
		regexp.MustCompile(`^-[0-9a-f]{7}$`).MatchString(name[len(name)-suffixLength-1:])
}

// given tells whether the program gives the name that AWS would otherwise get automatically. A resource with such a name is deleted before
// its replacement is made, whether the name changes or not (pulumi-terraform-bridge v3.110, pkg/tfbridge/schema.go,
// nameRequiresDeleteBeforeReplace).
func (n naming) given(inputs resource.PropertyMap, logical string) bool {
	name := resource.PropertyKey(n.property)
	return name != "" && !n.optional && inputs.HasValue(name) && !isAutoname(inputs[name], logical)
}
