package probe

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// proxyLookups counts how often proxies may be looked up: for each path through
// one, and once more if that fails.
func (r *run) proxyLookups() (n int) {
	for _, t := range r.targets {
		if !t.plan.Tried() {
			continue
		}
		proxy := t.plan.proxyURL
		if proxy == nil && t.plan.Asked {
			proxy = r.node.Proxies.ShellProxyFor(t.plan.Host, t.plan.Port)
		}
		if proxy == nil || proxy.Hostname() == "" {
			continue
		}
		if _, err := observation.ParseAddress(proxy.Hostname()); err == nil {
			continue
		}
		n += 2
		if t.plan.WebSocket {
			n += 2
		}
		if r.plan.Signed {
			n += 2
		}
	}
	return n
}
