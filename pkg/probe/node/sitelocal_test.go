package node

import (
	"net/netip"
	"testing"
)

func TestDefaultSiteLocal(t *testing.T) {
	for address, want := range map[string]bool{
		"fec0:0:0:ffff::1":    true,
		"fec0:0:0:ffff::3%12": true,
		"fec0:0:0:fffe::1%12": false,
		"fe80::1%12":          false,
		"10.0.0.2":            false,
	} {
		if got := isDefaultSiteLocal(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
	}
}
