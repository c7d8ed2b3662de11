package probe

import (
	"crypto/tls"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// TestChainIsHiddenAlone: connections with the same chain share its proof. What
// is hidden in one of them, as a proxy's password, is hidden beside the others.
func TestChainIsHiddenAlone(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	at := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	p := &Prober{RootCAs: ca.Pool, trust: &handshake.Trust{RootCAs: ca.Pool}}
	shake := func() observation.Stages {
		c := p.attempt(t.Context(), directPath{to: netip.MustParseAddrPort(at.String()), hello: handshake.SmallHello(probetest.FirstHost), ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
		if c.Handshake == nil || len(c.Handshake.Certificates) == 0 {
			t.Fatalf("%+v, want certificates", c)
		}
		return c
	}
	first, second := shake(), shake()
	var hiding attempt.TaskGroup
	for _, c := range []observation.Stages{first, shake()} {
		hiding.Go(func() { observation.NewSecrets(probetest.FirstHost).HideStages(c) })
	}
	names := slices.Clone(second.Handshake.Certificates[0].Names)
	hiding.Wait()
	if first.Handshake.Certificates[0].Names[0] == probetest.FirstHost {
		t.Error("nothing was hidden")
	}
	got := second.Handshake.Certificates[0].Names
	if !slices.Equal(names, []string{probetest.FirstHost}) || !slices.Equal(got, names) {
		t.Errorf("the other connection's names are %q and then %q, want %q", names, got, probetest.FirstHost)
	}
}
