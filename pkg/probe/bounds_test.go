package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
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
	start := time.Now()
	got := nameText(name(many...), 4000)
	if !strings.Contains(got, "the first") || len(got) > maxText+3 || time.Since(start) > 2*time.Second {
		t.Errorf("many parts are %q after %s", got, time.Since(start))
	}
	if got := nameText(real, 5000); !strings.Contains(got, "5000 bytes") {
		t.Errorf("a name of 5000 bytes is %q", got)
	}
}

// TestServersFlightIsBounded: the server sends its certificate, and much more.
func TestServersFlightIsBounded(t *testing.T) {
	ca := newCA(t, "Amazon")
	cert := ca.issue(t, testHost, time.Hour)
	for _, tt := range []struct {
		size int
		kind Kind
	}{{30 << 10, ""}, {100 << 10, KindTooLarge}} {
		long := cert
		for n := 0; n < tt.size; n += len(cert.Certificate[0]) {
			long.Certificate = append(long.Certificate, cert.Certificate[0])
		}
		c := climbAt(t, &Prober{RootCAs: ca.pool, Timeout: 5 * time.Second}, listenTLS(t, &tls.Config{Certificates: []tls.Certificate{long}}, aws))
		if f := c.Failure(); (f != nil) != (tt.kind != "") || f != nil && !f.Of(tt.kind) {
			t.Errorf("%d bytes of certificates: failure = %v, want of kind %q", tt.size, f, tt.kind)
		}
	}
}

// TestFlightDoesNotBoundTheAnswer: what comes after the handshake has a bound
// of its own.
func TestFlightDoesNotBoundTheAnswer(t *testing.T) {
	l := &listener{Conn: &saidConn{r: bytes.NewReader(make([]byte, 3*maxFlight))}}
	n, err := io.Copy(io.Discard, io.LimitReader(l, 2*maxFlight))
	if f, ok := errors.AsType[*Failure](err); !ok || f.Kind != KindTooLarge || n > 2*maxFlight {
		t.Errorf("%d bytes, %v, want it to end as too large", n, err)
	}
	l.shaken = true
	if _, err := io.Copy(io.Discard, l); err != nil {
		t.Errorf("after the handshake: %v", err)
	}
}

func TestTextOfAFailureIsBounded(t *testing.T) {
	said := &saidConn{r: strings.NewReader(strings.Repeat("\x01", 60000) + "\r\n\r\n")}
	out, _ := (&Prober{Timeout: 5 * time.Second}).reply(context.Background(), said, request{host: testHost, path: "/"})
	if out.Failure == nil || len(out.Failure.Text) > maxText+3 {
		t.Errorf("reply = %+v, want a failure with a short text", out)
	}
}

// TestReplyIsBoundedAsAWhole counts the bytes that are taken from the network.
func TestReplyIsBoundedAsAWhole(t *testing.T) {
	for name, said := range map[string]string{
		"a body":   "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 1<<20),
		"chunks":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 1<<18),
		"a header": "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: a\r\n", 1<<18),
		"hints":    strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			r := &counted{r: strings.NewReader(said)}
			out, _ := (&Prober{Timeout: 5 * time.Second}).reply(context.Background(), &saidConn{r: r}, request{host: testHost, path: "/"})
			if r.n > maxReplyBytes {
				t.Errorf("%d bytes were read", r.n)
			}
			if out.Status != http.StatusOK && !out.Failure.Of(KindTooLarge) {
				t.Errorf("reply = %+v", out)
			}
		})
	}
}

type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}
