package diagnose

import (
	"net/netip"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestHostUnreachableHere: the kernel reports after three seconds that nothing has an
// address in a subnet of this node, and sooner if another process asked before. The same
// error at once, or for an address elsewhere, is not a missing neighbour.
func TestHostUnreachableHere(t *testing.T) {
	const node, neighbour, further = "10.0.2.10", "10.0.2.77", "10.0.1.101"
	for _, test := range []struct {
		name, to           string
		took               observation.Elapsed
		local, noNeighbour bool
	}{
		{"at once", neighbour, ms / 5, true, false},
		{"late, as another process asked for the neighbour before", neighbour, 1050 * ms, false, true},
		{"to the second packet, of another subnet", further, 1050 * ms, true, false},
		{"late, of another subnet", further, 2400 * ms, true, false},
		{"when the kernel gives up", neighbour, 2900 * ms, false, true},
		{"as late, of another subnet", further, 2900 * ms, false, false},
	} {
		w := healthy()
		w.resolves("ssm", test.to)
		w.rejectedBy(node, observation.KindHostUnreachable, 3, 1, test.took, "ssm")
		way := newFacts(w.Observations).byName["ssm"].paths[0]
		if local := way.refusedLocally(); local != test.local || way.noNeighbour != test.noNeighbour {
			t.Errorf("%s: this node's own refusal %t, no neighbour %t; want %t, %t", test.name, local, way.noNeighbour, test.local, test.noNeighbour)
		}
	}
}

// TestOneFilter: if one refusal proves to be this node's own, so are those that came
// late, unless another machine sent them.
func TestOneFilter(t *testing.T) {
	const node, router = "10.0.2.10", "10.0.2.1"
	for _, test := range []struct {
		name, second string
		local        bool
	}{
		{"this node's own, late", node, true},
		{"a router's", router, false},
	} {
		w := healthy()
		w.resolves("ssm", "10.0.2.77", "10.0.2.78")
		w.rejectedBy(node, observation.KindHostUnreachable, 3, 1, ms/5, "ssm")
		late := w.at("ssm").Addresses[1].Connect
		late.Elapsed, late.ICMP = 2900*ms, &observation.ICMPMessage{From: netip.MustParseAddr(test.second), Type: 3, Code: 1}
		way := newFacts(w.Observations).byName["ssm"].paths[1]
		if local := way.refusedLocally(); local != test.local || way.noNeighbour {
			t.Errorf("%s: this node's own refusal %t, no neighbour %t; want %t and a neighbour", test.name, local, way.noNeighbour, test.local)
		}
	}
}

// TestProxyOnBridge: a connection to a proxy in a local bridge's subnet that answers
// goes to the right place; if it accepts no connection, the address may be another
// machine's.
func TestProxyOnBridge(t *testing.T) {
	const at = "http://172.17.0.5:3128"
	bridge := observation.Interface{Name: "docker0", Kind: observation.InterfaceBridge, Addresses: []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")}}
	for name, diverted := range map[string]bool{"it refuses the tunnel": false, "it takes no connection": true} {
		w := healthy()
		w.interfaces(bridge)
		w.through(at, func(_ string, p *observation.ProxyObservation) {
			p.Address = netip.MustParseAddrPort("172.17.0.5:3128")
			p.Connect.Local = netip.MustParseAddr("172.17.0.1")
			p.Inside, p.WebSocket = observation.Stages{}, nil
			if diverted {
				p.Connect.Failure, p.Tunnel = &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout}, nil
				return
			}
			p.Tunnel.Status, p.Tunnel.Failure = 403, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}
		})
		if way := newFacts(w.Observations).byName["ssm"].paths[0]; (way.diverted != nil) != diverted {
			t.Errorf("%s: diverted by %v, want %t", name, way.diverted, diverted)
		}
	}
}

// TestDualStackDomain: the dual-stack names end as the partition's do.
func TestDualStackDomain(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-2": "api.aws", "cn-north-1": "api.amazonwebservices.com.cn", "us-gov-west-1": "api.aws", "nowhere-1": "api.aws",
	} {
		f := &facts{o: &observation.Observations{Plan: observation.Plan{Region: region}}}
		if got := f.dualStackDomain(); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}
