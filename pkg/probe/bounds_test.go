package probe

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestServersFlightIsBounded: the server sends its certificate, and much more.
func TestServersFlightIsBounded(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	cert := ca.Issue(t, probetest.FirstHost, time.Hour)
	for _, tt := range []struct {
		size int
		kind observation.Kind
	}{{30 << 10, ""}, {100 << 10, observation.KindTooLarge}} {
		long := cert
		for n := 0; n < tt.size; n += len(cert.Certificate[0]) {
			long.Certificate = append(long.Certificate, cert.Certificate[0])
		}
		c := stagesAt(t, &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second}, probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{long}}, probetest.Aws))
		if f := c.Failure(); (f != nil) != (tt.kind != "") || f != nil && !f.Of(tt.kind) {
			t.Errorf("%d bytes of certificates: failure = %v, want of kind %q", tt.size, f, tt.kind)
		}
	}
}
