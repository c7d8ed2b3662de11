package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// IsTailscale reports whether the address is that of Tailscale's own resolver,
// which no configuration of a nameserver changes.
func IsTailscale(a netip.Addr) bool { return observation.IsTailscale(a) }

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
