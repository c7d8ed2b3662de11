package probe

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A name is a host that one or more targets share, with the addresses known so far. The
// first answer that has an address starts the connection to it; later answers only add
// their source, or further addresses.
type name struct {
	host    string
	targets []*targetRun

	mu   sync.Mutex
	from map[netip.Addr][]string // the sources of an address
	// settled are the configured nameservers that answered for both families and
	// gave an address.
	settled []string
}

// settle notes a nameserver's answers for both families.
func (n *name) settle(a, aaaa observation.Answer, server string) {
	if a.Rcode == "" || aaaa.Rcode == "" || len(a.Addresses)+len(aaaa.Addresses) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.settled = append(n.settled, server)
}

// addAddresses hands the addresses of one answer to the targets of the name. Both families
// come in one call, so that the two public addresses to probe can be one of each.
func (n *name) addAddresses(addrs []netip.Addr, from string) {
	var fresh []netip.Addr
	n.mu.Lock()
	for _, a := range addrs {
		a = a.Unmap()
		if _, known := n.from[a]; !known {
			fresh = append(fresh, a)
		}
		if !slices.Contains(n.from[a], from) {
			n.from[a] = append(n.from[a], from)
		}
	}
	n.mu.Unlock()
	if len(fresh) == 0 {
		return
	}
	for _, t := range n.targets {
		t.schedule(fresh)
	}
}

// sources are the nameservers, the system or the hosts file that gave an address, sorted.
func (n *name) sources(a netip.Addr) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	from := slices.Clone(n.from[a])
	slices.Sort(from)
	return from
}
