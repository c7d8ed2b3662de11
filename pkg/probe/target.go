package probe

import (
	"cmp"
	"context"
	"net/netip"
	"net/url"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// Limits on the addresses of one name that are probed in full. All public addresses lead to
// the same service, while each private one is in a different zone and may fail alone. The
// others are only connected to: see connectAlso.
const (
	maxPublic  = 2
	maxPrivate = 16
)

// A targetRun is one target while it is probed.
type targetRun struct {
	run   *run
	plan  plannedTarget
	group *taskGroup
	// open counts the unfinished tasks of the target, and the open questions about its
	// name.
	open atomic.Int32
	// notWaitedFor: some of them were cut off.
	notWaitedFor atomic.Bool
	// everywhere: it is probed at every address, as it may be required after all.
	everywhere atomic.Bool

	mu              sync.Mutex
	seen            map[netip.Addr]*observation.AddressObservation
	order           []netip.Addr // of seen, as they were admitted
	settled         map[netip.Addr]bool
	handshakes      map[netip.Addr]bool // whether the handshake passed
	untried         []netip.Addr
	connections     map[netip.Addr]*connection // to some of untried
	lacking         int                        // addresses without a connection that no other address has replaced yet
	public, private int
	reachable       int // of seen: the routing table has a route
	// signing is closed when the addresses before the settled ones have settled too.
	// nil: nothing waits for them. signAny: nothing waits for them any longer.
	signing chan struct{}
	signAny bool

	proxy, shell *observation.ProxyObservation
	unused       *observation.ProxyObservation // through plan.UnusedProxy
}

// schedule starts a task for each address that is to be probed.
func (t *targetRun) schedule(addrs []netip.Addr) {
	for _, a := range chosen(addrs) {
		if !t.admit(t.group.ctx, a) {
			t.connectAlso(a)
			continue
		}
		if t == t.run.firstSSM() {
			t.run.large.start(t.run.required.ctx, t, a)
		}
		t.task(func(ctx context.Context) { t.probeAddress(ctx, a) })
	}
}

// chosen orders addresses so that the first two are of different families, if there are
// both: the node may have no route for one.
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

// admit notes an address and reports whether it is to be probed in full. A public address
// without a route does not count towards the bound.
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

// unneeded reports whether the run does not depend on the target, as far as is known: after a
// failure at ssmmessages, ec2messages is probed at all of its addresses, but needed only if
// ssmmessages fails in the end.
func (t *targetRun) unneeded() bool {
	return t.optional() || t.group == t.run.channel && t.run.messagesConnect()
}

// reconsider schedules the addresses that were left out once more: when the VPC's blocks
// become known, as a public address may be the VPC's, or when the target turns out to be
// required.
func (t *targetRun) reconsider() {
	t.mu.Lock()
	left := t.untried
	t.untried = nil
	t.mu.Unlock()
	t.schedule(left)
}

// probeAddress goes through the stages at one address, with the WebSocket upgrade at the same
// time on another connection, and makes the experiments that a failure calls for.
func (t *targetRun) probeAddress(ctx context.Context, a netip.Addr) {
	to := netip.AddrPortFrom(a, t.plan.Port)
	path := directPath{to: to, hello: t.run.p.helloFor(t.plan.Host), ask: reply.RequestFor(t.plan.Target)}
	upgrade := path
	upgrade.ask = reply.UpgradeFor(t.plan.Target)
	var upgrading attempt.TaskGroup
	var socket *observation.WebSocket
	if t.plan.WebSocket {
		upgrading.Go(func() {
			attempt.GrowForHandshake()
			socket = t.run.p.upgrade(ctx, upgrade)
		})
	}
	second := t.run.p.hedge(ctx, path)
	seen := t.run.p.attempt(ctx, second.first)
	t.noteHandshake(a, seen.Handshake != nil && seen.Handshake.Failure == nil)
	t.run.report(Event{Target: t.plan.Name, Failure: seen.Failure()})
	experiments := append(t.run.experiments(ctx, path, seen), second.end(seen)...)
	t.noteDoubt(seen)
	t.mu.Lock()
	out := t.seen[a]
	out.Stages, out.Experiments = seen, experiments
	t.settled[a] = true
	counts, _ := out.Settled()
	t.mu.Unlock()
	t.signAt(ctx)
	if upgrading.Wait(); socket != nil {
		t.noteDoubt(socket.Stages)
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

// signWait is how long signAt waits for the first addresses before it makes the signed
// call at a later one.
const signWait = time.Second

// signAt offers the addresses for the signed call in order: where it is made must not depend
// on which one answers first. A slow address delays it by signWait at most.
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
			return // this one's turn comes first
		}
		counts, _ := t.seen[a].Settled()
		t.run.signed.offer(ctx, t.plan.PlannedTarget, counts, counts.Failure(), func(ask reply.Request, out *observation.SignedCall) (observation.Stages, *observation.Failure) {
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

// waitToSign offers the addresses again after signWait, without the unsettled ones. t.mu is
// held.
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

// attemptSigned makes a signed call, and retries it if it fails.
func (r *run) attemptSigned(ctx context.Context, path directPath, out *observation.SignedCall) (observation.Stages, *observation.Failure) {
	seen := observation.AddressObservation{Stages: r.p.attempt(ctx, path)}
	if conclusive(ctx, seen.Unsettled()) {
		seen.Experiments = []observation.Experiment{r.repeat(ctx, path)}
	}
	counts, first := seen.Settled()
	out.First = first
	return counts, counts.Failure()
}

// firstSSM returns the first target of the service ssm that is reached directly, or nil.
func (r *run) firstSSM() *targetRun {
	for _, t := range r.targets {
		if t.plan.Service == endpoint.SSM && t.plan.Tried() && t.plan.proxyURL == nil {
			return t
		}
	}
	return nil
}

// probeProxy probes the target through its proxy, with the WebSocket upgrade at the same time
// in another tunnel.
func (t *targetRun) probeProxy(ctx context.Context) {
	inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: reply.RequestFor(t.plan.Target)}
	var upgrading attempt.TaskGroup
	var socket *observation.WebSocket
	if t.plan.WebSocket {
		upgrade := inner
		upgrade.ask = reply.UpgradeFor(t.plan.Target)
		upgrading.Go(func() { socket = t.run.p.upgradeThrough(ctx, t.plan.proxyURL, upgrade) })
	}
	out, _ := t.run.p.throughProxy(ctx, t.plan.proxyURL, inner)
	counts, _ := out.Settled()
	t.signThrough(ctx, inner, out, counts)
	upgrading.Wait()
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
	t.run.signed.offer(ctx, t.plan.PlannedTarget, counts.Inside, counts.Failure(), func(ask reply.Request, call *observation.SignedCall) (observation.Stages, *observation.Failure) {
		again := inner
		again.ask, call.Proxy = ask, out.URL
		all, _ := t.run.p.throughProxy(ctx, t.plan.proxyURL, again)
		seen, first := all.Settled()
		call.First = first
		return seen.Inside, seen.Failure()
	})
}

// probeShellProxy probes the target through the proxy that programs in this shell use and the
// agent's service does not.
func (t *targetRun) probeShellProxy(ctx context.Context, proxy *url.URL) {
	inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: reply.RequestFor(t.plan.Target)}
	out, _ := t.run.p.throughProxy(ctx, proxy, inner)
	if !out.Failure().Of(observation.KindUndecided, observation.KindInterrupted) {
		t.shell = out
	}
}

// helloFor returns the agent's own ClientHello.
func (p *Prober) helloFor(host string) handshake.ClientHello {
	h := handshake.SmallHello(host)
	h.Large = p.largeHello
	return h
}

// answered reports whether there was an answer at an address of the direct path.
func (t *targetRun) answered() bool {
	return t.somewhere(func(c observation.Stages) bool { return c.Reply != nil && c.Reply.Failure == nil })
}

// served reports whether AWS answered at an address of the direct path.
func (t *targetRun) served() bool { return t.somewhere(observation.Stages.Serves) }

// somewhere reports whether ok holds for the attempt that counts at an address.
func (t *targetRun) somewhere(ok func(observation.Stages) bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if counts, _ := a.Settled(); ok(counts) {
			return true
		}
	}
	return false
}

// observation returns what was observed, in the same order in every run.
func (t *targetRun) observation(n *name) observation.TargetObservation {
	out := observation.TargetObservation{
		Name: t.plan.Name, Proxy: t.proxy, ShellProxy: t.shell, UnusedProxy: t.unused,
		NotWaitedFor: t.notWaitedFor.Load(), NotTried: cmp.Or(t.plan.NotApplicable, t.plan.NotDocumented),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.seen {
		if t.plan.proxyURL != nil && a.Failure().Of(observation.KindUndecided, observation.KindInterrupted) {
			continue // the proxy had answered before
		}
		a.Class = t.run.classify(a.Address)
		a.From = n.sources(a.Address)
		out.Addresses = append(out.Addresses, *a)
	}
	sortByAddress(out.Addresses)
	out.Connections, out.Untried = t.connectionsSeen(n)
	return out
}

// sortByAddress sorts without slices.SortFunc, which has 20 kB of code for so large a type.
func sortByAddress(all []observation.AddressObservation) {
	sort.Slice(all, func(i, j int) bool { return all[i].Address.Less(all[j].Address) })
}
