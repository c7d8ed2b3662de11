package probe

import (
	"context"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/imds"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// Observe carries out the plan of a job, and returns when everything is done or ctx
// has ended, with what was seen until then. End ctx with ErrDeadline or ErrInterrupted
// as its cause.
//
// meta is a call that is already under way, nil to start one if the plan asks for
// metadata. progress may be nil.
//
// Every lookup, every target and every address of a target is probed at once, each as
// a task of one of the run's three groups. An address that a lookup finds is a task of
// its target's group, so that a group is over when nothing more can come of it. Observe
// waits for the groups in two phases:
//
//  1. required: the targets that a requested capability needs, with the lookups of
//     their names. The phase lasts as long as they take.
//  2. channel and optional: what is left of them may take a few round trips more, and
//     is then cut off. channel is ec2messages, which the first phase waits for as well
//     if it turns out that ssmmessages fails.
func (p *Prober) Observe(ctx context.Context, job Job, node node.Local, meta *imds.Call, progress func(Event)) *observation.Observations {
	o := &observation.Observations{StartedAt: p.runner().Clock().UTC(), Plan: job.Plan, Node: node.Node}
	start := time.Now()
	q := *p
	defer q.Watch()()
	q.configure(job, node)
	r := newRun(ctx, &q, job, node, progress)
	defer r.end()
	r.shareQuestions(o)

	// Start everything, what is required first, so that it gets the processor and the
	// sockets first. This shell's proxy is not on any target's path, and is waited for
	// separately.
	shell, endShell := context.WithCancelCause(ctx)
	defer endShell(attempt.ErrNotNeeded)
	r.startMetadata(ctx, meta)
	r.signed = r.startSigning(ctx)
	shells := r.startProxies(shell)
	if o.SystemNotAsked == "" {
		o.System = r.askSystem()
	}
	r.required.Go(func() { o.Servers = r.askServers() })

	// Phase 1: what is required, and then what its outcome calls for.
	r.required.Wait()
	r.askCompleted(r.lookups(r.required), o) // where did the system's addresses come from?
	r.requireChannel()                       // without ssmmessages the agent needs ec2messages
	r.tryUnused(ctx)                         // would the proxy work that the agent does not use?
	if r.directServes() {
		endShell(attempt.ErrNotNeeded)
	}
	shells.Wait()
	o.Credentials, o.Signed = r.signed.results()

	// Phase 2: what is optional, for a moment.
	settled, grace := q.heart.Now(), r.grace()
	o.LargeHello = r.large.finish(ctx)
	o.Ending = attempt.Ending(ctx) // from here on the deadline does not matter: the required targets are settled
	r.endOptional(settled, grace)
	if end := attempt.Ending(ctx); end == observation.EndingInterrupted {
		o.Ending = end
	}

	// No task is left: what they recorded can be read without a lock.
	o.Metadata = r.metadata
	for _, t := range r.targets {
		o.Targets = append(o.Targets, t.observation(r.names[t.plan.Host]))
	}
	o.Ranges = p.Ranges.Lookup(o)
	o.Pauses, o.Paused = q.heart.Paused()
	o.Duration = observation.Elapsed(time.Since(start))
	return o
}

// configure prepares a run's own copy of the prober.
func (p *Prober) configure(job Job, node node.Local) {
	p.trust = &handshake.Trust{Machine: p.machine(), Config: node.StoreSettings(), RootCAs: p.RootCAs, VerifyChain: p.verifyChain}
	p.interfaces = node.Interfaces
	if job.Timeout > 0 {
		p.Timeout = time.Duration(job.Timeout)
	}
	p.largeHello, p.eitherHello = node.Agent.Hello.SendsLarge(), node.Agent.Hello.Size == ""
}

// shareQuestions bounds what the run may open and ask, and decides whether the system's
// own resolver may be asked at all.
func (r *run) shareQuestions(o *observation.Observations) {
	names := len(r.hosts)
	if r.p.LookupHost == nil {
		o.SystemNotAsked, o.SystemHangs = dnsquery.FilesUnsafe(r.p.machine(), r.node.Node, names)
	}
	systemNames := names
	if o.SystemNotAsked != "" {
		systemNames = 0
	}
	system, others := dnsquery.Share(r.node.Node, systemNames, r.proxyLookups(), names, len(r.plan.Servers))
	r.p.sockets, r.p.questions, r.p.systemQuestions = attempt.NewSockets(), dnsquery.NewBudget(others), dnsquery.NewBudget(system)
}

// startProxies probes through the proxies: the agent's as tasks of their targets and, for
// required targets without one, this shell's, which ends with shell.
func (r *run) startProxies(shell context.Context) *attempt.TaskGroup {
	shells := new(attempt.TaskGroup)
	for _, g := range r.groups() {
		for _, t := range g.targets {
			if t.plan.proxyURL != nil {
				t.startProxy()
			} else if proxy := r.node.Proxies.ShellProxyFor(t.plan.Host, t.plan.Port); proxy != nil && t.plan.Asked {
				shells.Go(func() { t.probeShellProxy(shell, proxy) })
			}
		}
	}
	return shells
}

// startMetadata queries instance metadata, or waits for the call in progress, as a required
// task. By the VPC's blocks, an address that was left out as a third public one may turn out
// to be private.
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
				t.reconsider()
			}
		}
	})
}

// awaitMetadata releases those who wait for metadata, even if it panics.
func (r *run) awaitMetadata(ctx context.Context, call *imds.Call) observation.Metadata {
	defer close(r.metadataKnown)
	m := call.Wait(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metadata = m
	r.blocks = append(r.blocks, m.VPCBlocks...)
	return m
}

// directServes reports whether every required target that is reached directly got AWS's
// answer, so that this shell's proxy does not matter.
func (r *run) directServes() bool {
	for _, t := range r.targets {
		if !t.unneeded() && t.plan.Tried() && t.plan.proxyURL == nil && !t.served() {
			return false
		}
	}
	return true
}
