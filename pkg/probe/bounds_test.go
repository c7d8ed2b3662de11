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
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// promised is what docs/security.md says that is read of a handshake, of a
// reply, of metadata's header and of its body. It is a number of its own: what
// the code takes must not follow it.
const promised = 64 << 10

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
	if n := after.TotalAlloc - before.TotalAlloc; !strings.Contains(got, "the first") || len(got) > maxText+3 || n > 50<<20 {
		t.Errorf("many parts are %q, and took %d MiB", got, n>>20)
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
		kind observation.Kind
	}{{30 << 10, ""}, {100 << 10, observation.KindTooLarge}} {
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
	r := &counted{r: bytes.NewReader(make([]byte, 2<<20))}
	l := &listener{Conn: &saidConn{r: r}}
	_, err := io.Copy(io.Discard, l)
	// One byte more tells that there is more.
	if f, ok := errors.AsType[*observation.Failure](err); !ok || f.Kind != observation.KindTooLarge || r.n.Load() > promised+1 {
		t.Errorf("%d bytes, %v, want it to end as too large", r.n.Load(), err)
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
			if n := r.n.Load(); n > promised {
				t.Errorf("%d bytes were read", n)
			}
			if out.Status != http.StatusOK && !out.Failure.Of(observation.KindTooLarge) {
				t.Errorf("reply = %+v", out)
			}
		})
	}
}

// TestProxysAnswerIsBounded counts those of a proxy.
func TestProxysAnswerIsBounded(t *testing.T) {
	for name, said := range map[string]string{
		"a body":   "HTTP/1.1 403 Forbidden\r\n\r\n" + strings.Repeat("a", 1<<20),
		"a header": "HTTP/1.1 403 Forbidden\r\n" + strings.Repeat("X-A: a\r\n", 1<<18),
	} {
		r := &counted{r: strings.NewReader(said)}
		err := (&Prober{}).requestTunnel(&saidConn{r: r}, &url.URL{Scheme: "http", Host: "10.9.0.8:3128"}, &observation.Reply{Request: "CONNECT " + testHost + ":443"})
		if n := r.n.Load(); n > promised || err == nil {
			t.Errorf("%s: %d bytes were read: %v", name, n, err)
		}
	}
}

// TestMetadatasAnswerIsBounded counts those of instance metadata, where the
// header and the body have each a bound. net/http reads 4 KiB at once, and
// tells that there is more by one more.
func TestMetadatasAnswerIsBounded(t *testing.T) {
	for name, said := range map[string]string{
		"a body":   "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 1<<20),
		"a header": "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: a\r\n", 1<<18),
	} {
		r := &counted{r: strings.NewReader(said)}
		transport := newMetadataTransport(&Prober{Dial: func(context.Context, string, string) (net.Conn, error) { return &saidConn{r: r}, nil }})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://169.254.169.254"+metadataPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = transport.RoundTrip(req)
		if n := r.n.Load(); n > promised+8<<10 || err == nil {
			t.Errorf("%s: %d bytes were read: %v", name, n, err)
		}
		transport.next.CloseIdleConnections()
	}
}

type counted struct {
	r io.Reader
	n atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}
