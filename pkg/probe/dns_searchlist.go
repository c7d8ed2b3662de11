package probe

import (
	"context"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

const (
	// maxCompletions limits how many domains of the search list are tried.
	maxCompletions = 6
	// maxCompleted limits how many names are completed.
	maxCompleted = 8
)

// askCompleted finds the source of an address that the system's lookup returned and no
// nameserver returns for the name itself: it queries the name completed with each domain of
// the search list. Only the first domain that explains one name is tried for the others.
func (r *run) askCompleted(ctx context.Context, o *observation.Observations) {
	domains := r.node.Resolver.Search
	if len(domains) == 0 || ctx.Err() != nil {
		return
	}
	domains = domains[:min(len(domains), maxCompletions)]
	server := r.firstAnswering(o.Servers)
	if server == nil {
		return
	}
	var strange []observation.SystemLookup
	for i, h := range r.hosts {
		if i < len(o.System) && r.groupOf(h) == r.required && len(strange) < maxCompleted && r.elsewhere(o.System[i]) {
			strange = append(strange, o.System[i])
		}
	}
	if len(strange) == 0 {
		return
	}
	x, failure := r.p.dialServer(ctx, server.Address)
	if failure != nil {
		return
	}
	defer x.Close()
	x.Configure(r.node.Resolver)
	server.Searched = x.AskCompleted(ctx, strange[0], domains)
	if len(server.Searched) == 0 {
		return // no domain of the list explains it
	}
	domain := strings.TrimPrefix(server.Searched[0].Name, strings.TrimSuffix(strange[0].Host, ".")+".")
	found := make([][]observation.Answer, len(strange))
	var others attempt.TaskGroup
	for i, l := range strange[1:] {
		others.Go(func() { found[i] = x.AskCompleted(ctx, l, []string{domain}) })
	}
	others.Wait()
	server.Searched = append(server.Searched, slices.Concat(found...)...)
}

// elsewhere reports whether the search list may explain the system's addresses: neither a
// nameserver nor the hosts file has them for the name, and either the search list was tried
// before the name itself or no nameserver has an address for the name.
func (r *run) elsewhere(l observation.SystemLookup) bool {
	n := r.names[l.Host]
	if l.Failure != nil || len(l.Addresses) == 0 || n == nil || r.pinned(l.Host, l.Addresses) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	itself := false // a nameserver has an address for the name
	for a, from := range n.from {
		byServer := slices.ContainsFunc(from, func(s string) bool { return s != fromSystem && s != fromHosts })
		if byServer && slices.Contains(l.Addresses, a) {
			return false
		}
		itself = itself || byServer
	}
	ndots := 1
	if d := r.node.Resolver.Ndots; d != nil {
		ndots = *d
	}
	return !itself || strings.Count(strings.TrimSuffix(l.Host, "."), ".") < ndots
}

// firstAnswering returns the first configured nameserver that answered a query.
func (r *run) firstAnswering(servers []observation.ServerObservation) *observation.ServerObservation {
	for i := range servers {
		s := &servers[i]
		if s.Role == observation.RoleConfigured && len(s.Answers) > 0 && slices.ContainsFunc(r.answersOf(r.required, s.Answers), func(a observation.Answer) bool { return a.Rcode != "" }) {
			return s
		}
	}
	return nil
}
