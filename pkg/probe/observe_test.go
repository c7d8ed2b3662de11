package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

func smallPlan(servers ...string) observation.Plan {
	p := observation.Plan{
		Region: "us-east-2",
		Targets: []observation.PlannedTarget{
			{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: probetest.FirstHost, Port: 443}, Asked: true},
			{Target: endpoint.Target{Name: "ssmmessages", Service: endpoint.SSMMessages, Host: probetest.SecondHost, Port: 443, WebSocket: true}, Asked: true},
			{Target: endpoint.Target{Name: "ec2messages", NotApplicable: "not offered in this Region"}},
		},
		Timeout: observation.Elapsed(20 * time.Second),
	}
	for _, s := range servers {
		p.Servers = append(p.Servers, observation.PlannedServer{Address: netip.MustParseAddrPort(s), Role: observation.RoleConfigured, From: "/etc/resolv.conf"})
	}
	return p
}

func noSuchName(context.Context, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

// TestLookupLeavesTheCallersAddresses: LookupHost's result is not changed.
func TestLookupLeavesTheCallersAddresses(t *testing.T) {
	own := probetest.Addresses("10.0.1.9 10.0.1.8 10.0.1.8")
	p := &Prober{LookupHost: func(context.Context, string) ([]netip.Addr, error) { return own, nil }}
	got := p.lookup(t.Context(), probetest.FirstHost).Addresses
	if want := probetest.Addresses("10.0.1.8 10.0.1.9"); !slices.Equal(got, want) {
		t.Errorf("looked up %v, want %v", got, want)
	}
	if want := probetest.Addresses("10.0.1.9 10.0.1.8 10.0.1.8"); !slices.Equal(own, want) {
		t.Errorf("the caller's are %v now, want %v", own, want)
	}
}

func TestObserve(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge := func(host string) netip.AddrPort {
		return probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, host, time.Hour)}}, probetest.Aws)
	}
	names := probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.101", probetest.SecondHost + ".": "10.0.1.102"})
	ssm := edge(probetest.FirstHost)
	p := &Prober{
		RootCAs:    ca.Pool,
		LookupHost: noSuchName,
		Dial: probetest.Mapped(map[string]netip.AddrPort{
			"10.0.0.53:53":   probetest.ListenDNS(t, names, nil),
			"10.0.0.54:53":   probetest.ListenDNS(t, probetest.Answering(dns.RcodeRefused), nil),
			"10.0.1.101:443": ssm,
			"10.0.1.102:443": edge(probetest.SecondHost),
		}),
	}
	o := p.Observe(t.Context(), Job{Plan: smallPlan("10.0.0.53:53", "10.0.0.54:53")}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: smallAgent}}, nil, nil)

	if o.Ending != observation.EndingComplete {
		t.Errorf("ending = %s, want complete", o.Ending)
	}
	for i, want := range []string{"10.0.1.101", "10.0.1.102"} {
		target := o.Targets[i]
		if len(target.Addresses) != 1 {
			t.Fatalf("%s: addresses = %+v, want one", target.Name, target.Addresses)
		}
		a := target.Addresses[0]
		if a.Address.String() != want || a.Class != observation.ClassPrivate || a.Stages.Failure() != nil || a.Reply.RequestID == "" {
			t.Errorf("%s: %+v, want %s to be private and to answer as AWS", target.Name, a, want)
		}
		if len(a.From) != 1 || a.From[0] != "10.0.0.53:53" {
			t.Errorf("%s: from %q, want the one nameserver that knows it", target.Name, a.From)
		}
		if len(a.Experiments) != 0 {
			t.Errorf("%s: experiments %+v on a way that works", target.Name, a.Experiments)
		}
	}
	if w := o.Targets[1].Addresses[0].WebSocket; w == nil || w.Reply == nil || w.Reply.RequestID == "" || w.Upgraded {
		t.Errorf("websocket = %+v, want AWS's refusal", w)
	}
	if got := o.Targets[2].NotTried; got == "" {
		t.Error("a target that does not apply was not told as not tried")
	}
	if s := o.Servers[0]; s.ControlQuery != nil || s.OverTCP != nil || s.ControlHost != nil || len(s.Answers) != 4 {
		t.Errorf("the working nameserver was asked more than it needed: %+v", s)
	}
	if s := o.Servers[1]; s.ControlQuery == nil || !s.ControlQuery.Failure.Of(observation.KindDNSRefused) {
		t.Errorf("control query = %+v, want REFUSED", s.ControlQuery)
	}
	if len(o.LargeHello) != 1 || o.LargeHello[0].Result.Failure() != nil || o.LargeHello[0].Target != "ssm" {
		t.Errorf("large hello = %+v, want one that passed at ssm", o.LargeHello)
	}
}

// Two public addresses are probed in full, and every private one; a connection
// is made to each of the others, up to sixteen in all, of a required target.
func TestAddressesThatAreTried(t *testing.T) {
	refused := func(_ context.Context, network, _ string) (net.Conn, error) {
		if network == "udp" {
			return (&net.Dialer{}).Dial("udp", "127.0.0.1:9")
		}
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syserr.Refused)}
	}
	tests := []struct {
		name                      string
		addrs                     string
		optional                  bool
		tried, connected, untried string
	}{
		{"private", "10.0.1.1 10.0.1.2 10.0.1.3", false, "10.0.1.1 10.0.1.2 10.0.1.3", "", ""},
		{"public", "52.94.0.1 52.94.0.2 52.94.0.3", false, "52.94.0.1 52.94.0.2", "52.94.0.3", ""},
		{"public, of both families", "52.94.0.1 52.94.0.2 2600::1 2600::2", false, "52.94.0.1 2600::1", "52.94.0.2 2600::2", ""},
		{"mixed", "10.0.1.1 52.94.0.1 52.94.0.2 52.94.0.3", false, "10.0.1.1 52.94.0.1 52.94.0.2", "52.94.0.3", ""},
		{"seventeen", "52.94.0.1 52.94.0.2" + block(3, 17), false, "52.94.0.1 52.94.0.2", strings.TrimSpace(block(3, 16)), "52.94.0.17"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &Prober{Dial: refused, LookupHost: func(context.Context, string) ([]netip.Addr, error) { return probetest.Addresses(tt.addrs), nil }}
			plan := smallPlan()
			plan.Targets = plan.Targets[:1]
			plan.Targets[0].Asked = !tt.optional
			got := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Targets[0]
			var tried []netip.Addr
			for _, a := range got.Addresses {
				tried = append(tried, a.Address)
			}
			var connected []netip.Addr
			for _, a := range got.Connections {
				if connected = append(connected, a.Address); !a.Connect.Failure.Of(observation.KindConnectionRefused) || a.Class != observation.ClassPublic {
					t.Errorf("connection %+v, want a refusal", a)
				}
			}
			if !probetest.SameAddresses(tried, probetest.Addresses(tt.tried)) || !probetest.SameAddresses(connected, probetest.Addresses(tt.connected)) || !probetest.SameAddresses(got.Untried, probetest.Addresses(tt.untried)) {
				t.Errorf("tried %v, connected to %v, not %v; want %s, %s, not %s", tried, connected, got.Untried, tt.tried, tt.connected, tt.untried)
			}
		})
	}
}

// block returns addresses of a block, each after a space.
func block(from, to int) (list string) {
	for i := from; i <= to; i++ {
		list += " 52.94.0." + strconv.Itoa(i)
	}
	return list
}

// TestOptionalTargetHasNoFurtherConnections: its further addresses get nothing.
func TestOptionalTargetHasNoFurtherConnections(t *testing.T) {
	p := &Prober{
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syserr.Refused)}
		},
		LookupHost: func(context.Context, string) ([]netip.Addr, error) {
			return probetest.Addresses("52.94.0.1 52.94.0.2 52.94.0.3 52.94.0.4"), nil
		},
	}
	plan := smallPlan()
	plan.Targets = plan.Targets[:1]
	plan.Targets[0].Asked = false
	got := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Targets[0]
	if len(got.Connections) != 0 || len(got.Untried) == 0 {
		t.Errorf("connections %+v, not tried %v; want no connections", got.Connections, got.Untried)
	}
}

// TestAnotherAddressStandsIn: if the chosen addresses cannot be connected to, the others are probed
// in full, as the agent moves on to them.
func TestAnotherAddressStandsIn(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	at := probetest.Mapped(map[string]netip.AddrPort{"52.94.0.3:443": edge, "52.94.0.4:443": edge})
	p := &Prober{
		RootCAs: ca.Pool,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if network == "tcp" && (strings.HasPrefix(address, "52.94.0.1:") || strings.HasPrefix(address, "52.94.0.2:")) {
				return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syserr.HostUnreachable)}
			}
			return at(ctx, network, address)
		},
		LookupHost: func(context.Context, string) ([]netip.Addr, error) {
			return probetest.Addresses("52.94.0.1 52.94.0.2 52.94.0.3 52.94.0.4"), nil
		},
	}
	plan := smallPlan()
	plan.Targets = plan.Targets[:1]
	got := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Targets[0]
	serves := 0
	for _, a := range got.Addresses {
		if a.Serves() {
			serves++
		}
	}
	if serves == 0 || len(got.Addresses)+len(got.Connections) != 4 {
		t.Errorf("%d of %d addresses serve, beside %d connections; want one at least, of four", serves, len(got.Addresses), len(got.Connections))
	}
}

// An IPv6 address that the routing table has no way to takes no place.
func TestUnroutableFamilyTakesNoPlace(t *testing.T) {
	p := &Prober{
		Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			if strings.HasPrefix(address, "[") {
				return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syserr.NetUnreachable)}
			}
			if network == "udp" {
				return (&net.Dialer{}).Dial("udp", "127.0.0.1:9")
			}
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syserr.Refused)}
		},
		LookupHost: func(context.Context, string) ([]netip.Addr, error) {
			return probetest.Addresses("52.94.0.1 52.94.0.2 52.94.0.3 2600::1"), nil
		},
	}
	plan := smallPlan()
	plan.Targets = plan.Targets[:1]
	got := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Targets[0]
	if len(got.Addresses) != 3 || len(got.Connections) != 1 {
		t.Fatalf("tried %d, connected to %v; want both IPv4 places used beside the dead IPv6 one", len(got.Addresses), got.Connections)
	}
	last := got.Addresses[2]
	if !last.Stages.Failure().Of(observation.KindNoRoute) {
		t.Errorf("failure = %v, want no route", last.Stages.Failure())
	}
	if len(last.Experiments) != 1 || !last.Experiments[0].Result.Failure().Of(observation.KindNoRoute) {
		t.Errorf("experiments = %+v, want the routing table's word", last.Experiments)
	}
}

// A silent network costs an attempt for the lookup, and ends.
func TestObserveEndsInSilence(t *testing.T) {
	t.Parallel()
	server := probetest.ListenDNS(t, probetest.Silent, nil)
	p := &Prober{
		Dial: probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": server}),
		LookupHost: func(ctx context.Context, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
	plan := smallPlan("10.0.0.53:53")
	plan.Timeout = observation.Elapsed(2 * time.Second)
	o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	s := o.Servers[0]
	for _, a := range s.Answers {
		if !a.Failure.Of(observation.KindTimeout) || a.Sent != 2 {
			t.Errorf("answer = %+v, want silence to two packets", a)
		}
	}
	if s.ControlQuery == nil || !s.ControlQuery.Failure.Of(observation.KindTimeout) {
		t.Errorf("control query = %+v, want silence", s.ControlQuery)
	}
	if s.OverTCP == nil || !s.OverTCP.Failure.Of(observation.KindConnectionRefused) {
		t.Errorf("over TCP = %+v, want refused", s.OverTCP)
	}
	if !o.System[0].Failure.Of(observation.KindTimeout) {
		t.Errorf("system = %+v, want a time-out", o.System[0])
	}
	if time.Duration(o.Duration) > time.Minute {
		t.Errorf("took %v", o.Duration)
	}
}

// After an interrupt, Observe returns what was seen so far.
func TestObserveInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := func(dns.ResponseWriter, *dns.Msg) { cancel(attempt.ErrInterrupted) } // and no answer
	p := &Prober{
		Dial:       probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": probetest.ListenDNS(t, asked, nil)}),
		LookupHost: noSuchName,
	}
	plan := smallPlan("10.0.0.53:53")
	plan.Timeout = observation.Elapsed(time.Minute)
	o := p.Observe(ctx, Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	if o.Ending != observation.EndingInterrupted {
		t.Errorf("ending = %s, want interrupted", o.Ending)
	}
	if f := o.Servers[0].Answers[0].Failure; !f.Of(observation.KindInterrupted) {
		t.Errorf("failure = %v, want interrupted", f)
	}
}

func TestObserveThroughAProxy(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	edge := map[string]netip.AddrPort{}
	for _, host := range []string{probetest.FirstHost, probetest.SecondHost} {
		edge[host+":443"] = probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, host, time.Hour)}}, probetest.Aws)
	}
	proxy := probetest.ListenProxy(t, edge, "user:secret")
	p := &Prober{
		RootCAs:    ca.Pool,
		LookupHost: noSuchName,
		Dial: probetest.Mapped(map[string]netip.AddrPort{
			"10.0.0.8:3128": proxy,
			"10.0.0.53:53":  probetest.ListenDNS(t, probetest.Silent, nil),
		}),
	}
	observe := func(password string) *observation.Observations {
		plan := smallPlan("10.0.0.53:53")
		plan.Targets = plan.Targets[:2]
		plan.Timeout = observation.Elapsed(3 * time.Second) // the nameserver is waited for,
		if password == "secret" {
			plan.Timeout = observation.Elapsed(time.Minute) // and here it is not
		}
		return p.Observe(t.Context(), through(plan, probetest.MustURL(t, "http://user:"+password+"@10.0.0.8:3128")), node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	}
	t.Run("that serves", func(t *testing.T) {
		o := observe("secret")
		for _, target := range o.Targets {
			got := target.Proxy
			if got == nil || got.Failure() != nil || got.Inside.Reply.RequestID == "" {
				t.Errorf("%s: proxy = %+v, want AWS's answer", target.Name, got)
			}
			if strings.Contains(got.URL, "secret") {
				t.Errorf("the URL %q has the password in it", got.URL)
			}
		}
		if w := o.Targets[1].Proxy.WebSocket; w == nil || w.Reply == nil || w.Reply.RequestID == "" {
			t.Errorf("websocket = %+v, want AWS's refusal", w)
		}
		if time.Duration(o.Duration) > 20*time.Second {
			t.Errorf("took %v: it waited for nameservers that nobody needs", o.Duration)
		}
	})
	t.Run("that wants another password", func(t *testing.T) {
		o := observe("wrong")
		got := o.Targets[0].Proxy
		if !got.Failure().Of(observation.KindStatus) || got.Tunnel.Status != http.StatusProxyAuthRequired {
			t.Errorf("tunnel = %+v, want 407", got.Tunnel)
		}
	})
}
