package dnsquery

import (
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Configure has questions asked as Go's resolver asks them by this configuration:
// over its transport, and where resolv.conf has it wait for less time than an
// attempt of ours takes, for no longer than that each time.
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

// eachTry asks until there is an answer, or the tries are over. A try that was
// cut short, or not made, takes nothing back of those that had their time.
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

// Attempts is how often Go's resolver asks each server.
func Attempts(c observation.ResolverConfig) int {
	if c.Attempts == 0 {
		return 2
	}
	return c.Attempts
}
