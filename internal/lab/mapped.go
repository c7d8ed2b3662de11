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

// Mapped starts the servers of a scenario on loopback and returns a Prober that sees
// them at their real addresses. The lab's own servers replace all other programs.
// They end with the context.
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

// A mapping has the addresses where the servers of a world really listen.
type mapping struct {
	world    *World
	tcp, udp map[netip.AddrPort]string
	// sink is a UDP socket that nobody reads.
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

// dial connects the node to an address as the world allows it.
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
		if !f.matches(network, to) {
			continue
		}
		switch {
		case udp:
			return m.dialUDP(to, syserr.NotPermitted)
		case f.Reject && f.With == AdminProhibited:
			return call(syserr.HostUnreachable)
		case f.Reject:
			return call(syserr.Refused)
		}
		return silence()
	}
	action := m.world.Fate(network, to).Action
	if udp {
		return m.dialUDP(to, refusals[action])
	}
	// The round trip distinguishes a refusal in the network from one of the node
	// itself.
	select {
	case <-time.After(roundTrip):
	case <-ctx.Done():
		return fail(ctx.Err())
	}
	if e, ok := refusals[action]; ok {
		return call(e)
	}
	real, ok := m.tcp[to]
	if !ok || action == Drop {
		return silence()
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", real)
	if err != nil {
		return fail(err)
	}
	return &mappedTCP{c.(*net.TCPConn), m.ends(to)}, nil
}

// roundTrip is the lab's round-trip time.
const roundTrip = 2 * time.Millisecond

// refusals are the errors that a refused connection gets.
var refusals = map[Action]syscall.Errno{
	RejectAdmin: syserr.HostUnreachable, RejectNet: syserr.NetUnreachable, RejectPort: syserr.Refused, Refuse: syserr.Refused,
}

// dialUDP connects a UDP socket. Every write fails with e unless it is 0; datagrams to
// an address where nobody listens are lost.
func (m *mapping) dialUDP(to netip.AddrPort, e syscall.Errno) (net.Conn, error) {
	real, ok := m.udp[to]
	if !ok || m.world.Fate("udp", to).Action != "" {
		real = m.sink
	}
	c, err := net.Dial("udp", real)
	if err != nil {
		return nil, err
	}
	return &mappedUDP{c.(*net.UDPConn), m.ends(to), e}, nil
}

// routeError returns this system's error for the node's route to an address, 0 if
// there is a usable one.
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

// ends are the addresses that a mapped connection reports.
type ends struct{ local, remote netip.AddrPort }

func (m *mapping) ends(to netip.AddrPort) ends {
	return ends{local: netip.AddrPortFrom(m.world.Node.Address.Addr(), 40000), remote: to}
}

// A mappedTCP is a connection to loopback that reports other addresses.
type mappedTCP struct {
	*net.TCPConn
	ends ends
}

func (c *mappedTCP) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.ends.local) }
func (c *mappedTCP) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.ends.remote) }

// A mappedUDP does the same for datagrams, and may fail every write.
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
