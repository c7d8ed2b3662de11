package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const bridgeProxy = "http://172.17.0.2:3128"

// behindDocker sends every target through a proxy in docker0's subnet.
func (w *world) behindDocker(change func(name string, p *observation.ProxyObservation)) {
	own := netip.MustParsePrefix("172.17.0.1/16")
	w.interfaces(observation.Interface{Name: "docker0", Kind: observation.InterfaceBridge, Addresses: []netip.Prefix{own}})
	w.Node.Addresses = append(w.Node.Addresses, own)
	w.through(bridgeProxy, func(name string, p *observation.ProxyObservation) {
		p.Address = netip.MustParseAddrPort("172.17.0.2:3128")
		p.Connect.Local = own.Addr()
		change(name, p)
	})
}

// unconnected makes the connection to a proxy fail.
func unconnected(p *observation.ProxyObservation, kind observation.Kind, took observation.Elapsed) {
	p.Connect.Failure, p.Connect.Elapsed = &observation.Failure{Op: observation.OpConnect, Kind: kind}, took
	p.Tunnel, p.WebSocket, p.Inside = nil, nil, observation.Stages{}
}

// bridgeProxyTests: packets to a proxy that accepts connections go to the right place,
// and what it answers is the cause. A proxy that accepts none may not exist.
func bridgeProxyTests() []verdictTest {
	return []verdictTest{
		{name: "a proxy in a container: it works", status: 0, change: func(w *world) {
			w.behindDocker(func(string, *observation.ProxyObservation) {})
		}},
		{name: "a proxy in a container wants a password", status: 1, want: []string{"error proxy-auth-required " + asked5}, change: func(w *world) {
			w.behindDocker(refuses(407))
		}},
		{name: "a proxy in a container refuses", status: 1, want: []string{"error proxy-denied " + asked5}, change: func(w *world) {
			w.behindDocker(refuses(403))
		}},
		{name: "a proxy in a container is stopped", status: 1, want: []string{"error route-diverted " + asked5}, change: func(w *world) {
			w.behindDocker(func(_ string, p *observation.ProxyObservation) { unconnected(p, observation.KindTimeout, 3000*ms) })
		}},
		{name: "a proxy in a container wants a password, and one connection was lost", status: 1, want: []string{
			"error proxy-auth-required ssm,ec2messages,s3," + nameBucket, "error proxy-unreachable ssmmessages",
		}, change: func(w *world) {
			w.behindDocker(func(name string, p *observation.ProxyObservation) {
				if name == "ssmmessages" {
					unconnected(p, observation.KindTimeout, 3000*ms)
					return
				}
				refuses(407)(name, p)
			})
		}},
		{name: "nothing listens at the port that a container publishes", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: publishedPortClosed},
	}
}

// publishedPortClosed refuses at an address of this node itself, as quickly as
// only this node can.
func publishedPortClosed(w *world) {
	w.behindDocker(func(_ string, p *observation.ProxyObservation) {
		p.Address = netip.MustParseAddrPort("172.17.0.1:3128")
		unconnected(p, observation.KindConnectionRefused, ms/40)
	})
}

func TestStartLocal(t *testing.T) {
	for _, test := range []struct {
		name      string
		say       string // "": nothing of the kind
		change    func(w *world)
		undiverts bool
	}{
		{"a proxy in a container", "start what should answer at 172.17.0.2:3128: a container or virtual machine behind docker0 may be stopped", func(w *world) {
			w.behindDocker(func(_ string, p *observation.ProxyObservation) { unconnected(p, observation.KindTimeout, 3000*ms) })
		}, true},
		{"a port that a container publishes", "start what should answer at 172.17.0.1:3128, an address of this node", publishedPortClosed, false},
		{"a nameserver in a container", "start what should answer at 172.17.0.53:53: ", func(w *world) {
			w.interfaces(observation.Interface{Name: "docker0", Kind: observation.InterfaceBridge, Addresses: []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")}})
			s := w.onlyServer("172.17.0.53")
			w.failsAll("172.17.0.53", observation.KindTimeout, observation.KindTimeout)
			s.Local = netip.MustParseAddr("172.17.0.1")
			w.unresolved(observation.KindTimeout, allNames...)
		}, true},
		{"an endpoint of AWS", "", func(w *world) {
			w.interfaces(observation.Interface{Name: "docker0", Kind: observation.InterfaceBridge, Addresses: []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")}})
			w.resolves("ssm", "172.17.1.101")
			w.silent("ssm")
			w.leavesBy("172.17.0.1", "ssm")
		}, true},
	} {
		w := healthy()
		test.change(w)
		r := Judge(w.Observations)
		if len(r.Findings) != 1 {
			t.Errorf("%s: %q", test.name, told1(r))
			continue
		}
		steps := strings.Join(r.Findings[0].Fix, "\n")
		if !strings.Contains(steps, test.say) || strings.Contains(steps, "start what should") != (test.say != "") || strings.Contains(steps, "another subnet") != test.undiverts {
			t.Errorf("%s:\n%s", test.name, steps)
		}
	}
}
