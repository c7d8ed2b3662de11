package probe

import (
	"net/url"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// through is a job whose targets are all reached through a proxy.
func through(plan observation.Plan, proxy *url.URL) Job {
	j := Job{Plan: plan, proxies: make(map[string]*url.URL)}
	for _, t := range plan.Targets {
		j.proxies[t.Name] = proxy
	}
	return j
}
