package probe

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// TestUseTCP_asksOverTCPAlone: with `options use-vc` every query goes over TCP, and UDP is the
// experiment if that fails.
func TestUseTCP_asksOverTCPAlone(t *testing.T) {
	both := probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1", probetest.SecondHost + ".": "10.0.1.2", "com.": "10.0.1.3"})
	for _, test := range []struct {
		name      string
		udp, tcp  dns.HandlerFunc
		addresses bool
		overUDP   bool
		timeout   time.Duration
	}{
		{"both answer", both, both, true, false, 20 * time.Second},
		{"UDP is silent", probetest.Silent, both, true, false, 20 * time.Second},
		{"TCP is silent", both, probetest.Silent, false, true, 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var datagrams atomic.Int64
			server := probetest.ListenDNS(t, func(w dns.ResponseWriter, q *dns.Msg) { datagrams.Add(1); test.udp(w, q) }, test.tcp)
			p := &Prober{LookupHost: noSuchName, Timeout: test.timeout, Dial: probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": server})}
			plan := smallPlan("10.0.0.53:53")
			plan.Timeout = observation.Elapsed(p.Timeout)
			s := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Resolver: observation.ResolverConfig{UseTCP: true}}}, nil, nil).Servers[0]
			for _, a := range s.Answers {
				if a.Transport != "tcp" || a.Type == "A" && (len(a.Addresses) > 0) != test.addresses {
					t.Errorf("%+v", a)
				}
			}
			if s.OverTCP != nil || (s.OverUDP != nil && s.OverUDP.Rcode != "") != test.overUDP {
				t.Errorf("over TCP %+v, over UDP %+v", s.OverTCP, s.OverUDP)
			}
			if !test.overUDP && datagrams.Load() > 0 {
				t.Errorf("%d questions over UDP", datagrams.Load())
			}
		})
	}
}

// TestUnchecked_isAskedForServFail if other names have answers.
func TestUnchecked_isAskedForServFail(t *testing.T) {
	fails := func(names map[string]string, bogus bool) dns.HandlerFunc {
		return func(w dns.ResponseWriter, q *dns.Msg) {
			if _, ok := names[q.Question[0].Name]; ok || bogus && q.CheckingDisabled {
				probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1", probetest.SecondHost + ".": "10.0.1.2"})(w, q)
				return
			}
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
		}
	}
	first := map[string]string{probetest.FirstHost + ".": ""}
	for _, test := range []struct {
		name   string
		answer dns.HandlerFunc
		asked  int
		good   bool
	}{
		{"the address is there", fails(first, true), 1, true},
		{"it fails all the same", fails(first, false), 1, false},
		{"every name fails", fails(nil, true), 0, false},
		{"no name fails", probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1", probetest.SecondHost + ".": "10.0.1.2"}), 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{LookupHost: noSuchName, Dial: probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": probetest.ListenDNS(t, test.answer, nil)})}
			plan := smallPlan("10.0.0.53:53")
			plan.Timeout = observation.Elapsed(20 * time.Second)
			got := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Servers[0].Unchecked
			if len(got) != test.asked || test.asked > 0 && (got[0].Name != probetest.SecondHost || (len(got[0].Addresses) > 0) != test.good) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestCompletedNames: completed names are queried if, and only if, no nameserver returns the
// system's address.
func TestCompletedNames(t *testing.T) {
	const wild = "10.0.9.80"
	names := map[string]string{probetest.FirstHost + ".": "10.0.1.1", probetest.SecondHost + ".": "10.0.1.2", probetest.FirstHost + ".b.example.": wild, probetest.SecondHost + ".b.example.": wild}
	search := []string{"a.example", "b.example."}
	for _, test := range []struct {
		name   string
		system string
		config observation.ResolverConfig
		want   []string
	}{
		{"a wildcard, and ndots", wild, observation.ResolverConfig{Search: search, Ndots: new(5)}, []string{probetest.FirstHost + ".b.example", probetest.SecondHost + ".b.example"}},
		{"without ndots the name itself is asked for first", wild, observation.ResolverConfig{Search: search}, nil},
		{"no search list", wild, observation.ResolverConfig{Ndots: new(5)}, nil},
		{"nobody gives the address", "10.0.9.81", observation.ResolverConfig{Search: search, Ndots: new(5)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Prober{
				LookupHost: systemGives(test.system),
				Dial:       onlyUDP(probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": probetest.ListenDNS(t, probetest.Zone(names), nil)})),
			}
			plan := smallPlan("10.0.0.53:53")
			var got []string
			for _, a := range p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Resolver: test.config}}, nil, nil).Servers[0].Searched {
				got = append(got, a.Name)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
