package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// What every family has, without the capital that other packages need.
var (
	fails, warns, passes             = Fails, Warns, Passes
	addServer, resolvConf, everyEdge = AddServer, ResolvConf, EveryEdge
	withAgent, withEnv, withFiles    = WithAgent, WithEnv, WithFiles
)

// onWay puts ways before those that the world has already.
func onWay(w *World, ways ...Way) { w.Ways = append(ways, w.Ways...) }

// blockEndpoints lets the private addresses of services meet an action on
// port 443: what a security group, a network ACL or a firewall does.
func blockEndpoints(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range w.EdgesOf(s, true) {
				onWay(w, Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
}

// blockPublic does the same with the public addresses.
func blockPublic(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range w.EdgesOf(s, false) {
				onWay(w, Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
}

// blockZone blocks the second address of services, which is in another zone.
func blockZone(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			if e := w.EdgesOf(s, true); len(e) > 1 {
				onWay(w, Way{To: single(e[1].Address), Network: "tcp", Port: 443, Action: action})
			}
		}
	}
}

// blockDNS lets questions to nameservers meet an action, over UDP and TCP.
func blockDNS(action Action, servers ...netip.Addr) Fault {
	return func(w *World) {
		for _, a := range servers {
			onWay(w, Way{To: single(a), Port: 53, Action: action})
		}
	}
}

// noEndpoint takes away the interface endpoints of services, or their private
// DNS names, which looks the same from the node.
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

// onEdges changes the servers of services, those that the node gets to see:
// the private ones where there are, else the public ones.
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

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func single(a netip.Addr) netip.Prefix {
	return netip.PrefixFrom(a, a.BitLen())
}

// mergeBuckets adds what another S3 holds.
func mergeBuckets(b, o *Buckets) {
	for path, text := range o.Public {
		b.Public[path] = text
	}
	b.Closed = append(b.Closed, o.Closed...)
}
