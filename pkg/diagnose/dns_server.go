package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// dnsServers are the causes that lie in a nameserver as a whole.
func dnsServers() []cause {
	return []cause{
		{
			code: DNSNoNameserver, atMost: Error, restart: true,
			find: findNoNameserver, tell: tellNoNameserver,
		},
		{
			code: DNSServerSilent, atMost: Error, restart: true, explainedBy: []Code{DNSNoNameserver},
			find: func(f *facts) []match { return f.lookups(conditionSilent) }, tell: tellServerSilent,
		},
		{
			code: DNSServerRefuses, atMost: Error, restart: true, explainedBy: []Code{DNSNoNameserver},
			find: func(f *facts) []match { return f.lookups(conditionRefuses) }, tell: tellServerRefuses,
		},
		{
			code: DNSServerFails, atMost: Error, restart: true, explainedBy: []Code{DNSNoNameserver},
			find: func(f *facts) []match { return f.lookups(conditionFails) }, tell: tellServerFails,
		},
		{
			code: VPCResolverSilent, atMost: Error, restart: true,
			find: findVPCResolverSilent, tell: tellVPCResolverSilent,
		},
		{
			code: DNSForwarderBroken, atMost: Error, restart: true, explainedBy: []Code{DNSNoNameserver, VPCResolverSilent},
			find: func(f *facts) []match { return f.lookups(conditionForwarder) }, tell: tellForwarderBroken,
		},
	}
}

func findNoNameserver(f *facts) []match {
	if f.onlyFiles() {
		return f.notPinned()
	}
	r := f.o.Node.Resolver
	unusable := r.Failure.Of(observation.KindOther) // a directory, say
	if len(r.Servers) > 0 || f.nameserversUnread() || len(f.direct()) == 0 {
		return nil
	}
	for _, s := range f.counting {
		if s.Given || f.condition(s) == conditionAnswers {
			return nil
		}
	}
	for _, t := range f.direct() {
		if t.lookup != nil && t.resolved.outcome.decisive() && !f.pinned(t) {
			return nil // something answers where the system then asks
		}
	}
	var ms []match
	for _, t := range f.direct() {
		if t.lookup == nil && !unusable || t.resolved.outcome.hasAddress() || t.lookup != nil && undecided(t.lookup.Failure) {
			continue
		}
		ms = append(ms, match{target: t, effect: breaks})
	}
	return ms
}

// notPinned are the names that are in no hosts file, where that alone is looked
// into.
func (f *facts) notPinned() []match {
	order := f.o.Node.Resolver.Order
	var ms []match
	for _, t := range f.direct() {
		if t.resolved.outcome == outcomeNXDomain {
			m := match{target: t, effect: breaks, evidence: []string{quoted(order.Path, order.At)}}
			if t.lookup != nil && t.lookup.Failure != nil {
				m.evidence = append(m.evidence, lookedUp(t.lookup))
			}
			ms = append(ms, m)
		}
	}
	return ms
}

func findVPCResolverSilent(f *facts) []match {
	if f.vpc == nil || f.condition(f.vpc) != conditionSilent || f.vpc.OverTCP != nil && f.vpc.OverTCP.Rcode != "" {
		return nil
	}
	if slices.ContainsFunc(f.counting, f.vpc.same) {
		return nil // it is its own finding
	}
	m := match{effect: touches, server: f.vpc, evidence: f.serverEvidence(f.vpc)}
	if !f.vpc.Given {
		m.limit = Info
		return []match{m}
	}
	forwarders := f.forwarders()
	alone := m
	for _, s := range forwarders {
		m.evidence = append(m.evidence, f.serverEvidence(s)...)
	}
	var ms []match
	for _, t := range f.direct() {
		if len(forwarders) > 0 && f.effectOf(t) == breaks {
			m := m
			m.target, m.effect = t, breaks
			ms = append(ms, m)
		}
	}
	if len(ms) == 0 {
		return []match{alone}
	}
	return ms
}

// forwarders are the counting servers that work, and get no answer from where
// they forward AWS's names to.
func (f *facts) forwarders() []*server {
	return slices.DeleteFunc(slices.Clone(f.counting), func(s *server) bool { return f.condition(s) != conditionForwarder })
}
