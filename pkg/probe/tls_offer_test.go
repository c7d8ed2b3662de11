package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// helloRetry is OpenSSL's request for X25519MLKEM768, with a cookie before it
// if one is given.
func helloRetry(t testing.TB, cookie []byte) []byte {
	t.Helper()
	random := handshake.RetryRandom
	session := make([]byte, 32)
	extensions := []byte{0, 43, 0, 2, 3, 4}
	if cookie != nil {
		extensions = slices.Concat(extensions, []byte{0, 44, byte((len(cookie) + 2) >> 8), byte(len(cookie) + 2), byte(len(cookie) >> 8), byte(len(cookie))}, cookie)
	}
	extensions = append(extensions, 0, 51, 0, 2, 0x11, 0xec)
	hello := slices.Concat([]byte{3, 3}, random, []byte{32}, session, []byte{0x13, 2, 0, byte(len(extensions) >> 8), byte(len(extensions))}, extensions)
	message := append([]byte{2, 0, byte(len(hello) >> 8), byte(len(hello))}, hello...)
	return append([]byte{22, 3, 3, byte(len(message) >> 8), byte(len(message))}, message...)
}

func TestRetryGroup(t *testing.T) {
	whole := helloRetry(t, nil)
	for name, b := range map[string][]byte{"plain": whole, "with a cookie": helloRetry(t, make([]byte, 300)), "and more behind": append(slices.Clone(whole), 20, 3, 3, 0, 1, 1)} {
		if g, ok := handshake.RetryGroup(b); !ok || g != tls.X25519MLKEM768 {
			t.Errorf("%s: %v %t", name, g, ok)
		}
	}
	for i := range whole {
		if g, ok := handshake.RetryGroup(whole[:i]); ok {
			t.Errorf("cut off after %d bytes: %v", i, g)
		}
	}
	for i := range whole[:5+4+2+32] {
		if i > 0 && i < 5 || i > 5 && i < 11 {
			continue // lengths and versions decide nothing
		}
		other := slices.Clone(whole)
		other[i] ^= 1
		if g, ok := handshake.RetryGroup(other); ok {
			t.Errorf("another byte %d: %v", i, g)
		}
	}
}

func FuzzRetryGroup(f *testing.F) {
	f.Add(helloRetry(f, nil))
	f.Add(helloRetry(f, make([]byte, 40)))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, ok := handshake.RetryGroup(b); ok {
			key := []byte{0, 51, 0, 2, byte(g >> 8), byte(g)}
			if len(b) < 55 || hex.EncodeToString(b[11:43]) != hex.EncodeToString(handshake.RetryRandom) {
				t.Errorf("%v in what is no HelloRetryRequest", g)
			}
			found := false
			for i := 43; i+len(key) <= len(b); i++ {
				found = found || slices.Equal(b[i:i+len(key)], key)
			}
			if !found {
				t.Errorf("%v stands nowhere", g)
			}
			if handshake.GroupName(g) == "" {
				t.Error("a group without a name")
			}
		}
	})
}

// TestServerThatWantsMore: the observation shows what a server requires beyond the agent's own
// ClientHello.
func TestServerThatWantsMore(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	ec := ca.Issue(t, probetest.FirstHost, time.Hour)
	// RSA key exchange needs a certificate with an RSA key.
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{probetest.FirstHost}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	byRSA := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	for _, test := range []struct {
		name           string
		config         *tls.Config
		speak          func(net.Conn)
		groups, suites []string
		alert          int
	}{
		{name: "post-quantum alone", config: &tls.Config{Certificates: []tls.Certificate{ec}, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}}, groups: []string{"X25519MLKEM768"}, alert: 40},
		{name: "another post-quantum one", config: &tls.Config{Certificates: []tls.Certificate{ec}, CurvePreferences: []tls.CurveID{tls.SecP384r1MLKEM1024}}, groups: []string{"SecP384r1MLKEM1024"}, alert: 40},
		{name: "the key exchange by RSA alone", config: &tls.Config{Certificates: []tls.Certificate{byRSA}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, suites: []string{"TLS_RSA_WITH_AES_128_GCM_SHA256"}, alert: 40},
		{name: "3DES alone", config: &tls.Config{Certificates: []tls.Certificate{byRSA}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, suites: []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}, alert: 40},
		{name: "TLS 1.3 alone is offered", config: &tls.Config{Certificates: []tls.Certificate{ec}, MinVersion: tls.VersionTLS13}},
		{name: "P-521 alone is offered", config: &tls.Config{Certificates: []tls.Certificate{ec}, CurvePreferences: []tls.CurveID{tls.CurveP521}}},
		{name: "asked for by a HelloRetryRequest", groups: []string{"X25519MLKEM768"}, speak: func(c net.Conn) {
			c.Read(make([]byte, 4096))
			c.Write(helloRetry(t, nil))
			io.Copy(io.Discard, c)
			c.Close()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := map[string]netip.AddrPort{}
			if test.speak != nil {
				to["10.0.1.1:443"] = probetest.Listen(t, test.speak)
			} else {
				to["10.0.1.1:443"] = probetest.ListenTLS(t, test.config, probetest.Aws)
			}
			r := newRun(t.Context(), &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second, Dial: probetest.Mapped(to)}, Job{Plan: observation.Plan{}}, node.Local{Node: observation.Node{}}, nil)
			way := directPath{to: netip.MustParseAddrPort("10.0.1.1:443"), hello: handshake.SmallHello(probetest.FirstHost), ask: reply.Request{Host: probetest.FirstHost, Path: "/"}}
			c := r.p.attempt(t.Context(), way)
			groups, suites := c.Handshake.Beyond()
			if c.Handshake.Alert != test.alert {
				t.Errorf("alert %d (%v), want %d", c.Handshake.Alert, c.Handshake.Failure, test.alert)
			}
			for _, e := range r.experiments(t.Context(), way, c) {
				if e.Kind == observation.ExperimentWideHello && e.Result.Failure() == nil {
					g, s := e.Result.Handshake.Beyond()
					groups, suites = append(groups, g...), append(suites, s...)
				}
			}
			if !slices.Equal(groups, test.groups) || !slices.Equal(suites, test.suites) {
				t.Errorf("wants %q %q; expected %q %q", groups, suites, test.groups, test.suites)
			}
			if len(test.groups)+len(test.suites) == 0 && (c.Failure() != nil || c.Handshake.Group == "") {
				t.Errorf("failure %v, group %q", c.Failure(), c.Handshake.Group)
			}
		})
	}
}
