package probetest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// A TestCA signs certificates for the TLS servers.
type TestCA struct {
	Cert *x509.Certificate
	key  *ecdsa.PrivateKey
	Pool *x509.CertPool
}

func NewCA(t *testing.T, organization string) *TestCA {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{Organization: []string{organization}, CommonName: organization + " CA"},
		NotBefore:             time.Now().Add(-48 * time.Hour),
		NotAfter:              time.Now().Add(48 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ca := &TestCA{Cert: cert, key: key, Pool: x509.NewCertPool()}
	ca.Pool.AddCert(cert)
	return ca
}

// Issue makes a certificate for a host that expires after the given time.
func (ca *TestCA) Issue(t *testing.T, host string, until time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-24 * time.Hour),
		NotAfter:     time.Now().Add(until),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Cert, &key.PublicKey, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, ca.Cert.Raw}, PrivateKey: key}
}

// Listen accepts on loopback and hands every connection to serve.
func Listen(t *testing.T, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// ListenTLS serves HTTP inside TLS.
func ListenTLS(t *testing.T, config *tls.Config, h http.HandlerFunc) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ErrorLog: QuietLog()}
	go s.Serve(tls.NewListener(l, config))
	t.Cleanup(func() { s.Close() })
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// Reset closes a server's connection with a reset.
func Reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// Aws answers as an AWS API answers an unsigned GET.
func Aws(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Amzn-RequestId", "11111111-2222-3333-4444-555555555555")
	w.WriteHeader(http.StatusNotFound)
	w.Write([]byte("<UnknownOperationException/>\n"))
}

// Mapped returns a dialer that connects to addresses on loopback instead.
func Mapped(to map[string]netip.AddrPort) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if real, ok := to[address]; ok {
			address = real.String()
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

// ListenProxy is an HTTP proxy that opens tunnels for clients with the password.
func ListenProxy(t *testing.T, to map[string]netip.AddrPort, userinfo string) netip.AddrPort {
	t.Helper()
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(userinfo))
	return Listen(t, func(c net.Conn) {
		defer c.Close()
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		if req.Header.Get("Proxy-Authorization") != want {
			io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
			return
		}
		there, err := net.Dial("tcp", to[req.Host].String())
		if err != nil {
			io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
			return
		}
		defer there.Close()
		io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		go io.Copy(there, c)
		io.Copy(c, there)
	})
}

func MustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Addresses parses addresses separated by spaces.
func Addresses(s string) []netip.Addr {
	var all []netip.Addr
	for f := range strings.FieldsSeq(s) {
		all = append(all, netip.MustParseAddr(f))
	}
	return all
}

func SameAddresses(a, b []netip.Addr) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, netip.Addr.Compare)
	slices.SortFunc(b, netip.Addr.Compare)
	return slices.Equal(a, b)
}

func QuietLog() *log.Logger { return log.New(io.Discard, "", 0) }
