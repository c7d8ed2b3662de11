package lab

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// Mapped starts the servers of a scenario on loopback and gives a Prober that
// sees them at their real addresses. Programs other than the lab's own are not
// started: the lab plays their parts itself. The servers end with the context.
func Mapped(ctx context.Context, s Scenario) (*probe.Prober, error) {
	return mapped(ctx, s.World())
}

func mapped(ctx context.Context, w *World) (*probe.Prober, error) {
	m := &mapping{world: w, tcp: map[netip.AddrPort]string{}, udp: map[netip.AddrPort]string{}}
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { sink.Close() })
	m.sink = sink.LocalAddr().String()
	r, err := Serve(ctx, m.world, Mount{Listen: m.listen, ListenPacket: m.listenPacket, Dial: m.inside})
	if err != nil {
		return nil, err
	}
	roots, err := r.roots()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	node := m.world.Node
	return &probe.Prober{
		Dial:              m.dial,
		LookupHost:        m.lookupHost,
		Files:             node.FS(),
		Getenv:            func(name string) string { return node.Env[name] },
		InterfacePrefixes: func() ([]netip.Prefix, error) { return []netip.Prefix{node.Address}, nil },
		RootCAs:           pool,
	}, nil
}

// A mapping is where the servers of a world listen really.
type mapping struct {
	world    *World
	tcp, udp map[netip.AddrPort]string
	// sink is a UDP socket that nobody reads: silence.
	sink string
}

func (m *mapping) listen(at netip.AddrPort, _ bool) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		m.tcp[at] = l.Addr().String()
	}
	return l, err
}

func (m *mapping) listenPacket(at netip.AddrPort, _ bool) (net.PacketConn, error) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err == nil {
		m.udp[at] = c.LocalAddr().String()
	}
	return c, err
}

// inside connects one part of the world to another.
func (m *mapping) inside(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	real, ok := m.tcp[to]
	if !ok {
		return nil, syserr.Refused
	}
	return new(net.Dialer).DialContext(ctx, network, real)
}

// dial connects the node to an address as the world lets it.
func (m *mapping) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the mapped lab connects to addresses only: " + address)}
	}
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(to), Err: err}
	}
	call := func(e syscall.Errno) (net.Conn, error) { return fail(os.NewSyscallError("connect", e)) }
	silence := func() (net.Conn, error) { <-ctx.Done(); return fail(ctx.Err()) }

	if !to.Addr().IsLoopback() {
		if e := m.routeError(to.Addr()); e != 0 {
			return call(e)
		}
	}
	udp := network[0] == 'u'
	for _, f := range m.world.Node.Firewall {
		if !f.concerns(network, to) {
			continue
		}
		switch {
		case udp:
			return m.udpConn(to, syserr.NotPermitted)
		case f.Reject && f.With == rejectAdmin:
			return call(syserr.HostUnreachable)
		case f.Reject:
			return call(syserr.Refused)
		}
		return silence()
	}
	if udp {
		return m.dialUDP(to)
	}
	// A packet needs a moment to come back, which distinguishes a refusal over there
	// from one of the node itself.
	select {
	case <-time.After(roundTrip):
	case <-ctx.Done():
		return fail(ctx.Err())
	}
	switch m.world.way(network, to) {
	case Drop:
		return silence()
	case RejectAdmin:
		return call(syserr.HostUnreachable)
	case RejectNet:
		return call(syserr.NetUnreachable)
	case RejectPort, Refuse:
		return call(syserr.Refused)
	}
	real, ok := m.tcp[to]
	if !ok {
		return silence()
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", real)
	if err != nil {
		return fail(err)
	}
	return &mappedTCP{c.(*net.TCPConn), m.ends(to)}, nil
}

// roundTrip is how long a packet needs there and back in the lab.
const roundTrip = 2 * time.Millisecond

func (m *mapping) dialUDP(to netip.AddrPort) (net.Conn, error) {
	switch m.world.way("udp", to) {
	case RejectAdmin:
		return m.udpConn(to, syserr.HostUnreachable)
	case RejectNet:
		return m.udpConn(to, syserr.NetUnreachable)
	case RejectPort, Refuse:
		return m.udpConn(to, syserr.Refused)
	}
	return m.udpConn(to, 0)
}

// udpConn connects a UDP socket. With an error number every write fails with
// it; where nobody listens, the datagrams are lost.
func (m *mapping) udpConn(to netip.AddrPort, e syscall.Errno) (net.Conn, error) {
	real, ok := m.udp[to]
	if !ok || m.world.way("udp", to) != "" {
		real = m.sink
	}
	c, err := net.Dial("udp", real)
	if err != nil {
		return nil, err
	}
	return &mappedUDP{c.(*net.UDPConn), m.ends(to), e}, nil
}

// routeError is what the node's routing table says of an address, as this
// system says it; 0 where there is a way.
func (m *mapping) routeError(to netip.Addr) syscall.Errno {
	r, ok := m.world.Node.route(to)
	switch {
	case !ok:
		return syserr.NetUnreachable
	case r.Kind == Prohibit:
		return syserr.Prohibited
	case r.Kind == Blackhole:
		return syserr.Invalid
	case r.Kind == Unreachable:
		return syserr.HostUnreachable
	}
	return 0
}

// ends are the addresses that a mapped connection says it has.
type ends struct{ local, remote netip.AddrPort }

func (m *mapping) ends(to netip.AddrPort) ends {
	return ends{local: netip.AddrPortFrom(m.world.Node.Address.Addr(), 40000), remote: to}
}

// A mappedTCP is a connection to loopback that says it is another.
type mappedTCP struct {
	*net.TCPConn
	ends ends
}

func (c *mappedTCP) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.ends.local) }
func (c *mappedTCP) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.ends.remote) }

// A mappedUDP is the same for datagrams.
type mappedUDP struct {
	*net.UDPConn
	ends ends
	err  syscall.Errno
}

func (c *mappedUDP) LocalAddr() net.Addr  { return net.UDPAddrFromAddrPort(c.ends.local) }
func (c *mappedUDP) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.ends.remote) }

func (c *mappedUDP) Write(p []byte) (int, error) {
	if c.err != 0 {
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: c.RemoteAddr(), Err: os.NewSyscallError("write", c.err)}
	}
	return c.UDPConn.Write(p)
}
