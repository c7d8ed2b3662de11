package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A state is how far a way leads. The zero value is not known.
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
	// stateStrange: an answer that does not prove AWS.
	stateStrange
	// stateProven: AWS answers.
	stateProven
)

// A way is one way to a target: an address, or the tunnel of a proxy.
type way struct {
	target *target
	addr   netip.Addr
	class  observation.Class
	// proxy is the path through it that counts, and asked the first attempt.
	proxy, asked *observation.ProxyObservation
	// climb is what counts: the repeat, where an attempt failed and its
	// unchanged repeat passed.
	climb       observation.Climb
	websocket   *observation.WebSocket
	experiments []observation.Experiment
	state       state
	failure     *observation.Failure
	// first is the failure that the repeat did not show again, nil else.
	first *observation.Failure
	// firstUpgrade is the same of the WebSocket's.
	firstUpgrade *observation.Failure
	// instead is the attempt in whose place climb counts, as the agent may do
	// either. nil: there is none.
	instead *observation.Climb
	// noRoute: the routing table of this node has no way.
	noRoute bool
	// noNeighbour: nobody in this node's own subnet has the address.
	noNeighbour bool
	// diverted is the interface by which the connection leaves and that does not
	// lead to the address; around names the one of the default route, by which a
	// repeat reached it past a tunnel.
	diverted *observation.Interface
	around   string
	// leftBy says by which interface the connection left, where that is not the
	// default route's: "" else.
	leftBy string
	// locally says by which sign this node itself refuses, "" for none.
	locally string
}

// to is the address and port as they are connected to, or the proxy.
func (w *way) to() string {
	if w.proxy != nil {
		return "through the proxy " + w.proxy.URL
	}
	return netip.AddrPortFrom(w.addr, w.target.Port).String()
}

// connected reports whether a connection to the target itself was made.
func (w *way) connected() bool { return w.state >= stateHandshake }

// silent reports whether nothing came back for a connection, or an ICMP
// message that says no. A refusal of this node's own is neither.
func (w *way) silent() bool {
	return w.state == stateConnect && w.locally == "" && !w.noRoute && w.diverted == nil &&
		(w.icmp() != nil || w.failure.Of(observation.KindTimeout, observation.KindHostUnreachable, observation.KindProhibited, observation.KindNoRoute))
}

func (f *facts) addressWay(t *target, a *observation.AddressObservation) *way {
	w := &way{target: t, addr: a.Address.Unmap().WithZone(""), class: f.o.Class(a.Address), experiments: a.Experiments}
	w.climb, w.first = a.Settled()
	w.websocket, w.firstUpgrade = a.WebSocket.Settled()
	if a.StandIn() != nil {
		w.instead = &a.Climb
	}
	w.settle(f.cutOff())
	if w.state == stateConnect {
		f.blameNode(w, w.climb.Connect.Elapsed)
	}
	return w
}

// blameNode says of a connection that failed whether this node itself is the
// reason: its routing table, or its packet filter.
func (f *facts) blameNode(w *way, took observation.Elapsed) {
	if again := experiment(w.experiments, observation.ExperimentRepeat); again != nil && again.Result.Connect != nil && w.failure != nil && again.Result.Failure().Of(w.failure.Kind) && !w.failure.Of(observation.KindTimeout) {
		took = min(took, again.Result.Connect.Elapsed) // a loaded node measures late
	}
	w.noRoute = routeFails(w.failure, took, w.experiments)
	if !w.noRoute {
		w.locally = f.refusedHere(w, took)
		m := w.icmp()
		w.noNeighbour = w.locally == "" && m != nil && hostUnreachable(m) && f.rejectedHere(m, w) && f.neighbour(w.dialled())
	}
}

func (f *facts) proxyWay(t *target, p *observation.ProxyObservation) *way {
	w := &way{target: t, asked: p, experiments: p.Experiments}
	w.websocket, w.firstUpgrade = p.WebSocket.Settled()
	if p.StandIn() != nil {
		w.instead = &p.Inside
	}
	p, w.first = p.Settled()
	w.proxy, w.climb, w.class = p, p.Inside, f.o.Class(p.Address.Addr())
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
	case undecided(failed):
		w.state, w.failure = stateUndecided, failed
	case failed != nil:
		w.state, w.failure = stateProxy, failed
		if p.Connect != nil && p.Connect.Failure != nil && p.Address.IsValid() {
			f.blameNode(w, p.Connect.Elapsed)
		}
	default:
		w.climb.Connect = p.Connect
		w.settle(false)
	}
	return w
}

// settle says how far the climb led.
func (w *way) settle(cutOff bool) {
	c := w.climb
	w.failure = c.Failure()
	hs := c.Handshake
	switch {
	case undecided(w.failure):
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
		w.state = stateProven
	default:
		w.state = stateStrange
	}
}

// undecided reports whether an attempt was not made to its end: the run ended
// first, or this node ran out of what an attempt takes, which says nothing of
// the network.
func undecided(f *observation.Failure) bool {
	return f.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources)
}

// experiment finds the experiment of a kind, nil where it was not made.
func experiment(es []observation.Experiment, kind observation.ExperimentKind) *observation.Experiment {
	for i := range es {
		if es[i].Kind == kind && es[i].NotMade == "" {
			return &es[i]
		}
	}
	return nil
}

// shook reports whether the experiment finished a handshake.
func shook(e *observation.Experiment) bool {
	return e != nil && e.Result.Handshake != nil && e.Result.Handshake.Failure == nil
}
