package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A target is a planned target and what was seen of it.
type target struct {
	observation.PlannedTarget
	index   int
	seen    *observation.TargetObservation
	proxied bool
	// absent says why a name that does not exist is no fault here.
	absent string
	// hostless is the endpoint that the agent's configuration names for it and
	// in which the agent finds no host, "" for none: it cannot work then, and
	// there is nothing to look at.
	hostless string
	// notWaitedFor: it is optional, and had not answered when the run ended.
	notWaitedFor bool
	// needed: a capability asked for needs it, or the user named it.
	needed bool
	lookup *observation.SystemLookup
	// pins are the hosts file's entries for the name.
	pins []observation.HostsEntry
	// resolved is what the system makes of the name.
	resolved resolution
	// open are addresses to which only a connection was made, and was open.
	open []netip.Addr
	// paths are those that the agent may take: through the proxy, or the
	// addresses that the system gives.
	paths []*path
	// direct are the direct paths of a target that has a proxy.
	direct []*path
}

// maxPins is how many entries of a hosts file count for one name: a saved report
// may have any number.
const maxPins = 64

// tried reports whether the target applies here and could be looked at.
func (t *target) tried() bool {
	return t.NotApplicable == "" && t.NotDocumented == "" && t.absent == ""
}

// api reports whether it is one of AWS's API names, which `--expect` concerns.
func (t *target) api() bool { return t.Service != endpoint.S3 }

// expectable reports whether `--expect` concerns the target's name.
func (t *target) expectable() bool {
	return t.tried() && !t.proxied && t.api() && !t.FIPS && !t.Foreign
}

// works reports whether AWS is proved to answer at one usable address at
// least.
func (t *target) works() bool { return workingPath(t.paths) != nil }

func workingPath(ws []*path) *path {
	for _, w := range ws {
		if w.state == reachedAWS {
			return w
		}
	}
	return nil
}

// observe fills in what was seen of the target.
func (f *facts) observe(t *target) {
	for i := range f.o.Targets {
		if f.o.Targets[i].Name == t.Name {
			t.seen = &f.o.Targets[i]
		}
	}
	if t.NotDocumented != "" { // else --endpoint named another host
		t.hostless = f.o.Node.Agent.Config.Hostless[t.Name]
	}
	t.proxied = t.Proxy != "" || t.seen != nil && t.seen.Proxy != nil
	for i := range f.o.System {
		if sameName(f.o.System[i].Host, t.Host) {
			t.lookup = &f.o.System[i]
		}
	}
	for _, e := range f.o.Node.Hosts.Entries {
		if sameName(e.Name, t.Host) && len(t.pins) < maxPins {
			t.pins = append(t.pins, e)
		}
	}
	if f.askedElsewhere(t) {
		for _, s := range f.configured {
			delete(s.answers, hostKey(t.Host))
		}
	}
	t.resolved = f.resolve(t)
	if t.MayBeAbsent != "" && !t.proxied && t.resolved.outcome == outcomeNXDomain {
		t.absent = t.MayBeAbsent
	}
	if t.seen == nil {
		return
	}
	direct := f.directPaths(t)
	if t.proxied {
		t.direct = direct
		if t.seen.Proxy != nil {
			t.paths = []*path{f.proxyPath(t, t.seen.Proxy)}
		}
	} else {
		t.paths = routable(f.usable(t, direct))
	}
	t.leaveUnanswered()
	if t.MayBeAbsent != "" && noSuchBucket(t) {
		t.absent = t.MayBeAbsent
	}
}

// ownBucket reports whether the target is a bucket that the user named (`--bucket`)
// and that no capability needs.
func (f *facts) ownBucket(t *target) bool {
	if t.Bucket == "" || !t.Asked {
		return false
	}
	for _, needs := range f.o.Plan.Needs {
		if slices.ContainsFunc(needs, func(n endpoint.Need) bool { return slices.Contains(n, t.Name) }) {
			return false
		}
	}
	return true
}

// leaveUnanswered takes what was cut off at an optional target for undecided:
// nothing is concluded from an answer that was not waited for.
func (t *target) leaveUnanswered() {
	o := t.resolved.outcome
	noAddress := o.failed() || o == outcomeNXDomain || o == outcomeEmpty // which is an answer
	if !t.seen.NotWaitedFor || t.works() || len(t.paths) == 0 && noAddress {
		return
	}
	t.notWaitedFor = true
	for _, ways := range [][]*path{t.paths, t.direct} {
		for _, w := range ways {
			w.state, w.noRoute, w.refusal, w.first, w.firstUpgrade = stateUndecided, false, localRefusal{}, nil, nil
		}
	}
}

func (f *facts) directPaths(t *target) []*path {
	var ws []*path
	for i := range t.seen.Addresses {
		ws = append(ws, f.addressPath(t, &t.seen.Addresses[i]))
	}
	for i := range t.seen.Connections {
		a := &t.seen.Connections[i]
		if counts, _ := a.Settled(); counts.Connect != nil && counts.Connect.Failure == nil {
			t.open = append(t.open, a.Address.Unmap().WithZone(""))
			continue
		}
		ws = append(ws, f.addressPath(t, a))
	}
	return ws
}

// usable keeps the paths that the system's own answer leads to: an address that
// only another nameserver gives is one that the agent never meets. Public names
// change their addresses from answer to answer, so that none of the tried ones
// may be among them: then one of the same class stands for them.
func (f *facts) usable(t *target, ws []*path) []*path {
	keep := func(ok func(*path) bool) []*path {
		return slices.DeleteFunc(slices.Clone(ws), func(w *path) bool { return !ok(w) })
	}
	if !t.resolved.outcome.hasAddress() {
		if t.lookup == nil && len(f.configured) == 0 && t.resolved.outcome != outcomeUndecided {
			return ws
		}
		return nil
	}
	if same := keep(func(w *path) bool { return slices.Contains(t.resolved.addrs, w.addr) }); len(same) > 0 {
		return same
	}
	return keep(func(w *path) bool {
		return slices.ContainsFunc(t.resolved.addrs, func(a netip.Addr) bool { return f.o.Class(a) == w.class })
	})
}

// routable drops the addresses of a family to which the node has no route,
// while the other family has addresses.
func routable(ws []*path) []*path {
	v4 := func(w *path) bool { return w.addr.Is4() }
	v6 := func(w *path) bool { return !w.addr.Is4() }
	for _, family := range []func(*path) bool{v6, v4} {
		mine, others := 0, 0
		dead := true
		for _, w := range ws {
			if family(w) {
				mine++
				dead = dead && (w.noRoute || w.failure.Of(observation.KindNoFamily))
			} else {
				others++
			}
		}
		if mine > 0 && others > 0 && dead {
			return slices.DeleteFunc(ws, family)
		}
	}
	return ws
}

// A state is how far a path leads. The zero value is not known.
type state int

const (
	stateUnknown state = iota
	// stateUndecided: the run ended first.
	stateUndecided
	// stateProxy: the proxy did not open a tunnel.
	stateProxy
	// stateConnect: no connection.
	stateConnect
	// stateHandshake: no TLS.
	stateHandshake
	// stateUnverified: TLS with a certificate that this node refuses.
	stateUnverified
	// stateReply: TLS, and no answer.
	stateReply
	// reachedOther: an answer that does not prove AWS.
	reachedOther
	// reachedAWS: AWS answers.
	reachedAWS
)

// A path is one path to a target: an address, or the tunnel of a proxy.
type path struct {
	target *target
	addr   netip.Addr
	class  observation.Class
	// proxy is the path through it that counts, and asked the first attempt.
	proxy, asked *observation.ProxyObservation
	// stages are those that count: the repeat, where an attempt failed and its
	// unchanged repeat passed.
	stages      observation.Stages
	websocket   *observation.WebSocket
	experiments []observation.Experiment
	state       state
	failure     *observation.Failure
	// first is the failure that the repeat did not show again, nil else.
	first *observation.Failure
	// firstUpgrade is the same of the WebSocket's.
	firstUpgrade *observation.Failure
	// instead is the attempt in whose place stages count, as the agent may do
	// either. nil: there is none.
	instead *observation.Stages
	// noRoute: the routing table of this node has no route.
	noRoute bool
	// noNeighbour: nobody in this node's own subnet has the address.
	noNeighbour bool
	// diverted is the interface by which the connection leaves and that does not
	// lead to the address; around names the one of the default route, by which a
	// repeat reached it past a tunnel.
	diverted *observation.Interface
	around   string
	// leftThrough says by which interface the connection left, where that is not the
	// default route's: "" else.
	leftThrough string
	// refusal is the sign by which this node itself refuses, if it does.
	refusal localRefusal
}

// to is the address and port as they are connected to, or the proxy.
func (w *path) to() string {
	if w.proxy != nil {
		return "through the proxy " + w.proxy.URL
	}
	return netip.AddrPortFrom(w.addr, w.target.Port).String()
}

// refusedLocally reports whether this node itself refuses the connection.
func (w *path) refusedLocally() bool { return w.refusal.sign != signNone }

// connected reports whether a connection to the target itself was made.
func (w *path) connected() bool { return w.state >= stateHandshake }

// silent reports whether nothing came back for a connection, or an ICMP
// message that says no. A refusal of this node's own is neither.
func (w *path) silent() bool {
	return w.state == stateConnect && !w.refusedLocally() && !w.noRoute && w.diverted == nil &&
		(w.icmp() != nil || w.failure.Of(observation.KindTimeout, observation.KindHostUnreachable, observation.KindProhibited, observation.KindNoRoute))
}

func (f *facts) addressPath(t *target, a *observation.AddressObservation) *path {
	w := &path{target: t, addr: a.Address.Unmap().WithZone(""), class: f.o.Class(a.Address), experiments: a.Experiments}
	w.stages, w.first = a.Settled()
	w.websocket, w.firstUpgrade = a.WebSocket.Settled()
	if a.StandIn() != nil {
		w.instead = &a.Stages
	}
	w.settle(f.cutOff())
	if w.state == stateConnect {
		f.blameNode(w, w.stages.Connect.Elapsed)
	}
	return w
}

// blameNode says of a connection that failed whether this node itself is the
// reason: its routing table, or its packet filter.
func (f *facts) blameNode(w *path, took observation.Elapsed) {
	if again := experiment(w.experiments, observation.ExperimentRepeat); again != nil && again.Result.Connect != nil && w.failure != nil && again.Result.Failure().Of(w.failure.Kind) && !w.failure.Of(observation.KindTimeout) {
		took = min(took, again.Result.Connect.Elapsed) // a loaded node measures late
	}
	w.noRoute = routeFails(w.failure, took, w.experiments)
	if !w.noRoute {
		w.refusal = f.refusedHere(w, took)
		m := w.icmp()
		w.noNeighbour = !w.refusedLocally() && m != nil && hostUnreachable(m) && f.rejectedHere(m, w) && f.neighbour(w.dialled())
	}
}

func (f *facts) proxyPath(t *target, p *observation.ProxyObservation) *path {
	w := &path{target: t, asked: p, experiments: p.Experiments}
	w.websocket, w.firstUpgrade = p.WebSocket.Settled()
	if p.StandIn() != nil {
		w.instead = &p.Inside
	}
	p, w.first = p.Settled()
	w.proxy, w.stages, w.class = p, p.Inside, f.o.Class(p.Address.Addr())
	var failed *observation.Failure
	switch {
	case p.Lookup != nil && p.Lookup.Failure != nil:
		failed = p.Lookup.Failure
	case p.Connect != nil && p.Connect.Failure != nil:
		failed = p.Connect.Failure
	case p.Tunnel != nil && p.Tunnel.Failure != nil:
		failed = p.Tunnel.Failure
	}
	switch {
	case isUndecided(failed):
		w.state, w.failure = stateUndecided, failed
	case failed != nil:
		w.state, w.failure = stateProxy, failed
		if p.Connect != nil && p.Connect.Failure != nil && p.Address.IsValid() {
			f.blameNode(w, p.Connect.Elapsed)
		}
	default:
		w.stages.Connect = p.Connect
		w.settle(false)
	}
	return w
}

// settle says how far the attempt got.
func (w *path) settle(cutOff bool) {
	c := w.stages
	w.failure = c.Failure()
	hs := c.Handshake
	switch {
	case isUndecided(w.failure):
		w.state = stateUndecided
	case c.Connect == nil && cutOff:
		w.state = stateUndecided
	case c.Connect == nil:
		w.state = stateUnknown
	case c.Connect.Failure != nil:
		w.state = stateConnect
	case hs == nil:
		w.state = stateUnknown
	case hs.Failure != nil:
		w.state = stateHandshake
	case hs.VerifyFailure != nil && hs.NameMatches:
		// Whether the agent would have gone on is not known.
		w.state, w.failure = stateUndecided, hs.VerifyFailure
	case !hs.Verified:
		// What the connection said after that is evidence; the agent
		// would not have gone on.
		w.state, w.failure = stateUnverified, nil
	case c.Reply == nil:
		w.state = stateUnknown
	case c.Reply.Failure != nil:
		w.state = stateReply
	case c.ProvesAWS():
		w.state = reachedAWS
	default:
		w.state = reachedOther
	}
}
