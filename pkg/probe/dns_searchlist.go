package probe

import (
	"context"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

const (
	// maxCompletions bounds the domains of the search list that are tried.
	maxCompletions = 6
	// maxCompleted bounds the names that are completed.
	maxCompleted = 8
)

// askCompleted finds the source of an address that the system's lookup gave, but no
// nameserver gives for the name itself: it asks for the name completed by the domains of
// the search list, in their order. The first domain that explains one name is the only one
// tried for the others.
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
	for i, h := range r.hosts() {
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

// elsewhere reports whether the system's lookup gave addresses, and none of those that a
// nameserver or the hosts file gives for the name, if the search list was tried before the
// name itself or no nameserver gives the name an address.
func (r *run) elsewhere(l observation.SystemLookup) bool {
	n := r.names[l.Host]
	if l.Failure != nil || len(l.Addresses) == 0 || n == nil || r.pinned(l.Host, l.Addresses) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	itself := false // a nameserver gives the name an address
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

// firstAnswering is the first configured nameserver that answered a question.
func (r *run) firstAnswering(servers []observation.ServerObservation) *observation.ServerObservation {
	for i := range servers {
		s := &servers[i]
		if s.Role == observation.RoleConfigured && len(s.Answers) > 0 && slices.ContainsFunc(r.answersOf(r.required, s.Answers), func(a observation.Answer) bool { return a.Rcode != "" }) {
			return s
		}
	}
	return nil
}
