package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// facts is a view of the observations, with everything that several causes need derived
// once. It contains no judgement.
type facts struct {
	o       *observation.Observations
	targets []*target
	byName  map[string]*target
	servers []*server
	// configured are the configured nameservers: those that the system asks.
	// A stub on a loopback address is one; the servers behind it are not.
	configured []*server
	// behind are the servers that a stub asks: evidence only.
	behind []*server
	// vpc is the resolver that knows the VPC's private names, or nil if none
	// was asked.
	vpc *server

	expect     observation.Expect
	expectFrom string
	// needsEC2 is whether this node's agent, or its system, cannot do without
	// ec2messages. An agent that can switches it off once ssmmessages connects.
	needsEC2 observation.Known
	needs    []need
	clock    clock
	// fastest is the shortest time in which anything came back from another
	// machine, or 0 if nothing did.
	fastest observation.Elapsed
	// placeholders are those that the words of the current finding contain
	// instead of values.
	placeholders []string
}

func newFacts(o *observation.Observations) *facts {
	f := &facts{o: o, byName: make(map[string]*target, len(o.Plan.Targets))}
	for i := range o.Servers {
		f.addServer(&o.Servers[i])
	}
	for i, p := range o.Plan.Targets {
		t := &target{PlannedTarget: p, index: i}
		f.targets = append(f.targets, t)
		f.byName[p.Name] = t
	}
	f.fastest = fastestReturn(o)
	for _, t := range f.targets {
		f.observe(t)
	}
	f.spreadLocalRefusals()
	f.divert()
	f.settleHellos()
	f.needsEC2 = o.Node.NeedsEC2Messages()
	f.needs = f.effectiveNeeds()
	f.expect, f.expectFrom = f.expectation()
	f.clock = f.readClock()
	return f
}

func (f *facts) addServer(seen *observation.ServerObservation) {
	if seen.NotAsked != "" {
		return
	}
	s := newServer(f.o, seen)
	f.servers = append(f.servers, s)
	switch seen.Role {
	case observation.RoleConfigured:
		f.configured = append(f.configured, s)
	case observation.RoleBehindStub:
		f.behind = append(f.behind, s)
	case observation.RoleVPC:
		f.vpc = s
	}
}

// direct are the targets that are looked up and reached without a proxy.
func (f *facts) direct() []*target {
	return f.where(func(t *target) bool { return !t.proxied })
}

// where returns the targets that apply here and for which keep holds.
func (f *facts) where(keep func(*target) bool) []*target {
	return filter(f.targets, func(t *target) bool { return t.tried() && keep(t) })
}

// paths returns the usable paths of every target for which keep holds.
func (f *facts) paths(keep func(*path) bool) []*path {
	var ws []*path
	for _, t := range filter(f.targets, (*target).tried) {
		ws = append(ws, filter(t.paths, keep)...)
	}
	return ws
}

// resolvers are the configured nameservers and, last, the resolver that knows the
// VPC's names.
func (f *facts) resolvers() []*server {
	if f.vpc == nil {
		return f.configured
	}
	return append(slices.Clone(f.configured), f.vpc)
}

// cutOff reports whether the run ended before everything was done.
func (f *facts) cutOff() bool {
	return f.o.Ending != observation.EndingComplete
}

// issuersKnown reports whether AWS's own names have certificates from Amazon's CA in
// this partition. In the others, another CA signs them.
func (f *facts) issuersKnown() bool {
	r, err := endpoint.LookupRegion(f.o.Plan.Region)
	return err == nil && r.Partition.AmazonIssued && f.o.Plan.Partition == r.Partition.ID
}

// domain is what a nameserver forwards for a host: for one of AWS's names the part after
// the Region ("amazonaws.com"), for any other the host itself, as nothing is known about
// its zone.
func (f *facts) domain(host string) string {
	host = hostKey(host)
	if _, after, ok := strings.Cut(host, "."+f.o.Plan.Region+"."); ok && f.o.Plan.Region != "" && endpoint.IsAWSName(host) {
		return after
	}
	return host
}

// domains are the domains of the targets, each once.
func (f *facts) domains(ts []*target) []string {
	return appendNew(nil, mapTo(ts, func(t *target) string { return f.domain(t.Host) })...)
}

// registered reports whether the node is registered as a hybrid node.
func (f *facts) registered() bool {
	return strings.HasPrefix(f.o.Node.Registration.InstanceID, "mi-")
}

// mayBeRegistered reports whether there may be a registration that could not be read:
// the agent makes it readable for root only. Unread does not mean that there is none.
func (f *facts) mayBeRegistered() bool {
	r := f.o.Node.Registration
	return !f.registered() && r.Failure != nil && !r.Failure.Of(observation.KindAbsent)
}

// coreService reports whether the service determines what --expect auto means.
func coreService(s endpoint.Service) bool {
	return s == endpoint.SSM || s == endpoint.SSMMessages || s == endpoint.EC2Messages
}

// isEC2Messages reports whether the target is ec2messages.
func isEC2Messages(t *target) bool { return t.Service == endpoint.EC2Messages }

// channelNeeded reports whether causes at ec2messages are errors.
func (f *facts) channelNeeded() bool {
	return f.needsEC2 == observation.Yes || !f.messagesConnect()
}

// messagesConnect reports whether the channel through ssmmessages works.
func (f *facts) messagesConnect() bool {
	return slices.ContainsFunc(f.targets, func(t *target) bool {
		return t.Service == endpoint.SSMMessages && t.works() && len(deadSockets(f, t)) == 0
	})
}

// A need is one thing that a capability requires: one of the targets.
type need struct {
	capability endpoint.Capability
	any        []*target
	// missing names a target that the plan lacks, so nothing is known about it.
	missing string
}

// effectiveNeeds are the plan's needs, as they apply to this node: an agent that cannot
// do without ec2messages needs it in addition.
func (f *facts) effectiveNeeds() []need {
	var all []need
	for _, c := range f.o.Plan.Capabilities {
		for _, names := range f.o.Plan.Needs[c] {
			n := need{capability: c}
			for _, name := range names {
				t := f.byName[name]
				if t == nil {
					n.missing = name
					continue
				}
				n.any = append(n.any, t)
			}
			all = append(all, n)
			for _, t := range n.any {
				if isEC2Messages(t) && len(n.any) > 1 && f.needsEC2 == observation.Yes && t.NotApplicable == "" {
					all = append(all, need{capability: c, any: []*target{t}})
				}
			}
		}
	}
	for _, n := range all {
		for _, t := range n.any {
			t.needed = true
		}
	}
	for _, t := range f.targets {
		// No capability needs a bucket of the user's own, but it counts.
		t.needed = t.needed || t.Asked && !isEC2Messages(t)
	}
	return all
}

// expectation is what the addresses of AWS's API names should be, and why.
func (f *facts) expectation() (observation.Expect, string) {
	switch f.o.Plan.Expect {
	case observation.ExpectPrivate, observation.ExpectPublic:
		return f.o.Plan.Expect, "given by --expect"
	}
	proxied, direct := false, false
	for _, t := range f.targets {
		if !coreService(t.Service) || t.Host == "" {
			continue
		}
		if t.proxied {
			proxied = true
			continue
		}
		direct = direct || t.tried()
		for _, e := range t.pins {
			if f.o.Class(e.Address) == observation.ClassPrivate {
				return observation.ExpectPrivate, "the hosts file" + givesPrivate(t.Name)
			}
		}
		for _, s := range f.servers {
			if s.outcome(t.Host) == outcomePrivate {
				return observation.ExpectPrivate, s.String() + givesPrivate(t.Name)
			}
		}
		if t.resolved.outcome == outcomePrivate && f.completion(t) == nil {
			return observation.ExpectPrivate, "this node's own lookup" + givesPrivate(t.Name)
		}
	}
	for _, host := range f.o.Plan.Lookups {
		direct = true
		if who := f.privateLookup(host); who != "" {
			return observation.ExpectPrivate, who + givesPrivate(host)
		}
	}
	if proxied && !direct {
		return observation.ExpectPublic, "ssm, ssmmessages and ec2messages go through a proxy, and their names are not judged"
	}
	return observation.ExpectPublic, "no resolver returns a private address for ssm, ssmmessages or ec2messages"
}

// givesPrivate follows the name of whoever returns the address.
func givesPrivate(name string) string { return " returns a private address for " + name }

// privateLookup says who returns a private address for a host that was only looked up,
// or "" if nobody does.
func (f *facts) privateLookup(host string) string {
	for _, e := range f.o.Node.Hosts.Entries {
		if sameName(e.Name, host) && f.o.Class(e.Address) == observation.ClassPrivate {
			return "the hosts file"
		}
	}
	for _, s := range f.servers {
		if s.outcome(host) == outcomePrivate {
			return s.String()
		}
	}
	for _, l := range f.o.System {
		if sameName(l.Host, host) && addressOutcome(l.Addresses, f.o.Class) == outcomePrivate {
			return "this node's own lookup"
		}
	}
	return ""
}

// givenPrivate reports whether the user required private addresses.
func (f *facts) givenPrivate() bool { return f.o.Plan.Expect == observation.ExpectPrivate }

// notPrivate reports whether the target's name leads to a public address although
// `--expect private` was given.
func (f *facts) notPrivate(t *target) bool {
	if !f.givenPrivate() || !t.expectable() || !t.needed {
		return false
	}
	return t.resolved.outcome == outcomePublic || slices.ContainsFunc(t.paths, t.publicPath)
}

// publicPath reports whether the path's address is a public one that counts: a name with
// A answers is classified by those alone.
func (t *target) publicPath(w *path) bool {
	v4 := w.addr.Is4() || slices.ContainsFunc(t.resolved.addrs, netip.Addr.Is4) ||
		slices.ContainsFunc(t.paths, func(w *path) bool { return w.addr.Is4() })
	return w.class == observation.ClassPublic && (w.addr.Is4() || !v4)
}

// mixed reports whether the name has a public address besides a private one although
// `--expect private` was given.
func (f *facts) mixed(t *target) bool {
	return t.resolved.outcome == outcomePrivate && f.notPrivate(t)
}

// compared returns the targets in P, the names for which the VPC's resolver returns
// private addresses: first the required ones, then all. Both are empty if no resolver
// that knows the VPC answered.
func (f *facts) compared() (asked, all []*target) {
	if f.vpc == nil || f.o.Plan.Expect == observation.ExpectPublic {
		return nil, nil
	}
	all = filter(f.direct(), func(t *target) bool { return f.vpc.outcome(t.Host) == outcomePrivate && !f.askedElsewhere(t) })
	return filter(all, f.matters), all
}

// matters reports whether a cause at the target may be an error: the target is needed,
// and is not an ec2messages that this agent does not need.
func (f *facts) matters(t *target) bool {
	return t.needed && (!isEC2Messages(t) || f.channelNeeded())
}

// vpcAnswered reports whether a resolver that knows the VPC's names answered.
func (f *facts) vpcAnswered() bool {
	return f.vpc != nil && slices.ContainsFunc(f.direct(), func(t *target) bool { return f.vpc.outcome(t.Host).decisive() })
}
