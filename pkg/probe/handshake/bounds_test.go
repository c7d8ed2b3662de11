package handshake

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestNameTextIsBounded(t *testing.T) {
	part := func(last int, value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, last}, Value: value}
	}
	name := func(parts ...pkix.AttributeTypeAndValue) (n pkix.Name) {
		var s pkix.RDNSequence
		for _, p := range parts {
			s = append(s, pkix.RelativeDistinguishedNameSET{p})
		}
		n.FillFromRDNSequence(&s)
		return n
	}
	real := name(part(6, "US"), part(10, "Zscaler Inc."), part(3, "Zscaler Intermediate Root CA (zscaler.net)"), part(12, "T"))
	if got := nameText(real, 120); got != real.String() {
		t.Errorf("a real name is %q, want %q", got, real.String())
	}
	many := []pkix.AttributeTypeAndValue{part(3, "the first")}
	for i := range 40_000 {
		many = append(many, part(11, fmt.Sprint(i)))
	}
	huge := name(many...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := nameText(huge, 4000)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; !strings.Contains(got, "the first") || len(got) > observation.MaxText+3 || n > 50<<20 {
		t.Errorf("many parts are %q, and took %d MiB", got, n>>20)
	}
	if got := nameText(real, 5000); !strings.Contains(got, "5000 bytes") {
		t.Errorf("a name of 5000 bytes is %q", got)
	}
}

// TestFlightDoesNotBoundTheAnswer: what follows the handshake has its own limit.
func TestFlightDoesNotBoundTheAnswer(t *testing.T) {
	r := &probetest.Counted{R: bytes.NewReader(make([]byte, 2<<20))}
	l := &listener{Conn: &probetest.SaidConn{R: r}}
	_, err := io.Copy(io.Discard, l)
	// One byte more tells that there is more.
	if f, ok := errors.AsType[*observation.Failure](err); !ok || f.Kind != observation.KindTooLarge || r.N.Load() > probetest.Promised+1 {
		t.Errorf("%d bytes, %v, want it to end as too large", r.N.Load(), err)
	}
	l.shaken = true
	if _, err := io.Copy(io.Discard, l); err != nil {
		t.Errorf("after the handshake: %v", err)
	}
}
