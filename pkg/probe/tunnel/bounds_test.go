package tunnel

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestTunnel_boundsAnswer counts those of a proxy.
func TestTunnel_boundsAnswer(t *testing.T) {
	for name, said := range map[string]string{
		"a body":   "HTTP/1.1 403 Forbidden\r\n\r\n" + strings.Repeat("a", 1<<20),
		"a header": "HTTP/1.1 403 Forbidden\r\n" + strings.Repeat("X-A: a\r\n", 1<<18),
	} {
		r := &probetest.Counted{R: strings.NewReader(said)}
		err := requestTunnel(new(attempt.Runner), &probetest.SaidConn{R: r}, &url.URL{Scheme: "http", Host: "10.9.0.8:3128"}, &observation.Reply{Request: "CONNECT " + probetest.FirstHost + ":443"})
		if n := r.N.Load(); n > probetest.Promised || err == nil {
			t.Errorf("%s: %d bytes were read: %v", name, n, err)
		}
	}
}
