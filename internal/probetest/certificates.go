package probetest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"
)

// OutOfYears returns a certificate that is valid, in UTC, from the year -1 to the year
// 10000. Its signature is invalid.
func OutOfYears(t testing.TB) []byte {
	der := SelfSigned(t, x509.Certificate{
		NotBefore: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2051, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	for plain, odd := range map[string]string{
		"20500101000000Z": "00000101000000+2300", "20510101000000Z": "99991231235959-2300",
	} {
		from := append([]byte{0x18, byte(len(plain))}, plain...)
		if !bytes.Contains(der, from) {
			t.Fatalf("no %s in the certificate", plain)
		}
		der = bytes.Replace(der, from, append([]byte{0x18, byte(len(odd))}, odd...), 1)
	}
	// Each time grew by four bytes, so everything that contains them must grow too: the
	// certificate, its signed part, and its validity.
	grow := func(at, by int) {
		n := int(der[at])<<8 | int(der[at+1])
		der[at], der[at+1] = byte((n+by)>>8), byte(n+by)
	}
	grow(2, 8)
	grow(6, 8)
	validity := bytes.Index(der, []byte("\x30\x22\x18\x13"))
	if validity < 0 {
		t.Fatal("the certificate has no validity")
	}
	der[validity+1] += 8
	return der
}

// SelfSigned makes a certificate that is large enough for two-byte lengths.
func SelfSigned(t testing.TB, c x509.Certificate) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(1)
	c.DNSNames = append(c.DNSNames, strings.Repeat("a", 60)+".example", strings.Repeat("b", 60)+".example", strings.Repeat("c", 60)+".example")
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
