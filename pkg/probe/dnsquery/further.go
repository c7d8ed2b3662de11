package dnsquery

import (
	"context"
	"slices"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// maxUnchecked limits how many names are queried with checking disabled: one
// shows what fails, and the others may fail for another reason.
const maxUnchecked = 4

// CheckingDisabled queries with checking disabled the names that the server
// answers with SERVFAIL while it answers for others: a good answer then shows
// that it cannot validate the signatures (DNSSEC). A server that fails for
// every name has another problem.
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
		all.Go(func() { out[i] = x.askUnchecked(ctx, name, dns.TypeA) })
	}
	all.Wait()
	return out
}
