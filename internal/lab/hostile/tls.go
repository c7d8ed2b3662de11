package hostile

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// hostileTLS are the worlds in which every server attacks before a request is sent.
func hostileTLS() []Scenario {
	scenario := func(name, title string, want Want, change func(*Edge)) Scenario {
		return Scenario{Name: "hostile-tls-" + name, Title: title, Base: scenarios.NATPublic, Args: impatient(), Want: want, Faults: []Fault{EveryEdge(change)}}
	}
	speak := func(f func(net.Conn)) func(*Edge) {
		return func(e *Edge) {
			e.TLS.Speak = func(c net.Conn) {
				_, _ = io.ReadFull(c, make([]byte, 5)) // the ClientHello has arrived
				f(c)
			}
		}
	}
	// These servers answer at once, but a busy machine takes long to process what
	// they send.
	certificate := func(name, title string, want Want, c Certificate) Scenario {
		s := scenario(name, title, want, func(e *Edge) { e.Cert = c.Clone() })
		s.Args = []string{"--timeout", "20s", "--deadline", "1m"}
		return s
	}
	return []Scenario{
		scenario("endless-handshake", "a handshake message of 16 MiB, in records without end", Fails("unexplained", unresolved...),
			speak(func(c net.Conn) { endless(c, "", "\x16\x03\x03\x00\x10\x02\xff\xff\xff"+strings.Repeat("\x00", 12)) })),
		scenario("endless-records", "records of no meaning without end", Fails("tls-not-spoken", unresolved...),
			speak(func(c net.Conn) { endless(c, "", "\x14\x03\x03\x00\x01\x01") })),
		scenario("endless-warnings", "warnings without end in place of an answer", Fails("unexplained", unresolved...),
			speak(func(c net.Conn) { endless(c, "", "\x15\x03\x03\x00\x02\x01\x5a") })),
		scenario("half-a-record", "a record that promises 16 KiB and stalls", Fails("tls-stalled", unresolved...),
			speak(func(c net.Conn) {
				_, _ = io.WriteString(c, "\x16\x03\x03\x40\x00\x02")
				WaitForEnd(c)
			})),
		scenario("garbage", "bytes that are no TLS, with escape sequences in them, without end", Fails("tls-not-spoken", unresolved...),
			speak(func(c net.Conn) { endless(c, escapes, escapes) })),
		scenario("byte-by-byte", "a handshake that comes one byte at a time", Fails("tls-stalled", unresolved...),
			func(e *Edge) { e.TLS.Pause = 20 * time.Millisecond }),
		certificate("vast-certificate", "a certificate of one MiB", Fails("unexplained", unresolved...),
			Certificate{Change: func(c *x509.Certificate) { c.ExtraExtensions = append(c.ExtraExtensions, padding(1<<20)) }}),
		certificate("large-certificate", "a certificate of 200 KiB, which crypto/tls would take", Fails("unexplained", unresolved...),
			Certificate{Change: func(c *x509.Certificate) { c.ExtraExtensions = append(c.ExtraExtensions, padding(200<<10)) }}),
		certificate("wide-certificate", "a certificate of 60 KiB, which is nearly as much as is read", Passes(),
			Certificate{Change: func(c *x509.Certificate) { c.ExtraExtensions = append(c.ExtraExtensions, padding(60<<10)) }}),
		certificate("vast-name", "a certificate whose subject has 240 KiB of parts", Fails("unexplained", unresolved...),
			Certificate{Change: func(c *x509.Certificate) { c.RawSubject = manyParts(240 << 10) }}),
		certificate("long-name", "a certificate whose subject has 60 KiB of parts", Passes(),
			Certificate{Change: func(c *x509.Certificate) { c.RawSubject = manyParts(60 << 10) }}),
		certificate("vast-usages", "a certificate for eighty thousand usages", Fails("unexplained", unresolved...),
			Certificate{Change: func(c *x509.Certificate) { manyUsages(c, 80000) }}),
		certificate("many-usages", "a certificate for twenty thousand usages", Passes(),
			Certificate{Change: func(c *x509.Certificate) { manyUsages(c, 20000) }}),
		certificate("ten-thousand-names", "a certificate for ten thousand other names", Fails("tls-wrong-name", unresolved...),
			Certificate{Names: manyNames()}),
		certificate("names-with-escapes", "a certificate whose names are escape sequences", Fails("tls-wrong-name", unresolved...),
			Certificate{Issuer: Shouting, Names: []string{"\x1b]0;owned\x07\x1b[31m.example", "b\r\n.example"}, Change: func(c *x509.Certificate) {
				c.Subject = pkix.Name{CommonName: UTF8Escapes, Organization: []string{UTF8Escapes}}
			}}),
		certificate("chain-of-a-hundred", "a chain of a hundred certificates that could each be the issuer, more than a verifier tries", Fails("tls-untrusted", unresolved...),
			Certificate{Further: 100}),
		certificate("odd-years", "a chain with a certificate that is valid from the year -1 to the year 10000, by its offsets", Passes(),
			Certificate{Extra: BadCertificate()}),
	}
}

// padding returns an unknown extension of that size.
func padding(size int) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Value: make([]byte, size)}
}

// manyParts returns a subject of that size, with as many parts as fit.
func manyParts(size int) []byte {
	return der(asn1.TagSequence, strings.Repeat("\x31\x07\x30\x05\x06\x01\x2a\x13\x00", size/9))
}

// manyUsages sets n extended key usages and, before them, server authentication.
func manyUsages(c *x509.Certificate, n int) {
	c.ExtKeyUsage = nil
	const server = "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
	c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{
		Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Value: der(asn1.TagSequence, server+strings.Repeat("\x06\x01\x2a", n)),
	})
}

// der encodes a constructed ASN.1 value.
func der(tag int, content string) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Tag: tag, IsCompound: true, Bytes: []byte(content)})
	if err != nil {
		panic(err) // its length can always be written
	}
	return b
}

// manyNames returns ten thousand host names, short enough that all are read.
func manyNames() []string {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = "a" + strconv.FormatInt(int64(i), 36)
	}
	return names
}
