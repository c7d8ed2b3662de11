package handshake

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"slices"
)

// everyGroup lists the key exchanges that crypto/tls supports.
func everyGroup() []tls.CurveID {
	return append(slices.Clone(largeCurves), tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024)
}

// everySuite lists the cipher suites that crypto/tls supports.
func everySuite() []uint16 {
	var ids []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, s.ID)
	}
	return ids
}

// groupNames are names from IANA's registry of supported groups for which
// crypto/tls has no name, or a different one.
var groupNames = map[tls.CurveID]string{
	23: "P-256", 24: "P-384", 25: "P-521", 30: "X448",
	31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13",
	256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
	0x0200: "MLKEM512", 0x0201: "MLKEM768", 0x0202: "MLKEM1024",
	0x6399: "X25519Kyber768Draft00",
}

func GroupName(g tls.CurveID) string {
	switch g {
	case tls.X25519, tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024:
		return g.String()
	}
	if name := groupNames[g]; name != "" {
		return name
	}
	return fmt.Sprintf("group 0x%04x", uint16(g))
}

// RetryRandom is the random value of a ServerHello that is a HelloRetryRequest
// (RFC 8446, section 4.1.3).
var RetryRandom = []byte{
	0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
}

// RetryGroup returns the key exchange that a server requests by a
// HelloRetryRequest at the start of what it sent. crypto/tls does not name it
// if it was not offered. b may be cut off anywhere.
func RetryGroup(b []byte) (tls.CurveID, bool) {
	r := byteReader{b}
	const recordHandshake, serverHello, extensionKeyShare = 22, 2, 51
	if r.number(1) != recordHandshake {
		return 0, false
	}
	r.skip(4) // version and length of the record
	if r.number(1) != serverHello {
		return 0, false
	}
	r.skip(3 + 2) // length, legacy version
	if !bytes.Equal(r.take(len(RetryRandom)), RetryRandom) {
		return 0, false
	}
	r.skip(r.number(1)) // session id
	r.skip(2 + 1)       // cipher suite, compression
	r.skip(2)           // length of the extensions
	for len(r.b) > 0 {
		kind, size := r.number(2), r.number(2)
		body := r.take(size)
		if kind == extensionKeyShare && len(body) == 2 {
			return tls.CurveID(binary.BigEndian.Uint16(body)), true
		}
	}
	return 0, false
}

// A byteReader reads from bytes that may end too soon: it then becomes empty
// and returns zeros.
type byteReader struct{ b []byte }

func (r *byteReader) take(n int) []byte {
	if n > len(r.b) {
		r.b = nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *byteReader) skip(n int) { r.take(n) }

// number reads n bytes as a number, or returns 0 if they are missing.
func (r *byteReader) number(n int) (v int) {
	for _, b := range r.take(n) {
		v = v<<8 | int(b)
	}
	return v
}
