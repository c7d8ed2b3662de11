package scenarios

import (
	"github.com/ssmcheck/ssmcheck/internal/lab/program"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// helloScenarios are the worlds in which the agent's own ClientHello, or its
// version, decides.
func helloScenarios() []Scenario {
	const segments = "a mapped connection cannot be asked for small segments, which must fail too"
	every := append([]string{"s3"}, publicServices...)
	// onePacket is a firewall that reads a ClientHello of one packet only.
	onePacket := func(cuts bool) Fault {
		return onEdges(func(e *Edge) { e.TLS.MaxHello, e.TLS.CutLarge = 1400, cuts }, every...)
	}
	// today is an agent of 2026, and kyber one built with Go 1.23.
	today := program.Build{Go: "go1.25.13", Version: "3.3.5226.0"}
	kyber := program.Build{Go: "go1.23.8", Version: "3.3.2471.0"}
	well := Want{Verdict: "pass", Status: 0}
	return []Scenario{
		{
			Name: "large-hello-blocked-new-agent", Title: "a firewall swallows handshakes that need more than one packet, and the agent sends such",
			Base: NATPublic, Faults: []Fault{onePacket(false), withAgent(Agent{Program: today})},
			Want: fails("large-hello-blocked", unresolved...), NetnsOnly: segments,
		},
		{
			Name: "large-hello-cut-new-agent", Title: "a firewall cuts handshakes that need more than one packet, and the agent sends such",
			Base: NATPublic, Faults: []Fault{onePacket(true), withAgent(Agent{Program: kyber})},
			Want: fails("large-hello-blocked", unresolved...), NetnsOnly: segments,
		},
		{
			Name: "large-hello-cut-old-agent", Title: "a firewall cuts handshakes that need more than one packet, and the agent sends smaller ones",
			Base: NATPublic, Faults: []Fault{onePacket(true), withAgent(Agent{Program: program.Build{Go: "go1.22.11", Version: "3.3.1957.0"}})},
			Want: warns("large-hello-blocked"), NetnsOnly: segments,
		},
		{
			Name: "large-hello-cut-unknown", Title: "a firewall cuts handshakes that need more than one packet, and what the agent sends is not known",
			Base: NATPublic, Faults: []Fault{onePacket(true), withAgent(Agent{Program: program.Build{Go: "go1.25.13", Experiments: "boringcrypto", Version: "3.3.5226.0"}})},
			Want: warns("large-hello-blocked"), NetnsOnly: segments,
		},
		{
			Name: "large-hello-switched-off", Title: "a firewall swallows handshakes that need more than one packet, and a drop-in makes the agent send smaller ones",
			Base: NATPublic, Faults: []Fault{onePacket(false), withAgent(Agent{Program: today, Env: []string{"GODEBUG=netdns=go,tlsmlkem=0"}})},
			Want: well,
		},
		{
			Name: "large-hello-switch-of-another", Title: "a firewall swallows handshakes that need more than one packet, and a drop-in has the setting of older agents",
			Base: NATPublic, Faults: []Fault{onePacket(false), withAgent(Agent{Program: today, Env: []string{"GODEBUG=tlskyber=0"}})},
			Want: fails("large-hello-blocked", unresolved...), NetnsOnly: segments,
		},
		{
			Name: "large-hello-shell-switch", Title: "a firewall cuts handshakes that need more than one packet, and the setting is in this shell's environment only",
			Base: NATPublic, Faults: []Fault{onePacket(true), withAgent(Agent{Program: today}), withEnv("GODEBUG", "tlsmlkem=0")},
			Want: fails("large-hello-blocked", unresolved...), NetnsOnly: segments,
		},
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
				losesLarge(DropLarge, "ssm", "ssmmessages", "ec2messages"), withAgent(Agent{Program: today}),
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
			Want: well,
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

// newestAgent is what the Region's bucket names as the agent's newest version.
func newestAgent(text string) Fault {
	return func(w *World) {
		for _, e := range w.EdgesOf("s3", false) {
			e.Buckets.Public["amazon-ssm-"+w.Region+"/latest/VERSION"] = text
		}
	}
}

// losesLarge loses large packets on the way to services, or back.
func losesLarge(action Action, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			for _, e := range append(w.EdgesOf(s, true), w.EdgesOf(s, false)...) {
				onWay(w, Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action, Length: 600})
			}
		}
	}
}
