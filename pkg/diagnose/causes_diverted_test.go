package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// interfaces gives the node a network card and further interfaces.
func (w *world) interfaces(more ...observation.Interface) {
	w.Node.Interfaces = append([]observation.Interface{{
		Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}, DefaultIPv4: true,
	}}, more...)
}

// leavesBy makes connections to the targets leave from an address.
func (w *world) leavesBy(local string, names ...string) {
	w.each(func(a *observation.AddressObservation) { a.Connect.Local = netip.MustParseAddr(local) }, names...)
}

// byDefault adds the repeat by the default route's interface.
func (w *world) byDefault(passes bool, names ...string) {
	w.each(func(a *observation.AddressObservation) {
		e := observation.Experiment{Kind: observation.ExperimentDefaultInterface, Text: "eth0", Result: w.proven(names[0])}
		if !passes {
			e.Result = a.Stages
		}
		a.Experiments = append(a.Experiments, e)
	}, names...)
}

func divertedTests() []verdictTest {
	docker := observation.Interface{Name: "docker0", Kind: observation.InterfaceBridge, Addresses: []netip.Prefix{netip.MustParsePrefix("172.17.0.1/16")}}
	tunnel := observation.Interface{Name: "wg0", Kind: observation.InterfaceWireGuard, Addresses: []netip.Prefix{netip.MustParsePrefix("10.99.0.2/24")}}
	diverted, blocked := []string{"error route-diverted ssm"}, []string{"error endpoint-blocked ssm"}
	inDocker := func(w *world, i observation.Interface) {
		w.interfaces(i)
		w.resolves("ssm", "172.17.1.101")
		w.silent("ssm")
		w.leavesBy("172.17.0.1", "ssm")
	}
	throughTunnel := func(w *world, passes bool) {
		w.interfaces(tunnel)
		w.silent("ssm")
		w.leavesBy("10.99.0.2", "ssm")
		w.byDefault(passes, "ssm")
	}
	return []verdictTest{
		{name: "an endpoint in docker0's subnet", status: 1, want: diverted, change: func(w *world) { inDocker(w, docker) }},
		{name: "an endpoint in docker0's subnet: a container refuses", status: 1, want: diverted, change: func(w *world) {
			inDocker(w, docker)
			w.connects(observation.KindConnectionRefused, 3*ms, "ssm")
			w.leavesBy("172.17.0.1", "ssm")
		}},
		{name: "an endpoint in docker0's subnet: a container answers, with a certificate of its own", status: 1, want: diverted, change: func(w *world) {
			w.interfaces(docker)
			w.resolves("ssm", "172.17.1.101")
			w.leavesBy("172.17.0.1", "ssm")
			w.certificate(byBox(false), "ssm")
			w.page("ssm")
		}},
		{name: "AWS answers in the bridge's subnet", status: 0, change: func(w *world) {
			w.interfaces(docker)
			w.resolves("ssm", "172.17.1.101")
			w.leavesBy("172.17.0.1", "ssm")
		}},
		{name: "a bridge with the default route leads to the endpoint", status: 1, want: blocked, change: func(w *world) {
			bridge := docker
			bridge.DefaultIPv4 = true
			inDocker(w, bridge)
		}},
		{name: "a bridge with a network card leads to the endpoint", status: 1, want: blocked, change: func(w *world) {
			bridge := docker
			bridge.Uplink = true
			inDocker(w, bridge)
		}},
		{name: "a network card of that subnet leads to the endpoint", status: 1, want: blocked, change: func(w *world) {
			card := docker
			card.Kind = ""
			inDocker(w, card)
		}},
		{name: "the interfaces are not known", status: 1, want: blocked, change: func(w *world) {
			inDocker(w, docker)
			w.Node.Interfaces = nil
		}},
		{name: "in a container whose subnet the VPC has too", status: 1, want: diverted, change: func(w *world) {
			w.Node.Container = "/.dockerenv"
			w.Metadata.VPCBlocks = append(w.Metadata.VPCBlocks, netip.MustParsePrefix("172.17.0.0/16"))
			own := docker
			own.Name, own.Kind, own.DefaultIPv4 = "eth0", observation.InterfaceVeth, true
			inDocker(w, own)
			w.Node.Interfaces = w.Node.Interfaces[1:]
		}},
		{name: "in a container whose subnet is none of the VPC's", status: 1, want: blocked, change: func(w *world) {
			w.Node.Container = "/.dockerenv"
			own := docker
			own.Name, own.Kind, own.DefaultIPv4 = "eth0", observation.InterfaceVeth, true
			inDocker(w, own)
			w.Node.Interfaces = w.Node.Interfaces[1:]
		}},
		{name: "a tunnel takes it, and the default route's interface leads to AWS", status: 1, want: diverted, change: func(w *world) { throughTunnel(w, true) }},
		{name: "a tunnel takes it, and nobody reaches it", status: 1, want: blocked, change: func(w *world) { throughTunnel(w, false) }},
		{name: "a tunnel takes it, and carries another target", status: 1, want: blocked, change: func(w *world) {
			throughTunnel(w, true)
			w.leavesBy("10.99.0.2", "ssmmessages")
		}},
		{name: "a VPN that rightly carries the VPC", status: 0, change: func(w *world) {
			w.interfaces(tunnel)
			w.leavesBy("10.99.0.2", allNames...)
		}},
		{name: "the nameserver lies in docker0's subnet", status: 1, want: []string{"error route-diverted " + asked5}, change: func(w *world) {
			w.interfaces(docker)
			s := w.onlyServer("172.17.0.53")
			w.failsAll("172.17.0.53", observation.KindTimeout, observation.KindTimeout)
			s.Local = netip.MustParseAddr("172.17.0.1")
			w.unresolved(observation.KindTimeout, allNames...)
		}},
	}
}
