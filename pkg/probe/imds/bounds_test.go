package imds

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestMetadata_boundsAnswer counts the bytes read from instance metadata, where header and body each
// have a limit. net/http reads 4 KiB at once, and one byte more to find out whether there is more.
func TestMetadata_boundsAnswer(t *testing.T) {
	for name, said := range map[string]string{
		"a body":   "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 1<<20),
		"a header": "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: a\r\n", 1<<18),
	} {
		r := &probetest.Counted{R: strings.NewReader(said)}
		transport := newMetadataTransport(&attempt.Runner{Dial: func(context.Context, string, string) (net.Conn, error) { return &probetest.SaidConn{R: r}, nil }})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://169.254.169.254"+metadataPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = transport.RoundTrip(req)
		if n := r.N.Load(); n > probetest.Promised+8<<10 || err == nil {
			t.Errorf("%s: %d bytes were read: %v", name, n, err)
		}
		transport.next.CloseIdleConnections()
	}
}
