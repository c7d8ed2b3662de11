package lab

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// A Proxy is an HTTP proxy that connects to hosts by CONNECT.
type Proxy struct {
	Address netip.AddrPort
	// Socks: it speaks SOCKS5 in place of HTTP.
	Socks bool
	// Engine is the program that plays it in the netns lab. Empty: the lab's
	// own.
	Engine Engine
	// User and Password are wanted of clients. Empty: nothing is.
	User, Password string
	// Offers are the schemes of its Proxy-Authenticate. None: Basic.
	Offers []string
	// TLS: it speaks TLS itself, with a certificate of this issuer. Empty: it
	// does not.
	TLS Issuer
	// Denies are hosts that it refuses with 403; "*" is every host.
	Denies []string
	// Fails are hosts that it answers with 502.
	Fails []string
	// Swallows are hosts for which it answers nothing.
	Swallows []string
	// FailFirst is the status with which it answers the first request for each
	// host, or CutFirst for a reset; later ones are served. 0: the first too.
	FailFirst int
	// Knows is the view of the world's names that it resolves with. Empty:
	// the public one.
	Knows View
	// Silent: it accepts connections and answers nothing.
	Silent bool
	// Opens: it opens TLS itself, with a certificate of this issuer. Empty:
	// it does not.
	Opens Issuer
	// DropUpgrade: where it opens TLS, WebSocket upgrades get no answer.
	DropUpgrade bool
	// Speak speaks on its connections in its place. nil: nobody does.
	Speak func(net.Conn)
}

// CutFirst is the FailFirst of a proxy that resets the first connection.
const CutFirst = -1

// failsFirst reports whether this is the first request for a host, and the
// proxy fails it.
func (r *running) failsFirst(p *Proxy, host string) bool {
	if p.FailFirst == 0 {
		return false
	}
	key := p.Address.String() + " " + strings.ToLower(host)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requested[key] {
		return false
	}
	r.requested[key] = true
	return true
}

// fail answers with the status of FailFirst.
func (p *Proxy) fail(w http.ResponseWriter) {
	if p.FailFirst != CutFirst {
		http.Error(w, http.StatusText(p.FailFirst), p.FailFirst)
		return
	}
	if near, _, err := http.NewResponseController(w).Hijack(); err == nil {
		cut(near)
	}
}

// serveProxy answers CONNECT requests.
func (r *running) serveProxy(ctx context.Context, p *Proxy, l net.Listener) {
	if p.Speak != nil {
		go acceptEach(ctx, l, func(c net.Conn) {
			p.Speak(c)
			c.Close()
		})
		return
	}
	if p.Socks {
		go acceptEach(ctx, l, func(c net.Conn) { r.serveSocks(ctx, p, c) })
		return
	}
	if p.TLS != "" {
		l = tls.NewListener(l, &tls.Config{
			NextProtos: []string{"http/1.1"}, // as CONNECT takes the connection over
			GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				return r.certificate(&Edge{Cert: Certificate{Issuer: p.TLS}}, h.ServerName)
			},
		})
	}
	serveHTTP(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		host, _, err := net.SplitHostPort(q.Host)
		switch {
		case p.Silent:
			hold(w)
		case q.Method != http.MethodConnect || err != nil:
			http.Error(w, "only CONNECT is served here", http.StatusBadRequest)
		case !p.authorised(q):
			w.Header()["Proxy-Authenticate"] = p.Offers
			if len(p.Offers) == 0 {
				w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
			}
			http.Error(w, "proxy authentication required", http.StatusProxyAuthRequired)
		case contains(p.Denies, host):
			http.Error(w, "denied by the proxy's policy", http.StatusForbidden)
		case r.failsFirst(p, host):
			p.fail(w)
		case contains(p.Swallows, host):
			hold(w)
		case contains(p.Fails, host):
			http.Error(w, "cannot reach the host", http.StatusBadGateway)
		default:
			r.tunnel(ctx, p, w, q.Host)
		}
	}))
}

func (p *Proxy) authorised(q *http.Request) bool {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password))
	return p.User == "" || q.Header.Get("Proxy-Authorization") == want
}

func contains(list []string, host string) bool {
	for _, h := range list {
		if h == "*" || strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// tunnel connects to a host and carries bytes both ways.
func (r *running) tunnel(ctx context.Context, p *Proxy, w http.ResponseWriter, hostport string) {
	to, ok := r.world.locate(p.Knows, hostport)
	if !ok {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	if p.Opens != "" {
		r.openTLS(ctx, p, w, to)
		return
	}
	far, err := r.mount.Dial(ctx, "tcp", to)
	if err != nil {
		http.Error(w, "no connection", http.StatusGatewayTimeout)
		return
	}
	defer far.Close()
	near, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	carry(ctx, near, far)
}

// carry carries bytes both ways until one side ends.
func carry(ctx context.Context, near, far net.Conn) {
	stop := context.AfterFunc(ctx, func() { near.Close(); far.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(far, near)
		far.Close()
		near.Close()
	}()
	_, _ = io.Copy(near, far)
}

// openTLS answers inside the tunnel in the place of the server, as a proxy
// that inspects TLS does: with a certificate of its own, and AWS's reply.
func (r *running) openTLS(ctx context.Context, p *Proxy, w http.ResponseWriter, to netip.AddrPort) {
	for _, e := range r.world.Edges {
		if netip.AddrPortFrom(e.Address, 443) != to {
			continue
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
			near.Close()
			return
		}
		behind := *e
		behind.Cert = Certificate{Issuer: p.Opens}
		behind.HTTP.DropUpgrade = p.DropUpgrade
		r.serveEdge(ctx, &behind, &onceListener{conn: near})
		return
	}
	http.Error(w, "no connection", http.StatusGatewayTimeout)
}

// A onceListener gives one connection and then nothing.
type onceListener struct{ conn net.Conn }

func (l *onceListener) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, net.ErrClosed
	}
	c := l.conn
	l.conn = nil
	return c, nil
}

func (l *onceListener) Close() error   { return nil }
func (l *onceListener) Addr() net.Addr { return &net.TCPAddr{} }

// locate gives the address of a host and port as somebody with that view sees
// it.
func (w *World) locate(v View, hostport string) (netip.AddrPort, bool) {
	host, portText, err := net.SplitHostPort(hostport)
	if err != nil {
		return netip.AddrPort{}, false
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(a, uint16(port)), true
	}
	rec, _ := w.records(strings.ToLower(host))
	all := rec.Public
	if v == ViewVPC && len(rec.Private) > 0 {
		all = rec.Private
	}
	if len(all) == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(all[0], uint16(port)), true
}
