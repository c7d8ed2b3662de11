package probe

import (
	"context"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

// askAgain repeats the questions that a server left unanswered while it
// answered others: so many packets are not lost by chance, and what still gets
// no answer is a name that the server has trouble with. A server that answered
// nothing is not asked again. The questions end with ctx, the asking's own; what
// follows from an answer, however late it is, ends with the run.
func (r *run) retryUnanswered(ctx context.Context, g *taskGroup, x *dnsquery.Client, answers []observation.Answer) {
	answered := slices.ContainsFunc(r.answersOf(g, answers), func(a observation.Answer) bool { return a.Rcode != "" })
	if !answered || ctx.Err() != nil {
		return
	}
	use := r.counts(x.Addr)
	var again attempt.TaskGroup
	for i, h := range r.hosts() {
		if r.groupOf(h) != g || !answers[2*i].Failure.Of(observation.KindTimeout) {
			continue
		}
		again.Go(func() {
			a, aaaa := x.AskBothFamilies(ctx, h)
			for j, b := range []observation.Answer{a, aaaa} {
				if first := &answers[2*i+j]; b.Rcode != "" && first.Rcode == "" {
					b.Sent += first.Sent
					*first = b
				}
			}
			if use {
				r.names[h].settle(answers[2*i], answers[2*i+1], x.Addr.String())
				r.names[h].addAddresses(slices.Concat(a.Addresses, aaaa.Addresses), x.Addr.String())
			}
		})
	}
	again.Wait()
}
