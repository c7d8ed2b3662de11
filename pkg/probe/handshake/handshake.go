// Package handshake speaks TLS on an open connection and verifies the certificates
// with the trust store of the agent's service. It does not connect, and a certificate
// that does not verify is a fact, not a failure.
package handshake

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A ClientHello selects what a handshake offers.
type ClientHello struct {
	// ServerName is the host named in it; empty names none.
	ServerName string
	// VerifyName is the host that the certificate must be for.
	VerifyName string
	// Large sends the post-quantum key share as well: about 1530 bytes in
	// place of 320, which is two segments.
	Large bool
	// Old also offers TLS 1.0 and 1.1.
	Old bool
	// Wide offers every key exchange and cipher suite that this program has,
	// the large key share and the insecure ones too.
	Wide bool
}

// classicalCurves make the ClientHello as small as that of an agent built with
// a Go version older than the post-quantum key share, or configured not to send
// it. largeCurves make it as large as a newer agent's: they are the defaults of
// Go 1.24 and 1.25. Go 1.23 has X25519Kyber768Draft00 instead of
// X25519MLKEM768, which this program's crypto/tls does not support; its key
// share has the same length. No agent sets CurvePreferences
// (agent/network/tlsconfig.go).
var (
	classicalCurves = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	largeCurves     = append([]tls.CurveID{tls.X25519MLKEM768}, classicalCurves...)
)

func (h ClientHello) config() *tls.Config {
	c := &tls.Config{
		ServerName: h.ServerName,
		MinVersion: tls.VersionTLS12, // agent/network/tlsconfig.go
		NextProtos: []string{"http/1.1"},
		// The certificates are verified below: those that do not verify are
		// recorded, and the following stages still run.
		InsecureSkipVerify: true,
	}
	switch {
	case h.Wide:
		c.CurvePreferences, c.CipherSuites = everyGroup(), everySuite()
	case h.Large:
		c.CurvePreferences = largeCurves
	default:
		c.CurvePreferences = classicalCurves
	}
	if h.Old {
		c.MinVersion = tls.VersionTLS10
	}
	return c
}

// Do makes a TLS handshake on conn. The returned connection is nil if the
// handshake failed. The certificates are not verified yet: see pendingProof.
func Do(ctx context.Context, p *attempt.Runner, conn net.Conn, h ClientHello) (*tls.Conn, *observation.Handshake) {
	heard := &listener{Conn: conn}
	over := tls.Client(heard, h.config())
	out := &observation.Handshake{Large: h.Large}
	out.Elapsed, out.Failure = p.Do(ctx, observation.OpHandshake, func(ctx context.Context) error {
		err := over.HandshakeContext(ctx)
		if alert, ok := attempt.AlertOf(err); ok {
			out.Alert = int(alert)
		}
		return err
	})
	heard.shaken = true
	if out.Failure != nil {
		if out.Failure.Kind == observation.KindNotTLS {
			out.FirstBytes = fmt.Sprintf("%q", heard.first[:min(len(heard.first), maxFirstBytes)])
		}
		if group, ok := RetryGroup(heard.first); ok {
			out.RetryGroup = GroupName(group)
		}
		return nil, out
	}
	state := over.ConnectionState()
	out.Version = tls.VersionName(state.Version)
	out.Cipher = tls.CipherSuiteName(state.CipherSuite)
	if state.CurveID != 0 {
		out.Group = GroupName(state.CurveID)
	}
	return over, out
}

// Record records what the certificates say, each fact separately: whether they
// are for this host, valid now, and from a CA that this node trusts.
// Certificates that do not verify are not a failure of the handshake.
func (w pendingProof) Record(ctx context.Context, out *observation.Handshake, host string) {
	chain := w.chain
	if len(chain) == 0 {
		out.VerifyText = "no certificate was sent"
		return
	}
	made, failure := w.wait(ctx)
	// A superfluous certificate that has expired does no harm: only the server's own
	// and its issuer's count here; the chain is verified below.
	out.InTime = !outOfTime(chain[:min(2, len(chain))], w.p.Clock())
	nameErr := chain[0].VerifyHostname(host)
	out.NameMatches = nameErr == nil
	out.Certificates = slices.Clone(made.certificates)
	for i := range out.Certificates { // other connections share them, and hiding secrets changes them
		c := &out.Certificates[i]
		c.Names, c.IssuerOrgs = slices.Clone(c.Names), slices.Clone(c.IssuerOrgs)
	}
	var err error
	if failure != nil {
		out.VerifyFailure = failure
	} else {
		err = made.err
		out.Trusted = err == nil || made.later == nil
		out.InTime = err == nil || out.InTime && !expired(err)
		out.Verified = err == nil && nameErr == nil
	}
	if err := errors.Join(nameErr, err); err != nil {
		out.VerifyText = observation.Truncate(err.Error(), 300)
	}
}

// within returns a time at which the chain was valid: the middle of the period
// in which both the server's own certificate and its issuer's are valid.
func within(chain []*x509.Certificate) time.Time {
	from, to := chain[0].NotBefore, chain[0].NotAfter
	if len(chain) > 1 {
		if c := chain[1]; c.NotBefore.After(from) && c.NotBefore.Before(to) {
			from = c.NotBefore
		}
		if c := chain[1]; c.NotAfter.Before(to) && c.NotAfter.After(from) {
			to = c.NotAfter
		}
	}
	return from.Add(to.Sub(from) / 2)
}

// A listener keeps the first bytes received, to find out what a peer is that
// does not speak TLS, or what a server requests. It accepts no more than
// maxFlight bytes before the handshake is complete.
type listener struct {
	net.Conn
	first []byte
	heard int
	// shaken: the handshake has ended.
	shaken bool
}

func (l *listener) Read(b []byte) (int, error) {
	if !l.shaken && l.heard > maxFlight {
		return 0, &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindTooLarge, Text: "more than 64 KiB came, which no handshake needs"}
	}
	if !l.shaken {
		b = b[:min(len(b), maxFlight+1-l.heard)]
	}
	n, err := l.Conn.Read(b)
	l.heard += n
	if room := maxHeard - len(l.first); room > 0 {
		l.first = append(l.first, b[:min(n, room)]...)
	}
	return n, err
}

const (
	// maxFirstBytes is how much is shown of what came instead of TLS.
	maxFirstBytes = 64
	// maxHeard is how much is kept: a HelloRetryRequest has 93 bytes, more with a
	// cookie.
	maxHeard = 1 << 10
)

// maxFlight limits what a server may send before the handshake is complete: AWS
// sends 6 KiB. crypto/tls accepts 256 KiB of certificates, which take many
// times their size when parsed, on each of many connections.
const maxFlight = 64 << 10

func SmallHello(host string) ClientHello { return ClientHello{ServerName: host, VerifyName: host} }
