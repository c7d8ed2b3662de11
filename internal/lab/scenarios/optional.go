package scenarios

import (
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// optional are worlds in which something that no requested capability needs is slow,
// silent or refused, and those that decide whether ec2messages is required.
func optional() []Scenario {
	recent := withAgent(Agent{})
	return []Scenario{
		{
			Name: "page-design", Title: "the design of AWS's page: interface endpoints for Systems Manager alone, S3's gateway endpoint, no internet",
			Base: S3Gateway, Faults: []Fault{recent},
			Want: Want{Verdict: "pass", Infos: codes("endpoint-not-private")},
		},
		{
			Name: "page-design-dns-silent", Title: "the same, and the nameservers leave questions for kms, logs and ec2 unanswered",
			Base: S3Gateway, Faults: []Fault{recent, dnsOf(DNSFault{Do: DNSSilent}, "kms", "logs", "ec2")},
			Want: passes(),
		},
		{
			Name: "optional-slow", Title: "kms answers slowly, but within the time that optional targets get",
			Base: PrivateVPC, Faults: []Fault{recent, dnsOf(DNSFault{Do: DNSSlow, Delay: 60 * time.Millisecond}, "kms")},
			Want: passes(),
		},
		{
			Name: "optional-refused", Title: "kms refuses connections at once",
			Base: PrivateVPC, Faults: []Fault{recent, blockEndpoints(Refuse, "kms")},
			Want: Want{Verdict: "pass", Infos: codes("connection-refused")},
		},
		{
			Name: "optional-stalled", Title: "kms accepts connections and never finishes a handshake",
			Base: PrivateVPC, Faults: []Fault{recent, onEdges(func(e *Edge) { e.TLS.Stall = true }, "kms")},
			Want: passes(),
		},
		{
			Name: "channel-optional", Title: "the ec2messages endpoint is blocked, and the agent does without it",
			Base: PrivateVPC, Faults: []Fault{recent, blockEndpoints(Drop, "ec2messages")},
			Want: passes(),
		},
		{
			Name: "channel-required-late", Title: "the ec2messages endpoint is blocked, and a middlebox on the path to ssmmessages swallows WebSocket upgrades",
			Base: PrivateVPC, Faults: []Fault{
				recent, blockEndpoints(Drop, "ec2messages"),
				trusts(Inspection),
				onEdges(func(e *Edge) { e.Cert = Certificate{Issuer: Inspection}; e.HTTP.DropUpgrade = true }, "ssmmessages"),
			},
			Want: both(both(fails("websocket-blocked", "ssmmessages"), fails("endpoint-blocked", "ec2messages")), warns("tls-intercepted")),
		},
	}
}

// dnsOf changes the answers for the services' names.
func dnsOf(f DNSFault, services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			f := f
			f.Zones = []string{w.Host(s)}
			dnsFault(f, vpcPlusTwo, vpcResolver)(w)
		}
	}
}
