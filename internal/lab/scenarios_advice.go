package lab

// advised are worlds whose cure is easily told wrong, or told though there is
// nothing to cure.
func advised() []Scenario {
	own := func(f DNSFault) Fault { return dnsFault(f, vpcPlusTwo, vpcResolver) }
	return []Scenario{
		{
			Name: "dns-resolver-rule-loop", Title: "a Resolver rule sends the VPC's own resolver round in a circle for amazonaws.com",
			Base: PrivateVPC, Faults: []Fault{own(DNSFault{Zones: []string{"amazonaws.com"}, Do: DNSServFail})},
			Want: fails("dns-forwarder-broken", unresolved...),
		},
		{
			Name: "imds-prohibited", Title: "a route of the node prohibits instance metadata",
			Base: PrivateVPC, Faults: []Fault{onNode(func(n *Node) {
				n.Routes = append(n.Routes, Route{To: prefix("169.254.169.254/32"), Kind: Prohibit})
			})},
			Args: []string{"--region", "us-east-2"},
			Want: fails("imds-unreachable", unresolved...),
		},
		{
			Name: "agent-dualstack-old", Title: "the agent's configuration asks for the dual-stack names, and the agent is too old to know of them",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.3.1142.0", Config: `{"Agent": {"UseDualStackEndpoint": true}}`})},
			Want: Want{Verdict: "pass", Status: 0},
		},
		{
			Name: "agent-endpoint-port", Title: "the agent's configuration names ssmmessages' host with :443, in which the agent finds no host",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Config: `{"Mgs": {"Endpoint": "` + hostMessages + `:443"}}`})},
			Want: fails("unexplained", "ssmmessages"),
		},
	}
}
