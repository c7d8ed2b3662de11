package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// throughProxy climbs to one target through a proxy: its name, the connection
// to it, the CONNECT request, then TLS and HTTP inside. It also tells whether
// a WebSocket was granted.
func (p *Prober) throughProxy(ctx context.Context, proxy *url.URL, t endpointTarget) (out *ProxyObservation, upgraded bool) {
	out = &ProxyObservation{URL: redactedProxy(proxy)}
	to, lookup, failure := p.proxyAddresses(ctx, proxy)
	out.Lookup = lookup
	if failure != nil {
		out.Connect = &Connect{Failure: failure}
		return out, false
	}
	for _, a := range to {
		tunnel := p.openTunnel(ctx, proxy, a, t)
		out.Address, out.Connect, out.Tunnel, out.Experiments = a, tunnel.connect, tunnel.reply, nil
		if f := tunnel.connect.Failure; f != nil {
			if !f.Of(KindUndecided, KindInterrupted, KindNoResources) && ctx.Err() == nil {
				out.Experiments = p.aboutTheWay(ctx, a, f)
			}
			continue // the next address of the proxy
		}
		if tunnel.conn == nil {
			return out, false
		}
		defer tunnel.conn.Close()
		out.Inside, upgraded = p.climbOn(ctx, tunnel.conn, plainHello(t.host), t.ask)
		proxySecrets(proxy).hideClimb(out.Inside)
		return out, upgraded
	}
	return out, false
}

// upgradeThrough asks for a WebSocket through a tunnel of its own.
func (p *Prober) upgradeThrough(ctx context.Context, proxy *url.URL, t endpointTarget) *WebSocket {
	way, upgraded := p.throughProxy(ctx, proxy, t)
	out := &WebSocket{Climb: way.Inside, Upgraded: upgraded}
	if out.Connect = way.Connect; way.Tunnel != nil && way.Tunnel.Failure != nil {
		out.Reply = way.Tunnel
	}
	return out
}

// An endpointTarget is what a tunnel leads to, and what is asked there.
type endpointTarget struct {
	host string
	port uint16
	ask  request
}

// proxyAddresses resolves the proxy's name the system's way.
func (p *Prober) proxyAddresses(ctx context.Context, proxy *url.URL) ([]netip.AddrPort, *SystemLookup, *Failure) {
	if proxy.Hostname() == "" {
		return nil, nil, &Failure{Op: OpProxy, Kind: KindSyntax, Text: "it cannot be told which host the proxy is"}
	}
	port, err := strconv.ParseUint(proxyPort(proxy), 10, 16)
	if err != nil {
		return nil, nil, &Failure{Op: OpProxy, Kind: KindSyntax, Text: "the proxy's port is no number"}
	}
	if a, err := netip.ParseAddr(proxy.Hostname()); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(a, uint16(port))}, nil, nil
	}
	l := p.lookup(ctx, proxy.Hostname())
	if l.Failure != nil {
		return nil, &l, l.Failure
	}
	var to []netip.AddrPort
	for i, a := range l.Addresses {
		if i == maxPublic {
			break
		}
		to = append(to, netip.AddrPortFrom(a, uint16(port)))
	}
	return to, &l, nil
}

// proxyPort is the URL's port, or what net/http takes where it has none.
func proxyPort(proxy *url.URL) string {
	switch {
	case proxy.Port() != "":
		return proxy.Port()
	case proxy.Scheme == "https":
		return "443"
	case isSocks(proxy):
		return "1080"
	}
	return "80"
}

// A tunnel is a connection through a proxy; conn is nil where there is none.
type tunnel struct {
	conn    net.Conn
	connect *Connect
	reply   *Reply
}

func (p *Prober) openTunnel(ctx context.Context, proxy *url.URL, to netip.AddrPort, t endpointTarget) tunnel {
	conn, c := p.connect(ctx, to)
	if c.Failure != nil {
		return tunnel{connect: c}
	}
	out := tunnel{connect: c, reply: &Reply{Request: "CONNECT " + net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))}}
	out.reply.Elapsed, out.reply.Failure = p.attempt(ctx, OpProxy, func(ctx context.Context) error {
		if proxy.Scheme == "https" {
			over, err := p.overTLS(ctx, conn, proxy.Hostname())
			if err != nil {
				return err
			}
			conn = over
		}
		defer closeWith(ctx, conn)()
		if isSocks(proxy) {
			return p.requestSocks(conn, proxy, t, out.reply)
		}
		return p.requestTunnel(conn, proxy, out.reply)
	})
	if out.reply.Failure != nil {
		conn.Close()
		return out
	}
	out.conn = conn
	return out
}

// overTLS shakes hands with the proxy itself, as crypto/tls would, and asks the
// trust store within ctx.
func (p *Prober) overTLS(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	config := hello{serverName: host, verifyName: host}.config()
	config.NextProtos = nil
	heard := &listener{Conn: conn}
	over := tls.Client(heard, config)
	if err := over.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	heard.shaken = true
	chain := over.ConnectionState().PeerCertificates
	made, failure := p.prove(ctx, chain)
	if failure != nil {
		return nil, &Failure{Op: OpProxy, Kind: KindUndecided, Text: "the proxy's certificate was not verified: " + failure.Text}
	}
	if err := errors.Join(chain[0].VerifyHostname(host), made.err); err != nil {
		return nil, err
	}
	return over, nil
}

// requestTunnel sends the CONNECT request and reads its answer: any status but
// 200 is the proxy's refusal.
func (p *Prober) requestTunnel(conn net.Conn, proxy *url.URL, out *Reply) error {
	target := strings.TrimPrefix(out.Request, "CONNECT ")
	req := &http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: target},
		Host:   target,
		Header: http.Header{"User-Agent": {p.userAgent()}},
	}
	if token := proxyToken(proxy); token != "" {
		req.Header.Set("Proxy-Authorization", "Basic "+token)
	}
	hidden := proxySecrets(proxy)
	if err := req.Write(conn); err != nil {
		return err
	}
	limited := &io.LimitedReader{R: conn, N: maxReplyBytes}
	resp, err := http.ReadResponse(bufio.NewReader(limited), req)
	if err != nil {
		if limited.N <= 0 {
			return &Failure{Op: OpProxy, Kind: KindTooLarge, Text: "the proxy's answer has no end"}
		}
		if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		return &Failure{Op: OpProxy, Kind: KindMalformed, Text: clip(hidden.hide(err.Error()), maxText)}
	}
	// The body is not closed: that would read from the tunnel what an answer
	// that grants it cannot have (RFC 9110, 9.3.6).
	out.At = p.now().UTC()
	hidden.hideHeader(resp.Header)
	readHeader(out, resp)
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4*maxBodyKept))
	out.Body = keptBody([]byte(hidden.hide(string(body))))
	return &Failure{Op: OpProxy, Kind: KindStatus, Text: clip(hidden.hide(resp.Status), maxText)}
}

// proxyToken is what tells the proxy who asks. Empty: its URL names nobody.
func proxyToken(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
}

// proxySecrets are what the proxy was sent, and may send back: in its own
// answer, or inside the tunnel where it opens TLS. A user without a password
// may be a token, or hold the password behind an escaped colon.
func proxySecrets(proxy *url.URL) secrets {
	if proxy.User == nil {
		return secrets{}
	}
	secret, has := proxy.User.Password()
	if !has || secret == "" {
		secret = proxy.User.Username()
		if _, behind, ok := strings.Cut(secret, ":"); ok {
			secret = behind
		}
	}
	if len(secret) < 4 { // half of any text would be hidden
		return newSecrets(proxyToken(proxy))
	}
	return newSecrets(secret, url.QueryEscape(secret), url.PathEscape(secret), proxyToken(proxy))
}
