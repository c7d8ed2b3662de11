package lab

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// serveDNS answers queries on a packet socket and a listener until the context ends.
func (w *World) serveDNS(ctx context.Context, n *Nameserver, pc net.PacketConn, l net.Listener) {
	h := dns.HandlerFunc(func(rw dns.ResponseWriter, q *dns.Msg) { w.respond(ctx, n, rw, q) })
	servers := []*dns.Server{{PacketConn: pc, Handler: h}, {Listener: l, Handler: h}}
	if n.Stream != nil {
		servers = servers[:1]
		go acceptEach(ctx, l, n.Stream)
	}
	for _, s := range servers {
		go func() { _ = s.ActivateAndServe() }()
		// Shutdown would wait for handlers.
		context.AfterFunc(ctx, func() { pc.Close(); l.Close() })
	}
}

// respond answers a query as the world describes.
func (w *World) respond(ctx context.Context, n *Nameserver, rw dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		m := new(dns.Msg).SetRcode(q, dns.RcodeFormatError)
		_ = rw.WriteMsg(m)
		return
	}
	name, qtype := q.Question[0].Name, q.Question[0].Qtype
	_, tcp := rw.RemoteAddr().(*net.TCPAddr)
	r := w.answer(n, name, qtype, 0)
	if r.delay > 0 {
		select {
		case <-time.After(r.delay):
		case <-ctx.Done():
			return
		}
	}
	if r.raw != nil {
		for _, b := range r.raw(q, tcp) {
			_, _ = rw.Write(b)
		}
		return
	}
	switch r.do {
	case DNSSilent:
		return
	case DNSGarbage:
		_, _ = rw.Write([]byte("\x00\x01 this is no answer\x1b[31m\n"))
		return
	}
	m := message(q, r)
	switch {
	case r.do == DNSBogus && !q.CheckingDisabled:
		m = message(q, reply{rcode: dns.RcodeServerFailure})
	case r.do == DNSTruncate && !tcp:
		m.Truncated, m.Answer = true, nil
	case r.do == DNSWrongID:
		m.Id++
	case r.do == DNSWrongName:
		m.Question[0].Name = "other.example."
	}
	_ = rw.WriteMsg(m)
}

// message builds the message of a reply to a query.
func message(q *dns.Msg, r reply) *dns.Msg {
	name := q.Question[0].Name
	m := new(dns.Msg).SetRcode(q, r.rcode)
	m.RecursionAvailable = true
	owner := name
	if r.cname != "" {
		owner = dns.Fqdn(r.cname)
		m.Answer = append(m.Answer, &dns.CNAME{Hdr: RecordHeader(name, dns.TypeCNAME), Target: owner})
	}
	if r.do == DNSCNAMELoop {
		other := "loop." + name
		m.Answer = []dns.RR{
			&dns.CNAME{Hdr: RecordHeader(name, dns.TypeCNAME), Target: other},
			&dns.CNAME{Hdr: RecordHeader(other, dns.TypeCNAME), Target: name},
		}
	}
	for _, a := range r.addresses {
		m.Answer = append(m.Answer, AddressRecord(owner, a))
	}
	if q.Question[0].Qtype == dns.TypeNS && r.rcode == dns.RcodeSuccess && r.do == "" {
		m.Answer = append(m.Answer, &dns.NS{Hdr: RecordHeader(name, dns.TypeNS), Ns: "a.gtld-servers.net."})
	}
	if len(m.Answer) == 0 && (r.rcode == dns.RcodeSuccess || r.rcode == dns.RcodeNameError) {
		m.Ns = append(m.Ns, &dns.SOA{Hdr: RecordHeader("com.", dns.TypeSOA), Ns: "ns.example.", Mbox: "hostmaster.example.", Serial: 1, Refresh: 900, Retry: 900, Expire: 1800, Minttl: 60})
	}
	if q.IsEdns0() != nil {
		m.SetEdns0(1232, false)
		if r.text != "" {
			opt := m.IsEdns0()
			opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: dns.ExtendedErrorCodeBlocked, ExtraText: r.text})
		}
	}
	return m
}

// RecordHeader returns the header of a record.
func RecordHeader(name string, t uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET, Ttl: 60}
}

// AddressRecord returns an A or AAAA record.
func AddressRecord(name string, a netip.Addr) dns.RR {
	if a.Is4() {
		return &dns.A{Hdr: RecordHeader(name, dns.TypeA), A: a.AsSlice()}
	}
	return &dns.AAAA{Hdr: RecordHeader(name, dns.TypeAAAA), AAAA: a.AsSlice()}
}
