package probe

import (
	"net/netip"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// TestSmallHelloStandsInForUpgrade: where the agent's ClientHello is not known,
// a WebSocket that opens through the proxy with the small one is open.
func TestSmallHelloStandsInForUpgrade(t *testing.T) {
	ca := newCA(t, "Amazon")
	proxy := listenProxy(t, map[string]netip.AddrPort{firstHost + ":443": filtered(t, ca, resets)}, "user:a-password")
	to := endpointTarget{host: firstHost, port: 443, ask: upgradeFor(endpoint.Target{Host: firstHost})}
	for _, either := range []bool{true, false} {
		p := &Prober{RootCAs: ca.pool, largeHello: true, eitherHello: either}
		got := p.upgradeThrough(t.Context(), mustURL(t, "http://user:a-password@"+proxy.String()), to)
		counts, first := got.Settled()
		if passes := counts.Climb.Failure() == nil; passes != either || first != nil {
			t.Errorf("either hello %t: failure %v, first %v; want it open: %t", either, counts.Climb.Failure(), first, either)
		}
	}
}
