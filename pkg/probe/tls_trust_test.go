package probe

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

// TestTrustStoreIsAskedInTime: neither a verification that never ends nor a lack of file descriptors
// says anything about a certificate.
func TestTrustStoreIsAskedInTime(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	forever := make(chan struct{})
	defer close(forever)
	type chains = [][]*x509.Certificate
	opening := func(errno syscall.Errno) error {
		return x509.SystemRootsError{Err: &os.PathError{Op: "open", Path: "/etc/ssl/cert.pem", Err: errno}}
	}
	for _, test := range []struct {
		name   string
		verify func(*x509.Certificate, x509.VerifyOptions) (chains, error)
		want   observation.Kind // "": it was asked to the end
	}{
		{"in time", nil, ""},
		{"never", func(*x509.Certificate, x509.VerifyOptions) (chains, error) { <-forever; return nil, nil }, observation.KindTimeout},
		{"out of files", func(*x509.Certificate, x509.VerifyOptions) (chains, error) { return nil, opening(syserr.TooManyFiles) }, observation.KindNoResources},
		{"without roots", func(*x509.Certificate, x509.VerifyOptions) (chains, error) { return nil, opening(syscall.ENOENT) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			p := &Prober{RootCAs: ca.Pool, verifyChain: test.verify}
			if test.want == observation.KindTimeout {
				p.Timeout = 2 * time.Second
			}
			c := stagesAt(t, p, edge)
			if took := time.Since(start); took > time.Minute { // for ever is meant
				t.Errorf("took %s", took)
			}
			h := c.Handshake
			if h == nil || c.Failure() != nil || c.Reply.RequestID == "" {
				t.Fatalf("attempt = %+v, want AWS's answer", c)
			}
			if (h.VerifyFailure == nil) != (test.want == "") || test.want != "" && !h.VerifyFailure.Of(test.want) {
				t.Errorf("verify failure %v, want kind %q", h.VerifyFailure, test.want)
			}
			if h.Verified != (test.verify == nil) || !h.NameMatches || !h.InTime || len(h.Certificates) == 0 {
				t.Errorf("handshake = %+v", h)
			}
		})
	}
}

// TestChainIsVerifiedOnce: another connection with it takes the same answer.
func TestChainIsVerifiedOnce(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	cert := ca.Issue(t, probetest.FirstHost, time.Hour)
	for range 30 {
		cert.Certificate = append(cert.Certificate, probetest.NewCA(t, "Amazon").Cert.Raw)
	}
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}}, probetest.Aws)
	var asked atomic.Int32
	p := &Prober{RootCAs: probetest.NewCA(t, "another").Pool, Timeout: 5 * time.Second, trust: new(handshake.Trust)}
	p.trust.RootCAs = p.RootCAs
	p.trust.VerifyChain = func(c *x509.Certificate, o x509.VerifyOptions) ([][]*x509.Certificate, error) {
		asked.Add(1)
		return c.Verify(o)
	}
	for range 3 {
		if h := stagesAt(t, p, edge).Handshake; h.Trusted || h.Verified || h.VerifyFailure != nil {
			t.Errorf("handshake = %+v", h)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("verified %d times, want once: no date is the reason", n)
	}
}

// TestUnsafeStoreIsNotVerifiedWith: it ends the verification, and not the attempt.
func TestUnsafeStoreIsNotVerifiedWith(t *testing.T) {
	if len(handshake.StoreFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{probetest.NewCA(t, "Amazon").Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	p := &Prober{Timeout: 5 * time.Second, Files: fstest.MapFS{"etc/ssl/certs/zz.pem": &fstest.MapFile{Mode: fs.ModeNamedPipe}}, Getenv: func(string) string { return "" }}
	c := stagesAt(t, p, edge)
	if h := c.Handshake; !h.VerifyFailure.Of(observation.KindOther) || h.Verified || c.Reply == nil {
		t.Errorf("attempt = %+v", c)
	}
}

// TestTrustStoreIsTheAgents: the roots of the agent's service count, not those of this shell.
func TestTrustStoreIsTheAgents(t *testing.T) {
	if len(handshake.StoreFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	ca, other := probetest.NewCA(t, "Amazon"), probetest.NewCA(t, "Corp")
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	file := func(c *probetest.TestCA) *fstest.MapFile {
		return &fstest.MapFile{Data: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Cert.Raw})}
	}
	for _, test := range []struct {
		name    string
		files   fstest.MapFS
		shell   string
		agent   observation.TrustConfig
		trusted bool
	}{
		{"the shell's lacks the CA", fstest.MapFS{"etc/ssl/cert.pem": file(ca), "x.pem": file(other)}, "/x.pem", observation.TrustConfig{}, true},
		{"the shell's alone has the CA", fstest.MapFS{"etc/ssl/cert.pem": file(other), "x.pem": file(ca)}, "/x.pem", observation.TrustConfig{}, false},
		{"the agent's own", fstest.MapFS{"etc/ssl/cert.pem": file(other), "x.pem": file(ca)}, "", observation.TrustConfig{File: "/x.pem"}, true},
		{"the agent's own directories", fstest.MapFS{"etc/ssl/cert.pem": file(other), "y/a.0": file(ca)}, "", observation.TrustConfig{Directories: "/x:/y"}, true},
		{"the agent's own is not there", fstest.MapFS{"etc/ssl/certs/a.pem": file(ca)}, "", observation.TrustConfig{File: "/x.pem", Directories: "/y"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{Timeout: 5 * time.Second, Files: test.files, Getenv: func(name string) string {
				if name == "SSL_CERT_FILE" {
					return test.shell
				}
				return ""
			}}
			p.trust = &handshake.Trust{Machine: p.machine(), Config: handshake.StoreSettings{TrustConfig: test.agent}}
			if h := stagesAt(t, p, edge).Handshake; h.Verified != test.trusted || h.Trusted != test.trusted || h.VerifyFailure != nil {
				t.Errorf("handshake = %+v, want trusted %t", h, test.trusted)
			}
		})
	}
}
