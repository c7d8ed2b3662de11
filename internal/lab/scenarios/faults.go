package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// Short names for tables.
var (
	fails, warns, passes             = Fails, Warns, Passes
	addServer, resolvConf, everyEdge = AddServer, ResolvConf, EveryEdge
	withAgent, withEnv, withFiles    = WithAgent, WithEnv, WithFiles
)

// onWay puts ways before those of the world.
func onWay(w *World, ways ...Way) { w.Ways = append(ways, w.Ways...) }

// toHTTPS is an action for packets to port 443 of an address.
func toHTTPS(a netip.Addr, action Action) Way {
	return Way{To: single(a), Network: "tcp", Port: 443, Action: action}
}

// blockEndpoints applies an action to port 443 of the private addresses of services,
// as a security group, a network ACL or a firewall does.
func blockEndpoints(action Action, services ...string) Fault { return block(action, true, services) }

// blockPublic does the same for the public addresses.
func blockPublic(action Action, services ...string) Fault { return block(action, false, services) }

func block(action Action, private bool, services []string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range w.EdgesOf(s, private) {
				onWay(w, toHTTPS(e.Address, action))
			}
		}
	}
}

// blockZone blocks the second address of services, which is in another zone.
func blockZone(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			onWay(w, toHTTPS(w.EdgesOf(s, true)[1].Address, action))
		}
	}
}

// blockDNS applies an action to queries to nameservers, over UDP and TCP.
func blockDNS(action Action, servers ...netip.Addr) Fault {
	return func(w *World) {
		for _, a := range servers {
			onWay(w, Way{To: single(a), Port: 53, Action: action})
		}
	}
}

// noEndpoint removes the interface endpoints of services, or their private DNS names,
// which looks the same from the node.
func noEndpoint(services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			r := w.Names[w.Host(s)]
			r.Private = nil
			w.Names[w.Host(s)] = r
		}
	}
}

// dnsFault changes what nameservers answer.
func dnsFault(f DNSFault, servers ...netip.Addr) Fault {
	return func(w *World) {
		for _, a := range servers {
			if n := w.Nameserver(a); n != nil {
				n.Faults = append([]DNSFault{f.Clone()}, n.Faults...)
			}
		}
	}
}

// onEdges changes the servers of services that the node uses: the private ones or, if
// there are none, the public ones.
func onEdges(change func(*Edge), services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			edges := w.EdgesOf(s, true)
			if len(edges) == 0 {
				edges = w.EdgesOf(s, false)
			}
			for _, e := range edges {
				change(e)
			}
		}
	}
}

// onNode changes the node.
func onNode(change func(*Node)) Fault {
	return func(w *World) { change(&w.Node) }
}

// trusts adds an issuer to the node's trust store.
func trusts(i Issuer) Fault {
	return onNode(func(n *Node) { n.Trusts = append(n.Trusts, i) })
}

// addRoutes adds routes of one kind to the node.
func addRoutes(kind RouteKind, to ...string) Fault {
	return onNode(func(n *Node) {
		for _, p := range to {
			n.Routes = append(n.Routes, Route{To: prefix(p), Kind: kind})
		}
	})
}

// onProxy changes the world's proxy.
func onProxy(change func(*Proxy)) Fault {
	return func(w *World) { change(w.Proxies[0]) }
}

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func single(a netip.Addr) netip.Prefix {
	return netip.PrefixFrom(a, a.BitLen())
}
