package diagnose

import "slices"

// dnsNames are the causes of names without an address that nothing more
// precise explains.
func dnsNames() []cause {
	precise := []Code{
		DNSNoNameserver, DNSServerSilent, DNSServerRefuses, DNSServerFails, VPCResolverSilent, DNSForwarderBroken,
		DNSRebindFilter, DNSResolversDisagree, DNSForwarderMissing, DNSForwarderPartial, DNSTCPBlocked,
	}
	return []cause{
		{
			code: DNSNameMissing, atMost: Error, restart: true, explainedBy: precise,
			summary: "The nameservers say that a name does not exist which AWS has (or which the agent's configuration names), and nothing more precise is known: a zone on the way lacks it, or the Region or an override is misspelt.",
			find:    func(f *facts) []match { return f.unresolved(outcomeNXDomain) }, tell: tellNameMissing,
		},
		{
			code: DNSNoAddress, atMost: Error, restart: true, explainedBy: precise,
			summary: "The nameservers answer for a name, and the answer has no address, and nothing more precise is known: a zone on the way has the name and no address of it, or a filter takes the address out.",
			find: func(f *facts) []match {
				return f.unresolved(outcomeEmpty, outcomeServFail, outcomeRefuses)
			},
			tell: tellNoAddress,
		},
	}
}

// unresolved are the targets whose name came to one of the outcomes.
func (f *facts) unresolved(outcomes ...outcome) []match {
	var ms []match
	for _, t := range f.direct() {
		for _, o := range outcomes {
			if t.resolved.outcome != o {
				continue
			}
			evidence := f.comparison(t.Host)
			if t.lookup != nil && t.lookup.Failure != nil {
				evidence = append(evidence, "the system's own lookup of "+t.Host+": "+happened(t.lookup.Failure, t.lookup.Elapsed))
			}
			ms = append(ms, match{target: t, effect: breaks, evidence: evidence})
		}
	}
	return ms
}

func (f *facts) confirmNames(ts []*target) []string {
	var cmds []string
	for i, t := range ts {
		if i == 2 {
			break
		}
		if len(f.counting) == 0 {
			cmds = append(cmds, f.lookUp(t.Host))
			continue
		}
		cmds = append(cmds, f.dig(f.counting[0].Address, t.Host))
	}
	return cmds
}

func tellNameMissing(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{
		title:   hostsOf(ts) + plural(len(hosts(ts)), " does not exist", " do not exist") + " for the nameservers",
		confirm: f.confirmNames(ts),
	}
	if f.o.Plan.RegionNote != "" {
		w.more = append(w.more, "the Region "+f.o.Plan.Region+" ("+f.o.Plan.RegionFrom+"): "+f.o.Plan.RegionNote)
		w.fix = append(w.fix, "see that the Region is spelt right: "+f.o.Plan.Region)
	}
	for _, t := range ts {
		if t.Overridden != "" {
			w.more = append(w.more, t.Host+" is named by "+t.Overridden)
			w.fix = append(w.fix, "correct or remove the host of "+t.Name+" in "+t.Overridden)
		}
	}
	w.fix = append(w.fix,
		"look for a zone "+list(f.domains(ts))+" on "+f.nameservers()+" that lacks the name, and remove it or forward the domain",
		"on Route 53: look for a private hosted zone of that domain at this VPC without a record for the name")
	return w
}

func tellNoAddress(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{
		title:   "the nameservers give no address for " + hostsOf(ts),
		confirm: f.confirmNames(ts),
		fix: []string{
			"see what " + f.nameservers() + " does with " + list(f.domains(ts)) + ": a filter that strips private addresses, a response policy, or a zone without the record",
		},
	}
	if f.vpc == nil {
		w.fix = append(w.fix, "run this again with --vpc-resolver and the address of the Route 53 Resolver inbound endpoint: it shows whether private addresses are stripped")
	}
	return w
}

func (f *facts) nameservers() string {
	if len(f.counting) == 0 {
		return "the nameserver"
	}
	return list(serverNames(f.counting))
}

// hostsOf names the hosts of targets, each once.
func hostsOf(ts []*target) string { return few(hosts(ts), 2) }

// everyHost is hostsOf for a cure: who opens a firewall must know them all. An
// "and 7 more" cannot be acted on.
func everyHost(ts []*target) string { return few(hosts(ts), 12) }

// hosts are those of the targets, each once.
func hosts(ts []*target) []string {
	var all []string
	for _, t := range ts {
		if !slices.ContainsFunc(all, func(h string) bool { return sameName(h, t.Host) }) {
			all = append(all, t.Host)
		}
	}
	return all
}
