package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// facts is a view of the observations with what every cause asks of them
// derived once: it holds no judgement.
type facts struct {
	o       *observation.Observations
	targets []*target
	byName  map[string]*target
	servers []*server
	// counting are the configured nameservers: those that the system asks.
	// A stub on a loopback address is one; the servers behind it are not.
	counting []*server
	// behind are the servers that a stub asks: evidence only.
	behind []*server
	// vpc is the resolver that knows the VPC's private names, nil where
	// none was asked.
	vpc *server

	expect     observation.Expect
	expectFrom string
	channel    channelRule
	needs      []need
	clock      clock
	// fastest is the shortest time in which anything came back from another
	// machine, 0 where nothing did.
	fastest observation.Elapsed
	// placeheld are the placeholders that the words of the finding at hand
	// have in place of values.
	placeheld []string
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
	f.oneFilter()
	f.divert()
	f.settleHellos()
	f.channel = channelOf(o.Node)
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
		f.counting = append(f.counting, s)
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

// where are the targets that apply here and of which keep holds.
func (f *facts) where(keep func(*target) bool) []*target {
	var ts []*target
	for _, t := range f.targets {
		if t.tried() && keep(t) {
			ts = append(ts, t)
		}
	}
	return ts
}

// ways are the usable ways of every target, of which keep holds.
func (f *facts) ways(keep func(*way) bool) []*way {
	var ws []*way
	for _, t := range f.targets {
		if !t.tried() {
			continue
		}
		for _, w := range t.ways {
			if keep(w) {
				ws = append(ws, w)
			}
		}
	}
	return ws
}

// cutOff reports whether the run was cut off before everything was done.
func (f *facts) cutOff() bool {
	return f.o.Ending != observation.EndingComplete
}

// issuersKnown reports whether AWS's own names have certificates of Amazon's
// CA in this partition. Elsewhere another CA signs them.
func (f *facts) issuersKnown() bool {
	r, err := endpoint.LookupRegion(f.o.Plan.Region)
	return err == nil && r.Partition.AmazonIssued && f.o.Plan.Partition == r.Partition.ID
}

// domain is what a nameserver forwards for a host: the part of one of AWS's
// names behind the Region ("amazonaws.com"), or another host itself, of whose
// zone nothing is known.
func (f *facts) domain(host string) string {
	host = hostKey(host)
	if _, after, ok := strings.Cut(host, "."+f.o.Plan.Region+"."); ok && f.o.Plan.Region != "" && endpoint.IsAWSName(host) {
		return after
	}
	return host
}

// domains are the domains of the targets, each once.
func (f *facts) domains(ts []*target) []string {
	var all []string
	for _, t := range ts {
		if d := f.domain(t.Host); !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

// registered reports whether the node is registered as a hybrid node.
func (f *facts) registered() bool {
	return strings.HasPrefix(f.o.Node.Registration.InstanceID, "mi-")
}

// mayBeRegistered reports whether there is, or may be, a registration that was
// not read: the agent writes it for root alone. Not read is not none.
func (f *facts) mayBeRegistered() bool {
	r := f.o.Node.Registration
	return !f.registered() && r.Failure != nil && !r.Failure.Of(observation.KindAbsent)
}

// core reports whether the service decides what --expect auto comes to.
func core(s endpoint.Service) bool {
	return s == endpoint.SSM || s == endpoint.SSMMessages || s == endpoint.EC2Messages
}
