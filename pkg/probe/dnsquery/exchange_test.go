package dnsquery

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// askAt asks one server one question.
func askAt(t *testing.T, p *attempt.Runner, server netip.AddrPort, name string, qtype uint16) observation.Answer {
	t.Helper()
	x, failure := Dial(t.Context(), p, nil, server)
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.Close()
	return x.Ask(t.Context(), name, qtype)
}

func TestAsk(t *testing.T) {
	const host = "ssm.us-east-2.amazonaws.com."
	truncated := func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		m.Truncated = true
		w.WriteMsg(m)
	}
	blocked := func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		m.SetEdns0(1232, false)
		m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_EDE{InfoCode: dns.ExtendedErrorCodeBlocked, ExtraText: "rebind"})
		w.WriteMsg(m)
	}
	tests := []struct {
		name     string
		udp, tcp dns.HandlerFunc
		want     observation.Answer
	}{
		{"addresses behind an alias, sorted, once each",
			probetest.Answering(0, probetest.Alias(host, "vpce.example."), probetest.AddressRecord("vpce.example.", "10.0.1.102"),
				probetest.AddressRecord("vpce.example.", "10.0.1.101"), probetest.AddressRecord("vpce.example.", "10.0.1.101"),
				probetest.AddressRecord("stranger.example.", "192.0.2.1")), nil,
			observation.Answer{Rcode: "NOERROR", CNAMEs: []string{"vpce.example."}, Sent: 1, Transport: "udp",
				Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.101"), netip.MustParseAddr("10.0.1.102")}}},
		{"no such name", probetest.Answering(dns.RcodeNameError), nil,
			observation.Answer{Rcode: "NXDOMAIN", Sent: 1, Transport: "udp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain}}},
		{"no address", probetest.Answering(0), nil,
			observation.Answer{Rcode: "NOERROR", Sent: 1, Transport: "udp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress}}},
		{"SERVFAIL", probetest.Answering(dns.RcodeServerFailure), nil,
			observation.Answer{Rcode: "SERVFAIL", Sent: 1, Transport: "udp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindServFail}}},
		{"REFUSED", probetest.Answering(dns.RcodeRefused), nil,
			observation.Answer{Rcode: "REFUSED", Sent: 1, Transport: "udp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindDNSRefused}}},
		{"an extended error", blocked, nil,
			observation.Answer{Rcode: "NOERROR", Sent: 1, Transport: "udp", ExtendedErrors: []string{"15 (Blocked): rebind"},
				Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress}}},
		{"truncated, and whole over TCP", truncated, probetest.Answering(0, probetest.AddressRecord(host, "10.0.1.101")),
			observation.Answer{Rcode: "NOERROR", Truncated: true, Sent: 2, Transport: "tcp", Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.101")}}},
		{"truncated, and nobody there over TCP", truncated, nil,
			observation.Answer{Truncated: true, Sent: 2, Transport: "tcp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindConnectionRefused}}},
		{"silence", probetest.Silent, nil,
			observation.Answer{Sent: 2, Transport: "udp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindTimeout}}},
		{"a circle of aliases", probetest.Answering(0, probetest.Alias(host, "a.example."), probetest.Alias("a.example.", "b.example."), probetest.Alias("b.example.", "a.example.")), nil,
			observation.Answer{Rcode: "NOERROR", Sent: 1, Transport: "udp", Discarded: []string{"a loop of aliases"},
				CNAMEs: []string{"a.example.", "b.example.", "a.example."}, Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed}}},
		{"an alias of itself", probetest.Answering(0, probetest.Alias(host, host)), nil,
			observation.Answer{Rcode: "NOERROR", Sent: 1, Transport: "udp", Discarded: []string{"a loop of aliases"},
				CNAMEs: []string{host}, Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed}}},
		{"a chain of aliases that nobody follows", probetest.Answering(0, probetest.Chain(host, 20)...), nil,
			observation.Answer{Rcode: "NOERROR", Sent: 1, Transport: "udp", Discarded: []string{"a chain of more than 16 aliases"},
				Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed}}},
	}
	ignore := cmp.Options{
		cmpopts.IgnoreFields(observation.Answer{}, "Name", "Type", "Elapsed"), cmpopts.IgnoreFields(observation.Failure{}, "Text"),
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.EquateEmpty(),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := probetest.ListenDNS(t, tt.udp, tt.tcp)
			p := &attempt.Runner{Timeout: 300 * time.Millisecond}
			if tt.want.Failure == nil || tt.want.Failure.Kind != observation.KindTimeout {
				p.Timeout = 5 * time.Second
			}
			got := askAt(t, p, server, host, dns.TypeA)
			if diff := cmp.Diff(tt.want, got, ignore); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// A packet that does not answer the query is not an answer, and is recorded.
func TestAsk_ignoresForeignAnswers(t *testing.T) {
	const host = "ssm.us-east-2.amazonaws.com."
	reply := func(change func(*dns.Msg)) dns.HandlerFunc {
		return func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg)
			m.SetReply(q)
			m.Answer = []dns.RR{probetest.AddressRecord(host, "192.0.2.1")}
			change(m)
			w.WriteMsg(m)
		}
	}
	tests := []struct {
		name  string
		serve dns.HandlerFunc
		want  string
	}{
		{"another id", reply(func(m *dns.Msg) { m.Id++ }), "an answer with another id"},
		{"another name", reply(func(m *dns.Msg) { m.Question[0].Name = "other.example." }), "an answer for another name"},
		{"another type", reply(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeMX }), "an answer of another type"},
		{"a question", reply(func(m *dns.Msg) { m.Response = false }), "a question in place of an answer"},
		{"garbage", func(w dns.ResponseWriter, _ *dns.Msg) { w.Write([]byte{1, 2, 3}) }, "3 bytes that are no DNS message"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := askAt(t, &attempt.Runner{Timeout: 2 * time.Second}, probetest.ListenDNS(t, tt.serve, nil), host, dns.TypeA)
			if !got.Failure.Of(observation.KindMalformed) || len(got.Addresses) > 0 {
				t.Errorf("answer = %+v, want none", got)
			}
			if len(got.Discarded) != 1 || got.Discarded[0] != tt.want {
				t.Errorf("discarded = %q, want %q", got.Discarded, tt.want)
			}
		})
	}
}

// askClosedPort queries a port where nothing listens.
func askClosedPort(t *testing.T, timeout time.Duration) observation.Answer {
	t.Helper()
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := pc.LocalAddr().(*net.UDPAddr).AddrPort()
	pc.Close()
	return askAt(t, &attempt.Runner{Timeout: timeout}, server, "ssm.us-east-2.amazonaws.com", dns.TypeA)
}

// The retransmission makes up for a lost packet.
func TestAsk_retransmits(t *testing.T) {
	var lost atomic.Bool
	server := probetest.ListenDNS(t, func(w dns.ResponseWriter, q *dns.Msg) {
		if lost.CompareAndSwap(false, true) {
			return
		}
		probetest.Answering(0, probetest.AddressRecord(q.Question[0].Name, "10.0.1.101"))(w, q)
	}, nil)
	got := askAt(t, &attempt.Runner{Timeout: 20 * time.Second}, server, "ssm.us-east-2.amazonaws.com", dns.TypeA)
	if got.Failure != nil || got.Sent != 2 {
		t.Errorf("answer = %+v, want one to the second packet", got)
	}
}

func FuzzReadAnswer(f *testing.F) {
	m := new(dns.Msg)
	m.SetQuestion("ssm.us-east-2.amazonaws.com.", dns.TypeA)
	m.Response = true
	m.Answer = []dns.RR{probetest.Alias("ssm.us-east-2.amazonaws.com.", "a.example."), probetest.AddressRecord("a.example.", "10.0.1.101")}
	packed, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{0, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		msg := new(dns.Msg)
		if msg.Unpack(b) != nil {
			return
		}
		a := observation.Answer{Name: "ssm.us-east-2.amazonaws.com", Type: "A"}
		readAnswer(&a, msg)
		if len(a.Addresses) > maxAddresses || len(a.CNAMEs) > maxCNAMEs {
			t.Errorf("kept %d addresses and %d aliases", len(a.Addresses), len(a.CNAMEs))
		}
		if len(a.Addresses) == 0 && a.Failure == nil {
			t.Error("an answer without addresses and without a failure")
		}
	})
}

// TestSecondAnswerIsNoStranger: the answer to a retransmission arrives after the query has ended.
// It is dropped, and not recorded as foreign with the open queries.
func TestSecondAnswerIsNoStranger(t *testing.T) {
	t.Parallel()
	twice := func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name == probetest.SecondHost+"." {
			return // silence
		}
		m := new(dns.Msg)
		m.SetReply(q)
		m.Answer = []dns.RR{probetest.AddressRecord(q.Question[0].Name, "10.0.1.101")}
		w.WriteMsg(m)
		time.Sleep(20 * time.Millisecond)
		w.WriteMsg(m)
	}
	p := &attempt.Runner{Timeout: 3 * time.Second} // the silence of one host, and enough for the other's answer
	x, failure := Dial(t.Context(), p, nil, probetest.ListenDNS(t, twice, nil))
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.Close()
	silent := make(chan observation.Answer)
	go func() { silent <- x.Ask(t.Context(), probetest.SecondHost, dns.TypeA) }()
	if a := x.Ask(t.Context(), probetest.FirstHost, dns.TypeA); a.Failure != nil {
		t.Errorf("%s: %v", probetest.FirstHost, a.Failure)
	}
	a := <-silent
	if !a.Failure.Of(observation.KindTimeout) || len(a.Discarded) != 0 {
		t.Errorf("%s: failure %v, thrown away %q; want a time-out, and nothing thrown away", probetest.SecondHost, a.Failure, a.Discarded)
	}
}
