package probe

import (
	"context"
	"crypto/tls"
	"net/netip"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// A nameserver that is silent while the other one's answers lead everywhere is
// given its retransmission and the further questions, and not the whole time.
func TestDeadNameserverIsNotWaitedFor(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge := func(host string) netip.AddrPort {
		return probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, host, time.Hour)}}, probetest.Aws)
	}
	names := probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.101", probetest.SecondHost + ".": "10.0.1.102"})
	p := &Prober{
		RootCAs: ca.Pool,
		// Go's resolver waits for the first nameserver.
		LookupHost: func(ctx context.Context, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		Dial: probetest.Mapped(map[string]netip.AddrPort{
			"10.0.0.53:53":   probetest.ListenDNS(t, probetest.Silent, probetest.Silent),
			"10.0.0.54:53":   probetest.ListenDNS(t, names, nil),
			"10.0.1.101:443": edge(probetest.FirstHost),
			"10.0.1.102:443": edge(probetest.SecondHost),
		}),
	}
	plan := smallPlan("10.0.0.53:53", "10.0.0.54:53")
	plan.Timeout = observation.Elapsed(time.Minute) // then it is sent again after a second
	o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)

	if o.Ending != observation.EndingComplete {
		t.Errorf("ending = %s, want complete", o.Ending)
	}
	if time.Duration(o.Duration) > 20*time.Second {
		t.Errorf("took %v: it waited for a nameserver that is dead", o.Duration)
	}
	dead := o.Servers[0]
	for _, a := range dead.Answers {
		if !a.Failure.Of(observation.KindTimeout) || a.Sent != 2 || time.Duration(a.Elapsed) < time.Second {
			t.Errorf("%s %s: %+v, want silence to two packets", a.Name, a.Type, a)
		}
	}
	for what, a := range map[string]*observation.Answer{"control query": dead.ControlQuery, "over TCP": dead.OverTCP} {
		if a == nil || !a.Failure.Of(observation.KindTimeout) {
			t.Errorf("%s = %+v, want silence", what, a)
		}
	}
	for _, l := range o.System {
		if !l.Failure.Of(observation.KindUndecided) {
			t.Errorf("system lookup = %+v, want it told as open", l)
		}
	}
	if s := o.Servers[1]; s.ControlQuery != nil || s.OverTCP != nil {
		t.Errorf("the working nameserver was asked more than it needed: %+v", s)
	}
}
