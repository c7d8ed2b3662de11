package probe

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A name is a host that one or more targets share, with the addresses known so far. The
// first answer with an address starts the connection to it; later ones only add their source
// or further addresses.
type name struct {
	host    string
	targets []*targetRun

	mu   sync.Mutex
	from map[netip.Addr][]string // the sources of an address
	// settled are the configured nameservers that answered for both families and
	// gave an address.
	settled []string
}

// answered notes a nameserver's answers for both families.
func (n *name) answered(a, aaaa observation.Answer, server string) {
	addrs := slices.Concat(a.Addresses, aaaa.Addresses)
	if a.Rcode != "" && aaaa.Rcode != "" && len(addrs) > 0 {
		n.mu.Lock()
		n.settled = append(n.settled, server)
		n.mu.Unlock()
	}
	n.addAddresses(addrs, server)
}

// addAddresses passes the addresses of one answer to the name's targets. Both families come
// in one call, so that the two public addresses to probe can be one of each.
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

// sources returns what returned an address (nameservers, the system, the hosts file), sorted.
func (n *name) sources(a netip.Addr) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(slices.Values(n.from[a]))
}
