package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// pathScenarios are the worlds with a fault on the path between the node and an
// address.
func pathScenarios() []Scenario {
	return []Scenario{
		{
			Name: "endpoint-blocked", Title: "the security group of the ssmmessages endpoint does not allow 443",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, "ssmmessages")},
			Want: fails("endpoint-blocked", "ssmmessages"),
		},
		{
			Name: "endpoint-blocked-all", Title: "no endpoint's security group allows 443",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, privateServices...)},
			Want: fails("endpoint-blocked", apis...),
		},
		{
			Name: "endpoint-rejected", Title: "a firewall rejects connections to the ssm endpoint by ICMP",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(RejectAdmin, "ssm")},
			Want: fails("endpoint-blocked", "ssm"),
		},
		{
			Name: "endpoint-blocked-ec2messages", Title: "only the ec2messages endpoint is blocked, and no agent is installed",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, "ec2messages")},
			Want: warns("endpoint-blocked"),
		},
		{
			Name: "endpoint-blocked-kms", Title: "only the kms endpoint is blocked, which is optional, so the run does not wait for it",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, "kms")},
			Want: passes(),
		},
		{
			Name: "endpoint-partly-blocked", Title: "the endpoints' addresses in the second zone do not answer",
			Base: PrivateVPC, Faults: []Fault{blockZone(Drop, "ssm", "ssmmessages")},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "egress-blocked", Title: "no endpoint, and no path to the internet",
			Base: NATPublic, Faults: []Fault{func(w *World) { noInternet(w, false) }},
			Want: fails("egress-blocked", unresolved...),
		},
		{
			Name: "egress-rejected", Title: "a firewall rejects connections to AWS's APIs by ICMP",
			Base: NATPublic, Faults: []Fault{blockPublic(RejectAdmin, publicServices...)},
			Want: fails("egress-blocked", apis...),
		},
		{
			Name: "connection-refused", Title: "the ssm endpoint's addresses are somebody else's now, who answers with a reset",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Refuse, "ssm")},
			Want: fails("connection-refused", "ssm"),
		},
		{
			Name: "route-none", Title: "no endpoint, and no default route",
			Base: NATPublic, Faults: []Fault{noRoutes, addRoutes(ViaGateway, "10.0.0.0/16", "169.254.169.0/24")},
			Want: fails("route-none", unresolved...),
		},
		{
			Name: "offline", Title: "a server without any connectivity, not even to its nameserver",
			Base: HybridPublic, Faults: []Fault{noRoutes, resolvConf(addr("192.0.2.53"))},
			Want: fails("route-none", unresolved...),
		},
		{
			Name: "silence", Title: "a server whose packets are all lost",
			Base: HybridPublic, Faults: []Fault{func(w *World) { w.Ways = []Way{{Action: Drop}} }},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "route-none-nameserver", Title: "no route to the nameserver",
			Base: PrivateVPC, Faults: []Fault{
				resolvConf(premisesDNS), addServer(Nameserver{Address: premisesDNS, Knows: ViewVPC}),
				addRoutes(Unreachable, "10.20.0.0/16"),
			},
			Want: fails("route-none", unresolved...),
		},
		{
			Name: "route-prohibited", Title: "a route of the node prohibits the endpoints' subnets",
			Base: PrivateVPC, Faults: []Fault{addRoutes(Prohibit, "10.0.1.0/24", "10.0.3.0/24")},
			Want: fails("route-none", apis...),
		},
		{
			Name: "route-blackhole", Title: "a route of the node swallows the endpoints' subnets",
			Base: PrivateVPC, Faults: []Fault{addRoutes(Blackhole, "10.0.1.0/24", "10.0.3.0/24")},
			Want: fails("route-none", apis...),
		},
		{
			Name: "s3-blocked", Title: "the subnet's route table has no gateway endpoint for S3",
			Base: PrivateVPC, Faults: []Fault{noGateway},
			Want: fails("s3-blocked", "s3", amazonSSM),
		},
	}
}

// noRoutes removes the node's routes.
func noRoutes(w *World) { w.Node.Routes = nil }

func codes(c ...diagnose.Code) []diagnose.Code { return c }

// eightAddresses are the worlds in which S3 has eight addresses, as in reality.
func eightAddresses() []Scenario {
	old := func(action Action, n ...int) Fault {
		return func(w *World) {
			for _, i := range n {
				onWay(w, toHTTPS(w.Names[w.Host("s3")].Public[i], action))
			}
		}
	}
	return []Scenario{
		{
			Name: "s3-eight-addresses", Title: "S3 has eight addresses, and all of them answer",
			Base: NATPublic, Faults: []Fault{eightOfS3},
			Want: passes(),
		},
		{
			Name: "s3-one-of-eight-dropped", Title: "a firewall with an old list drops the last of S3's eight addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(Drop, 7)},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "s3-one-of-eight-rejected", Title: "a firewall with an old list rejects one of S3's eight addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(RejectAdmin, 4)},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "s3-two-of-eight-dropped", Title: "a firewall with an old list drops the first two of S3's eight addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(Drop, 0, 1)},
			Want: warns("endpoint-partly-blocked"),
		},
		{
			Name: "s3-eight-dropped", Title: "a firewall drops all eight of S3's addresses",
			Base: NATPublic, Faults: []Fault{eightOfS3, old(Drop, 0, 1, 2, 3, 4, 5, 6, 7)},
			Want: fails("s3-blocked", "s3", amazonSSM),
		},
	}
}

// eightOfS3 gives S3's own name eight addresses.
func eightOfS3(w *World) {
	host := w.Host("s3")
	r := w.Names[host]
	for i := len(r.Public); i < 8; i++ {
		a := netip.AddrFrom4([4]byte{3, 5, 129, byte(10 + i)})
		e := *w.EdgesOf("s3", false)[0]
		e.Address = a
		w.Edges = append(w.Edges, &e)
		r.Public = append(r.Public, a)
	}
	w.Names[host] = r
}
