package dnsquery

import (
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Configure makes queries follow this configuration as Go's resolver does: over
// its transport, and if resolv.conf sets a shorter time-out than our limit for
// an attempt, with that time-out for each try.
func (x *Client) Configure(c observation.ResolverConfig) {
	x.UseTCP = c.UseTCP
	each := time.Duration(c.Timeout)
	if each <= 0 || each >= x.p.Limit() {
		return
	}
	x.tries = max(1, min(Attempts(c), int(x.p.Limit()/each)))
	p := *x.p
	p.Timeout = each
	x.p = &p
}

// eachTry repeats the query until there is an answer or no tries are left. A
// try that was cut short, or not made, does not change what the completed ones
// showed.
func (x *Client) eachTry(msg *dns.Msg, try func() observation.Answer) (out observation.Answer) {
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

// Attempts is how often Go's resolver queries each server.
func Attempts(c observation.ResolverConfig) int {
	if c.Attempts == 0 {
		return 2
	}
	return c.Attempts
}
