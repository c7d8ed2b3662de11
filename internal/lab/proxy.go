package lab

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Proxy is an HTTP proxy for CONNECT requests.
type Proxy struct {
	Address netip.AddrPort
	// Socks: it speaks SOCKS5 instead of HTTP.
	Socks bool
	// Engine is the program that runs it in the netns lab. Empty: the lab itself.
	Engine Engine
	// User and Password are required of clients. Empty: none.
	User, Password string
	// Offers are the schemes of its Proxy-Authenticate. Empty: Basic.
	Offers []string
	// TLS is the issuer of its certificate if clients connect with TLS. Empty:
	// they do not.
	TLS Issuer
	// Denies are hosts that it refuses with 403; "*" is every host.
	Denies []string
	// Fails are hosts for which it answers 502.
	Fails []string
	// Swallows are hosts for which it does not answer.
	Swallows []string
	// FailFirst is its status for the first request for each host, or CutFirst.
	// 0: it serves the first request too.
	FailFirst int
	// Knows is the view that it resolves names with. Empty: ViewPublic.
	Knows View
	// Silent: it accepts connections and answers nothing.
	Silent bool
	// Opens is the issuer of its certificates if it intercepts TLS. Empty: it does
	// not.
	Opens Issuer
	// DropUpgrade: if it intercepts TLS, WebSocket upgrades get no answer.
	DropUpgrade bool
	// Speak serves its connections instead. nil: the proxy does.
	Speak func(net.Conn)
}

// CutFirst is the FailFirst of a proxy that resets the first connection for each
// host.
const CutFirst = -1

// failsFirst reports whether this is the first request for a host, which the proxy
// fails.
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

// serveProxy runs a proxy.
func (r *running) serveProxy(ctx context.Context, p *Proxy, l net.Listener) {
	if p.Speak != nil {
		go acceptEach(ctx, l, p.Speak)
		return
	}
	if p.Socks {
		go acceptEach(ctx, l, func(c net.Conn) { r.serveSocks(ctx, p, c) })
		return
	}
	if p.TLS != "" {
		l = tls.NewListener(l, &tls.Config{
			NextProtos: []string{"http/1.1"}, // CONNECT takes over the connection
			GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				return r.certificate(&Edge{Cert: Certificate{Issuer: p.TLS}}, h.ServerName)
			},
		})
	}
	serveHTTP(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		host, _, err := net.SplitHostPort(q.Host)
		switch {
		case p.Silent:
			hijack(w, WaitForEnd)
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
			if p.FailFirst == CutFirst {
				hijack(w, cut)
			} else {
				http.Error(w, http.StatusText(p.FailFirst), p.FailFirst)
			}
		case contains(p.Swallows, host):
			hijack(w, WaitForEnd)
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
	return slices.ContainsFunc(list, func(h string) bool { return h == "*" || strings.EqualFold(h, host) })
}

// established is the answer to a CONNECT that succeeded.
const established = "HTTP/1.1 200 Connection established\r\n\r\n"

// tunnel connects to a host and copies bytes both ways.
func (r *running) tunnel(ctx context.Context, p *Proxy, w http.ResponseWriter, hostport string) {
	to, ok := r.world.locate(p.Knows, hostport)
	if !ok {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	if p.Opens != "" {
		r.intercept(ctx, p, w, to)
		return
	}
	far, err := r.mount.Dial(ctx, "tcp", to)
	if err != nil {
		http.Error(w, "no connection", http.StatusGatewayTimeout)
		return
	}
	defer far.Close()
	hijack(w, func(near net.Conn) {
		if _, err := io.WriteString(near, established); err == nil {
			copyBoth(ctx, near, far)
		}
	})
}

// copyBoth copies bytes both ways until one side ends.
func copyBoth(ctx context.Context, near, far net.Conn) {
	stop := context.AfterFunc(ctx, func() { near.Close(); far.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(far, near)
		far.Close()
		near.Close()
	}()
	_, _ = io.Copy(near, far)
}

// intercept serves the tunnel instead of the server, as a proxy that intercepts TLS
// does: with a certificate of its own, and AWS's reply.
func (r *running) intercept(ctx context.Context, p *Proxy, w http.ResponseWriter, to netip.AddrPort) {
	for _, e := range r.world.Edges {
		if netip.AddrPortFrom(e.Address, 443) != to {
			continue
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if _, err := io.WriteString(near, established); err != nil {
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

// A onceListener accepts one connection.
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

// locate returns the address of a host and port in a view.
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
