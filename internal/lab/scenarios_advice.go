package lab

// advised are worlds whose cure is easily told wrong, or told though there is
// nothing to cure.
func advised() []Scenario {
	return []Scenario{
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
