package probe

import (
	"crypto/tls"
	"encoding/pem"
	"syscall"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

// The agent may trust what could not be read of the trust store: a chain is then neither verified nor
// rejected, unless a root that was read verifies it.
func TestTrustStore_unread(t *testing.T) {
	if len(handshake.StoreFiles) == 0 {
		t.Skip("SKIP: here the system itself verifies")
	}
	ca, other := probetest.NewCA(t, "Amazon"), probetest.NewCA(t, "Corp")
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	file := func(c *probetest.TestCA) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Cert.Raw}))
	}
	const bundle, further = "etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/corp.pem"
	lacks := map[string]string{bundle: file(other), further: file(other)}
	for _, test := range []struct {
		name  string
		files map[string]string
		err   error
		want  observation.Kind // "": verified, or refused
	}{
		{bundle, lacks, syscall.EIO, observation.KindUnreadable},
		{bundle, lacks, syscall.EMFILE, observation.KindNoResources},
		{further, lacks, syscall.EACCES, observation.KindDenied},
		{"etc/pki/tls/certs", lacks, syscall.EIO, observation.KindUnreadable},
		{bundle, lacks, syscall.ENOENT, ""},
		{bundle, map[string]string{bundle: file(other), further: file(ca)}, syscall.EIO, ""},
	} {
		for _, step := range probetest.Anywhere {
			p := &Prober{Timeout: 5 * time.Second, Files: probetest.FailingFS{MapFS: probetest.Root(test.files), Name: test.name, Step: step, Err: test.err}, Getenv: func(string) string { return "" }}
			h := stagesAt(t, p, edge).Handshake
			if (h.VerifyFailure == nil) != (test.want == "") || test.want != "" && !h.VerifyFailure.Of(test.want) {
				t.Errorf("%s: %s: %v: verify failure %v, want kind %q", test.name, step, test.err, h.VerifyFailure, test.want)
			}
			if want := test.files[further] == file(ca); h.Verified != want {
				t.Errorf("%s: %s: %v: verified %t, want %t", test.name, step, test.err, h.Verified, want)
			}
		}
	}
}
