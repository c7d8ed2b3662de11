package scenarios

import (
	"maps"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// nodeScenarios are the worlds in which the fault is on the node itself.
func nodeScenarios() []Scenario {
	here := []string{"--region", "us-east-2"}
	box := func(w *World) {
		w.Metadata = &Metadata{Page: "<html><title>Sophos</title><p>Access to this site is blocked.</html>"}
	}
	metadata := func(change func(*Metadata)) Fault { return func(w *World) { change(w.Metadata) } }
	return []Scenario{
		{
			Name: "imds-unreachable", Title: "instance metadata gives no answer",
			Base: PrivateVPC, Faults: []Fault{func(w *World) { w.Metadata = nil }}, Args: here,
			Want: fails("imds-unreachable", unresolved...),
		},
		{
			Name: "imds-box", Title: "a middlebox answers instead of instance metadata",
			Base: PrivateVPC, Faults: []Fault{box}, Args: here,
			Want: fails("imds-unreachable", unresolved...),
		},
		{
			Name: "imds-disabled", Title: "instance metadata is switched off",
			Base: PrivateVPC, Faults: []Fault{metadata(func(m *Metadata) { m.Disabled = true })}, Args: here,
			Want: fails("imds-disabled", unresolved...),
		},
		{
			Name: "imds-hop-limit", Title: "in a container: metadata's answer to the token call does not come back",
			Base: PrivateVPC, Faults: []Fault{metadata(func(m *Metadata) { m.NoToken = true }), withFiles(map[string]string{".dockerenv": ""})}, Args: here,
			Want: warns("imds-hop-limit"),
		},
		{
			Name: "role-missing", Title: "the instance has no instance profile",
			Base: PrivateVPC, Faults: []Fault{metadata(func(m *Metadata) { m.Role = "" })},
			Want: warns("role-missing"),
		},
		{
			Name: "region-mismatch", Title: "another Region is asked for than the instance runs in",
			Base: NATPublic, Faults: []Fault{alsoRegion("eu-central-1")}, Args: []string{"--region", "eu-central-1"},
			Want: warns("region-mismatch"),
		},
		{
			Name: "agent-stopped", Title: "the agent is installed and does not run",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Stopped: true})},
			Want: warns("agent-stopped"),
		},
		{
			Name: "agent-config-invalid", Title: "the agent's configuration cannot be parsed",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Config: "{ \"Ssm\": { \"Endpoint\": }\n"})},
			Want: warns("agent-config-invalid"),
		},
		{
			Name: "agent-endpoint-override", Title: "the agent's configuration names another host for ssm, which works",
			Base: PrivateVPC, Faults: []Fault{
				withAgent(Agent{Config: `{"Ssm": {"Endpoint": "vpce-0abc-ssm.us-east-2.vpce.amazonaws.com"}}`}),
				alias("vpce-0abc-ssm.us-east-2.vpce.amazonaws.com", "ssm"),
			},
			Want: Want{Verdict: "pass", Status: 0, Infos: codes("agent-endpoint-override")},
		},
		{
			Name: "agent-endpoint-gone", Title: "the agent's configuration names a host for ssm that does not exist any more",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Config: `{"Ssm": {"Endpoint": "vpce-0old-ssm.us-east-2.vpce.amazonaws.com"}}`})},
			Want: fails("dns-name-missing", "ssm"),
		},
		{
			Name: "agent-old", Title: "an agent before 3.3.40.0, and the ec2messages endpoint is blocked",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.2.2303.0"}), blockEndpoints(Drop, "ec2messages")},
			Want: fails("endpoint-blocked", "ec2messages"),
		},
		{
			Name: "local-firewall-drop", Title: "the node's own packet filter drops what goes to port 443",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{Port: 443})},
			Want: fails("local-firewall", unresolved...),
		},
		{
			Name: "local-firewall-reject", Title: "the node's own packet filter rejects what goes to the endpoints",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{To: prefix("10.0.0.0/16"), Network: "tcp", Port: 443, Reject: true})},
			Want: fails("local-firewall", apis...),
		},
		{
			Name: "local-firewall-dns", Title: "the node's own packet filter drops DNS",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{Port: 53})},
			Want: fails("local-firewall", unresolved...),
		},
	}
}

// filter adds rules to the node's own packet filter.
func filter(rules ...FirewallRule) Fault {
	return onNode(func(n *Node) { n.Firewall = append(n.Firewall, rules...) })
}

// alias gives a service's endpoint another host name, also in its certificate.
func alias(host, service string) Fault {
	return func(w *World) {
		w.Names[host] = w.Names[w.Host(service)]
		for _, e := range w.EdgesOf(service, true) {
			e.Hosts = append(e.Hosts, host)
		}
	}
}

// alsoRegion adds the public names of another Region to the world.
func alsoRegion(region string) Fault {
	return func(w *World) {
		for i, s := range publicServices {
			a := addr("52.94.20.10").As4()
			a[3] += byte(i)
			addPublic(w, s+"."+region+"."+w.Suffix, s, a)
		}
		other := newWorld(region, w.Suffix)
		for _, h := range []string{other.Host("s3"), "s3.dualstack." + region + "." + w.Suffix} {
			for _, n := range []string{h, "*." + h} {
				w.Names[n] = Records{Public: other.Names[n].Public}
			}
		}
		for _, e := range w.EdgesOf("s3", false) {
			e.Hosts = append(e.Hosts, other.EdgesOf("s3", false)[0].Hosts...)
			buckets := managedBuckets(region)
			maps.Copy(e.Buckets.Public, buckets.Public)
			e.Buckets.Closed = append(e.Buckets.Closed, buckets.Closed...)
		}
	}
}
