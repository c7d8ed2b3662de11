package diagnose

import "net/netip"

// tailscaleServers are the addresses of the resolver that Tailscale's client is
// on each of its nodes (tailscale.com/kb/1381, "quad100").
var tailscaleServers = [...]netip.Addr{
	netip.AddrFrom4([4]byte{100, 100, 100, 100}),
	netip.MustParseAddr("fd7a:115c:a1e0::53"),
}

// IsTailscale reports whether the address is that of Tailscale's own resolver,
// which no configuration of a nameserver changes.
func IsTailscale(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a == tailscaleServers[0] || a == tailscaleServers[1]
}

func isTailscale(s *server) bool { return IsTailscale(s.Address.Addr()) }

// tailscale says how Tailscale's resolver comes to answer rightly for the
// targets: nothing can be configured on it but by Tailscale's settings.
func (f *facts) tailscale(ts []*target) string {
	to := f.forwardTo(nil)
	if f.ec2() {
		to = f.vpcPlusTwo()
	}
	return "it is Tailscale's resolver on this node: run `tailscale set --accept-dns=false` here, so that the system's own nameservers are asked again; or, in the DNS settings of the tailnet, add a nameserver for " +
		list(f.domains(ts)) + " (split DNS): " + to
}
