package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// noteSearch tells of a name that the system completes by its search list: what
// it then finds is another name's address. The agent asks in the same way.
func (f *facts) noteSearch(add func(string)) {
	r := f.o.Node.Resolver
	if len(r.Search) == 0 {
		return
	}
	for _, t := range f.direct() {
		if t.works() || t.lookup == nil || len(t.lookup.Addresses) == 0 || f.pinned(t) || !f.allAnswer(t.Host) || !f.elsewhere(t) || f.completion(t) != nil {
			continue
		}
		add("the system's own lookup of " + t.Host + " gives " + addrList(t.lookup.Addresses) +
			", and no nameserver gives that for this name: " + r.From + " has it completed first (search " +
			told(strings.Join(r.Search, " ")) + ", options ndots)")
		return // the others are alike
	}
}

// elsewhere reports whether the system's addresses are those of no nameserver.
// Public ones change from answer to answer, and prove nothing by that.
func (f *facts) elsewhere(t *target) bool {
	public := func(a netip.Addr) bool { return f.o.Class(a) == observation.ClassPublic }
	var given []netip.Addr
	for _, s := range f.counting {
		given = append(given, s.addresses(t.Host)...)
	}
	return !slices.ContainsFunc(t.lookup.Addresses, func(a netip.Addr) bool {
		return slices.Contains(given, a) || public(a) && slices.ContainsFunc(given, public)
	})
}
