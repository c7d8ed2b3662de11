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

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// upgradeThrough asks for a WebSocket through a tunnel of its own.
func (p *Prober) upgradeThrough(ctx context.Context, proxy *url.URL, t endpointTarget) *observation.WebSocket {
	way, upgraded := p.throughProxy(ctx, proxy, t)
	out := &observation.WebSocket{Climb: socketClimb(way.Connect, way.Tunnel, way.Inside), Upgraded: upgraded}
	for _, e := range way.Experiments {
		if (e.Kind == observation.ExperimentRepeat || e.StandsIn) && e.Proxy != nil {
			e.Result = socketClimb(e.Result.Connect, e.Proxy.Tunnel, e.Result)
			out.Experiments = append(out.Experiments, e)
		}
	}
	return out
}

// socketClimb is an upgrade's climb through a proxy: the answer is the proxy's
// if that opened no tunnel.
func socketClimb(c *observation.Connect, tunnel *observation.Reply, inside observation.Climb) observation.Climb {
	if inside.Connect = c; tunnel != nil && tunnel.Failure != nil {
		inside.Reply = tunnel
	}
	return inside
}

// An endpointTarget is what a tunnel leads to, and what is asked there.
type endpointTarget struct {
	host string
	port uint16
	ask  request
}

// proxyAddresses resolves the proxy's name the system's way.
func (p *Prober) proxyAddresses(ctx context.Context, proxy *url.URL) ([]netip.AddrPort, *observation.SystemLookup, *observation.Failure) {
	if proxy.Hostname() == "" {
		return nil, nil, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: "it cannot be told which host the proxy is"}
	}
	port, err := strconv.ParseUint(proxyPort(proxy), 10, 16)
	if err != nil {
		return nil, nil, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: "the proxy's port is no number"}
	}
	if a, err := observation.ParseAddress(proxy.Hostname()); err == nil {
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

// openTunnel asks for a tunnel on a connection to the proxy. The connection
// that it gives is the tunnel, or the one that it was given where there is none.
func (p *Prober) openTunnel(ctx context.Context, conn net.Conn, proxy *url.URL, t endpointTarget) (net.Conn, *observation.Reply) {
	out := &observation.Reply{Request: "CONNECT " + net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))}
	out.Elapsed, out.Failure = p.attempt(ctx, observation.OpProxy, func(ctx context.Context) error {
		if proxy.Scheme == "https" {
			over, err := p.overTLS(ctx, conn, proxy.Hostname())
			if err != nil {
				return err
			}
			conn = over
		}
		defer closeWith(ctx, conn)()
		if isSocks(proxy) {
			return p.requestSocks(conn, proxy, t, out)
		}
		return p.requestTunnel(conn, proxy, out)
	})
	return conn, out
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
		return nil, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindUndecided, Text: "the proxy's certificate was not verified: " + failure.Text}
	}
	if err := errors.Join(chain[0].VerifyHostname(host), made.err); err != nil {
		return nil, err
	}
	return over, nil
}

// requestTunnel sends the CONNECT request and reads its answer: any status but
// 200 is the proxy's refusal.
func (p *Prober) requestTunnel(conn net.Conn, proxy *url.URL, out *observation.Reply) error {
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
			return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindTooLarge, Text: "the proxy's answer has no end"}
		}
		if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindMalformed, Text: clip(hidden.Hide(err.Error()), maxText)}
	}
	// The body is not closed: that would read from the tunnel what an answer
	// that grants it cannot have (RFC 9110, 9.3.6).
	out.At = p.now().UTC()
	if resp.StatusCode == http.StatusProxyAuthRequired {
		out.ProxyAuthenticate = offeredSchemes(resp.Header)
	}
	hideHeader(hidden, resp.Header)
	readHeader(out, resp)
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4*maxBodyKept))
	out.Body = keptBody([]byte(hidden.Hide(string(body))))
	return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus, Text: clip(hidden.Hide(resp.Status), maxText)}
}

// proxyToken is what tells the proxy who asks. Empty: its URL names nobody.
func proxyToken(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
}
