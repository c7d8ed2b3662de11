package probe

import (
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// askAs has questions asked as Go's resolver asks them by this configuration:
// over its transport, and where resolv.conf has it wait for less time than an
// attempt of ours takes, for no longer than that each time.
func (x *exchanger) askAs(c observation.ResolverConfig) {
	x.useTCP = c.UseTCP
	each := time.Duration(c.Timeout)
	if each <= 0 || each >= x.p.timeout() {
		return
	}
	x.tries = max(1, min(resolverAttempts(c), int(x.p.timeout()/each)))
	p := *x.p
	p.Timeout = each
	x.p = &p
}

// eachTry asks until there is an answer, or the tries are over. A try that was
// cut short, or not made, takes nothing back of those that had their time.
func (x *exchanger) eachTry(msg *dns.Msg, try func() observation.Answer) (out observation.Answer) {
	for n := 1; ; n++ {
		msg.Id = dns.Id()
		a := try()
		sent, took := out.Sent+a.Sent, out.Elapsed+a.Elapsed
		cut := n > 1 && a.Failure.Of(observation.KindUndecided, observation.KindInterrupted)
		if !cut {
			out = a
		}
		out.Sent, out.Elapsed = sent, took
		if cut || n >= x.tries || !a.Failure.Of(observation.KindTimeout) {
			return out
		}
	}
}
