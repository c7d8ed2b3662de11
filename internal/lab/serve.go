package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Mount opens the sockets of a world's servers.
type Mount struct {
	// Listen opens a TCP listener for a server at that address.
	Listen func(at netip.AddrPort, loopback bool) (net.Listener, error)
	// ListenPacket opens a UDP socket for a server at that address.
	ListenPacket func(at netip.AddrPort, loopback bool) (net.PacketConn, error)
	// Dial connects one part of the world (a proxy) to another.
	Dial func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error)
	// External: servers with an Engine are run by that program, not by the lab.
	External bool
}

// A Running is a world whose servers run.
type Running struct{ *running }

type running struct {
	world *World
	mount Mount
	start time.Time

	mu          sync.Mutex
	authorities map[Issuer]*authority
	leaves      map[string]*tls.Certificate
	requested   map[string]bool // hosts that clients requested, by proxy
}

// Serve starts the servers of a world. They end with the context.
func Serve(ctx context.Context, w *World, m Mount) (*Running, error) {
	r := &running{world: w, mount: m, start: time.Now(), authorities: map[Issuer]*authority{}, leaves: map[string]*tls.Certificate{}, requested: map[string]bool{}}
	for _, n := range w.Nameservers {
		if m.External && n.Engine != "" {
			continue
		}
		at := netip.AddrPortFrom(n.Address, 53)
		if w.Fate("udp", at).Action == Refuse {
			continue
		}
		pc, err := m.ListenPacket(at, n.Loopback)
		if err != nil {
			return nil, fmt.Errorf("nameserver: %w", err)
		}
		l, err := m.Listen(at, n.Loopback)
		if err != nil {
			return nil, fmt.Errorf("nameserver: %w", err)
		}
		w.serveDNS(ctx, n, pc, l)
	}
	for _, e := range w.Edges {
		at := netip.AddrPortFrom(e.Address, 443)
		if w.Fate("tcp", at).Action == Refuse {
			continue
		}
		l, err := m.Listen(at, false)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Service, err)
		}
		r.serveEdge(ctx, e, l)
	}
	if w.Metadata != nil {
		l, err := m.Listen(MetadataAddress, false)
		if err != nil {
			return nil, fmt.Errorf("instance metadata: %w", err)
		}
		serveHTTP(ctx, l, w.Metadata.handler(w))
	}
	for _, p := range w.Proxies {
		if m.External && p.Engine != "" {
			continue
		}
		l, err := m.Listen(p.Address, false)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		r.serveProxy(ctx, p, l)
	}
	return &Running{r}, nil
}

// serveEdge runs an edge.
func (r *running) serveEdge(ctx context.Context, e *Edge, l net.Listener) {
	switch {
	case e.TLS.Banner != "":
		go acceptEach(ctx, l, func(c net.Conn) {
			_, _ = io.WriteString(c, e.TLS.Banner)
			WaitForEnd(c)
		})
	case e.TLS.Speak != nil:
		go acceptEach(ctx, l, e.TLS.Speak)
	case e.TLS.PlainHTTP:
		serveHTTP(ctx, l, r.edgeHandler(e))
	default:
		l = wrapListener{l, func(c net.Conn) net.Conn {
			if e.TLS.Pause != 0 {
				c = slowConn{c, e.TLS.Pause}
			}
			return &helloConn{Conn: c}
		}}
		serveHTTP(ctx, tls.NewListener(l, r.config(e)), r.edgeHandler(e))
	}
}

// serveHTTP answers requests on a listener until the context ends.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	context.AfterFunc(ctx, func() { s.Close() })
}

// acceptEach calls f for every connection, and then closes it, until the context
// ends.
func acceptEach(ctx context.Context, l net.Listener, f func(net.Conn)) {
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			f(c)
		}()
	}
}

// now is the start time by the world's clock.
func (r *running) now() time.Time { return r.start.Add(r.world.Clock) }

// authority returns an issuer, created at its first use.
func (r *running) authority(i Issuer) (*authority, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.authorities[i]; a != nil {
		return a, nil
	}
	a, err := newAuthority(i, r.now())
	if err != nil {
		return nil, err
	}
	r.authorities[i] = a
	return a, nil
}

// leaf returns a certificate, created at its first use.
func (r *running) leaf(c Certificate, names []string) (*tls.Certificate, error) {
	a, err := r.authority(c.Issuer)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprint(c.Issuer, strings.Join(names, " "), c.NotBefore, c.NotAfter, c.Change != nil, c.Further, len(c.Extra))
	if l := r.leaves[key]; l != nil {
		return l, nil
	}
	l, err := a.leaf(c, names, r.now())
	if err != nil {
		return nil, err
	}
	r.leaves[key] = l
	return l, nil
}

// roots returns the roots that the node trusts.
func (r *running) roots() ([]*x509.Certificate, error) {
	var roots []*x509.Certificate
	for _, i := range r.world.Node.Trusts {
		a, err := r.authority(i)
		if err != nil {
			return nil, err
		}
		roots = append(roots, a.root)
	}
	return roots, nil
}

// TrustStore returns the node's trust store as PEM.
func (r *Running) TrustStore() (string, error) {
	roots, err := r.roots()
	if err != nil {
		return "", err
	}
	return pemOf(roots...), nil
}

// CA returns an issuer's root and its key, for a program that signs with it.
func (r *Running) CA(i Issuer) (string, error) {
	a, err := r.authority(i)
	if err != nil {
		return "", err
	}
	return a.pem()
}

// Listens reports whether a server of the world, outside the node, listens there.
func (w *World) Listens(network string, at netip.AddrPort) bool {
	if at.Port() == 53 && slices.ContainsFunc(w.Nameservers, func(n *Nameserver) bool { return n.Address == at.Addr() && !n.Loopback }) {
		return true
	}
	if !strings.HasPrefix(network, "tcp") {
		return false
	}
	return at.Port() == 443 && slices.ContainsFunc(w.Edges, func(e *Edge) bool { return e.Address == at.Addr() }) ||
		w.Metadata != nil && at == MetadataAddress ||
		slices.ContainsFunc(w.Proxies, func(p *Proxy) bool { return p.Address == at })
}
