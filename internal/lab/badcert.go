package lab

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"strings"
	"time"
)

// BadCertificate returns a certificate that is valid, in UTC, from year -1 to year
// 10000: its times have offsets, which crypto/x509 can read but not write. Its
// signature is invalid.
func BadCertificate() []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	long := strings.Repeat("a", 60) + ".example" // for lengths of two bytes
	t := &x509.Certificate{
		SerialNumber: serial(), DNSNames: []string{"a" + long, "b" + long, "c" + long},
		NotBefore: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2051, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	c, err := sign(t, t, key, key)
	if err != nil {
		panic(err) // the input is constant
	}
	der := c.Raw
	for _, times := range [][2]string{{"20500101000000Z", "00000101000000+2300"}, {"20510101000000Z", "99991231235959-2300"}} {
		tagged := func(s string) []byte { return append([]byte{0x18, byte(len(s))}, s...) }
		der = bytes.Replace(der, tagged(times[0]), tagged(times[1]), 1)
	}
	// Each time grew by four bytes, and so do the enclosing sequences: the
	// certificate, its signed part, and its validity.
	for _, at := range []int{2, 6} {
		n := int(der[at])<<8 + int(der[at+1]) + 8
		der[at], der[at+1] = byte(n>>8), byte(n)
	}
	der[bytes.Index(der, []byte("\x30\x22\x18\x13"))+1] += 8
	return der
}
