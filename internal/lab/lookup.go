package lab

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// lookupHost does what Go's own resolver would do on the node: it reads the hosts file,
// then queries the nameservers in order, each twice.
func (m *mapping) lookupHost(ctx context.Context, host string) ([]netip.Addr, error) {
	if found := m.hostsFile(host); len(found) > 0 {
		return found, nil
	}
	servers := m.world.Node.Nameservers
	if len(servers) == 0 {
		servers = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	last := &net.DNSError{Err: "no server answered", Name: host}
	for range 2 {
		for _, s := range servers {
			found, err := m.askBoth(ctx, s, host)
			if err == nil {
				return found, nil
			}
			if last = err; err.IsNotFound || ctx.Err() != nil {
				return nil, err
			}
		}
	}
	return nil, last
}

// askBoth queries a server for A and AAAA records, concurrently.
func (m *mapping) askBoth(ctx context.Context, server netip.Addr, host string) ([]netip.Addr, *net.DNSError) {
	var ipv4, ipv6 []netip.Addr
	var wrong4, wrong6 *net.DNSError
	var both sync.WaitGroup
	both.Go(func() { ipv4, wrong4 = m.addresses(ctx, server, host, dns.TypeA) })
	both.Go(func() { ipv6, wrong6 = m.addresses(ctx, server, host, dns.TypeAAAA) })
	both.Wait()
	found := slices.Concat(ipv4, ipv6)
	switch {
	case len(found) > 0:
		return found, nil
	case wrong4 != nil:
		return nil, wrong4
	case wrong6 != nil:
		return nil, wrong6
	}
	return nil, &net.DNSError{Name: host, Err: "no such host", IsNotFound: true}
}

// addresses queries a server for A or AAAA records.
func (m *mapping) addresses(ctx context.Context, server netip.Addr, host string, qtype uint16) ([]netip.Addr, *net.DNSError) {
	r, err := m.ask(ctx, server, host, qtype)
	wrong := &net.DNSError{Name: host, Server: netip.AddrPortFrom(server, 53).String(), UnwrapErr: err}
	switch {
	case err != nil:
		e, ok := errors.AsType[net.Error](err)
		wrong.Err, wrong.IsTimeout = err.Error(), ok && e.Timeout()
	case r.Rcode == dns.RcodeNameError:
		wrong.Err, wrong.IsNotFound = "no such host", true
	case r.Rcode != dns.RcodeSuccess:
		wrong.Err, wrong.IsTemporary = "server misbehaving", r.Rcode == dns.RcodeServerFailure
	default:
		return addressesOf(r), nil
	}
	return nil, wrong
}

// ask sends a query over UDP, and over TCP if the answer is truncated.
func (m *mapping) ask(ctx context.Context, server netip.Addr, host string, qtype uint16) (*dns.Msg, error) {
	q := new(dns.Msg).SetQuestion(dns.Fqdn(host), qtype)
	var r *dns.Msg
	for _, network := range []string{"udp", "tcp"} {
		var err error
		if r, err = m.exchange(ctx, network, netip.AddrPortFrom(server, 53), q); err != nil {
			return nil, err
		}
		if !r.Truncated {
			break
		}
	}
	return r, nil
}

func (m *mapping) exchange(ctx context.Context, network string, server netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := m.dial(ctx, network, server.String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	conn := &dns.Conn{Conn: c}
	if err := conn.WriteMsg(q); err != nil {
		return nil, err
	}
	for {
		r, err := conn.ReadMsg()
		switch {
		case err == nil && r.Id == q.Id && len(r.Question) == 1 && r.Question[0] == q.Question[0]:
			return r, nil
		case err != nil && r == nil:
			return nil, err
		}
	}
}

// hostsFile returns the addresses of a name in the node's hosts file.
func (m *mapping) hostsFile(host string) []netip.Addr {
	var found []netip.Addr
	for _, line := range m.world.Node.Hosts {
		f := strings.Fields(line)
		if len(f) > 1 && slices.Contains(f[1:], host) {
			if a, err := netip.ParseAddr(f[0]); err == nil {
				found = append(found, a)
			}
		}
	}
	return found
}

func addressesOf(m *dns.Msg) []netip.Addr {
	var found []netip.Addr
	for _, rr := range m.Answer {
		switch rr := rr.(type) {
		case *dns.A:
			a, _ := netip.AddrFromSlice(rr.A.To4())
			found = append(found, a)
		case *dns.AAAA:
			a, _ := netip.AddrFromSlice(rr.AAAA.To16())
			found = append(found, a)
		}
	}
	return found
}
