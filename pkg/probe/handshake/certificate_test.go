package handshake

import (
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

// A certificate's times may have an offset, against RFC 5280, and crypto/x509
// takes them so. What is kept of them must leave a report that can be written.
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
