package probe

import (
	"context"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// The bounds of the grace: how long optional targets and the large ClientHello may take
// beyond the required targets, otherwise three round trips.
const (
	leastGrace = 100 * time.Millisecond
	mostGrace  = time.Second
)

// A taskGroup is the part of a run that is waited for together: every task of its targets,
// and the queries for their names. A task starts others in its own group, or in one that is
// waited for later: a name may have targets in several groups.
type taskGroup struct {
	attempt.TaskGroup
	ctx    context.Context
	cancel context.CancelCauseFunc
	// direct is the context of the direct path of targets that go through a
	// proxy. It ends before ctx if the proxy serves them all.
	direct    context.Context
	endDirect context.CancelCauseFunc
	// optional: its tasks leave sockets to those of required targets.
	optional bool
	targets  []*targetRun
	end      func()
}

func newTaskGroup(ctx context.Context) *taskGroup {
	g := new(taskGroup)
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	g.direct, g.endDirect = context.WithCancelCause(g.ctx)
	g.end = func() { g.cancel(attempt.ErrNotNeeded) }
	return g
}

// newOptionalGroup makes a group that a run does not wait for to the end.
func newOptionalGroup(ctx context.Context) *taskGroup {
	g := newTaskGroup(attempt.WithOptional(context.WithoutCancel(ctx)))
	g.optional = true
	return g
}

// endWith makes an optional group end with ctx. The deadline cuts it off whatever the age of
// its attempts, as nothing follows from their silence, unless required reports that its
// targets are required by then. Call it once the run's targets are known.
func (g *taskGroup) endWith(ctx context.Context, required func() bool) {
	undo := context.AfterFunc(ctx, func() {
		if attempt.Ending(ctx) == observation.EndingInterrupted || required() {
			g.cancel(context.Cause(ctx))
			return
		}
		g.cut()
	})
	g.end = func() {
		undo()
		g.cancel(attempt.ErrNotNeeded)
	}
}

// cut ends the group, and marks the targets that have an unfinished task.
func (g *taskGroup) cut() {
	for _, t := range g.targets {
		if t.open.Load() > 0 {
			t.notWaitedFor.Store(true)
		}
	}
	g.cancel(attempt.ErrNotWaitedFor)
}

// groupFor returns a target's group. Whether ec2messages is required is known only after
// ssmmessages has been probed.
func (r *run) groupFor(t observation.PlannedTarget) *taskGroup {
	switch {
	case !t.Asked:
		return r.optional
	case t.Service == endpoint.EC2Messages && r.node.NeedsEC2Messages() == observation.No:
		return r.channel
	}
	return r.required
}

// groupOf returns the group of a host's queries: the first one in which a target has the
// host. A host without a target affects --expect, so it is required.
func (r *run) groupOf(host string) *taskGroup {
	ts := r.names[host].targets
	for _, g := range r.groups() {
		if slices.ContainsFunc(ts, func(t *targetRun) bool { return t.group == g }) {
			return g
		}
	}
	return r.required
}

// groups returns all of them, the required one first.
func (r *run) groups() []*taskGroup { return []*taskGroup{r.required, r.channel, r.optional} }

// task runs f as a task of the target's group.
func (t *targetRun) task(work func(context.Context)) {
	f := func(ctx context.Context) {
		attempt.GrowForHandshake()
		work(ctx)
	}
	if t.plan.proxyURL != nil {
		t.group.Go(func() { f(t.group.direct) })
		return
	}
	t.open.Add(1)
	t.group.Go(func() {
		defer t.open.Add(-1)
		f(t.group.ctx)
	})
}

// startProxy probes the target through its proxy. When every target of the group that has
// a proxy is served by it, their direct paths are abandoned.
func (t *targetRun) startProxy() {
	g := t.group
	t.open.Add(1)
	g.Go(func() {
		defer t.open.Add(-1)
		t.probeProxy(g.ctx)
		if g.proxyServes() {
			g.endDirect(attempt.ErrNotNeeded)
		}
	})
}

// proxyServes reports whether every target of the group that uses a proxy got AWS's answer
// through it.
func (g *taskGroup) proxyServes() bool {
	for _, t := range g.targets {
		if t.plan.proxyURL == nil {
			continue
		}
		t.mu.Lock()
		p := t.proxy
		t.mu.Unlock()
		if p == nil {
			return false
		}
		if counts, _ := p.Settled(); !counts.Inside.Serves() {
			return false
		}
	}
	return true
}

// lookups returns the context of the queries for a group's names. If every target uses a
// proxy, the proxy resolves their names, and nothing waits for the answers here.
func (r *run) lookups(g *taskGroup) context.Context {
	proxied := false
	for _, t := range r.targets {
		if !t.plan.Tried() {
			continue
		}
		if t.plan.proxyURL == nil {
			return g.ctx
		}
		proxied = true
	}
	if proxied {
		return g.direct
	}
	return g.ctx
}

// opened records, for the targets that depend on its answer, that a query for a host is open
// until ended is called.
func (r *run) opened(host string) (ended func()) {
	add := func(n int32) {
		for _, t := range r.names[host].targets {
			if t.plan.proxyURL == nil {
				t.open.Add(n)
			}
		}
	}
	add(1)
	return func() { add(-1) }
}

// messagesConnect reports whether the agent's channel through ssmmessages works: AWS answers
// there, also to the WebSocket upgrade.
func (r *run) messagesConnect() bool {
	return slices.ContainsFunc(r.targets, func(t *targetRun) bool {
		return t.plan.Service == endpoint.SSMMessages && t.plan.WebSocket && t.connects()
	})
}

func (t *targetRun) connects() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	answered := func(w *observation.WebSocket) bool {
		counts, _ := w.Settled()
		return counts != nil && (counts.Upgraded || counts.Stages.Serves())
	}
	if t.proxy != nil {
		counts, _ := t.proxy.Settled()
		return counts.Inside.Serves() && answered(t.proxy.WebSocket)
	}
	for _, a := range t.seen {
		if counts, _ := a.Settled(); counts.Serves() && answered(a.WebSocket) {
			return true
		}
	}
	return false
}

// requireChannel probes ec2messages as a required target, and waits for it, if it turns out
// that this node's agent needs it.
func (r *run) requireChannel() {
	if len(r.channel.targets) == 0 || r.messagesConnect() {
		return
	}
	r.probeChannel()
	r.channel.Wait()
}

// probeChannel probes ec2messages as a required target.
func (r *run) probeChannel() {
	for _, t := range r.channel.targets {
		if !t.everywhere.Swap(true) {
			t.reconsider()
		}
	}
}

// noteDoubt starts probing ec2messages after a failure at ssmmessages: it may be required
// then, and is probed while the failed attempt is repeated.
func (t *targetRun) noteDoubt(c observation.Stages) {
	if t.plan.Service == endpoint.SSMMessages && t.group == t.run.required && c.Unsettled() != nil {
		t.run.probeChannel()
	}
}

// grace returns how long optional targets may take after the required ones.
func (r *run) grace() time.Duration {
	var slowest observation.Elapsed
	for _, t := range r.targets {
		slowest = max(slowest, t.roundTrip())
	}
	return graceFor(slowest)
}

func graceFor(roundTrip observation.Elapsed) time.Duration {
	return min(max(leastGrace, 3*time.Duration(roundTrip)), mostGrace)
}

// roundTrip returns the slowest connection that was made to the target or, through a proxy,
// the slowest tunnel. 0: there is none.
func (t *targetRun) roundTrip() (slowest observation.Elapsed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.proxy; p != nil && p.Tunnel != nil && p.Tunnel.Failure == nil {
		slowest = p.Tunnel.Elapsed
	}
	for _, a := range t.seen {
		if c := a.Stages.Connect; c != nil && c.Failure == nil {
			slowest = max(slowest, c.Elapsed)
		}
	}
	return slowest
}

// endOptional waits for the groups that are not required, and cuts off what is still open at
// the end of their grace, which began at settled.
func (r *run) endOptional(settled attempt.Moment, grace time.Duration) {
	defer settled.AfterFunc(grace, func() {
		r.channel.cut()
		r.optional.cut()
	})()
	r.channel.Wait()
	r.optional.Wait()
}

// end releases the groups' contexts.
func (r *run) end() {
	for _, g := range r.groups() {
		g.end()
	}
}
