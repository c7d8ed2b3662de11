package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Words for connections that something on the path rejects.

// rejecters are the addresses that reject connections, each once.
func rejecters(ws []*path) []netip.Addr {
	var all []netip.Addr
	for _, w := range ws {
		if m := w.icmp(); m != nil && w.rejectedOnPath() {
			all = appendNew(all, m.From)
		}
	}
	return all
}

// split separates silent paths on which nothing comes back from those that are rejected
// on the path.
func split(ws []*path) (mute, rejected []*path) {
	return filter(ws, func(w *path) bool { return !w.rejectedOnPath() }), filter(ws, (*path).rejectedOnPath)
}

// notAnswered says in a title what happens to the connections.
func notAnswered(ws []*path) string {
	switch mute, rejected := split(ws); {
	case len(rejected) == 0:
		return "get no answer"
	case len(mute) == 0:
		return "are rejected on the path" + byWhom(rejected)
	}
	return "get no answer or are rejected on the path"
}

// sentTo is the subject of notAnswered.
func sentTo(ws []*path) string {
	if _, rejected := split(ws); len(rejected) == 0 {
		return "packets to"
	}
	return "connections to"
}

// byWhom says in a title who rejects.
func byWhom(ws []*path) string {
	by := rejecters(ws)
	switch {
	case len(by) == 0:
		return ""
	case inTheirName(ws):
		return ", by something that answers as " + addrList(by)
	}
	return ", by " + addrList(by)
}

// inTheirName reports whether the messages that reject come from the addresses that were
// connected to. AWS never rejects: something on the path does, in its name.
func inTheirName(ws []*path) bool {
	by := rejecters(ws)
	return len(by) > 0 && every(by, func(a netip.Addr) bool { return slices.Contains(addressesOf(ws), a) })
}

// whoRejects says where to look for what answers a connection with an ICMP rejection.
// AWS's own filters never do: they drop.
func (f *facts) whoRejects(ws []*path) string {
	_, ws = split(ws)
	const then = "its log names the rule"
	to := addrList(addressesOf(ws))
	by := rejecters(ws)
	if len(by) == 0 {
		return "look for a firewall or router between " + f.source(ws) + " and " + to + " that rejects TCP 443, and allow it there: " + then
	}
	what := plural(len(by), "the firewall or router ", "the firewalls or routers ") + addrList(by) + plural(len(by), ", which rejects it", ", which reject it")
	if inTheirName(ws) {
		what = "the firewall on the path that answers as " + plural(len(by), "that address", "those addresses")
		if ws[0].class == observation.ClassPrivate {
			what += ", or on the machine there if it is not AWS's"
		}
	}
	return "allow TCP 443 from " + f.source(ws) + " to " + to + " on " + what + ": " + then
}
