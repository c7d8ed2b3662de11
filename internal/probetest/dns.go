package probetest

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

// ListenDNS answers over UDP, and over TCP at the same port if overTCP is not nil.
func ListenDNS(t *testing.T, overUDP, overTCP dns.HandlerFunc) netip.AddrPort {
	t.Helper()
	for range 20 {
		pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := pc.LocalAddr().(*net.UDPAddr).AddrPort()
		if overTCP != nil {
			l, err := net.Listen("tcp4", addr.String())
			if err != nil {
				pc.Close()
				continue // the port is taken for TCP: try another one
			}
			s := &dns.Server{Listener: l, Handler: overTCP}
			go s.ActivateAndServe()
			t.Cleanup(func() { s.Shutdown() })
		}
		s := &dns.Server{PacketConn: pc, Handler: overUDP}
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go s.ActivateAndServe()
		<-started
		t.Cleanup(func() { s.Shutdown() })
		return addr
	}
	t.Fatal("no port is free for both UDP and TCP")
	return netip.AddrPort{}
}

// Zone answers A queries from a table, and NXDOMAIN for other names.
func Zone(names map[string]string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		addr, ok := names[q.Question[0].Name]
		switch {
		case !ok:
			m.Rcode = dns.RcodeNameError
		case q.Question[0].Qtype == dns.TypeA:
			m.Answer = append(m.Answer, AddressRecord(q.Question[0].Name, addr))
		}
		w.WriteMsg(m)
	}
}

// Silent never answers.
func Silent(dns.ResponseWriter, *dns.Msg) {}

func AddressRecord(name, addr string) dns.RR {
	ip := net.ParseIP(addr)
	if ip.To4() == nil {
		return &dns.AAAA{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeAAAA, Class: dns.ClassINET, Ttl: 60}, AAAA: ip}
	}
	return &dns.A{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: ip}
}

func Alias(name, target string) dns.RR {
	return &dns.CNAME{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 60}, Target: target}
}

// Chain returns n aliases, each pointing to the next.
func Chain(host string, n int) []dns.RR {
	var all []dns.RR
	for i := range n {
		next := fmt.Sprintf("n%d.example.", i)
		all = append(all, Alias(host, next))
		host = next
	}
	return all
}

// Answering replies to every query with these records and this response code.
func Answering(rcode int, records ...dns.RR) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetRcode(q, rcode)
		m.Answer = records
		w.WriteMsg(m)
	}
}
