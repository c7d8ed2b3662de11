package probe

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"sync"
)

// Bounds of what is tried of one name: two public addresses show as much as
// eight, while each private one is a zone of its own that may fail alone.
const (
	maxPublic  = 2
	maxPrivate = 16
)

// A targetRun is one target while it is looked at.
type targetRun struct {
	run  *run
	plan PlannedTarget

	mu              sync.Mutex
	seen            map[netip.Addr]*AddressObservation
	untried         []netip.Addr
	public, private int
	proxy, shell    *ProxyObservation
}

// consider starts a climb at each address that is worth one.
func (t *targetRun) consider(ctx context.Context, climbs *crew, addrs []netip.Addr) {
	if t.plan.proxyURL != nil {
		ctx = t.run.beside
	}
	for _, a := range chosen(addrs) {
		if !t.take(ctx, a) {
			continue
		}
		climbs.Go(func() { t.look(ctx, a) })
	}
}

// chosen orders addresses so that the first two public ones are of both
// families, where there are both: one family alone may have no way.
func chosen(addrs []netip.Addr) []netip.Addr {
	var v4, v6, out []netip.Addr
	for _, a := range addrs {
		if a.Is4() {
			v4 = append(v4, a)
		} else {
			v6 = append(v6, a)
		}
	}
	slices.SortFunc(v4, netip.Addr.Compare)
	slices.SortFunc(v6, netip.Addr.Compare)
	for i := range max(len(v4), len(v6)) {
		if i < len(v4) {
			out = append(out, v4[i])
		}
		if i < len(v6) {
			out = append(out, v6[i])
		}
	}
	return out
}

// take notes the address and reports whether it is to be tried. A public one
// that the routing table has no way to takes no place of one that it has.
func (t *targetRun) take(ctx context.Context, a netip.Addr) bool {
	class := t.run.classify(a)
	routed := class != ClassPublic || t.run.p.routed(ctx, netip.AddrPortFrom(a, t.plan.Port))
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.seen[a]; known {
		return false
	}
	switch {
	case class == ClassPublic && routed && t.public == maxPublic,
		class != ClassPublic && t.private == maxPrivate:
		if !slices.Contains(t.untried, a) {
			t.untried = append(t.untried, a)
		}
		return false
	case class == ClassPublic && routed:
		t.public++
	case class != ClassPublic:
		t.private++
	}
	t.seen[a] = &AddressObservation{Address: a}
	return true
}

// again considers what was left out once more, when the VPC's own blocks are
// known: a public address may be the VPC's.
func (t *targetRun) again(ctx context.Context, climbs *crew) {
	t.mu.Lock()
	left := t.untried
	t.untried = nil
	t.mu.Unlock()
	t.consider(ctx, climbs, left)
}

// look climbs the ladder at one address, with the WebSocket beside it, and
// makes the experiments that a failure calls for.
func (t *targetRun) look(ctx context.Context, a netip.Addr) {
	to := netip.AddrPortFrom(a, t.plan.Port)
	way := ascent{to: to, hello: plainHello(t.plan.Host), ask: requestFor(t.plan.Target)}
	if t == t.run.firstDirect() {
		t.run.large.at(ctx, t.plan, to)
	}
	var beside crew
	var socket *WebSocket
	if t.plan.WebSocket {
		beside.Go(func() {
			socket = t.run.p.upgrade(ctx, ascent{to: to, hello: way.hello, ask: upgradeFor(t.plan.Target)})
		})
	}
	second := t.run.p.secondTry(ctx, way)
	climb := t.run.p.climb(ctx, second.first)
	if climb.Handshake != nil && climb.Handshake.Failure == nil {
		t.run.shookHands(t.plan.Host)
	}
	t.run.tell(Event{Target: t.plan.Name, Failure: climb.Failure()})
	if t.plan.proxyURL == nil {
		t.run.signed.at(ctx, t.plan, climb, climb.Failure(), func(ask request, out *SignedCall) (Climb, *Failure) {
			again := way
			again.ask, out.Address = ask, a
			c := t.run.p.climb(ctx, again)
			return c, c.Failure()
		})
	}
	experiments := append(t.run.experiments(ctx, way, climb), second.end(climb)...)
	beside.Wait()
	t.mu.Lock()
	out := t.seen[a]
	out.Climb, out.WebSocket, out.Experiments = climb, socket, experiments
	t.mu.Unlock()
	t.run.noteServed()
}

// firstDirect is the first target that is tried directly, nil where there is
// none.
func (r *run) firstDirect() *targetRun {
	for _, t := range r.targets {
		if t.plan.tried() && t.plan.proxyURL == nil {
			return t
		}
	}
	return nil
}

// lookThroughProxy climbs through the proxy, with the WebSocket beside it in a
// tunnel of its own.
func (t *targetRun) lookThroughProxy(ctx context.Context) {
	inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: requestFor(t.plan.Target)}
	var beside crew
	var socket *WebSocket
	if t.plan.WebSocket {
		upgrade := inner
		upgrade.ask = upgradeFor(t.plan.Target)
		beside.Go(func() { socket = t.run.p.upgradeThrough(ctx, t.plan.proxyURL, upgrade) })
	}
	out, _ := t.run.p.throughProxy(ctx, t.plan.proxyURL, inner)
	t.run.signed.at(ctx, t.plan, out.Inside, out.Failure(), func(ask request, call *SignedCall) (Climb, *Failure) {
		again := inner
		again.ask, call.Proxy = ask, out.URL
		way, _ := t.run.p.throughProxy(ctx, t.plan.proxyURL, again)
		return way.Inside, way.Failure()
	})
	beside.Wait()
	out.WebSocket = socket
	t.proxy = out
	t.run.tell(Event{Target: t.plan.Name, Done: true, Failure: out.Failure()})
}

// lookThroughShellProxy goes the way that programs of this shell would go, and
// the agent's service does not.
func (t *targetRun) lookThroughShellProxy(ctx context.Context, proxy *url.URL) {
	inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: requestFor(t.plan.Target)}
	out, _ := t.run.p.throughProxy(ctx, proxy, inner)
	if !out.Failure().Of(KindUndecided, KindInterrupted) {
		t.shell = out
	}
}

func plainHello(host string) hello { return hello{serverName: host, verifyName: host} }

// routed reports whether the routing table has a way. Connecting a UDP socket
// sends nothing. Where no socket is free at once it is taken to have one: the
// climb will tell.
func (p *Prober) routed(ctx context.Context, to netip.AddrPort) bool {
	release, ok := p.sockets.takeFree()
	if !ok {
		return true
	}
	defer release()
	conn, err := p.dial(ctx, "udp", to.String())
	if err != nil {
		return !failureOf(OpConnect, err).Of(KindNoRoute, KindNoFamily, KindProhibited, KindInvalid, KindHostUnreachable)
	}
	_ = conn.Close()
	return true
}

// answered reports whether the direct way led to an answer somewhere.
func (t *targetRun) answered() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if a.Reply != nil && a.Reply.Failure == nil {
			return true
		}
	}
	return false
}

// served reports whether the direct way led to AWS's answer somewhere.
func (t *targetRun) served() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if a.serves() {
			return true
		}
	}
	return false
}

// observation is what was seen, in an order that does not change from run to
// run.
func (t *targetRun) observation(n *name) TargetObservation {
	out := TargetObservation{Name: t.plan.Name, Proxy: t.proxy, ShellProxy: t.shell}
	switch {
	case t.plan.NotApplicable != "":
		out.NotTried = t.plan.NotApplicable
	case t.plan.NotDocumented != "":
		out.NotTried = t.plan.NotDocumented
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if t.plan.proxyURL != nil && a.Failure().Of(KindUndecided, KindInterrupted) {
			continue // the way through the proxy was enough
		}
		a.Class = t.run.classify(a.Address)
		a.From = n.givers(a.Address)
		out.Addresses = append(out.Addresses, *a)
	}
	slices.SortFunc(out.Addresses, func(a, b AddressObservation) int { return a.Address.Compare(b.Address) })
	out.Untried = slices.Clone(t.untried)
	slices.SortFunc(out.Untried, netip.Addr.Compare)
	return out
}
