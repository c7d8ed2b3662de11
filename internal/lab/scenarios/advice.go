package scenarios

import (
	"net/netip"
	"slices"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// advised are the worlds that easily lead to a wrong fix, or to a fix for something
// that works.
func advised() []Scenario {
	return []Scenario{
		{
			Name: "dns-resolver-rule-loop", Title: "a Resolver rule sends the VPC's own resolver round in a circle for amazonaws.com",
			Base: PrivateVPC, Faults: []Fault{dnsFault(DNSFault{Zones: []string{"amazonaws.com"}, Do: DNSServFail}, vpcPlusTwo, vpcResolver)},
			Want: fails("dns-forwarder-broken", unresolved...),
		},
		{
			Name: "s3-interface-not-dualstack", Title: "the interface endpoint for S3 does not serve the dual-stack names, which patching uses",
			Base: plainS3Interface, Args: []string{"--for", "patch-manager"},
			Want: fails("s3-blocked", "s3-dualstack", "s3:aws-ssm-us-east-2", "s3:patch-baseline-snapshot-us-east-2"),
		},
		{
			Name: "endpoint-zone-stale", Title: "a private zone names endpoints that are gone, outside the VPC",
			Base: PrivateVPC, Faults: []Fault{moved(apis...)},
			Want: fails("endpoint-blocked", apis...),
		},
		{
			Name: "node-group-closed", Title: "the node's own security group lets nothing out to port 443",
			Base: PrivateVPC, Faults: []Fault{func(w *World) { onWay(w, Way{Network: "tcp", Port: 443, Action: Drop}) }},
			Want: both(fails("endpoint-blocked", apis...), fails("s3-blocked", "s3", amazonSSM)),
		},
		{
			Name: "imds-prohibited", Title: "a route of the node prohibits instance metadata",
			Base: PrivateVPC, Faults: []Fault{addRoutes(Prohibit, "169.254.169.254/32")},
			Args: []string{"--region", "us-east-2"},
			Want: fails("imds-unreachable", unresolved...),
		},
		{
			Name: "agent-dualstack-old", Title: "the agent's configuration asks for the dual-stack names, and the agent is too old to know of them",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.3.1142.0", Config: `{"Agent": {"UseDualStackEndpoint": true}}`})},
			Want: passes(),
		},
		{
			Name: "bare-node-dns-silent", Title: "the only nameserver does not answer, and the node has no dig",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), lacks(observation.CommandDig)},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "bare-node-endpoint-blocked", Title: "ssm's endpoint drops packets, and the node has neither curl nor dig",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, "ssm"), lacks(observation.CommandCurl, observation.CommandDig)},
			Want: fails("endpoint-blocked", "ssm"),
		},
		{
			Name: "bare-node-endpoint-refused", Title: "ssm's endpoint refuses, and the node has neither curl nor OpenSSL",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Refuse, "ssm"), lacks(observation.CommandCurl, observation.CommandOpenSSL)},
			Want: fails("connection-refused", "ssm"),
		},
		{
			Name: "agent-endpoint-port", Title: "the agent's configuration names ssmmessages' host with :443, in which the agent finds no host",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Config: `{"Mgs": {"Endpoint": "` + hostMessages + `:443"}}`})},
			Want: fails("unexplained", "ssmmessages"),
		},
	}
}

// lacks removes commands from the node.
func lacks(commands ...observation.Command) Fault {
	return onNode(func(n *Node) { n.Lacks = slices.Clone(commands) })
}

// plainS3Interface is S3Interface without the endpoint's dual-stack names.
func plainS3Interface() *World {
	w := S3Interface()
	const dual = "s3.dualstack.us-east-2.amazonaws.com"
	for _, h := range []string{dual, "*." + dual} {
		r := w.Names[h]
		r.Private = nil
		w.Names[h] = r
	}
	return w
}

// moved gives the names of services unused addresses outside the VPC.
func moved(services ...string) Fault {
	return func(w *World) {
		for i, s := range services {
			r := w.Names[w.Host(s)]
			r.Private = []netip.Addr{netip.AddrFrom4([4]byte{10, 99, 1, byte(10 + i)})}
			w.Names[w.Host(s)] = r
		}
	}
}
