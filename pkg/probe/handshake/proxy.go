package handshake

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// ToProxy makes a TLS handshake with the proxy itself, as crypto/tls would, and
// verifies its certificates within ctx.
func (t *Trust) ToProxy(ctx context.Context, p *attempt.Runner, conn net.Conn, host string) (net.Conn, error) {
	config := SmallHello(host).config()
	config.NextProtos = nil
	heard := &listener{Conn: conn}
	over := tls.Client(heard, config)
	if err := over.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	heard.shaken = true
	chain := over.ConnectionState().PeerCertificates
	made, failure := t.StartProof(p, chain).wait(ctx)
	if failure != nil {
		return nil, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindUndecided, Text: "the proxy's certificate was not verified: " + failure.Text}
	}
	if err := errors.Join(chain[0].VerifyHostname(host), made.err); err != nil {
		return nil, err
	}
	return over, nil
}
