package probe

import (
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxConnected limits how many addresses of a required name are connected to: the agent may
// use any of them, and a firewall with an outdated list may allow all but one.
const maxConnected = 16

// A connection is an attempt that only connects to an address. Targets with the same host
// and port share it.
type connection struct {
	done chan struct{}
	// seen is complete when done is closed.
	seen observation.AddressObservation
}

func (c *connection) open() bool { return c.seen.Connect != nil && c.seen.Connect.Failure == nil }

// connectAlso connects to an address that is not probed in full. For an optional target one
// address is enough; reconsider returns to the others if it turns out to be required.
func (t *targetRun) connectAlso(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.optional() || !t.plan.Asked || t.plan.proxyURL != nil || t.connections[a] != nil ||
		!slices.Contains(t.untried, a) || len(t.seen)+len(t.connections) >= maxConnected {
		return
	}
	c, first := t.run.connection(netip.AddrPortFrom(a, t.plan.Port))
	if t.connections == nil {
		t.connections = make(map[netip.Addr]*connection)
	}
	t.connections[a] = c
	late := t.lacking > 0 // standIn ran before and does not know this one
	if !first && !late {
		return
	}
	t.task(func(ctx context.Context) {
		if first {
			func() {
				defer close(c.done)
				t.run.onlyConnect(ctx, netip.AddrPortFrom(a, t.plan.Port), &c.seen)
			}()
		}
		if late {
			t.standInAt(ctx, a, c)
		}
	})
}

// connection returns the connection to an address and port, and whether the caller is the
// first one and must make it.
func (r *run) connection(to netip.AddrPort) (c *connection, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c = r.connections[to]; c != nil {
		return c, false
	}
	if r.connections == nil {
		r.connections = make(map[netip.AddrPort]*connection)
	}
	c = &connection{done: make(chan struct{}), seen: observation.AddressObservation{Address: to.Addr()}}
	r.connections[to] = c
	return c, true
}

// onlyConnect connects, and makes the experiments that a failure calls for.
func (r *run) onlyConnect(ctx context.Context, to netip.AddrPort, out *observation.AddressObservation) {
	path := directPath{to: to, until: observation.OpConnect}
	second := r.p.hedge(ctx, path)
	out.Stages = r.p.attempt(ctx, second.first)
	out.Experiments = append(r.experiments(ctx, path, out.Stages), second.end(out.Stages)...)
}

// standIn fully probes an address that was only connected to, to replace one that could not
// be connected to: the agent moves on to the next address as well.
func (t *targetRun) standIn(ctx context.Context, failed observation.Stages) {
	if failed.Connect == nil || failed.Connect.Failure == nil || failed.Failure().Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoRoute, observation.KindNoFamily) {
		return
	}
	t.mu.Lock()
	t.lacking++
	t.mu.Unlock()
	for _, a := range t.connected() {
		t.mu.Lock()
		c := t.connections[a]
		t.mu.Unlock()
		if t.standInAt(ctx, a, c) {
			return
		}
	}
}

// standInAt waits for a connection and, if it opens and a replacement is still needed,
// probes its address in full.
func (t *targetRun) standInAt(ctx context.Context, a netip.Addr, c *connection) bool {
	select {
	case <-c.done:
	case <-ctx.Done():
		return false
	}
	if !c.open() || !t.takeOver(a) {
		return false
	}
	t.probeAddress(ctx, a)
	return true
}

// connected returns the addresses that are only connected to, sorted.
func (t *targetRun) connected() []netip.Addr {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.SortedFunc(maps.Keys(t.connections), netip.Addr.Compare)
}

// takeOver adds the address to those that are probed in full, if a replacement is needed and
// it is not one of them yet.
func (t *targetRun) takeOver(a netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen[a] != nil || t.lacking == 0 {
		return false
	}
	t.lacking--
	t.seen[a] = &observation.AddressObservation{Address: a}
	t.order = append(t.order, a)
	return true
}

// connectionsSeen returns the addresses that were only connected to, and those to which
// nothing was sent, both sorted. t.mu is held.
func (t *targetRun) connectionsSeen(n *name) (connections []observation.AddressObservation, untried []netip.Addr) {
	for a, c := range t.connections {
		if t.seen[a] != nil {
			continue
		}
		select {
		case <-c.done:
			seen := c.seen
			seen.Class, seen.From = t.run.classify(a), n.sources(a)
			connections = append(connections, seen)
		default:
		}
	}
	sortByAddress(connections)
	for _, a := range t.untried {
		if t.connections[a] == nil && t.seen[a] == nil {
			untried = append(untried, a)
		}
	}
	slices.SortFunc(untried, netip.Addr.Compare)
	return connections, untried
}
