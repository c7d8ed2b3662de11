package probe

import (
	"net/url"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// A Job is a plan with what is needed to carry it out and no report may hold: the URLs of
// the proxies with their passwords.
type Job struct {
	observation.Plan
	// proxies are those of PlannedTarget.Proxy, and unused those of its
	// UnusedProxy, by the target's name.
	proxies, unused map[string]*url.URL
}

// newJob chooses the proxies of the planned targets.
func newJob(c Config, n node.Local, plan observation.Plan) Job {
	j := Job{Plan: plan, proxies: make(map[string]*url.URL), unused: make(map[string]*url.URL)}
	for i := range plan.Targets {
		t := &plan.Targets[i]
		if u := chooseProxy(c, n.Proxies, t.Target); u != nil {
			j.proxies[t.Name], t.Proxy = u, observation.RedactProxyURL(u)
			continue
		}
		if plan.Proxy != observation.ProxyAuto {
			continue
		}
		if u := n.Proxies.UnusedFor(t.Host, t.Port); u != nil {
			j.unused[t.Name], t.UnusedProxy = u.ProxyURL, &u.UnusedProxy
		}
		t.ProxyIgnored = n.Proxies.AgentIgnoresProxyFor(t.Host, t.Port)
	}
	return j
}

// Only restricts the job to the named targets and what a judgement of them takes,
// as observation.Plan.Only does.
func (j Job) Only(names []string) Job {
	j.Plan = j.Plan.Only(names)
	return j
}

// A plannedTarget is a target with its proxies, nil if it has none.
type plannedTarget struct {
	observation.PlannedTarget
	proxyURL, unusedURL *url.URL
}

func (j Job) target(t observation.PlannedTarget) plannedTarget {
	return plannedTarget{t, j.proxies[t.Name], j.unused[t.Name]}
}
