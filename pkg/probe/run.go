package probe

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// A run is what the goroutines of one Observe share.
type run struct {
	p    *Prober
	plan observation.Plan
	node node.Local
	// hosts are the names to look up, in plan order.
	hosts    []string
	names    map[string]*name
	targets  []*targetRun
	progress func(Event)

	// The tasks, by when they are waited for: see Observe.
	required, channel, optional *taskGroup

	began attempt.Moment
	// served is fired when every required target that is reached directly has
	// its answer.
	served latch
	// silent is fired when a nameserver that the system asks is dead.
	silent latch

	// serversAsked is closed when every nameserver has been asked.
	serversAsked chan struct{}

	// metadataKnown is closed when metadata has answered, or will not.
	metadataKnown chan struct{}
	large         *largeHello
	// signed are the signed calls, nil without `--signed`.
	signed *signing
	// controlHost is a name under AWS's domain that no target has.
	controlHost string

	mu       sync.Mutex
	blocks   []netip.Prefix // private here: --private-cidr and the VPC's
	metadata observation.Metadata
	// connections are the attempts that only connect.
	connections map[netip.AddrPort]*connection
	// handshakes is closed and replaced when a handshake ends on the direct path.
	handshakes chan struct{}

	reporting sync.Mutex
}

func newRun(ctx context.Context, p *Prober, job Job, node node.Local, progress func(Event)) *run {
	if progress == nil {
		progress = func(Event) {}
	}
	r := &run{p: p, plan: job.Plan, node: node, progress: progress, names: make(map[string]*name)}
	r.began, r.served, r.silent = p.heart.Now(), newLatch(), newLatch()
	r.required = newTaskGroup(ctx)
	r.channel, r.optional = newOptionalGroup(ctx), newOptionalGroup(ctx)
	r.blocks = slices.Clone(job.PrivateCIDRs)
	r.metadataKnown = make(chan struct{})
	r.serversAsked = make(chan struct{})
	r.handshakes = make(chan struct{})
	r.large = &largeHello{run: r, done: make(chan struct{})}
	if region, err := endpoint.LookupRegion(job.Region); err == nil {
		r.controlHost = endpoint.ControlHost(region)
	}
	for _, t := range job.Targets {
		g := r.groupFor(t)
		tr := &targetRun{run: r, plan: job.target(t), group: g, seen: make(map[netip.Addr]*observation.AddressObservation), settled: make(map[netip.Addr]bool), handshakes: make(map[netip.Addr]bool)}
		r.targets = append(r.targets, tr)
		if !t.Tried() {
			continue
		}
		g.targets = append(g.targets, tr)
		n := r.addName(t.Host)
		n.targets = append(n.targets, tr)
	}
	for _, h := range job.Lookups {
		r.addName(h)
	}
	r.channel.endWith(ctx, func() bool { return !r.messagesConnect() })
	r.optional.endWith(ctx, func() bool { return false })
	return r
}

// addName returns the name of a host, which it adds to those that are looked up.
func (r *run) addName(host string) *name {
	n := r.names[host]
	if n == nil {
		n = &name{host: host, from: make(map[netip.Addr][]string)}
		r.names[host] = n
		r.hosts = append(r.hosts, host)
	}
	return n
}

// classify classifies an address by what is known about the VPC so far.
func (r *run) classify(a netip.Addr) observation.Class {
	r.mu.Lock()
	defer r.mu.Unlock()
	return observation.Classify(a, r.blocks)
}

func (r *run) report(e Event) {
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.progress(e)
}

// A latch fires once, however often fire is called. As a context it can be waited for, also
// by context.AfterFunc.
type latch struct {
	context.Context
	fire context.CancelFunc
}

func newLatch() latch {
	ctx, fire := context.WithCancel(context.Background())
	return latch{ctx, fire}
}

func (l latch) fired() bool { return l.Err() != nil }
