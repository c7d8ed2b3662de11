package remedy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestNothingForwardsToItself, for any place at which a nameserver, what stands
// behind it and the resolver of the VPC may be.
func TestNothingForwardsToItself(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("169.254.169.253"), netip.MustParseAddr("fd00:ec2::253"), netip.MustParseAddr("10.0.0.2")}
	same := func(a, b netip.AddrPort) bool {
		return a.Addr() == b.Addr() || slices.Contains(own, a.Addr()) && slices.Contains(own, b.Addr())
	}
	places := ports("10.0.0.2:53", "169.254.169.253:53", "[fd00:ec2::253]:53", "10.0.0.53:53", "127.0.0.53:53", "10.20.0.53:53", "10.8.0.10:53", "10.8.0.10:5353")
	none := netip.AddrPort{}
	codes := []diagnose.Code{diagnose.DNSForwarderMissing, diagnose.DNSForwarderBroken, diagnose.DNSResolversDisagree}
	n := 0
	for _, at := range places {
		for _, behind := range append(slices.Clone(places), none) {
			for _, vpc := range append(slices.Clone(places), none) {
				for _, code := range codes {
					o := observed(t, "us-east-2")
					o.Servers = slices.DeleteFunc(o.Servers, func(s observation.ServerObservation) bool { return s.Role == observation.RoleVPC })
					o.Servers[0].Address = at
					if behind != none {
						o.Node.Resolver.Behind = []netip.AddrPort{behind, netip.MustParseAddrPort("10.0.0.2:53")}
					}
					if vpc != none {
						o.Servers = append(o.Servers, observation.ServerObservation{PlannedServer: observation.PlannedServer{Address: vpc, Role: observation.RoleVPC, Given: true}})
					}
					x := planned(reportOf(finding(code, "ssm")), o)
					for _, f := range x.forwards {
						n++
						for _, s := range f.servers {
							if i := slices.IndexFunc(f.to, func(to netip.AddrPort) bool { return same(s, to) }); i >= 0 {
								t.Errorf("%s at %s, behind it %s, resolver %s: %s is to forward to %s", code, at, behind, vpc, s, f.to[i])
							}
						}
						if len(f.servers) == 0 {
							t.Errorf("%s at %s, behind it %s, resolver %s: nobody is to forward", code, at, behind, vpc)
						}
					}
				}
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d forwarders", n)
	}
}

// TestStubThatAsksTheVPC: it is the stub that is to forward, and not the VPC's
// own resolver behind it.
func TestStubThatAsksTheVPC(t *testing.T) {
	o := observed(t, "us-east-2")
	o.Servers = slices.DeleteFunc(o.Servers, func(s observation.ServerObservation) bool { return s.Role == observation.RoleVPC })
	o.Servers[0].Address = netip.MustParseAddrPort("127.0.0.53:53")
	o.Node.Resolver.Behind = ports("10.0.0.2:53")
	got := text(t, planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o), Options{DNS: Dnsmasq})
	if !strings.Contains(got, "server=/amazonaws.com/10.0.0.2") || !strings.Contains(got, "the software that runs at 127.0.0.53") {
		t.Errorf("want the stub to forward to 10.0.0.2:\n%s", got)
	}
}
