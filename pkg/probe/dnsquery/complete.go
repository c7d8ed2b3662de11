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
