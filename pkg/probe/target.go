package probe

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// Bounds of what is probed in full of one name: behind two public addresses is
// the same as behind eight, while each private one is a zone of its own that may
// fail alone. Connections are made to the others, too: see connectAlso.
const (
	maxPublic  = 2
	maxPrivate = 16
)

// A targetRun is one target while it is looked at.
type targetRun struct {
	run   *run
	plan  plannedTarget
	group *taskGroup
	// open counts the tasks at the target, and the questions about its name, that
	// are not over.
	open atomic.Int32
	// notWaitedFor: some of them were cut off.
	notWaitedFor atomic.Bool
	// everywhere: it is probed at every address, as it may be required after all.
	everywhere atomic.Bool

	mu              sync.Mutex
	seen            map[netip.Addr]*observation.AddressObservation
	order           []netip.Addr // of seen, as they were taken
	settled         map[netip.Addr]bool
	handshakes      map[netip.Addr]bool // of those climbed: did the handshake pass?
	untried         []netip.Addr
	connections     map[netip.Addr]*connection // to some of untried
	lacking         int                        // addresses that gave no connection, and that none stands in for yet
	public, private int
	reachable       int // of seen: the routing table has a way
	// signing is closed when the addresses before those that have settled have
	// settled too. nil: nothing waits for them. signAny: they were waited for.
	signing chan struct{}
	signAny bool

	proxy, shell *observation.ProxyObservation
	unused       *observation.ProxyObservation // through plan.UnusedProxy
}

// consider starts a climb at each address that is worth one.
func (t *targetRun) schedule(addrs []netip.Addr) {
	for _, a := range chosen(addrs) {
		if !t.admit(t.group.ctx, a) {
			t.connectAlso(a)
			continue
		}
		if t == t.run.firstSSM() {
			t.run.large.start(t.run.required.ctx, t.plan.PlannedTarget, netip.AddrPortFrom(a, t.plan.Port))
		}
		t.task(func(ctx context.Context) { t.probeAddress(ctx, a) })
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
func (t *targetRun) admit(ctx context.Context, a netip.Addr) bool {
	class := t.run.classify(a)
	routed := class != observation.ClassPublic && !t.optional() || t.run.p.runner().Routed(ctx, netip.AddrPortFrom(a, t.plan.Port))
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.seen[a]; known {
		return false
	}
	switch {
	case t.optional() && t.reachable > 0,
		class == observation.ClassPublic && routed && t.public == maxPublic,
		class != observation.ClassPublic && t.private == maxPrivate:
		if !slices.Contains(t.untried, a) {
			t.untried = append(t.untried, a)
		}
		return false
	case class == observation.ClassPublic && routed:
		t.public++
	case class != observation.ClassPublic:
		t.private++
	}
	if routed {
		t.reachable++
	}
	t.seen[a] = &observation.AddressObservation{Address: a}
	t.order = append(t.order, a)
	return true
}

// optional reports whether one address of the target is enough.
func (t *targetRun) optional() bool { return t.group.optional && !t.everywhere.Load() }

// unneeded reports whether the run does not depend on the target, as far as is
// known: after a doubt of ssmmessages ec2messages is probed whole, and needed
// only where that fails in the end.
func (t *targetRun) unneeded() bool {
	return t.optional() || t.group == t.run.channel && t.run.messagesConnect()
}

// again considers what was left out once more: when the VPC's own blocks are
// known, as a public address may be the VPC's, or when the target turns out to
// be required.
func (t *targetRun) reconsider() {
	t.mu.Lock()
	left := t.untried
	t.untried = nil
	t.mu.Unlock()
	t.schedule(left)
}

// look climbs the ladder at one address, with the WebSocket beside it, and
// makes the experiments that a failure calls for.
func (t *targetRun) probeAddress(ctx context.Context, a netip.Addr) {
	to := netip.AddrPortFrom(a, t.plan.Port)
	way := directPath{to: to, hello: t.run.p.helloFor(t.plan.Host), ask: reply.RequestFor(t.plan.Target)}
	upgrade := way
	upgrade.ask = reply.UpgradeFor(t.plan.Target)
	var beside attempt.TaskGroup
	var socket *observation.WebSocket
	if t.plan.WebSocket {
		beside.Go(func() {
			attempt.GrowForHandshake()
			socket = t.run.p.upgrade(ctx, upgrade)
		})
	}
	second := t.run.p.hedge(ctx, way)
	climb := t.run.p.attempt(ctx, second.first)
	t.noteHandshake(a, climb.Handshake != nil && climb.Handshake.Failure == nil)
	t.run.report(Event{Target: t.plan.Name, Failure: climb.Failure()})
	experiments := append(t.run.experiments(ctx, way, climb), second.end(climb)...)
	t.noteDoubt(climb)
	t.mu.Lock()
	out := t.seen[a]
	out.Climb, out.Experiments = climb, experiments
	t.settled[a] = true
	counts, _ := out.Settled()
	t.mu.Unlock()
	t.signAt(ctx)
	if beside.Wait(); socket != nil {
		t.noteDoubt(socket.Climb)
		if counts.Failure() == nil {
			t.run.p.retryUpgrade(ctx, upgrade, socket, counts)
		}
		t.mu.Lock()
		out.WebSocket = socket
		t.mu.Unlock()
	}
	t.run.noteServed()
	t.standIn(ctx, counts)
}

// signWait is how long the first addresses are waited for before the signed call
// is made at a later one.
const signWait = time.Second

// signAt offers the addresses for the signed call, in their order: which one it
// is made at must not depend on which answers first. One that takes long does not
// hold it up.
func (t *targetRun) signAt(ctx context.Context) {
	if _, planned := t.run.signed.planned(t.plan.Name); !planned || t.plan.proxyURL != nil || t.group.optional {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.order {
		if !t.settled[a] {
			if t.signAny {
				continue
			}
			t.waitToSign(ctx)
			return // its turn comes first
		}
		counts, _ := t.seen[a].Settled()
		t.run.signed.offer(ctx, t.plan.PlannedTarget, counts, counts.Failure(), func(ask reply.Request, out *observation.SignedCall) (observation.Climb, *observation.Failure) {
			out.Address = a
			h := handshake.SmallHello(t.plan.Host)
			h.Large = counts.Handshake != nil && counts.Handshake.Large // what passed here
			return t.run.attemptSigned(ctx, directPath{to: netip.AddrPortFrom(a, t.plan.Port), hello: h, ask: ask}, out)
		})
	}
	if t.signing != nil {
		close(t.signing)
		t.signing = nil
	}
}

// waitToSign offers the addresses once more when those that are waited for have
// had their time. t.mu is held.
func (t *targetRun) waitToSign(ctx context.Context) {
	if t.signing != nil {
		return
	}
	all := make(chan struct{})
	t.signing = all
	late, stop := t.run.p.heart.Now().After(signWait)
	t.run.signed.calls.Go(func() {
		defer stop()
		select {
		case <-all:
		case <-ctx.Done():
		case <-late:
			t.mu.Lock()
			t.signAny = true
			t.mu.Unlock()
			t.signAt(ctx)
		}
	})
}

// signedClimb makes a signed call, and once more where that fails.
func (r *run) attemptSigned(ctx context.Context, way directPath, out *observation.SignedCall) (observation.Climb, *observation.Failure) {
	seen := observation.AddressObservation{Climb: r.p.attempt(ctx, way)}
	if failed := seen.Unsettled(); failed != nil && !failed.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources) && ctx.Err() == nil {
		seen.Experiments = []observation.Experiment{r.repeat(ctx, way)}
	}
	counts, first := seen.Settled()
	out.First = first
	return counts, counts.Failure()
}

// firstSSM is the first target of the service ssm that is tried directly, nil
// where there is none.
func (r *run) firstSSM() *targetRun {
	for _, t := range r.targets {
		if t.plan.Service == endpoint.SSM && t.plan.Tried() && t.plan.proxyURL == nil {
			return t
		}
	}
	return nil
}

// lookThroughProxy climbs through the proxy, with the WebSocket beside it in a
// tunnel of its own.
func (t *targetRun) probeProxy(ctx context.Context) {
	inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: reply.RequestFor(t.plan.Target)}
	var beside attempt.TaskGroup
	var socket *observation.WebSocket
	if t.plan.WebSocket {
		upgrade := inner
		upgrade.ask = reply.UpgradeFor(t.plan.Target)
		beside.Go(func() { socket = t.run.p.upgradeThrough(ctx, t.plan.proxyURL, upgrade) })
	}
	out, _ := t.run.p.throughProxy(ctx, t.plan.proxyURL, inner)
	counts, _ := out.Settled()
	t.signThrough(ctx, inner, out, counts)
	beside.Wait()
	out.WebSocket = socket
	t.mu.Lock()
	t.proxy = out
	t.mu.Unlock()
	t.run.report(Event{Target: t.plan.Name, Done: true, Failure: counts.Failure()})
}

// signThrough makes the signed call through the proxy.
func (t *targetRun) signThrough(ctx context.Context, inner endpointTarget, out, counts *observation.ProxyObservation) {
	if t.group.optional {
		return
	}
	t.run.signed.offer(ctx, t.plan.PlannedTarget, counts.Inside, counts.Failure(), func(ask reply.Request, call *observation.SignedCall) (observation.Climb, *observation.Failure) {
		again := inner
		again.ask, call.Proxy = ask, out.URL
		way, _ := t.run.p.throughProxy(ctx, t.plan.proxyURL, again)
		seen, first := way.Settled()
		call.First = first
		return seen.Inside, seen.Failure()
	})
}

// lookThroughShellProxy goes the way that programs of this shell would go, and
// the agent's service does not.
func (t *targetRun) probeShellProxy(ctx context.Context, proxy *url.URL) {
	inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: reply.RequestFor(t.plan.Target)}
	out, _ := t.run.p.throughProxy(ctx, proxy, inner)
	if !out.Failure().Of(observation.KindUndecided, observation.KindInterrupted) {
		t.shell = out
	}
}

// helloFor is the agent's own ClientHello.
func (p *Prober) helloFor(host string) handshake.ClientHello {
	h := handshake.SmallHello(host)
	h.Large = p.largeHello
	return h
}

// answered reports whether the direct way led to an answer somewhere.
func (t *targetRun) answered() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if counts, _ := a.Settled(); counts.Reply != nil && counts.Reply.Failure == nil {
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
		if counts, _ := a.Settled(); counts.Serves() {
			return true
		}
	}
	return false
}

// observation is what was seen, in an order that does not change from run to
// run.
func (t *targetRun) observation(n *name) observation.TargetObservation {
	out := observation.TargetObservation{
		Name: t.plan.Name, Proxy: t.proxy, ShellProxy: t.shell, UnusedProxy: t.unused,
		NotWaitedFor: t.notWaitedFor.Load(),
	}
	switch {
	case t.plan.NotApplicable != "":
		out.NotTried = t.plan.NotApplicable
	case t.plan.NotDocumented != "":
		out.NotTried = t.plan.NotDocumented
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if t.plan.proxyURL != nil && a.Failure().Of(observation.KindUndecided, observation.KindInterrupted) {
			continue // the way through the proxy was enough
		}
		a.Class = t.run.classify(a.Address)
		a.From = n.sources(a.Address)
		out.Addresses = append(out.Addresses, *a)
	}
	sortByAddress(out.Addresses)
	out.Connections, out.Untried = t.connectionsSeen(n)
	return out
}

// sortByAddress sorts a few observations. By hand, as a generic sort of so large
// a type has 20 kB of code.
func sortByAddress(all []observation.AddressObservation) {
	for i := range all {
		for ; i > 0 && all[i].Address.Less(all[i-1].Address); i-- {
			all[i], all[i-1] = all[i-1], all[i]
		}
	}
}
