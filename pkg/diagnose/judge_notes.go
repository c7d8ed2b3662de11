package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// notes say what was not checked and why, and what is normal though it may
// look odd. What a finding says with all its evidence is not repeated.
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
		why := "no resolver that knows the VPC was asked; on a hybrid node give one with --vpc-resolver"
		if f.vpc != nil {
			why = "the VPC's resolver " + f.vpc.String() + " gave no answer"
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
			// its own line says it
		case t.absent != "":
			add(t.Name + " is skipped: " + t.absent)
		case t.NotDocumented != "" && t.hostless == "":
			add(t.Name + " was not checked: " + t.NotDocumented)
		}
	}
	if why := f.starved(); why != "" {
		add(why + ": what was not tried for it says nothing of the network")
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
		add("no name was looked up the system's way: " + why)
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
		add("no name was judged by the nameservers: " + f.showNameservers())
	}
	if n.Proxy.Known == observation.No {
		add("the agent's proxy settings cannot all be read: whether it uses a proxy is not known")
	}
	if slices.ContainsFunc(f.targets, func(t *target) bool { return t.needed && t.tried() && f.proxyHidden(t) && !j.usable(t) }) {
		add("the direct way fails, and " + hiddenProxy + ": " + f.showProxy())
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

// noteS3 says how S3 is reached, as far as can be seen from here.
func (f *facts) noteS3(add func(string)) {
	public := false
	for _, w := range f.paths(func(w *path) bool {
		return w.target.Service == endpoint.S3 && w.proxy == nil && w.class == observation.ClassPublic
	}) {
		public = public || w.state == reachedAWS
	}
	if !public || f.expect != observation.ExpectPrivate {
		return
	}
	silent := slices.ContainsFunc(f.paths(func(w *path) bool { return w.target.api() && w.class == observation.ClassPublic }), (*path).silent)
	if silent && !f.ec2() {
		add("S3 answers at public addresses while others are silent: a firewall lets S3 pass")
		return
	}
	if silent {
		add("S3 answers at public addresses while others are silent: that is a gateway endpoint, and as it should be")
		return
	}
	add("S3 answers at public addresses: by a gateway endpoint or by the internet, which cannot be told from here")
}

func (f *facts) noteExperiments(add, addNormal func(string)) {
	for _, t := range f.direct() {
		if t.seen == nil || !t.Asked {
			continue
		}
		// Of an optional target one address is enough, and nothing to say.
		if tried := len(t.seen.Addresses) + len(t.seen.Connections); len(t.seen.Untried) > 0 && tried > 1 {
			add("of the " + strconv.Itoa(tried+len(t.seen.Untried)) + " addresses of " + t.Host + " " + strconv.Itoa(tried) + plural(tried, " was", " were") + " connected to, the others were not")
		}
	}
	f.noteFirstOnly(addNormal)
	f.noteLargeHello(add)
	for _, e := range f.o.LargeHello {
		if e.NotMade != "" {
			add("an experiment was not made (" + string(e.Kind) + "): " + e.NotMade)
		}
	}
	for _, t := range f.targets {
		for _, w := range t.paths {
			for _, e := range w.experiments {
				if e.NotMade != "" {
					add("an experiment was not made (" + string(e.Kind) + "): " + e.NotMade)
				}
			}
		}
	}
}

// noteWebSocket names the targets that answer, and whose upgrade was not seen to
// its end: a check that was not made is no pass.
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
		return // else it was said why they were not compared
	}
	if c := f.condition(f.vpc); answersInVain(c) {
		add("the VPC's resolver " + f.vpc.String() + " " + c.String())
	}
}

// answersInVain reports whether a server answers, and gives nothing to use.
func answersInVain(c condition) bool {
	return c == conditionRefuses || c == conditionFails || c == conditionForwarder
}

// noteAgentConfig says how the agent reads its configuration, where that may
// surprise: what it passes over, and what its version decides.
func (f *facts) noteAgentConfig(add func(string)) {
	agent := f.o.Node.Agent
	for _, note := range agent.Config.Notes {
		add(note)
	}
	switch {
	case !agent.Config.DualStack:
	case agent.Version == "":
		add("UseDualStackEndpoint of the agent's configuration is set, so that the dual-stack names are the ones tested: agents before 3.3.3270.0 do not know it and use the plain names, and the version of this one is not known")
	case !f.o.Plan.DualStack:
		add("UseDualStackEndpoint of the agent's configuration has no effect: agent " + agent.Version + " does not know it (3.3.3270.0 is the first), and the plain names are the ones tested")
	}
	if agent.IgnoresLogsEndpoint() {
		add("CloudWatchLogs.Endpoint of the agent's configuration has no effect: agent " + agent.Version + " does not know it (3.3.2958.0 is the first), and AWS's own host is the one tested")
	}
}

// firstOnly reports whether the target is optional, and no connection to the one
// address of it that was tried was made: the others may answer.
func (t *target) firstOnly() bool {
	return !t.proxied && t.seen != nil && !t.Asked && len(t.seen.Untried) > 0 && len(t.paths) > 0 &&
		!slices.ContainsFunc(t.paths, func(w *path) bool { return w.state != stateConnect })
}

// noteFirstOnly says of the optional targets with no connection that they have
// addresses which were not tried: those may answer.
func (f *facts) noteFirstOnly(add func(string)) {
	if ts := f.where((*target).firstOnly); len(ts) > 0 {
		add("of " + joinAnd(namesOf(ts)) + ", which " + plural(len(ts), "is", "are") +
			" not required, only the first address was tried: the others may answer (--for all tries them)")
	}
}

// noteTrust mentions a trust store that an environment variable names: the
// agent's is the one that counts.
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
		add("the trust store is the one that the environment names: " + strings.Join(names, ", ") + " (" + quoted(t.From) + ")")
	}
	if t.ShellDiffers {
		add("this shell's SSL_CERT_FILE and SSL_CERT_DIR were not used: the environment of the agent's service has others, or none")
	}
}

// noteSearch mentions a name that the system completes by its search list: what
// it then finds is another name's address. The agent asks in the same way.
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
			", and no nameserver gives that for this name: the system completes it first (" + f.searchLine() + ")")
		return // the others are alike
	}
}

// elsewhere reports whether the system's addresses are those of no nameserver.
// Public ones change from answer to answer, and prove nothing by that.
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
