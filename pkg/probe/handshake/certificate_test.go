package handshake

import (
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

// Contrary to RFC 5280, a certificate's times may have an offset, which crypto/x509 accepts. It must
// still be possible to write the report.
func TestCertificateTimes(t *testing.T) {
	c, err := x509.ParseCertificate(probetest.OutOfYears(t))
	if err != nil {
		t.Fatal(err)
	}
	got := certificate(c)
	if _, err := json.Marshal(got); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC); !got.NotBefore.IsZero() || !got.NotAfter.Equal(want) {
		t.Errorf("from %s to %s", got.NotBefore, got.NotAfter)
	}
}
