package diagnose

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A target is a planned target and what was observed of it.
type target struct {
	observation.PlannedTarget
	index   int
	seen    *observation.TargetObservation
	proxied bool
	// absent says why it is not a fault here that the name does not exist.
	absent string
	// hostless is the endpoint that the agent's configuration sets for it and in
	// which the agent finds no host, or "". Then it cannot work, and there is
	// nothing to check.
	hostless string
	// notWaitedFor: it is optional, and had not answered when the run ended.
	notWaitedFor bool
	// needed: a requested capability needs it, or the user named it.
	needed bool
	lookup *observation.SystemLookup
	// pins are the hosts file's entries for the name.
	pins []observation.HostsEntry
	// resolved is what the system makes of the name.
	resolved resolution
	// open are addresses to which only a connection was made, successfully.
	open []netip.Addr
	// paths are those that the agent may take: through the proxy, or to the
	// addresses that the system returns.
	paths []*path
	// direct are the direct paths of a target that has a proxy.
	direct []*path
}

// maxPins bounds the hosts file entries that count for one name: a saved report may
// contain any number.
const maxPins = 64

// tried reports whether the target applies here and could be checked.
func (t *target) tried() bool {
	return t.NotApplicable == "" && t.NotDocumented == "" && t.absent == ""
}

// api reports whether it is one of AWS's API names, which `--expect` concerns.
func (t *target) api() bool { return t.Service != endpoint.S3 }

// expectable reports whether `--expect` concerns the target's name.
func (t *target) expectable() bool {
	return t.tried() && !t.proxied && t.api() && !t.FIPS && !t.Foreign
}

// works reports whether AWS provably answers at one or more usable addresses.
func (t *target) works() bool { return workingPath(t.paths) != nil }

func workingPath(ws []*path) *path {
	if i := slices.IndexFunc(ws, func(w *path) bool { return w.state == reachedAWS }); i >= 0 {
		return ws[i]
	}
	return nil
}

// observe fills in what was observed of the target.
func (f *facts) observe(t *target) {
	t.seen = find(f.o.Targets, func(seen *observation.TargetObservation) bool { return seen.Name == t.Name })
	if t.NotDocumented != "" { // otherwise --endpoint named another host
		t.hostless = f.o.Node.Agent.Config.Hostless[t.Name]
	}
	t.proxied = t.Proxy != "" || t.seen != nil && t.seen.Proxy != nil
	t.lookup = find(f.o.System, func(l *observation.SystemLookup) bool { return sameName(l.Host, t.Host) })
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
	named := func(n endpoint.Need) bool { return slices.Contains(n, t.Name) }
	return t.Bucket != "" && t.Asked && !slices.ContainsFunc(slices.Concat(slices.Collect(maps.Values(f.o.Plan.Needs))...), named)
}

// leaveUnanswered makes what was cut off at an optional target undecided: nothing is
// concluded from an answer that was not waited for.
func (t *target) leaveUnanswered() {
	o := t.resolved.outcome
	noAddress := o.failed() || o == outcomeNXDomain || o == outcomeEmpty // which is an answer
	if !t.seen.NotWaitedFor || t.works() || len(t.paths) == 0 && noAddress {
		return
	}
	t.notWaitedFor = true
	for _, w := range slices.Concat(t.paths, t.direct) {
		w.state, w.noRoute, w.refusal, w.first, w.firstUpgrade = stateUndecided, false, localRefusal{}, nil, nil
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
			t.open = append(t.open, plainAddr(a.Address))
			continue
		}
		ws = append(ws, f.addressPath(t, a))
	}
	return ws
}

// usable keeps the paths that the system's own answer leads to: the agent never uses an
// address that only another nameserver returns. Public names get different addresses
// with each answer, so that perhaps none of those tried is among them: then addresses of
// the same class stand in.
func (f *facts) usable(t *target, ws []*path) []*path {
	if !t.resolved.outcome.hasAddress() {
		if t.lookup == nil && len(f.configured) == 0 && t.resolved.outcome != outcomeUndecided {
			return ws
		}
		return nil
	}
	if same := filter(ws, func(w *path) bool { return slices.Contains(t.resolved.addrs, w.addr) }); len(same) > 0 {
		return same
	}
	return filter(ws, func(w *path) bool {
		return slices.ContainsFunc(t.resolved.addrs, func(a netip.Addr) bool { return f.o.Class(a) == w.class })
	})
}

// routable drops the addresses of an address family to which the node has no route, if
// there are addresses of the other one.
func routable(ws []*path) []*path {
	v4 := func(w *path) bool { return w.addr.Is4() }
	v6 := func(w *path) bool { return !w.addr.Is4() }
	for _, family := range []func(*path) bool{v6, v4} {
		mine := filter(ws, family)
		if len(mine) > 0 && len(mine) < len(ws) && every(mine, func(w *path) bool { return w.noRoute || w.failure.Of(observation.KindNoFamily) }) {
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
	// stateUnverified: TLS with a certificate that this node rejects.
	stateUnverified
	// stateReply: TLS, and no answer.
	stateReply
	// reachedOther: an answer that does not prove AWS.
	reachedOther
	// reachedAWS: AWS answers.
	reachedAWS
)

// A path is one path to a target: to an address, or through a proxy's tunnel.
type path struct {
	target *target
	addr   netip.Addr
	class  observation.Class
	// proxy is the attempt through it that counts, asked the first one.
	proxy, asked *observation.ProxyObservation
	// stages are those that count: the repeat's, if an attempt failed and its
	// unchanged repeat passed.
	stages      observation.Stages
	websocket   *observation.WebSocket
	experiments []observation.Experiment
	state       state
	failure     *observation.Failure
	// first is the failure of an attempt whose repeat passed, otherwise nil.
	first *observation.Failure
	// firstUpgrade is the same for the WebSocket.
	firstUpgrade *observation.Failure
	// instead is the attempt that stages replace, as the agent may do either. nil:
	// there is none.
	instead *observation.Stages
	// noRoute: the routing table of this node has no route.
	noRoute bool
	// noNeighbour: nothing in this node's own subnet has the address.
	noNeighbour bool
	// diverted is the interface through which the connection leaves and which does
	// not lead to the address. around names that of the default route, if a repeat
	// reached the address through it, around a tunnel.
	diverted *observation.Interface
	around   string
	// leftThrough says through which interface the connection left, if that is not
	// the default route's; "" otherwise.
	leftThrough string
	// refusal is the sign that this node itself refuses, if it does.
	refusal localRefusal
}

// to is the address and port that was connected to, or the proxy.
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

// silent reports whether nothing came back for a connection, or an ICMP rejection. A
// refusal by this node itself is neither.
func (w *path) silent() bool {
	return w.state == stateConnect && !w.refusedLocally() && !w.noRoute && w.diverted == nil &&
		(w.icmp() != nil || w.failure.Of(observation.KindTimeout, observation.KindHostUnreachable, observation.KindProhibited, observation.KindNoRoute))
}

func (f *facts) addressPath(t *target, a *observation.AddressObservation) *path {
	w := &path{target: t, addr: plainAddr(a.Address), class: f.o.Class(a.Address), experiments: a.Experiments}
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

// blameNode determines whether this node itself, by its routing table or packet filter,
// is why a connection failed.
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

// settle determines how far the attempt got.
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
		// It is not known whether the agent would have continued.
		w.state, w.failure = stateUndecided, hs.VerifyFailure
	case !hs.Verified:
		// Whatever came after that is evidence; the agent would have stopped.
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
