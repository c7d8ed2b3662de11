package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// anyName are the causes that hold by whichever name the agent asks for: that
// its version decides the name, and is not known, does not make them less sure.
func anyName() []Code {
	return []Code{
		DNSNoNameserver, DNSServerSilent, DNSServerRefuses, DNSServerFails, DNSTCPBlocked,
		ProxyInvalid, ProxyUnreachable, ProxyAuthRequired,
	}
}

// unsureOf reports whether the agent may not meet a cause at the match's target,
// as what decides that could not be read.
func (f *facts) unsureOf(c Code, m match) bool {
	return f.proxyHidden(m.target) || f.addressesHidden(m.target) || m.target.PlainHost != "" && !f.byEitherName(c, m)
}

// byEitherName reports whether the cause holds for the plain name of the match's
// target as it does for the dual-stack one. no_proxy may cover one of the two,
// and the answers for one may be short enough for UDP.
func (f *facts) byEitherName(c Code, m match) bool {
	if !slices.Contains(anyName(), c) || c == DNSTCPBlocked && (m.server == nil || f.condition(m.server) != conditionOnlyUDP) {
		return false
	}
	if f.proxyChosen() != observation.ProxyAuto || f.o.Node.Proxy.HTTPS == "" {
		return true
	}
	entries, _ := NoProxyEntries(f.o.Node.Proxy.No)
	covered := func(host string) bool {
		return slices.ContainsFunc(entries, func(entry string) bool { return NoProxyCovers(entry, host) })
	}
	return covered(m.target.Host) == covered(m.target.PlainHost)
}

// nameHidden says which name the agent may use in place of the one that was
// tested, and how it can be known.
func (f *facts) nameHidden(t *target) (what, remedy string) {
	return "the version of the agent is not known: one before 3.3.3270.0 does not know UseDualStackEndpoint, and uses " +
			told(t.PlainHost) + " in place of " + t.Host,
		"run this again as " + f.superuser() + ", or with --dualstack or --endpoint " + t.Name + "=" + told(t.PlainHost)
}
