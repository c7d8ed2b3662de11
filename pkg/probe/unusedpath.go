package probe

import (
	"context"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// tryUnused goes, for each required target that AWS did not serve directly,
// through the proxy that the agent seems to have and does not use for it.
func (r *run) tryUnused(ctx context.Context) {
	var all attempt.TaskGroup
	for _, t := range r.targets {
		unused := t.plan.unusedURL
		if unused == nil || !t.plan.Asked || !t.plan.Tried() || t.plan.proxyURL != nil || t.served() || ctx.Err() != nil {
			continue
		}
		all.Go(func() {
			inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: reply.RequestFor(t.plan.Target)}
			out, _ := r.p.throughProxy(ctx, unused, inner)
			if !out.Failure().Of(observation.KindUndecided, observation.KindInterrupted) {
				t.unused = out
			}
		})
	}
	all.Wait()
}
