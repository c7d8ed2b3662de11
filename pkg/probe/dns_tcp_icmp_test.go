package probe

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestQuestionRejected: a question over TCP says which ICMP message ended it.
func TestQuestionRejected(t *testing.T) {
	want := observation.ICMPMessage{From: netip.MustParseAddr("10.0.2.10"), Type: 3, Code: 13}
	p := &Prober{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "udp" {
			mine, _ := net.Pipe()
			return mine, nil
		}
		failed := &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}
		return nil, &icmpError{failed, want}
	}}
	x, failure := p.dialServer(t.Context(), netip.MustParseAddrPort("10.0.0.2:53"))
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.close()
	a := x.askTCP(t.Context(), firstHost, dns.TypeA)
	if !a.Failure.Of(observation.KindHostUnreachable) || a.ICMP == nil || *a.ICMP != want {
		t.Errorf("%v, ICMP message %+v; want %+v", a.Failure, a.ICMP, want)
	}
}
