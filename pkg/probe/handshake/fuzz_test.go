package handshake

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// Anyone may answer with any certificate. crypto/x509 parses it; what is kept is limited and can be
// written.
func FuzzCertificate(f *testing.F) {
	f.Add(probetest.OutOfYears(f), "ssm.us-east-2.amazonaws.com")
	f.Add(probetest.SelfSigned(f, x509.Certificate{NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}), "a.example")
	f.Add(probetest.SelfSigned(f, x509.Certificate{
		Subject: pkix.Name{CommonName: "\x1b[31m\u202e", Organization: []string{"a", "b", "c", "d", "e"}}, IsCA: true, BasicConstraintsValid: true,
		PermittedDNSDomains: []string{"example"}, IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)},
	}), "")
	f.Fuzz(func(t *testing.T, der []byte, host string) {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		p := &Trust{RootCAs: x509.NewCertPool()}
		p.RootCAs.AddCert(c)
		out := new(observation.Handshake)
		p.StartProof(new(attempt.Runner), []*x509.Certificate{c, c}).Record(t.Context(), out, host)
		b, err := json.Marshal(out)
		// A byte that is not UTF-8 becomes three, or six in JSON.
		if most := 2 * 6 * (maxNames + 6) * (observation.MaxText + 3); err != nil || len(b) > most {
			t.Errorf("%d bytes are kept: %v", len(b), err)
		}
		if out.Verified && (!out.Trusted || !out.InTime || !out.NameMatches) {
			t.Errorf("verified, and no more than that: %s", b)
		}
	})
}
