package probe

import (
	"context"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

// leastPatience is how long a retransmission may at least be on its way.
const leastPatience = 20 * time.Millisecond

// noteServed fires served when every required target that is reached directly
// has its answer. Whose answer is still out then keeps nobody waiting for long.
func (r *run) noteServed() {
	direct := false
	for _, t := range r.targets {
		if !t.plan.Tried() || t.plan.proxyURL != nil || t.unneeded() {
			continue
		}
		if direct = true; !t.answered() {
			return
		}
	}
	if direct {
		r.served.fire()
	}
}

// endSilence ends the questions to a nameserver from which nothing came, where
// every target has its answer by what others know: not before the
// retransmission has had as much time as all of that took. A dead nameserver
// so costs one retransmission, and not the whole attempt. One that has said
// anything is waited for.
func (r *run) endSilence(x *dnsquery.Client, done <-chan struct{}, giveUp context.CancelCauseFunc) {
	select {
	case <-r.served.Done():
	case <-done:
		return
	}
	took := max(r.began.Ran(), leastPatience)
	patience, stop := r.began.After(dnsquery.RetransmitAfter(r.p.runner().Limit()) + took)
	defer stop()
	select {
	case <-patience:
	case <-done:
		return
	}
	if x.Heard.Load() {
		return
	}
	if r.counts(x.Addr) {
		r.silent.fire()
	}
	giveUp(attempt.ErrSilent)
}
