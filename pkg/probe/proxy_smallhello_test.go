package probe

import (
	"net/netip"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// TestSmallHelloStandsInForUpgrade: if the agent's ClientHello is not known, a WebSocket that opens
// through the proxy with the small one counts as open.
func TestSmallHelloStandsInForUpgrade(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	proxy := probetest.ListenProxy(t, map[string]netip.AddrPort{probetest.FirstHost + ":443": filtered(t, ca, probetest.Reset)}, "user:a-password")
	to := endpointTarget{host: probetest.FirstHost, port: 443, ask: reply.UpgradeFor(endpoint.Target{Host: probetest.FirstHost})}
	for _, either := range []bool{true, false} {
		p := &Prober{RootCAs: ca.Pool, largeHello: true, eitherHello: either}
		got := p.upgradeThrough(t.Context(), probetest.MustURL(t, "http://user:a-password@"+proxy.String()), to)
		counts, first := got.Settled()
		if passes := counts.Stages.Failure() == nil; passes != either || first != nil {
			t.Errorf("either hello %t: failure %v, first %v; want it open: %t", either, counts.Stages.Failure(), first, either)
		}
	}
}
