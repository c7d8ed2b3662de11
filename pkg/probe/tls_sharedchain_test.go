package probe

import (
	"crypto/tls"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestChainIsHiddenAlone: connections with the same chain share its proof. What
// is hidden in one of them, as a proxy's password, is hidden beside the others.
func TestChainIsHiddenAlone(t *testing.T) {
	ca := newCA(t, "Amazon")
	at := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, firstHost, time.Hour)}}, aws)
	p := &Prober{RootCAs: ca.pool, trust: new(trust)}
	shake := func() observation.Climb {
		c := p.climb(t.Context(), ascent{to: netip.MustParseAddrPort(at.String()), hello: plainHello(firstHost), ask: request{host: firstHost, path: "/"}})
		if c.Handshake == nil || len(c.Handshake.Certificates) == 0 {
			t.Fatalf("%+v, want certificates", c)
		}
		return c
	}
	first, second := shake(), shake()
	var hiding crew
	for _, c := range []observation.Climb{first, shake()} {
		hiding.Go(func() { observation.NewSecrets(firstHost).HideClimb(c) })
	}
	names := slices.Clone(second.Handshake.Certificates[0].Names)
	hiding.Wait()
	if first.Handshake.Certificates[0].Names[0] == firstHost {
		t.Error("nothing was hidden")
	}
	got := second.Handshake.Certificates[0].Names
	if !slices.Equal(names, []string{firstHost}) || !slices.Equal(got, names) {
		t.Errorf("the other connection's names are %q and then %q, want %q", names, got, firstHost)
	}
}
