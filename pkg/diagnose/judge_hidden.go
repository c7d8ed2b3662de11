package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What could not be read, and is therefore uncertain.

// addressesHidden reports whether files that could not be read may give the agent other
// addresses for the target's name than those that were tried.
func (f *facts) addressesHidden(t *target) bool {
	return !t.proxied && (f.nameserversUnread() && !f.pinned(t) || f.hostsUnread())
}

// hidden reports whether the agent may reach the target in a way that could not be read.
// Then what fails here is no proof that the agent fails.
func (f *facts) hidden(t *target) bool {
	return f.proxyHidden(t) || f.addressesHidden(t) || t.PlainHost != ""
}

// whatIsHidden says what about the path to the target could not be read, and how to find
// it out.
func (f *facts) whatIsHidden(t *target) (what, remedy string) {
	switch {
	case f.proxyHidden(t):
		return hiddenProxy, f.showProxy()
	case f.nameserversUnread():
		return f.nameserversHidden(), f.showNameservers()
	case !f.addressesHidden(t) && t.PlainHost != "":
		return f.nameHidden(t)
	}
	return f.fileHidden("the hosts file", f.o.Node.Hosts.Failure), "run this again as " + f.superuser()
}

// nameserversHidden says why the configured nameservers are not known.
func (f *facts) nameserversHidden() string {
	if r := f.o.Node.Resolver; !r.Failure.Of(observation.KindDenied) {
		return "which nameservers are configured is not known: " + quoted(r.Failure.Text)
	}
	return "this user may not read which nameservers are configured"
}

// showNameservers says how to find out the nameservers.
func (f *facts) showNameservers() string {
	switch denied := f.o.Node.Resolver.Failure.Of(observation.KindDenied); {
	case f.windows():
		return "run as " + f.superuser() + ", or use --nameserver"
	case !denied:
		return "make " + f.resolverFile() + " readable, or use --nameserver"
	}
	return "run as " + f.superuser() + ", make " + f.resolverFile() + " readable (chmod 644), or use --nameserver"
}

// fileHidden says that the content of a file is not known. "": it is known.
func (f *facts) fileHidden(name string, failure *observation.Failure) string {
	switch {
	case !unread(failure):
		return ""
	case failure.Of(observation.KindDenied):
		return name + " may not be read by this user: its content is not known"
	case failure.Of(observation.KindTooLarge):
		return name + " was not read to its end: the rest is not known (" + quoted(failure.Text) + ")"
	}
	return name + " could not be read: its content is not known (" + quoted(failure.Text) + ")"
}

// anyName lists the causes that hold whichever name the agent uses: that this depends on
// its unknown version does not make them less certain.
func anyName() []Code {
	return []Code{
		DNSNoNameserver, DNSServerSilent, DNSServerRefuses, DNSServerFails, DNSTCPBlocked,
		ProxyInvalid, ProxyUnreachable, ProxyAuthRequired,
	}
}

// tentative reports whether the agent may not be affected by a cause at the match's
// target, as what decides that could not be read.
func (f *facts) tentative(c Code, m match) bool {
	return f.proxyHidden(m.target) || f.addressesHidden(m.target) || m.target.PlainHost != "" && !f.byEitherName(c, m)
}

// byEitherName reports whether the cause holds for the plain name of the match's target
// as it does for the dual-stack name. no_proxy may cover only one of them, and only one
// may have answers that are short enough for UDP.
func (f *facts) byEitherName(c Code, m match) bool {
	if !slices.Contains(anyName(), c) || c == DNSTCPBlocked && (m.server == nil || f.condition(m.server) != conditionOnlyUDP) {
		return false
	}
	if f.proxyChosen() != observation.ProxyAuto || f.o.Node.Proxy.HTTPS == "" {
		return true
	}
	entries, _ := noProxyEntries(f.o.Node.Proxy.No)
	covered := func(host string) bool {
		return slices.ContainsFunc(entries, func(entry string) bool { return noProxyCovers(entry, host) })
	}
	return covered(m.target.Host) == covered(m.target.PlainHost)
}

// nameHidden says which name the agent may use instead of the one that was tested, and
// how to find it out.
func (f *facts) nameHidden(t *target) (what, remedy string) {
	return "the version of the agent is not known: one before 3.3.3270.0 does not know UseDualStackEndpoint and uses " +
			quoted(t.PlainHost) + " instead of " + t.Host,
		"run this again as " + f.superuser() + ", or with --dualstack or --endpoint " + t.Name + "=" + quoted(t.PlainHost)
}
