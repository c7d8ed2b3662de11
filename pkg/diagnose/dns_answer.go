package diagnose

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Addresses that are not AWS's.
const (
	DNSHostsOverride Code = "dns-hosts-override"
	DNSSinkhole      Code = "dns-sinkhole"
	DNSNotAWS        Code = "dns-not-aws"
)

// dnsAnswerCauses are the causes of addresses that are nobody's endpoint.
func dnsAnswerCauses() []cause {
	return []cause{
		{
			code: DNSHostsOverride, atMost: Error, restart: true,
			find: findHostsOverride, describe: describeHostsOverride,
			actions: editHosts,
		},
		dnsSearchList(),
		{
			code: DNSSinkhole, atMost: Error, restart: true, dependsOn: []Code{DNSHostsOverride, DNSSearchList},
			find: findSinkhole, describe: describeSinkhole,
		},
		{
			code: DNSNotAWS, atMost: Error, restart: true, dependsOn: []Code{DNSHostsOverride, DNSSearchList, DNSSinkhole},
			find: findNotAWS, describe: describeNotAWS,
		},
	}
}

func findHostsOverride(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		var dns []netip.Addr
		told := false
		for _, s := range f.servers {
			dns = append(dns, s.addresses(t.Host)...)
			told = told || s.outcome(t.Host).decisive()
		}
		for _, e := range t.pins {
			a := e.Address.Unmap()
			used := t.lookup == nil || len(t.lookup.Addresses) == 0 || slices.Contains(t.resolved.addrs, a)
			if !used || slices.Contains(dns, a) || !told && !a.IsLoopback() && !a.IsUnspecified() {
				continue
			}
			m := match{target: t, effect: blocks, forceError: f.notPrivate(t), evidence: []string{f.pinLine(t, e)}}
			m.evidence = append(m.evidence, f.comparison(t.Host)...)
			for _, w := range t.paths {
				m.evidence = append(m.evidence, w.line())
			}
			ms = append(ms, m)
		}
	}
	return ms
}

func (f *facts) pinLine(t *target, e observation.HostsEntry) string {
	return f.hostsPath() + ", line " + strconv.Itoa(e.Line) + ": " + e.Address.Unmap().String() + " " + t.Host
}

// pinLines are the lines of the hosts file that give the system the target's
// addresses.
func (f *facts) pinLines(t *target) []string {
	if !f.pinned(t) {
		return nil
	}
	var lines []string
	for _, e := range t.pins {
		lines = append(lines, f.pinLine(t, e))
	}
	return lines
}

// unpin says which lines of the hosts file to remove.
func (f *facts) unpin(t *target, when string) []string {
	var steps []string
	for _, e := range t.pins {
		steps = append(steps, when+"remove "+t.Host+" from "+f.hostsPath()+", line "+strconv.Itoa(e.Line))
	}
	return steps
}

func (f *facts) hostsPath() string {
	if p := f.o.Node.Hosts.Path; p != "" {
		return p
	}
	return "the hosts file"
}

func describeHostsOverride(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{title: f.hostsPath() + " pins " + hostsOf(ts) + " to " + plural(len(ts), "an address", "addresses") + " that DNS does not give"}
	then := ""
	if w.fix = f.beforeUnpinning(ts); len(w.fix) > 0 {
		then = "then "
	}
	for i, t := range ts {
		if i < 2 {
			w.checks = append(w.checks, f.system(t))
			if len(f.configured) > 0 {
				w.checks = append(w.checks, controls(f.ask(f.configured[0], t.Host))...)
			}
		}
		w.fix = append(w.fix, f.unpin(t, then)...)
	}
	w.fix = append(w.fix, "see what wrote the line (an image, a configuration management, a VPN client): it may write it again")
	return w
}

// beforeUnpinning says what comes first where a name is pinned to a private
// address and no nameserver gives one: without its pin the name would lead to
// nothing, or out of the VPC.
func (f *facts) beforeUnpinning(ts []*target) []string {
	var only []*target
	for _, t := range ts {
		private := slices.ContainsFunc(t.pins, func(e observation.HostsEntry) bool { return f.o.Class(e.Address) == observation.ClassPrivate })
		if private && !f.privateSomewhere(t.Host) {
			only = append(only, t)
		}
	}
	then := "first "
	if !slices.ContainsFunc(only, (*target).works) {
		then = "unless the public addresses are meant: first "
	}
	var first []string
	for _, s := range f.configured {
		if !slices.ContainsFunc(only, func(t *target) bool { return s.outcome(t.Host).decisive() }) {
			continue
		}
		if f.ownResolver(s) {
			first = append(first, then+"turn on the private DNS names of the interface endpoints for "+f.endpointServices(only)+", or associate the private hosted zone that has them with this VPC: "+s.String()+" gives no private address")
			continue
		}
		first = append(first, then+"make "+s.String()+" forward "+joinAnd(f.domains(only))+" to "+f.forwardTo(s)+": it gives no private address")
	}
	return first
}

// blockPage names the filter that publishes the address as that of its block
// page, "" where none does: Cisco Umbrella (docs.umbrella.com, "block page IP
// addresses"), Fortinet's FortiGuard, Palo Alto Networks' sinkhole.
func blockPage(a netip.Addr) string {
	a = a.Unmap()
	if !a.Is4() {
		return ""
	}
	b := a.As4()
	switch {
	case b[0] == 146 && b[1] == 112 && b[2] == 61 && b[3] >= 104 && b[3] <= 110:
		return "Cisco Umbrella's block page"
	case b == [4]byte{208, 91, 112, 55}:
		return "FortiGuard's block page"
	case b == [4]byte{72, 5, 65, 111}:
		return "Palo Alto Networks' sinkhole"
	}
	return ""
}

func findSinkhole(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		m := match{target: t, effect: blocks}
		for _, a := range t.resolved.addrs {
			why := blockPage(a)
			switch f.o.Class(a) {
			case observation.ClassUnspecified:
				why = "which is no address to connect to"
			case observation.ClassLoopback:
				why = "which is this node itself"
			case observation.ClassLinkLocal:
				why = "which is link-local"
			}
			if why != "" {
				m.evidence = append(m.evidence, t.Host+": "+a.String()+", "+why)
			}
		}
		// Where AWS answers at such an address, something on this node leads
		// there; where it answers at another one, the name has both.
		if len(m.evidence) == 0 || slices.ContainsFunc(t.paths, func(w *path) bool { return odd(w) && w.state == reachedAWS }) {
			continue
		}
		if t.works() {
			m.effect = affects
		}
		m.evidence = append(m.evidence, f.comparison(t.Host)...)
		ms = append(ms, m)
	}
	return ms
}

// odd reports whether the path's address can be nobody's endpoint.
func odd(w *path) bool {
	return w.proxy == nil && (!remote(w.class) || w.class == observation.ClassLinkLocal || blockPage(w.addr) != "")
}

func describeSinkhole(f *facts, ms []match) words {
	ts := targetsOf(ms)
	where := "the DNS filter: on " + f.nameservers() + " itself (response policy zone, ad or threat filter), in the filter service behind it, or in Route 53 Resolver DNS Firewall"
	if s := f.vpcSays(ts, outcomeOdd); s != nil {
		where = "Route 53 Resolver DNS Firewall, or in the filter that a Resolver rule forwards the name to: " + s.String() + " answers for the VPC, and filters nothing by itself"
	}
	return words{
		title:  "the nameservers answer for " + hostsOf(ts) + " with an address that can be nobody's endpoint",
		checks: f.confirmNames(ts),
		fix: []string{
			"allow " + joinAnd(f.domains(ts)) + " in " + where,
		},
	}
}

func findNotAWS(f *facts) []match {
	shared := make(map[netip.Addr][]*path)
	for _, w := range f.paths(func(w *path) bool { return w.proxy == nil && w.class == observation.ClassPublic }) {
		shared[w.addr] = append(shared[w.addr], w)
	}
	var ms []match
	for _, t := range f.direct() {
		for _, w := range t.paths {
			if why := f.notAmazon(w, shared[w.addr]); why != "" {
				ms = append(ms, match{target: t, path: w, effect: blocks, evidence: []string{why, w.line()}})
			}
		}
	}
	return ms
}

// notAmazon says why the address cannot be AWS's, "" where it may be: AWS does
// not answer there, and unrelated services share it, or Amazon does not publish
// it as its own.
func (f *facts) notAmazon(w *path, shared []*path) string {
	if len(shared) == 0 || slices.ContainsFunc(shared, func(w *path) bool { return w.state == reachedAWS || w.state <= stateUndecided }) {
		return ""
	}
	r := f.o.Ranges
	// Of a Region that the file does not know it tells nothing.
	if known, ok := r.Known[w.addr]; ok && r.Given && r.HasRegion && !known.InAmazon && !w.target.Foreign {
		return w.addr.String() + " (" + w.target.Host + ") is in none of the address ranges that Amazon publishes (ip-ranges.json of " + quoted(r.Created) + ")"
	}
	if !unrelated(shared) {
		return ""
	}
	var names []string
	for _, o := range shared {
		names = append(names, o.target.Host)
	}
	slices.Sort(names)
	return w.addr.String() + " is the answer for " + joinMax(slices.Compact(names), 4) + ", which are unrelated services"
}

// unrelated reports whether the paths are those of different services of AWS:
// two of them never share an address.
func unrelated(ws []*path) bool {
	for _, w := range ws {
		if w.target.Service != ws[0].target.Service && w.target.Host != ws[0].target.Host && !w.target.Foreign && !ws[0].target.Foreign {
			return true
		}
	}
	return false
}

func describeNotAWS(f *facts, ms []match) words {
	ts := targetsOf(ms)
	ws := pathsOf(ms)
	who := "the names of AWS lead"
	if len(hosts(ts)) == 1 {
		who = hostsOf(ts) + " leads"
	}
	w := words{
		title:  who + " to " + ws[0].addr.String() + ", which is not AWS",
		checks: append(firstOf(1, f.confirmNames(ts)), f.whoAnswers(ws[0])),
		fix: []string{
			"see where " + f.nameservers() + " takes the answer from: a captive portal that wants a login, a hijacked or filtering resolver, a wildcard record for " + joinAnd(f.domains(ts)),
			"name a nameserver that gives AWS's own addresses",
		},
	}
	for _, t := range ts[:min(len(ts), 2)] {
		w.more = append(w.more, f.comparison(t.Host)...)
	}
	for _, x := range ws {
		if page := x.page(); page != "" {
			w.more = append(w.more, page)
		}
	}
	return w
}

// editHosts names the entries of the hosts file that are in the way.
func editHosts(f *facts, ts []*target) []fix.Action {
	a := fix.Action{Kind: fix.EditHosts}
	for _, t := range ts {
		if !slices.Contains(a.Hosts, t.Host) {
			a.Hosts = append(a.Hosts, t.Host)
		}
	}
	return []fix.Action{a}
}
