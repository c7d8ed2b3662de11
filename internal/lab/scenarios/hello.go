package scenarios

import (
	"github.com/ssmcheck/ssmcheck/internal/lab/program"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// helloScenarios are the worlds in which the agent's ClientHello, or its version,
// matters.
func helloScenarios() []Scenario {
	overNAT := func(name, title string, want Want, faults ...Fault) Scenario {
		return Scenario{
			Name: name, Title: title, Base: NATPublic, Faults: faults, Want: want,
			NetnsOnly: "a mapped connection cannot be asked for small segments, which must fail too",
		}
	}
	every := append([]string{"s3"}, publicServices...)
	// onePacket is a firewall that accepts only a ClientHello of one packet.
	onePacket := func(cuts bool) Fault {
		return onEdges(func(e *Edge) { e.TLS.MaxHello, e.TLS.CutLarge = 1400, cuts }, every...)
	}
	// today is an agent of 2026; kyber was built with Go 1.23.
	today := program.Build{Go: "go1.25.13", Version: "3.3.5226.0"}
	kyber := program.Build{Go: "go1.23.8", Version: "3.3.2471.0"}
	return []Scenario{
		overNAT("large-hello-blocked-new-agent", "a firewall swallows handshakes that need more than one packet, and the agent sends such", fails("large-hello-blocked", unresolved...),
			onePacket(false), withAgent(Agent{Program: today})),
		overNAT("large-hello-cut-new-agent", "a firewall cuts handshakes that need more than one packet, and the agent sends such", fails("large-hello-blocked", unresolved...),
			onePacket(true), withAgent(Agent{Program: kyber})),
		overNAT("large-hello-cut-old-agent", "a firewall cuts handshakes that need more than one packet, and the agent sends smaller ones", warns("large-hello-blocked"),
			onePacket(true), withAgent(Agent{Program: program.Build{Go: "go1.22.11", Version: "3.3.1957.0"}})),
		overNAT("large-hello-cut-unknown", "a firewall cuts handshakes that need more than one packet, and what the agent sends is not known", warns("large-hello-blocked"),
			onePacket(true), withAgent(Agent{Program: program.Build{Go: "go1.25.13", Experiments: "boringcrypto", Version: "3.3.5226.0"}})),
		{
			Name: "large-hello-switched-off", Title: "a firewall swallows handshakes that need more than one packet, and a drop-in makes the agent send smaller ones",
			Base: NATPublic, Faults: []Fault{onePacket(false), withAgent(Agent{Program: today, Env: []string{"GODEBUG=netdns=go,tlsmlkem=0"}})},
			Want: passes(),
		},
		overNAT("large-hello-switch-of-another", "a firewall swallows handshakes that need more than one packet, and a drop-in has the setting of older agents", fails("large-hello-blocked", unresolved...),
			onePacket(false), withAgent(Agent{Program: today, Env: []string{"GODEBUG=tlskyber=0"}})),
		overNAT("large-hello-shell-switch", "a firewall cuts handshakes that need more than one packet, and the setting is in this shell's environment only", fails("large-hello-blocked", unresolved...),
			onePacket(true), withAgent(Agent{Program: today}), withEnv("GODEBUG", "tlsmlkem=0")),
		{
			Name: "large-hello-proxy", Title: "behind the proxy a firewall swallows handshakes that need more than one packet, and the agent sends such",
			Base: ProxyOnly, Faults: []Fault{
				onEdges(func(e *Edge) { e.TLS.MaxHello = 1400 }, every...),
				withAgent(Agent{Program: today, Env: []string{"HTTPS_PROXY=http://10.20.0.80:3128", "NO_PROXY=169.254.169.254"}}),
			},
			Want: fails("large-hello-blocked", unresolved...),
		},
		{
			Name: "large-hello-proxy-unknown", Title: "behind the proxy a firewall cuts handshakes that need more than one packet, and there is no agent",
			Base: ProxyOnly, Faults: []Fault{onePacket(true)},
			Want: warns("large-hello-blocked"),
		},
		{
			Name: "mtu-black-hole-towards-aws-new-agent", Title: "a tunnel on the way loses large packets towards AWS, and the agent sends such",
			Base: HybridForwarder, Faults: []Fault{
				losesLarge(DropLarge, apis...), withAgent(Agent{Program: today}),
			},
			Args: []string{"--vpc-resolver", inboundDNS.String()}, Needs: []string{"unbound"},
			Want: fails("mtu-black-hole", apis...), NetnsOnly: "a mapped connection has no packets to lose",
		},
		{
			Name: "agent-outdated", Title: "the Region's bucket names a newer agent",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{}), newestAgent("3.3.5226.0\n")},
			Want: Want{Verdict: "pass", Infos: codes("agent-outdated")},
		},
		{
			Name: "agent-outdated-forged", Title: "what the Region's bucket names as the newest agent is no version",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{}), newestAgent("9.9.9.9\x1b[2J\n")},
			Want: passes(),
		},
		{
			Name: "agent-notes-latest", Title: "the agent's release notes begin with Latest, so that its version is not known; ec2messages is blocked",
			Base: PrivateVPC, Faults: []Fault{
				withAgent(Agent{}), blockEndpoints(Drop, "ec2messages"),
				withFiles(map[string]string{
					"snap/amazon-ssm-agent/current/meta/snap.yaml": "name: amazon-ssm-agent\n",
					"etc/amazon/ssm/RELEASENOTES.md":               "Latest\n================\n- changes\n\n3.2.2303.0\n================\n- changes\n",
				}),
			},
			Want: warns("endpoint-blocked"),
		},
		{
			Name: "agent-version-of-program", Title: "the agent's program is older than its package says, and ec2messages is blocked",
			Base: PrivateVPC, Faults: []Fault{
				withAgent(Agent{Program: program.Build{Go: "go1.21.5", Version: "3.2.2303.0"}}), blockEndpoints(Drop, "ec2messages"),
			},
			Want: fails("endpoint-blocked", "ec2messages"),
		},
	}
}

// newestAgent sets the newest version of the agent in the Region's bucket.
func newestAgent(text string) Fault {
	return func(w *World) {
		for _, e := range w.EdgesOf("s3", false) {
			e.Buckets.Public["amazon-ssm-"+w.Region+"/latest/VERSION"] = text
		}
	}
}

// losesLarge loses large packets to services, or from them.
func losesLarge(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range append(w.EdgesOf(s, true), w.EdgesOf(s, false)...) {
				onWay(w, Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action, Length: 600})
			}
		}
	}
}
