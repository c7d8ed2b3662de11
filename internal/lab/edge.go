package lab

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// An Edge is a server on port 443: AWS's, or a middlebox that answers instead.
type Edge struct {
	// Service is the one it serves: "ssm", "s3".
	Service string
	Address netip.Addr
	// Private: it belongs to an interface endpoint.
	Private bool
	// Hosts are the names it serves.
	Hosts []string
	Cert  Certificate
	TLS   TLSFault
	HTTP  HTTPFault
	// Buckets are S3's. nil: the service is not S3.
	Buckets *Buckets
}

// A Certificate is what an edge presents.
type Certificate struct {
	// Issuer signed it. Empty: the world's Issuer.
	Issuer Issuer
	// Names are its host names. Empty: the edge's own or, from another issuer,
	// the one that the client names.
	Names []string
	// NotBefore and NotAfter bound its validity, relative to now. Zero: a month
	// ago, and in eleven months.
	NotBefore, NotAfter time.Duration
	// Change modifies the certificate before it is signed. nil: nothing does.
	Change func(*x509.Certificate)
	// Further is the number of superfluous intermediates in the chain.
	Further int
	// Extra is sent after the chain, unparsed. nil: nothing.
	Extra []byte
}

// Clone returns a deep copy.
func (c Certificate) Clone() Certificate {
	c.Names, c.Extra = slices.Clone(c.Names), slices.Clone(c.Extra)
	return c
}

// A TLSFault is what goes wrong during the handshake.
type TLSFault struct {
	// ResetNames resets handshakes that name one of these hosts; StallNames leaves
	// them unanswered.
	ResetNames, StallNames []string
	// Reset resets every handshake, Stall answers none.
	Reset, Stall bool
	// ResetFirst is the number of handshakes that are reset before others pass.
	ResetFirst int
	// MaxHello is the largest ClientHello that is answered, in bytes of its record.
	// 0: any.
	MaxHello int
	// CutLarge: a larger one is reset; otherwise it gets no answer.
	CutLarge bool
	// MaxVersion is the newest version of TLS offered. 0: any.
	MaxVersion uint16
	// Groups are the only key exchanges accepted, and Ciphers the only cipher
	// suites (up to TLS 1.2). Empty: the defaults of crypto/tls.
	Groups  []tls.CurveID
	Ciphers []uint16
	// PlainHTTP: the server speaks HTTP without TLS.
	PlainHTTP bool
	// Banner: the server does not speak TLS, and sends this first.
	Banner string
	// Speak serves the connection instead. nil: the server does.
	Speak func(net.Conn)
	// Pause is before each byte that the server sends.
	Pause time.Duration
}

// refuses returns what the fault does to a handshake: "reset", "stall" or "".
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
	// Garbage answers with bytes that are not HTTP.
	Garbage bool
	// Page is another answer than AWS's: a block page, a portal.
	Page string
	// DropUpgrade leaves WebSocket upgrades unanswered, ResetUpgrade resets them.
	DropUpgrade, ResetUpgrade bool
	// Speak answers requests, inside TLS. nil: the service does.
	Speak func(c net.Conn, q *http.Request)
}

// A Refusal is a service's answer to a signed request that it does not allow.
type Refusal struct {
	Status        int
	Code, Message string
}

// config returns the edge's TLS configuration.
func (r *running) config(e *Edge) *tls.Config {
	first := e.TLS.ResetFirst
	return &tls.Config{
		// Scenarios need old versions too.
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
				cut(c.Conn)
				return nil, errCut
			case "stall":
				WaitForEnd(c.Conn)
				return nil, errCut
			}
			return nil, nil
		},
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return r.certificate(e, h.ServerName) },
	}
}

// certificate returns what an edge presents to a client that names a host.
func (r *running) certificate(e *Edge, name string) (*tls.Certificate, error) {
	c := e.Cert
	c.Issuer = cmp.Or(c.Issuer, r.world.Issuer)
	names := c.Names
	if len(names) == 0 {
		names = e.Hosts
		if c.Issuer != r.world.Issuer && name != "" {
			names = []string{name}
		}
	}
	c.NotBefore = cmp.Or(c.NotBefore, -30*24*time.Hour)
	c.NotAfter = cmp.Or(c.NotAfter, 330*24*time.Hour)
	return r.leaf(c, names)
}
