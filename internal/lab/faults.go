package lab

import (
	"net/netip"
	"slices"
)

// onWay puts ways before those that the world has already.
func (w *World) onWay(ways ...Way) { w.Ways = append(ways, w.Ways...) }

// blockEndpoints lets the private addresses of services meet an action on
// port 443: what a security group, a network ACL or a firewall does.
func blockEndpoints(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range w.edges(s, true) {
				w.onWay(Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
}

// blockPublic does the same with the public addresses.
func blockPublic(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range w.edges(s, false) {
				w.onWay(Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
}

// blockZone blocks the second address of services, which is in another zone.
func blockZone(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			if e := w.edges(s, true); len(e) > 1 {
				w.onWay(Way{To: single(e[1].Address), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
}

// blockDNS lets questions to nameservers meet an action, over UDP and TCP.
func blockDNS(action Action, servers ...netip.Addr) Fault {
	return func(w *World) {
		for _, a := range servers {
			w.onWay(Way{To: single(a), Port: 53, Action: action})
		}
	}
}

// noEndpoint takes away the interface endpoints of services, or their private
// DNS names, which looks the same from the node.
func noEndpoint(services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			r := w.Names[w.host(s)]
			r.Private = nil
			w.Names[w.host(s)] = r
		}
	}
}

// dnsFault changes what nameservers answer.
func dnsFault(f DNSFault, servers ...netip.Addr) Fault {
	return func(w *World) {
		for _, a := range servers {
			if n := w.nameserver(a); n != nil {
				n.Faults = append([]DNSFault{f.clone()}, n.Faults...)
			}
		}
	}
}

// resolvConf makes these the configured nameservers.
func resolvConf(servers ...netip.Addr) Fault {
	return func(w *World) { w.Node.Nameservers = slices.Clone(servers) }
}

// addServer adds a nameserver to the world.
func addServer(n Nameserver) Fault {
	return func(w *World) {
		w.Nameservers = slices.DeleteFunc(w.Nameservers, func(o *Nameserver) bool { return o.Address == n.Address })
		w.Nameservers = append(w.Nameservers, n.clone())
	}
}

// onEdges changes the servers of services, those that the node gets to see:
// the private ones where there are, else the public ones.
func onEdges(change func(*Edge), services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			edges := w.edges(s, true)
			if len(edges) == 0 {
				edges = w.edges(s, false)
			}
			for _, e := range edges {
				change(e)
			}
		}
	}
}

// everyEdge changes every server on port 443.
func everyEdge(change func(*Edge)) Fault {
	return func(w *World) {
		for _, e := range w.Edges {
			change(e)
		}
	}
}

// onNode changes the node.
func onNode(change func(*Node)) Fault {
	return func(w *World) { change(&w.Node) }
}
