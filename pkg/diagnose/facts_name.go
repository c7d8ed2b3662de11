package diagnose

import "slices"

// anyName are the causes that hold by whichever name the agent asks for: that
// its version decides the name, and is not known, does not make them less sure.
func anyName() []Code {
	return []Code{
		DNSNoNameserver, DNSServerSilent, DNSServerRefuses, DNSServerFails, DNSTCPBlocked,
		ProxyInvalid, ProxyUnreachable, ProxyAuthRequired,
	}
}

// unsureOf reports whether the agent may not meet a cause at the target, as what
// decides that could not be read.
func (f *facts) unsureOf(c Code, t *target) bool {
	return f.proxyHidden(t) || f.addressesHidden(t) || t.PlainHost != "" && !slices.Contains(anyName(), c)
}

// nameHidden says which name the agent may use in place of the one that was
// tested, and how it can be known.
func (f *facts) nameHidden(t *target) (what, remedy string) {
	return "the version of the agent is not known: one before 3.3.3270.0 does not know UseDualStackEndpoint, and uses " +
			told(t.PlainHost) + " in place of " + t.Host,
		"run this again as " + f.superuser() + ", or with --dualstack or --endpoint " + t.Name + "=" + told(t.PlainHost)
}
