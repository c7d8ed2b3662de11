package lab

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// An Edge is one server on port 443: of AWS, or of a box in between that
// answers in its place.
type Edge struct {
	// Service is the one behind it: "ssm", "s3".
	Service string
	Address netip.Addr
	// Private: it is an interface endpoint's.
	Private bool
	// Hosts are the names it serves.
	Hosts []string
	Cert  Certificate
	TLS   TLSFault
	HTTP  HTTPFault
	// Buckets are what S3 has. nil: it is no S3.
	Buckets *Buckets
}

// A Certificate is what an edge shows.
type Certificate struct {
	// Issuer signed it. Empty: the world's, AWS's own.
	Issuer Issuer
	// Names are the host names it is for. None: the edge's own, or for
	// another issuer the one that the client asks for.
	Names []string
	// NotBefore and NotAfter are its time, from now. Zero: a month ago, and
	// in eleven months.
	NotBefore, NotAfter time.Duration
	// Change is made to what is to be signed. nil: none.
	Change func(*x509.Certificate)
	// Further is how many certificates that nobody needs stand in the chain.
	Further int
	// Extra is sent after the chain as it stands. nil: nothing.
	Extra []byte
}

// Clone gives an edge a certificate of its own.
func (c Certificate) Clone() Certificate {
	c.Names, c.Extra = slices.Clone(c.Names), slices.Clone(c.Extra)
	return c
}

// A TLSFault is what is wrong on the way between connection and reply.
type TLSFault struct {
	// ResetNames cuts handshakes that name one of these hosts, StallNames
	// never answers them.
	ResetNames, StallNames []string
	// Reset cuts every handshake, Stall answers none.
	Reset, Stall bool
	// ResetFirst cuts that many handshakes and then none.
	ResetFirst int
	// MaxHello is the largest ClientHello, in bytes of its record, that is
	// answered. 0: any.
	MaxHello int
	// CutLarge: a larger one is cut; otherwise it gets no answer.
	CutLarge bool
	// MaxVersion is the newest version of TLS offered. 0: any.
	MaxVersion uint16
	// Groups are the only key exchanges that it accepts, and Ciphers the only
	// cipher suites (up to TLS 1.2). None: all of crypto/tls's own choice.
	Groups  []tls.CurveID
	Ciphers []uint16
	// PlainHTTP: what answers is no TLS, but HTTP.
	PlainHTTP bool
	// Banner: what answers is no TLS, and speaks first.
	Banner string
	// Speak speaks on the connection in the server's place. nil: nobody does.
	Speak func(net.Conn)
	// Pause goes before each byte that the server sends. 0: none.
	Pause time.Duration
}

// refuses says how a handshake ends by the fault: "reset", "stall" or "".
func (f TLSFault) refuses(name string, size int) string {
	switch {
	case f.Reset, slices.Contains(f.ResetNames, name), f.CutLarge && f.MaxHello > 0 && size > f.MaxHello:
		return "reset"
	case f.Stall, slices.Contains(f.StallNames, name), f.MaxHello > 0 && size > f.MaxHello:
		return "stall"
	}
	return ""
}

// An HTTPFault is what is wrong with the reply.
type HTTPFault struct {
	// Silent: requests get no answer.
	Silent bool
	// Status replaces AWS's, with its request id.
	Status int
	// Refuses is the answer to signed requests. nil: they are allowed.
	Refuses *Refusal
	// Garbage answers with bytes that are no HTTP.
	Garbage bool
	// Page is an answer that is not AWS's: a block page, a portal.
	Page string
	// DropUpgrade gives WebSocket upgrades no answer, ResetUpgrade cuts them.
	DropUpgrade, ResetUpgrade bool
	// Speak answers a request, inside TLS. nil: the service does.
	Speak func(c net.Conn, q *http.Request)
}

// A Refusal is what a service says to a signed request that it does not allow.
type Refusal struct {
	Status        int
	Code, Message string
}

// config makes the edge's side of TLS.
func (r *running) config(e *Edge) *tls.Config {
	first := e.TLS.ResetFirst
	return &tls.Config{
		// Old versions and their suites are wanted where a scenario says so.
		MinVersion: tls.VersionTLS10,
		MaxVersion: e.TLS.MaxVersion,

		CurvePreferences: e.TLS.Groups,
		CipherSuites:     e.TLS.Ciphers,
		NextProtos:       []string{"http/1.1"},
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			c, ok := h.Conn.(*helloConn)
			if !ok {
				return nil, nil
			}
			ends := e.TLS.refuses(h.ServerName, c.size)
			r.mu.Lock()
			if first > 0 {
				first--
				ends = "reset"
			}
			r.mu.Unlock()
			switch ends {
			case "reset":
				c.reset()
				return nil, errCut
			case "stall":
				c.waitForEnd()
				return nil, errCut
			}
			return nil, nil
		},
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return r.certificate(e, h.ServerName) },
	}
}

// certificate gives what an edge shows to a client that names a host.
func (r *running) certificate(e *Edge, name string) (*tls.Certificate, error) {
	c := e.Cert
	if c.Issuer == "" {
		c.Issuer = r.world.Issuer
	}
	names := c.Names
	if len(names) == 0 {
		names = e.Hosts
		if c.Issuer != r.world.Issuer && name != "" {
			names = []string{name}
		}
	}
	if c.NotBefore == 0 {
		c.NotBefore = -30 * 24 * time.Hour
	}
	if c.NotAfter == 0 {
		c.NotAfter = 330 * 24 * time.Hour
	}
	return r.leaf(c, names)
}
