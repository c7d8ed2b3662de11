package probe

import (
	"context"
	"slices"

	"github.com/miekg/dns"
)

// askAgain repeats the questions that a server left unanswered while it
// answered others: so many packets are not lost by chance, and what still gets
// no answer is a name that the server has trouble with. A server that answered
// nothing is not asked again. The questions end with asking; what follows from
// an answer, however late it is, ends with ctx, the run's own.
func (r *run) askAgain(ctx, asking context.Context, climbs *crew, x *exchanger, hosts []string, answers []Answer) {
	answered := slices.ContainsFunc(answers, func(a Answer) bool { return a.Rcode != "" })
	if !answered || asking.Err() != nil {
		return
	}
	use := r.counts(x.addr)
	var again crew
	for i, h := range hosts {
		if !answers[2*i].Failure.Of(KindTimeout) {
			continue
		}
		again.Go(func() {
			var pair crew
			var a, aaaa Answer
			pair.Go(func() { a = x.ask(asking, h, dns.TypeA) })
			pair.Go(func() { aaaa = x.ask(asking, h, dns.TypeAAAA) })
			pair.Wait()
			for j, b := range []Answer{a, aaaa} {
				if first := &answers[2*i+j]; b.Rcode != "" && first.Rcode == "" {
					b.Sent += first.Sent
					*first = b
				}
			}
			if use {
				r.names[h].settle(answers[2*i], answers[2*i+1], x.addr.String())
				r.names[h].learn(ctx, climbs, slices.Concat(a.Addresses, aaaa.Addresses), x.addr.String())
			}
		})
	}
	again.Wait()
}
