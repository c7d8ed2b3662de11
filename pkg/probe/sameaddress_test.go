package probe

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// TestEqualRunsTakeTheSameAddress: the signed call and the large ClientHello go to the first of a
// name's addresses, even if another one answers sooner.
func TestEqualRunsTakeTheSameAddress(t *testing.T) {
	const first = "10.0.1.90" // its twin, 10.0.1.101, answers sooner
	w := newSignedWorld(t, "Amazon", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusOK) })
	lookup, dial := w.prober.LookupHost, w.prober.Dial
	w.prober.LookupHost = func(ctx context.Context, host string) ([]netip.Addr, error) {
		if host == probetest.FirstHost {
			return probetest.Addresses("10.0.1.101 " + first), nil
		}
		return lookup(ctx, host)
	}
	w.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, first) {
			if network == "tcp" {
				time.Sleep(20 * time.Millisecond)
			}
			address = "10.0.1.101:443"
		}
		return dial(ctx, network, address)
	}
	for range 5 {
		o := w.prober.Observe(t.Context(), Job{Plan: signedPlan()}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: smallAgent}}, nil, nil)
		if a := o.Signed[0].Address; !o.Signed[0].Allowed() || a.String() != first {
			t.Fatalf("signed call at %s (%+v), want it at %s", a, o.Signed[0], first)
		}
		if a := o.LargeHello[0].Address; a.String() != first {
			t.Fatalf("large ClientHello to %s, want it to %s", a, first)
		}
	}
}
