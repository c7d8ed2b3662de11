package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestBackquote_noProxy: a backquote in no_proxy would begin or end what is copied from
// a fix.
func TestBackquote_noProxy(t *testing.T) {
	for name, entry := range map[string]string{
		"an entry that stays": "a`reboot`.example", "an entry that goes": "*`",
	} {
		w := healthy()
		w.Node.Agent.Installed, w.Node.Proxy.No = observation.Yes, entry
		f := newFacts(w.Observations)
		if steps := strings.Join(f.setProxy(proxyAt, nil), "\n"); strings.Contains(steps, "reboot") || strings.Count(steps, "`")%2 != 0 || !strings.Contains(steps, "no_proxy=NO_PROXY_LIST") {
			t.Errorf("%s: %s", name, steps)
		}
	}
	removed := removedEntry{Entry: "`reboot`.example", Covers: []string{hostSSM}}.String()
	if strings.Contains(removed, "`") || !strings.Contains(removed, "'reboot'.example") {
		t.Errorf("%s", removed)
	}
}

// TestStartLocal_otherInterfaces: nothing local can be stopped behind a tunnel, and an
// interface with a backquote in its name is not named.
func TestStartLocal_otherInterfaces(t *testing.T) {
	for _, test := range []struct {
		name, as string
		kind     observation.InterfaceKind
		says     bool
	}{
		{"a bridge", "docker0", observation.InterfaceBridge, true},
		{"a tunnel", "wg0", observation.InterfaceWireGuard, false},
		{"another tunnel", "tun0", observation.InterfaceTUN, false},
		{"a bridge with a backquote", "br`x", observation.InterfaceBridge, false},
	} {
		by := &observation.Interface{Name: test.as, Kind: test.kind, Addresses: []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")}}
		s := &server{ServerObservation: new(observation.ServerObservation), diverted: by}
		s.Address = netip.MustParseAddrPort("172.17.0.53:53")
		w := &path{diverted: by, proxy: &observation.ProxyObservation{Address: netip.MustParseAddrPort("172.17.0.2:3128")}}
		want := 0
		if test.says {
			want = 2
		}
		if steps := startLocal([]match{{server: s}, {path: w}}); len(steps) != want || strings.Contains(strings.Join(steps, ""), "`") {
			t.Errorf("%s: %q, want %d lines", test.name, steps, want)
		}
	}
}
