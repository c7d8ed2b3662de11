package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// notes say what was not checked and why, and what is normal although it may look odd.
// They do not repeat what a finding says with all its evidence.
func (f *facts) notes(j *judgement, findings []Finding) (out, normal []string) {
	add := func(s string) {
		if s = safe(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	addNormal := func(s string) {
		add(s)
		normal = append(normal, safe(s))
	}
	p, n := f.o.Plan, f.o.Node
	if p.RegionNote != "" {
		add("Region " + p.Region + ": " + p.RegionNote)
	}
	if len(f.direct()) > 0 && !f.vpcAnswered() && p.Expect != observation.ExpectPublic {
		why := "no resolver that knows the VPC was asked; on a hybrid node, name one with --vpc-resolver"
		if f.vpc != nil {
			why = "the VPC's resolver " + f.vpc.String() + " did not answer"
			if answersInVain(f.condition(f.vpc)) {
				why = "the VPC's resolver " + f.vpc.String() + " " + f.condition(f.vpc).String()
			}
		}
		if f.vpc == nil && !slices.ContainsFunc(findings, func(x Finding) bool { return x.Severity != Info }) {
			addNormal("private names were not compared: " + why)
		}
		add("private names were not compared: " + why)
	}
	for _, t := range f.targets {
		switch {
		case t.NotApplicable != "":
			add(t.Name + " is skipped: " + t.NotApplicable)
		case t.absent != "" && t.Bucket != "" || t.NotDocumented != "" && f.ownBucket(t):
			// its own line says so
		case t.absent != "":
			add(t.Name + " is skipped: " + t.absent)
		case t.NotDocumented != "" && t.hostless == "":
			add(t.Name + " was not checked: " + t.NotDocumented)
		}
	}
	if why := f.starved(); why != "" {
		add(why + ": what was not tried because of that says nothing about the network")
	}
	f.notePause(add)
	if why := f.unverified(); why != "" {
		add(why)
	}
	f.noteS3(addNormal)
	f.noteExperiments(add, addNormal)
	if !f.o.Metadata.Asked {
		if why := f.o.Metadata.Reason; why != "" {
			addNormal("instance metadata was not asked: " + why)
		} else if p.MetadataReason != "" {
			addNormal("instance metadata was not asked: " + p.MetadataReason)
		}
	}
	if why := f.o.SystemNotAsked; why != "" {
		add("no name was looked up as the system does it: " + why)
	}
	f.noteTrust(add)
	f.noteSearch(add)
	f.noteResolver(add)
	if n.Resolver.Incomplete != "" {
		add("nameservers: " + n.Resolver.Incomplete)
	}
	for _, what := range []struct {
		name    string
		failure *observation.Failure
	}{
		{"the hosts file", n.Hosts.Failure}, {"the agent's registration", n.Registration.Failure},
		{"the agent's configuration", n.Agent.Config.Failure}, {"the nameservers' configuration", n.Resolver.Failure},
	} {
		add(f.fileHidden(what.name, what.failure))
	}
	if f.nameserversUnread() {
		add("no name was judged by the nameservers' answers: " + f.showNameservers())
	}
	if n.Proxy.Known == observation.No {
		add("some of the agent's proxy settings cannot be read: whether it uses a proxy is not known")
	}
	if slices.ContainsFunc(f.targets, func(t *target) bool { return t.needed && t.tried() && f.proxyHidden(t) && !j.usable(t) }) {
		add("the direct path fails, and " + hiddenProxy + ": " + f.showProxy())
	}
	if why := n.Proxy.Incomplete; why != "" {
		add("whether the agent uses a proxy is not known: " + why)
	}
	f.noteStrayDropIns(add)
	f.noteAgentConfig(add)
	f.noteAgentLog(add)
	f.noteAgentCredentials(add, findings)
	f.noteWebSocket(add)
	f.noteServers(add)
	f.noteSigned(add, addNormal, func(line string) bool {
		return slices.ContainsFunc(findings, func(x Finding) bool {
			return x.Severity != Info && slices.Contains(x.Evidence, safe(line))
		})
	})
	return out, normal
}

// noteS3 says how S3 is reached, as far as that shows here.
func (f *facts) noteS3(add func(string)) {
	public := f.paths(func(w *path) bool {
		return w.target.Service == endpoint.S3 && w.proxy == nil && w.class == observation.ClassPublic
	})
	if workingPath(public) == nil || f.expect != observation.ExpectPrivate {
		return
	}
	silent := slices.ContainsFunc(f.paths(func(w *path) bool { return w.target.api() && w.class == observation.ClassPublic }), (*path).silent)
	switch {
	case silent && f.ec2():
		add("S3 answers at public addresses while others are silent: it has a gateway endpoint, as it should")
	case silent:
		add("S3 answers at public addresses while others are silent: a firewall lets S3 pass")
	default:
		add("S3 answers at public addresses: through a gateway endpoint or the internet, which this node cannot tell apart")
	}
}

func (f *facts) noteExperiments(add, addNormal func(string)) {
	for _, t := range f.direct() {
		if t.seen == nil || !t.Asked {
			continue
		}
		// One address of an optional target is enough, and no note.
		if tried := len(t.seen.Addresses) + len(t.seen.Connections); len(t.seen.Untried) > 0 && tried > 1 {
			add("of the " + strconv.Itoa(tried+len(t.seen.Untried)) + " addresses of " + t.Host + " " + strconv.Itoa(tried) + plural(tried, " was", " were") + " connected to; the others were not")
		}
	}
	f.noteFirstOnly(addNormal)
	f.noteLargeHello(add)
	all := f.o.LargeHello
	for _, t := range f.targets {
		for _, w := range t.paths {
			all = slices.Concat(all, w.experiments)
		}
	}
	for _, e := range all {
		if e.NotMade != "" {
			add("an experiment was not made (" + string(e.Kind) + "): " + e.NotMade)
		}
	}
}

// noteWebSocket names the targets that answer, but whose WebSocket upgrade was not
// completed: a check that was not made is not a pass.
func (f *facts) noteWebSocket(add func(string)) {
	for _, t := range f.where(func(t *target) bool { return t.WebSocket && t.works() }) {
		seen := slices.ContainsFunc(t.paths, func(w *path) bool {
			return w.state == reachedAWS && w.websocket != nil &&
				(w.websocket.Upgraded || w.websocket.Reply != nil || w.websocket.Failure() != nil) && !isUndecided(w.socketStages().Failure())
		})
		switch {
		case seen:
		case f.cutOff():
			add("the WebSocket of " + t.Name + " was not verified: " + f.ending())
		default:
			add("the WebSocket of " + t.Name + " was not verified: it was not tried")
		}
	}
}

func (f *facts) noteServers(add func(string)) {
	for i := range f.o.Servers {
		if s := &f.o.Servers[i]; s.NotAsked != "" {
			add("nameserver " + s.Address.String() + " was not asked: " + s.NotAsked)
		}
	}
	compared := f.vpcAnswered() || len(f.direct()) == 0 || f.o.Plan.Expect == observation.ExpectPublic
	if f.vpc == nil || !compared {
		return // otherwise a note says why they were not compared
	}
	if c := f.condition(f.vpc); answersInVain(c) {
		add("the VPC's resolver " + f.vpc.String() + " " + c.String())
	}
}

// answersInVain reports whether a server answers, but with nothing usable.
func answersInVain(c condition) bool {
	return c == conditionRefuses || c == conditionFails || c == conditionForwarder
}

// noteAgentConfig says how the agent reads its configuration, if that may surprise: what
// it ignores, and what depends on its version.
func (f *facts) noteAgentConfig(add func(string)) {
	agent := f.o.Node.Agent
	for _, note := range agent.Config.Notes {
		add(note)
	}
	switch {
	case !agent.Config.DualStack:
	case agent.Version == "":
		add("UseDualStackEndpoint is set in the agent's configuration, so the dual-stack names were tested: agents before 3.3.3270.0 do not know it and use the plain names, and the version of this agent is not known")
	case !f.o.Plan.DualStack:
		add("UseDualStackEndpoint in the agent's configuration has no effect: agent " + agent.Version + " does not know it (3.3.3270.0 is the first), so the plain names were tested")
	}
	if agent.IgnoresLogsEndpoint() {
		add("CloudWatchLogs.Endpoint in the agent's configuration has no effect: agent " + agent.Version + " does not know it (3.3.2958.0 is the first), so AWS's own host was tested")
	}
}

// firstOnly reports whether the target is optional, and no connection could be made to
// the only address that was tried: the others may answer.
func (t *target) firstOnly() bool {
	return !t.proxied && t.seen != nil && !t.Asked && len(t.seen.Untried) > 0 && len(t.paths) > 0 &&
		every(t.paths, func(w *path) bool { return w.state == stateConnect })
}

// noteFirstOnly says which optional targets without a connection have addresses that
// were not tried: those may answer.
func (f *facts) noteFirstOnly(add func(string)) {
	if ts := f.where((*target).firstOnly); len(ts) > 0 {
		add("of " + joinAnd(namesOf(ts)) + ", which " + plural(len(ts), "is", "are") +
			" not required, only the first address was tried: the others may answer (--for all tries them)")
	}
}

// noteTrust mentions a trust store that an environment variable sets: the agent's is the
// one that counts.
func (f *facts) noteTrust(add func(string)) {
	t := f.o.Node.Trust
	var names []string
	if t.File != "" {
		names = append(names, "SSL_CERT_FILE="+quoted(t.File))
	}
	if t.Directories != "" {
		names = append(names, "SSL_CERT_DIR="+quoted(t.Directories))
	}
	if len(names) > 0 {
		add("the trust store is the one set in the environment: " + strings.Join(names, ", ") + " (" + quoted(t.From) + ")")
	}
	if t.ShellDiffers {
		add("this shell's SSL_CERT_FILE and SSL_CERT_DIR were not used: the environment of the agent's service has different ones, or none")
	}
}

// noteSearch mentions a name that the system completes from its search list: what it
// then finds is another name's address. The agent does the same.
func (f *facts) noteSearch(add func(string)) {
	r := f.o.Node.Resolver
	if len(r.Search) == 0 {
		return
	}
	for _, t := range f.direct() {
		if t.works() || t.lookup == nil || len(t.lookup.Addresses) == 0 || f.pinned(t) || !f.allAnswer(t.Host) || !f.elsewhere(t) || f.completion(t) != nil {
			continue
		}
		add("the system's own lookup of " + t.Host + " gives " + addrList(t.lookup.Addresses) +
			", but no nameserver returns that for this name: the system first completes it (" + f.searchLine() + ")")
		return // the same goes for the others
	}
}

// elsewhere reports whether no nameserver returns the system's addresses. Public ones
// change with each answer, so that a difference proves nothing.
func (f *facts) elsewhere(t *target) bool {
	public := func(a netip.Addr) bool { return f.o.Class(a) == observation.ClassPublic }
	var given []netip.Addr
	for _, s := range f.configured {
		given = append(given, s.addresses(t.Host)...)
	}
	return !slices.ContainsFunc(t.lookup.Addresses, func(a netip.Addr) bool {
		return slices.Contains(given, a) || public(a) && slices.ContainsFunc(given, public)
	})
}
