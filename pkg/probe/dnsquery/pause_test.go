package dnsquery

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestAsk_repeatedAfterPause: both over UDP and over TCP.
func TestAsk_repeatedAfterPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &attempt.Runner{Heart: beating(t)}
		var silent atomic.Bool
		p.Dial = func(_ context.Context, network, _ string) (net.Conn, error) {
			mine, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				conn := &dns.Conn{Conn: theirs}
				for {
					buf := make([]byte, 4096)
					if network == "tcp" {
						_, _ = io.ReadFull(theirs, buf[:2])
					}
					n, err := theirs.Read(buf)
					if err != nil {
						return
					}
					if silent.Load() {
						continue
					}
					q := new(dns.Msg)
					if q.Unpack(buf[:n]) != nil {
						return
					}
					m := new(dns.Msg).SetReply(q)
					m.Answer = []dns.RR{probetest.AddressRecord(q.Question[0].Name, "10.0.1.101")}
					b, _ := m.Pack()
					if network == "tcp" {
						_ = conn.WriteMsg(m)
					} else {
						_, _ = theirs.Write(b)
					}
				}
			}()
			return mine, nil
		}
		x, failure := Dial(t.Context(), p, nil, netip.MustParseAddrPort("10.0.0.2:53"))
		if failure != nil {
			t.Fatal(failure)
		}
		defer x.Close()
		for transport, ask := range map[string]func(context.Context, *dns.Msg) observation.Answer{"udp": x.AskUDP, "tcp": x.AskTCP} {
			silent.Store(true) // what it said while this process stood still is lost
			time.Sleep(probetest.OddMoment)
			p.Heart.StandStill(4 * time.Second)
			time.AfterFunc(4*time.Second, func() { silent.Store(false) })
			a := ask(t.Context(), NewQuestion(probetest.FirstHost, dns.TypeA))
			if a.Failure != nil || len(a.Addresses) != 1 || a.Transport != transport {
				t.Errorf("over %s: %+v", transport, a)
			}
			time.Sleep(time.Second)
		}
	})
}
