package dnsquery

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// maxUnchecked limits how many names are queried with checking disabled: one
// shows what fails, and the others may fail for another reason.
const maxUnchecked = 4

// CheckingDisabled queries with checking disabled (CD, RFC 4035, 3.2.2) the names
// that the server answers with SERVFAIL while it answers for others. A validating
// server then answers whether or not the signatures are valid: a good answer shows
// that it cannot validate them (DNSSEC). A server that fails for every name has
// another problem.
func (x *Client) CheckingDisabled(ctx context.Context, answers []observation.Answer) []observation.Answer {
	good := slices.ContainsFunc(answers, func(a observation.Answer) bool { return a.Rcode == dns.RcodeToString[dns.RcodeSuccess] })
	if !good || ctx.Err() != nil {
		return nil
	}
	var names []string
	for i := 0; i < len(answers) && len(names) < maxUnchecked; i += 2 {
		if answers[i].Failure.Of(observation.KindServFail) {
			names = append(names, answers[i].Name)
		}
	}
	out := make([]observation.Answer, len(names))
	var all attempt.TaskGroup
	for i, name := range names {
		all.Go(func() {
			msg := NewQuestion(name, dns.TypeA)
			msg.CheckingDisabled = true
			out[i] = x.ask(ctx, msg)
		})
	}
	all.Wait()
	return out
}

// AskCompleted returns the answers with addresses that the lookup returned.
func (x *Client) AskCompleted(ctx context.Context, l observation.SystemLookup, domains []string) []observation.Answer {
	qtype := dns.TypeAAAA
	if slices.ContainsFunc(l.Addresses, netip.Addr.Is4) {
		qtype = dns.TypeA
	}
	answers := make([]observation.Answer, len(domains))
	var all attempt.TaskGroup
	for i, domain := range domains {
		all.Go(func() {
			answers[i] = x.Ask(ctx, strings.TrimSuffix(l.Host, ".")+"."+strings.TrimSuffix(domain, "."), qtype)
		})
	}
	all.Wait()
	return slices.DeleteFunc(answers, func(a observation.Answer) bool {
		return !slices.ContainsFunc(a.Addresses, func(b netip.Addr) bool { return slices.Contains(l.Addresses, b) })
	})
}
