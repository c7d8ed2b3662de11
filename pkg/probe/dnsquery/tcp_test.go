package dnsquery

import (
	"context"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestQuestionRejected: a question over TCP says which ICMP message ended it.
func TestQuestionRejected(t *testing.T) {
	want := observation.ICMPMessage{From: netip.MustParseAddr("10.0.2.10"), Type: 3, Code: 13}
	p := &attempt.Runner{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "udp" {
			mine, _ := net.Pipe()
			return mine, nil
		}
		failed := &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syserr.HostUnreachable)}
		return nil, &attempt.ICMPError{Err: failed, Message: want}
	}}
	x, failure := Dial(t.Context(), p, nil, netip.MustParseAddrPort("10.0.0.2:53"))
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.Close()
	a := x.AskTCP(t.Context(), NewQuestion(probetest.FirstHost, dns.TypeA))
	if !a.Failure.Of(observation.KindHostUnreachable) || a.ICMP == nil || *a.ICMP != want {
		t.Errorf("%v, ICMP message %+v; want %+v", a.Failure, a.ICMP, want)
	}
}
