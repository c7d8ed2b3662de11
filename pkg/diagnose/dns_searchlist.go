package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// dnsSearchList is the cause of names that the system completes before it asks
// for them as they are.
func dnsSearchList() cause {
	return cause{
		code: DNSSearchList, atMost: Error, restart: true, explainedBy: []Code{DNSNoNameserver, DNSHostsOverride},
		find: findSearchList, tell: tellSearchList,
	}
}

// completion is the answer for the target's name with a domain of the search
// list behind it that gave the system its addresses. nil: none did. Names of
// optional targets are not asked for so: the answer for another name does, as a
// wildcard gives one address to all.
func (f *facts) completion(t *target) *observation.Answer {
	if t.lookup == nil || len(t.lookup.Addresses) == 0 || f.serversGiven() {
		return nil
	}
	for _, s := range f.counting {
		for i := range s.Searched {
			a := &s.Searched[i]
			if t.Asked && !strings.HasPrefix(hostKey(a.Name), hostKey(t.Host)+".") {
				continue
			}
			if slices.ContainsFunc(t.lookup.Addresses, func(x netip.Addr) bool { return slices.Contains(a.Addresses, x.Unmap()) }) {
				return a
			}
		}
	}
	return nil
}

// completed is the evidence that the system's address is another name's.
func (f *facts) completed(t *target) []string {
	a := f.completion(t)
	if a == nil {
		return nil
	}
	return []string{
		"the system's own lookup of " + t.Host + ": " + addrList(t.lookup.Addresses) + ", the address of " + a.Name,
		f.searchLine(),
	}
}

func (f *facts) searchLine() string {
	r := f.o.Node.Resolver
	line := f.resolverFile() + ": search " + told(strings.Join(r.Search, " "))
	if r.Ndots != nil {
		line += ", options ndots:" + strconv.Itoa(*r.Ndots)
	}
	return line
}

func findSearchList(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if t.works() || f.completion(t) == nil || !f.simulate(t.Host).outcome.hasAddress() {
			continue
		}
		m := match{target: t, effect: breaks, evidence: append(f.completed(t), f.comparison(t.Host)...)}
		for _, w := range t.ways {
			m.evidence = append(m.evidence, w.line())
		}
		ms = append(ms, m)
	}
	return ms
}

func tellSearchList(f *facts, ms []match) words {
	ts := targetsOf(ms)
	a := f.completion(ts[0])
	r := f.o.Node.Resolver
	domain := ""
	for _, d := range r.Search {
		if strings.HasSuffix(hostKey(a.Name), "."+hostKey(d)) && len(d) > len(domain) {
			domain = d
		}
	}
	w := words{
		title: "this system tries " + hostsOf(ts) + " with its search domain " + told(domain) + " appended first, and gets another name's address",
	}
	for _, t := range ts[:min(len(ts), 2)] {
		w.confirm = append(w.confirm, f.lookUp(t.Host), f.lookUp(t.Host+"."))
	}
	dots := strings.Count(strings.TrimSuffix(ts[0].Host, "."), ".")
	if r.Ndots != nil && *r.Ndots > dots {
		w.fix = append(w.fix, f.writeOption("ndots", "1")+
			": a name with a dot is then asked for as it is first (Kubernetes: dnsConfig.options of the pod)")
	}
	w.fix = append(w.fix,
		"or take "+told(domain)+" out of the search list of "+f.resolverFile(),
		"or remove the record (a wildcard, most likely) that answers for "+told(a.Name))
	return w
}
