package probe

import (
	"context"
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// Observe carries the plan of a job out: every lookup, every target and every address
// of a target at once. It returns when all is done or ctx ends, with what was
// seen until then; end ctx with ErrDeadline or ErrInterrupted as its cause.
//
// meta is a call that is already under way, nil to start one where the plan
// says so. progress may be nil.
func (p *Prober) Observe(ctx context.Context, job Job, node node.Local, meta *imds.Call, progress func(Event)) *observation.Observations {
	o := &observation.Observations{StartedAt: p.runner().Clock().UTC(), Plan: job.Plan, Node: node.Node}
	start := time.Now()
	q := *p
	defer q.Watch()()
	q.trust = &handshake.Trust{Machine: p.machine(), Config: node.StoreSettings(), RootCAs: p.RootCAs, VerifyChain: p.verifyChain}
	q.interfaces = node.Interfaces
	if job.Timeout > 0 {
		q.Timeout = time.Duration(job.Timeout)
	}
	q.largeHello, q.eitherHello = node.Agent.Hello.SendsLarge(), node.Agent.Hello.Size == ""
	r := newRun(ctx, &q, job, node, progress)
	defer r.end()
	names := len(r.hosts())
	looked := names
	if p.LookupHost == nil {
		o.SystemNotAsked, o.SystemHangs = dnsquery.FilesUnsafe(p.machine(), node.Node, names)
	}
	if o.SystemNotAsked != "" {
		looked = 0
	}
	system, others := dnsquery.Share(node.Node, looked, r.proxyLookups(), names, len(job.Servers))
	q.sockets, q.questions, q.systemQuestions = attempt.NewSockets(), dnsquery.NewBudget(others), dnsquery.NewBudget(system)

	// What is required first: it then has the processor and the sockets first.
	var shells attempt.TaskGroup
	shell, enough := context.WithCancelCause(ctx)
	defer enough(attempt.ErrNotNeeded)
	r.startMetadata(ctx, meta)
	r.signed = r.startSigning(ctx)
	for _, g := range r.groups() {
		for _, t := range g.targets {
			if t.plan.proxyURL != nil {
				t.startProxy()
			} else if proxy := node.Proxies.ShellProxyFor(t.plan.Host, t.plan.Port); proxy != nil && t.plan.Asked {
				shells.Go(func() { t.lookThroughShellProxy(shell, proxy) })
			}
		}
	}
	if o.SystemNotAsked == "" {
		o.System = r.askSystem()
	}
	r.required.Go(func() { o.Servers = r.askServers() })
	r.required.Wait()
	r.askCompleted(r.lookups(r.required), o)
	r.requireChannel()
	r.tryUnused(ctx)
	if r.directServes() {
		enough(attempt.ErrNotNeeded)
	}
	shells.Wait()
	o.Credentials, o.Signed = r.signed.results()

	// Then what is optional, for a moment, and what comes late.
	settled, grace := q.heart.Now(), r.grace()
	o.LargeHello = r.large.finish(ctx, r.smallPassed)
	o.Ending = attempt.Ending(ctx)
	r.endOptional(settled, grace)
	if end := attempt.Ending(ctx); end == observation.EndingInterrupted {
		o.Ending = end
	}

	o.Metadata = r.metadata
	for _, t := range r.targets {
		o.Targets = append(o.Targets, t.observation(r.names[t.plan.Host]))
	}
	o.Ranges = p.Ranges.Lookup(o)
	o.Pauses, o.Paused = q.heart.Paused()
	o.Duration = observation.Elapsed(time.Since(start))
	return o
}

// startMetadata waits for instance metadata beside everything else. What it
// tells of the VPC's blocks may make an address private that was left out as
// a third public one.
func (r *run) startMetadata(ctx context.Context, call *imds.Call) {
	if call == nil && !r.plan.AskMetadata {
		r.metadata = observation.Metadata{Reason: r.plan.MetadataReason}
		close(r.metadataKnown)
		return
	}
	if call == nil {
		call = r.p.StartMetadata(ctx)
	}
	r.required.Go(func() {
		if len(r.awaitMetadata(ctx, call).VPCBlocks) > 0 {
			for _, t := range r.targets {
				t.again()
			}
		}
	})
}

// awaitMetadata lets go whoever waits for metadata, also where a bug ends it.
func (r *run) awaitMetadata(ctx context.Context, call *imds.Call) observation.Metadata {
	defer close(r.metadataKnown)
	m := call.Wait(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metadata = m
	r.blocks = append(r.blocks, m.VPCBlocks...)
	return m
}

// directServes reports whether every direct target that is required got AWS's
// answer, so that nobody waits for the shell's proxy.
func (r *run) directServes() bool {
	for _, t := range r.targets {
		if !t.unneeded() && t.plan.Tried() && t.plan.proxyURL == nil && !t.served() {
			return false
		}
	}
	return true
}

// smallPassed reports whether the agent's own ClientHello was answered at an
// address, and how long the connection before it took.
func (r *run) smallPassed(target string, a netip.Addr) (time.Duration, bool) {
	for _, t := range r.targets {
		if t.plan.Name != target {
			continue
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		seen := t.seen[a]
		if seen == nil {
			return 0, false
		}
		counts, _ := seen.Settled()
		if counts.Handshake == nil || counts.Handshake.Failure != nil {
			return 0, false
		}
		return time.Duration(counts.Connect.Elapsed), true
	}
	return 0, false
}
