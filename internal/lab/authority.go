package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// An Issuer is a CA of the lab.
type Issuer string

// The issuers. Their names imitate real ones; their keys are new in every run.
const (
	// Amazon has the name of the CA of AWS's endpoints.
	Amazon Issuer = "amazon"
	// OtherCA is another public CA, as in the China partition.
	OtherCA Issuer = "other-ca"
	// Inspection belongs to a middlebox that intercepts TLS.
	Inspection Issuer = "inspection"
	// Mitmproxy is the CA of mitmproxy, which signs with the root.
	Mitmproxy Issuer = "mitmproxy"
	// Portal belongs to a captive portal.
	Portal Issuer = "portal"
	// Shouting has escape sequences in its names.
	Shouting Issuer = "shouting"
)

// UTF8Escapes are sequences that affect a terminal and are UTF-8, as the names in a
// certificate must be: a title, colours, clearing the screen, overwriting a line,
// changing the text direction, a NUL.
const UTF8Escapes = "\x1b]0;owned\x07\x1b[31m\x1b[2J\r\b\u009b31m\u202egnp\u2066\x00\x7f"

// issuerNames are the subjects of the root and of the intermediate.
type issuerNames struct{ root, intermediate pkix.Name }

func namesOf(i Issuer) issuerNames {
	pair := func(org, country, root, intermediate string) issuerNames {
		n := func(cn string) pkix.Name {
			return pkix.Name{CommonName: cn, Organization: []string{org}, Country: []string{country}}
		}
		return issuerNames{n(root), n(intermediate)}
	}
	switch i {
	case Amazon:
		return pair("Amazon", "US", "Amazon Root CA 1", "Amazon RSA 2048 M02")
	case OtherCA:
		return pair("DigiCert Inc", "US", "DigiCert Global Root CA", "DigiCert Basic RSA CN CA G2")
	case Inspection:
		return pair("Zscaler Inc.", "US", "Zscaler Root CA", "Zscaler Intermediate Root CA (zscaler.net)")
	case Mitmproxy:
		return pair("mitmproxy", "ZZ", "mitmproxy", "mitmproxy intermediate")
	case Shouting:
		return pair("Amazon"+UTF8Escapes, "US", "Amazon Root CA 1"+UTF8Escapes, "Amazon RSA 2048 M02"+UTF8Escapes)
	}
	return pair("Example Hotel", "ZZ", "Example Hotel Root", "Example Hotel WLAN")
}

// An authority is an issuer with its keys.
type authority struct {
	root, intermediate *x509.Certificate
	// The keys are the root's, the intermediate's and every server's.
	rootKey, key, leafKey *ecdsa.PrivateKey
}

// newAuthority creates an issuer's root and intermediate, valid for some years around
// that time.
func newAuthority(i Issuer, now time.Time) (*authority, error) {
	a := &authority{}
	for _, key := range []**ecdsa.PrivateKey{&a.rootKey, &a.key, &a.leafKey} {
		var err error
		if *key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}
	names := namesOf(i)
	var err error
	root := &x509.Certificate{
		SerialNumber: serial(), Subject: names.root,
		NotBefore: now.AddDate(-20, 0, 0), NotAfter: now.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if a.root, err = sign(root, root, a.rootKey, a.rootKey); err != nil {
		return nil, err
	}
	intermediate := &x509.Certificate{
		SerialNumber: serial(), Subject: names.intermediate,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	a.intermediate, err = sign(intermediate, a.root, a.key, a.rootKey)
	return a, err
}

// leaf creates a server's certificate for host names.
func (a *authority) leaf(like Certificate, hosts []string, now time.Time) (*tls.Certificate, error) {
	if len(hosts) == 0 {
		return nil, fmt.Errorf("a certificate for no host")
	}
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts,
		NotBefore: now.Add(like.NotBefore), NotAfter: now.Add(like.NotAfter), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if like.Change != nil {
		like.Change(t)
	}
	c, err := sign(t, a.intermediate, a.leafKey, a.key)
	if err != nil {
		return nil, err
	}
	out := &tls.Certificate{Certificate: [][]byte{c.Raw, a.intermediate.Raw}, PrivateKey: a.leafKey, Leaf: c}
	if like.Extra != nil {
		out.Certificate = append(out.Certificate, like.Extra)
	}
	return out, a.lengthen(out, like.Further)
}

// lengthen adds intermediates to a chain, each of which could by its name be the
// issuer of the server's certificate.
func (a *authority) lengthen(c *tls.Certificate, by int) error {
	for range by {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		again := *a.intermediate
		again.SerialNumber = serial()
		other, err := sign(&again, a.root, key, a.rootKey)
		if err != nil {
			return err
		}
		c.Certificate = slices.Insert(c.Certificate, 1, other.Raw)
	}
	return nil
}

func sign(t, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return n
}

// pemOf encodes certificates for a trust store.
func pemOf(certs ...*x509.Certificate) string {
	var b []byte
	for _, c := range certs {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return string(b)
}

// pem encodes the root and its key, as mitmproxy reads them.
func (a *authority) pem() (string, error) {
	key, err := x509.MarshalPKCS8PrivateKey(a.rootKey)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})) + pemOf(a.root), nil
}
