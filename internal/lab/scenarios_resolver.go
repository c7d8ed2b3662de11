package lab

import "github.com/miekg/dns"

// resolverScenarios are the worlds in which it matters how this system asks its
// nameservers.
func resolverScenarios() []Scenario {
	return []Scenario{
		{
			Name: "dns-late-answer", Title: "the nameserver loses the first three questions for ssm, then answers",
			Base: PrivateVPC, Faults: []Fault{dnsFault(DNSFault{Zones: []string{"ssm.us-east-2.amazonaws.com"}, Type: dns.TypeA, Do: DNSSilent, First: 3}, vpcPlusTwo)},
			Want: warns("intermittent"),
		},
	}
}
