package node

import (
	"net/netip"
	"slices"
	"testing"
)

// TestFilesLoseZones: no address from a file keeps an invalid zone.
func TestFilesLoseZones(t *testing.T) {
	servers, _ := parseResolvConf([]byte("nameserver fe80::1%eth0\nnameserver fe80::2%a'b;c\nnameserver fe80::3%\u2019x\n"), maxNameservers)
	want := []netip.AddrPort{netip.MustParseAddrPort("[fe80::1%eth0]:53"), netip.MustParseAddrPort("[fe80::2]:53"), netip.MustParseAddrPort("[fe80::3]:53")}
	if !slices.Equal(servers, want) {
		t.Errorf("resolv.conf: %v", servers)
	}
	hosts := ParseHosts([]byte("fe80::1%eth0 ssm.us-east-2.amazonaws.com\nfe80::2%$(x) ssm.us-east-2.amazonaws.com\n"), nil)
	if len(hosts) != 2 || hosts[0].Address.Zone() != "eth0" || hosts[1].Address != netip.MustParseAddr("fe80::2") {
		t.Errorf("hosts: %v", hosts)
	}
}
