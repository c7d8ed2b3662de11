package probe

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// ChooseRegion gives the Region that is asked for, and who named it: the flag,
// AWS_REGION, AWS_DEFAULT_REGION, the agent's registration. Empty: nobody did,
// and instance metadata is left to ask. Whether it is well-formed
// endpoint.LookupRegion tells.
func ChooseRegion(flag string, getenv func(string) string, n observation.Node) (region, from string) {
	if flag != "" {
		return flag, "--region"
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if region := getenv(name); region != "" {
			return region, name
		}
	}
	if n.Registration.Failure == nil && n.Registration.Region != "" {
		return n.Registration.Region, "the agent's registration"
	}
	return "", ""
}
