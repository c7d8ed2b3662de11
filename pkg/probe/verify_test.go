package probe

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestTrustStoreThatDoesNotAnswer: the system's own verification may take as
// long as it likes, or fail for want of files; neither says anything of the
// certificate.
func TestTrustStoreThatDoesNotAnswer(t *testing.T) {
	ca := newCA(t, "Amazon")
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, firstHost, time.Hour)}}, aws)
	forever := make(chan struct{})
	defer close(forever)
	type chains = func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error)
	for _, test := range []struct {
		name   string
		verify chains
		want   Kind // "": it was asked to the end
	}{
		{"in time", nil, ""},
		{"never", func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error) {
			<-forever
			return nil, x509.UnknownAuthorityError{}
		}, KindTimeout},
		{"out of files", func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error) {
			return nil, x509.SystemRootsError{Err: &os.PathError{Op: "open", Path: "/etc/ssl/cert.pem", Err: syscall.EMFILE}}
		}, KindNoResources},
		{"without roots", func(*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error) {
			return nil, x509.SystemRootsError{Err: &os.PathError{Op: "open", Path: "/etc/ssl/cert.pem", Err: syscall.ENOENT}}
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{RootCAs: ca.pool, Timeout: 300 * time.Millisecond, verifyChain: test.verify,
				Dial: mapped(map[string]netip.AddrPort{"10.0.1.101:443": edge})}
			start := time.Now()
			c := climbAt(t, p, netip.MustParseAddrPort("10.0.1.101:443"))
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %s", took)
			}
			h := c.Handshake
			if h == nil || c.Failure() != nil || c.Reply.RequestID == "" {
				t.Fatalf("climb = %+v, want AWS's answer", c)
			}
			if (h.VerifyFailure == nil) != (test.want == "") || test.want != "" && !h.VerifyFailure.Of(test.want) {
				t.Errorf("verify failure %v, want kind %q", h.VerifyFailure, test.want)
			}
			if h.Verified != (test.verify == nil) || !h.NameMatches || len(h.Certificates) == 0 {
				t.Errorf("handshake = %+v", h)
			}
		})
	}
}
