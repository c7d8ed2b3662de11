package imds

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The forms of what metadata returns. An answer of another form comes from
// another server. They are functions, not expressions: compiling those took a
// fiftieth of the processor time of every run on EC2.

func isVPCID(s string) bool         { return observation.IsHexID(s, "vpc-") }
func isSubnetID(s string) bool      { return observation.IsHexID(s, "subnet-") }
func isSecurityGroup(s string) bool { return observation.IsHexID(s, "sg-") }

// isMACAddress reports whether s is six pairs of digits.
func isMACAddress(s string) bool {
	pairs := strings.Split(s, ":")
	return len(pairs) == 6 && !slices.ContainsFunc(pairs, func(p string) bool { return !observation.ConsistsOf(p, 2, 2, observation.IsHexDigit) })
}

// isZoneName accepts us-east-2b, us-west-2-lax-1a and us-east-1-wl1-bos-wlz-1.
func isZoneName(s string) bool {
	area, rest, _ := strings.Cut(s, "-")
	parts := strings.Split(rest, "-")
	if !observation.ConsistsOf(area, 2, 8, observation.IsLower) || len(parts) < 2 || len(parts) > 7 {
		return false
	}
	return !slices.ContainsFunc(parts, func(p string) bool {
		return !observation.ConsistsOf(p, 1, 16, func(c byte) bool { return observation.IsLower(c) || observation.IsDigit(c) })
	})
}

func isRoleName(s string) bool {
	return observation.ConsistsOf(s, 1, 64, func(c byte) bool {
		return observation.IsLetter(c) || observation.IsDigit(c) || strings.IndexByte("+=,.@_-", c) >= 0
	})
}
