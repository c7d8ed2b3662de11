package reply

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

func TestFailureOf_boundsText(t *testing.T) {
	said := &probetest.SaidConn{R: strings.NewReader(strings.Repeat("\x01", 60000) + "\r\n\r\n")}
	out, _ := Do(context.Background(), &attempt.Runner{Timeout: 5 * time.Second}, said, Request{Host: probetest.FirstHost, Path: "/"})
	if out.Failure == nil || len(out.Failure.Text) > observation.MaxText+3 {
		t.Errorf("reply = %+v, want a failure with a short text", out)
	}
}

// TestReply_boundsTotal counts the bytes that are taken from the network.
func TestReply_boundsTotal(t *testing.T) {
	for name, said := range map[string]string{
		"a body":   "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 1<<20),
		"chunks":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 1<<18),
		"a header": "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: a\r\n", 1<<18),
		"hints":    strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			r := &probetest.Counted{R: strings.NewReader(said)}
			out, _ := Do(context.Background(), &attempt.Runner{Timeout: 5 * time.Second}, &probetest.SaidConn{R: r}, Request{Host: probetest.FirstHost, Path: "/"})
			if n := r.N.Load(); n > probetest.Promised {
				t.Errorf("%d bytes were read", n)
			}
			if out.Status != http.StatusOK && !out.Failure.Of(observation.KindTooLarge) {
				t.Errorf("reply = %+v", out)
			}
		})
	}
}
