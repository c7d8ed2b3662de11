package hostile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// hostileMany are the worlds with more addresses, servers or domains than a run can
// use: it must keep to its limits of sockets and queries.
func hostileMany() []Scenario {
	everything := append(slices.Clone(unresolved), "s3-dualstack", "s3:aws-ssm-us-east-2", "s3:patch-baseline-snapshot-us-east-2", "kms", "logs", "ec2", "monitoring")
	all := impatient("--for", "all", "--region", "us-east-2")
	const noResolver = "the mapped lab has no resolver of a system"
	var behind []string
	stub := []Fault{}
	for i := range 16 {
		a := netip.AddrFrom4([4]byte{10, 0, 0, byte(60 + i)})
		behind = append(behind, "nameserver "+a.String())
		stub = append(stub, AddServer(Nameserver{Address: a, Forwards: []Forward{{Zone: ".", To: vpcPlusTwo}}}))
	}
	stub = append(stub, WithFiles(map[string]string{"run/systemd/resolve/resolv.conf": strings.Join(behind, "\n") + "\n"}))
	var search strings.Builder
	search.WriteString("nameserver 10.0.0.2\noptions ndots:15\nsearch")
	for i := range 2000 {
		fmt.Fprintf(&search, " d%d.corp.example", i)
	}
	// failing adds three nameservers that fail, and resolv.conf with these options.
	failing := func(options string) []Fault {
		text, faults := options+"\n", []Fault(nil)
		for i := range 3 {
			a := netip.AddrFrom4([4]byte{10, 0, 0, byte(60 + i)})
			text += "nameserver " + a.String() + "\n"
			faults = append(faults, AddServer(Nameserver{Address: a, Faults: []DNSFault{{Do: DNSServFail, Text: "the lab's fault"}}}))
		}
		return append(faults, WithFiles(map[string]string{"etc/resolv.conf": text}))
	}
	return []Scenario{
		{
			Name: "hostile-many-addresses", Title: "sixteen private addresses for each name, where nobody answers",
			Base: scenarios.PrivateVPC, Args: all, Want: Fails("endpoint-blocked", everything...),
			Faults: []Fault{ResolvConf(customDNS), AddServer(Nameserver{Address: customDNS, Faults: []DNSFault{{Raw: sixteen}}})},
		},
		{
			Name: "hostile-many-behind", Title: "sixteen servers behind systemd-resolved's stub",
			Base: scenarios.ResolvedStub, Args: all, Want: Passes(), Faults: stub,
		},
		{
			Name: "hostile-many-failing", Title: "three nameservers that fail, each asked five times, and for four domains more",
			Base: scenarios.PrivateVPC, Args: all, Want: Fails("dns-server-fails", everything...), NetnsOnly: noResolver,
			Faults: failing("search a.example b.example c.example d.example\noptions attempts:5"),
		},
		{
			Name: "hostile-many-attempts", Title: "three nameservers that fail, each to be asked a hundred thousand times",
			Base: scenarios.PrivateVPC, Args: all, Want: Fails("dns-server-fails", everything...), NetnsOnly: noResolver,
			Faults: failing("options attempts:100000"),
		},
		{
			Name: "hostile-many-domains", Title: "a search list of two thousand domains, which are tried first",
			Base: scenarios.PrivateVPC, Args: all, Want: Passes(), NetnsOnly: noResolver,
			Faults: []Fault{WithFiles(map[string]string{"etc/resolv.conf": search.String() + "\n"})},
		},
	}
}

// sixteen answers with sixteen private addresses, different for each name.
func sixteen(q *dns.Msg, _ bool) [][]byte {
	return [][]byte{packed(answerTo(q, func(m *dns.Msg) {
		if q.Question[0].Qtype != dns.TypeA {
			return
		}
		name, subnet := q.Question[0].Name, byte(0)
		for _, c := range []byte(name) {
			subnet = subnet*31 + c
		}
		for i := range 16 {
			m.Answer = append(m.Answer, AddressRecord(name, netip.AddrFrom4([4]byte{10, 200, subnet, byte(i + 1)})))
		}
	}))}
}
