package scenarios

import (
	"maps"
	"slices"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// diverted are the worlds with another interface that takes the packets for AWS
// instead of the default route, or that looks as if it did.
func diverted() []Scenario {
	const noInterfaces = "a mapped node has one interface"
	wireguard := map[string]string{"uevent": "DEVTYPE=wireguard\nINTERFACE=wg0\n", "type": "65534\n"}
	tun := map[string]string{"tun_flags": "0x1001\n", "type": "65534\n"}
	bridge := func(name, subnet string) Interface {
		return Interface{Name: name, Kind: Bridge, Address: prefix(subnet), Files: map[string]string{
			"bridge/bridge_id": "8000.024200000001\n", "uevent": "DEVTYPE=bridge\n", "type": "1\n", "brif/veth1/state": "3\n",
		}}
	}
	tunnel := func(name, address string, files map[string]string, routes ...string) Interface {
		i := Interface{Name: name, Kind: TUN, Address: prefix(address), Files: files}
		for _, r := range routes {
			i.Routes = append(i.Routes, prefix(r))
		}
		return i
	}
	to := func(name, title string, subnet byte, with Interface) Scenario {
		return Scenario{
			Name: name, Title: title, Base: func() *World { return endpointsAt(172, subnet) }, Faults: []Fault{link(with)},
			Want: fails("route-diverted", apis...), NetnsOnly: noInterfaces,
		}
	}
	healthy := func(name, title string, faults ...Fault) Scenario {
		return Scenario{Name: name, Title: title, Base: PrivateVPC, Faults: faults, Want: passes(), NetnsOnly: noInterfaces}
	}
	return []Scenario{
		to("route-diverted-docker", "the endpoints lie in 172.17.0.0/16, which is docker0's subnet on this node", 17, bridge("docker0", "172.17.0.1/16")),
		to("route-diverted-docker-network", "the endpoints lie in the subnet of a network of Docker's", 18, bridge("br-0123456789ab", "172.18.0.1/16")),
		to("route-diverted-libvirt", "the endpoints lie in the subnet of libvirt's bridge", 19, bridge("virbr0", "172.19.0.1/16")),
		to("route-diverted-podman", "the endpoints lie in the subnet of Podman's bridge", 20, bridge("podman0", "172.20.0.1/16")),
		to("route-diverted-cni", "the endpoints lie in the subnet of a CNI plugin's bridge", 21, bridge("cni0", "172.21.0.1/16")),
		to("route-diverted-wireguard", "WireGuard takes all of 172.16.0.0/12, and its peer carries nothing", 22, tunnel("wg0", "10.99.0.2/24", wireguard, "172.16.0.0/12")),
		to("route-diverted-vpn", "a VPN's tun device takes all of 172.16.0.0/12, and carries nothing", 23, tunnel("tun0", "10.99.0.2/24", tun, "172.16.0.0/12")),
		{
			Name: "route-diverted-exit-node", Title: "an exit node of Tailscale takes everything but the VPC, and carries nothing",
			Base: NATPublic, Faults: []Fault{link(tunnel("tailscale0", "100.101.102.103/32", tun, "0.0.0.0/1", "128.0.0.0/1")), addRoutes(ViaGateway, "10.0.0.0/16", "169.254.0.0/16")},
			Want: fails("route-diverted", unresolved...), NetnsOnly: noInterfaces,
		},
		{
			Name: "route-diverted-nameserver", Title: "a VPN's tun device takes the nameserver's address, and carries nothing",
			Base: PrivateVPC, Faults: []Fault{link(tunnel("tun0", "10.99.0.2/24", tun, "10.0.0.0/24"))},
			Want: fails("route-diverted", unresolved...), NetnsOnly: noInterfaces,
		},
		{
			Name: "route-diverted-nameserver-docker", Title: "the nameserver's address lies in docker0's subnet",
			Base: PrivateVPC, Faults: []Fault{
				resolvConf(addr("172.17.0.53")), addServer(Nameserver{Address: addr("172.17.0.53"), Knows: ViewVPC}),
				link(bridge("docker0", "172.17.0.1/16")),
			},
			Want: fails("route-diverted", unresolved...), NetnsOnly: noInterfaces,
		},
		{
			Name: "route-diverted-proxy", Title: "the proxy's address lies in docker0's subnet",
			Base: ProxyOnly, Faults: []Fault{withEnv("HTTPS_PROXY", "http://172.17.0.9:3128"), link(bridge("docker0", "172.17.0.1/16"))},
			Want: fails("route-diverted", unresolved...), NetnsOnly: noInterfaces,
		},
		healthy("docker-elsewhere", "docker0 is there, and none of its addresses is AWS's", link(bridge("docker0", "172.17.0.1/16"))),
		healthy("secondary-interface", "a rule of policy routing has the endpoints reached from a second address", onNode(func(n *Node) {
			n.Rules = append(n.Rules, "to 10.0.1.0/24 lookup 100", "to 10.0.3.0/24 lookup 100")
			n.Tables = append(n.Tables, "10.0.0.0/16 via 10.0.2.1 dev eth0 src 10.0.2.77 table 100")
			n.Further = append(n.Further, prefix("10.0.2.77/24"))
		})),
		healthy("vpn-elsewhere", "a VPN takes another network, and the VPC is reached past it", link(tunnel("tun0", "10.99.0.2/24", tun, "10.50.0.0/16"))),
		{
			Name: "endpoint-blocked-beside-docker", Title: "docker0 is there, and the security group of the ssm endpoint does not allow 443",
			Base: PrivateVPC, Faults: []Fault{link(bridge("docker0", "172.17.0.1/16")), blockEndpoints(Drop, "ssm")},
			Want: fails("endpoint-blocked", "ssm"), NetnsOnly: noInterfaces,
		},
		{
			Name: "endpoint-blocked-through-vpn", Title: "a VPN takes the addresses of the ssm endpoint, which nobody reaches without it either",
			Base: PrivateVPC, Faults: []Fault{link(tunnel("wg0", "10.99.0.2/24", wireguard, "10.0.1.101/32", "10.0.3.101/32")), blockEndpoints(Drop, "ssm")},
			Want: fails("endpoint-blocked", "ssm"), NetnsOnly: noInterfaces,
		},
	}
}

// link adds a copy of an interface to the node.
func link(i Interface) Fault {
	return onNode(func(n *Node) {
		own := i
		own.Routes, own.Files = slices.Clone(i.Routes), maps.Clone(i.Files)
		n.Interfaces = append(n.Interfaces, own)
	})
}
