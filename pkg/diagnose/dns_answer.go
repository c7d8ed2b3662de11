package diagnose

import (
	"cmp"
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

// dnsAnswerCauses are the causes of addresses that cannot be an endpoint.
func dnsAnswerCauses() []cause {
	return []cause{
		{
			code: DNSHostsOverride, atMost: Error, restart: true,
			find: findHostsOverride, describe: describeHostsOverride,
			actions: editHosts,
		},
		{ // the system completes names before it asks for them as they are
			code: DNSSearchList, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver, DNSHostsOverride},
			find: findSearchList, describe: describeSearchList,
		},
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
		known := false
		for _, s := range f.servers {
			dns = append(dns, s.addresses(t.Host)...)
			known = known || s.outcome(t.Host).decisive()
		}
		for _, e := range t.pins {
			a := e.Address.Unmap()
			used := t.lookup == nil || len(t.lookup.Addresses) == 0 || slices.Contains(t.resolved.addrs, a)
			if !used || slices.Contains(dns, a) || !known && !a.IsLoopback() && !a.IsUnspecified() {
				continue
			}
			evidence := slices.Concat([]string{f.pinLine(t, e)}, f.comparison(t.Host), linesOf(t.paths))
			ms = append(ms, match{target: t, effect: blocks, forceError: f.notPrivate(t), evidence: evidence})
		}
	}
	return ms
}

func (f *facts) pinLine(t *target, e observation.HostsEntry) string {
	return f.hostsPath() + ", line " + strconv.Itoa(e.Line) + ": " + e.Address.Unmap().String() + " " + t.Host
}

// pinLines are the lines of the hosts file that give the system the target's addresses.
func (f *facts) pinLines(t *target) []string {
	if !f.pinned(t) {
		return nil
	}
	return mapTo(t.pins, func(e observation.HostsEntry) string { return f.pinLine(t, e) })
}

// unpin says which lines of the hosts file to remove.
func (f *facts) unpin(t *target, when string) []string {
	return mapTo(t.pins, func(e observation.HostsEntry) string {
		return when + "remove " + t.Host + " from " + f.hostsPath() + ", line " + strconv.Itoa(e.Line)
	})
}

func (f *facts) hostsPath() string { return cmp.Or(f.o.Node.Hosts.Path, "the hosts file") }

func describeHostsOverride(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{mode: DoAll, title: f.hostsPath() + " pins " + hostsOf(ts) + " to " + plural(len(ts), "an address", "addresses") + " that DNS does not return"}
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
	w.fix = append(w.fix, "find out what wrote the line (an image, configuration management, a VPN client): it may write it again")
	return w
}

// beforeUnpinning says what to do first if a name is pinned to a private address that no
// nameserver returns: without the pin, the name would lead nowhere, or out of the VPC.
func (f *facts) beforeUnpinning(ts []*target) []string {
	private := func(e observation.HostsEntry) bool { return f.o.Class(e.Address) == observation.ClassPrivate }
	only := filter(ts, func(t *target) bool { return slices.ContainsFunc(t.pins, private) && !f.privateSomewhere(t.Host) })
	then := "first "
	if !slices.ContainsFunc(only, (*target).works) {
		then = "unless the public addresses are intended: first "
	}
	var first []string
	for _, s := range f.configured {
		if !slices.ContainsFunc(only, func(t *target) bool { return s.outcome(t.Host).decisive() }) {
			continue
		}
		if f.ownResolver(s) {
			first = append(first, then+"turn on the private DNS names of the interface endpoints for "+f.endpointServices(only)+", or associate the private hosted zone that contains them with this VPC: "+s.String()+" returns no private address")
			continue
		}
		first = append(first, then+"make "+s.String()+" forward "+joinAnd(f.domains(only))+" to "+f.forwardTo(s)+": it returns no private address")
	}
	return first
}

// blockPage names the filter that publishes the address as the one of its block page, or
// "" if none does: Cisco Umbrella (docs.umbrella.com, "block page IP addresses"),
// Fortinet's FortiGuard, Palo Alto Networks' sinkhole.
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
				why = "which is not an address to connect to"
			case observation.ClassLoopback:
				why = "which is this node itself"
			case observation.ClassLinkLocal:
				why = "which is link-local"
			}
			if why != "" {
				m.evidence = append(m.evidence, t.Host+": "+a.String()+", "+why)
			}
		}
		// If AWS answers at such an address, something on this node forwards to
		// AWS; if it answers at another one, the name has both.
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

// odd reports whether the path's address cannot be an endpoint.
func odd(w *path) bool {
	return w.proxy == nil && (!remote(w.class) || w.class == observation.ClassLinkLocal || blockPage(w.addr) != "")
}

func describeSinkhole(f *facts, ms []match) words {
	ts := targetsOf(ms)
	where := "the DNS filter: on " + f.nameservers() + " itself (response policy zone, ad or threat filter), in the filter service behind it, or in Route 53 Resolver DNS Firewall"
	if s := f.vpcSays(ts, outcomeOdd); s != nil {
		where = "Route 53 Resolver DNS Firewall, or in the filter that a Resolver rule forwards the name to: " + s.String() + " answers for the VPC, and does not filter by itself"
	}
	return words{
		title:  "the nameservers answer for " + hostsOf(ts) + " with an address that cannot be an endpoint",
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

// notAmazon says why the address cannot be AWS's, or "" if it may be. AWS does not
// answer there, and either unrelated services share it or Amazon does not publish it as
// its own.
func (f *facts) notAmazon(w *path, shared []*path) string {
	if len(shared) == 0 || slices.ContainsFunc(shared, func(w *path) bool { return w.state == reachedAWS || w.state <= stateUndecided }) {
		return ""
	}
	r := f.o.Ranges
	// The file says nothing about a Region that it does not know.
	if known, ok := r.Known[w.addr]; ok && r.Given && r.HasRegion && !known.InAmazon && !w.target.Foreign {
		return w.addr.String() + " (" + w.target.Host + ") is in none of the address ranges that Amazon publishes (ip-ranges.json of " + quoted(r.Created) + ")"
	}
	if !unrelated(shared) {
		return ""
	}
	names := sorted(mapTo(shared, func(w *path) string { return w.target.Host }))
	return w.addr.String() + " is the answer for " + joinMax(names, 4) + ", which are unrelated services"
}

// unrelated reports whether the paths belong to different services of AWS: two services
// never share an address.
func unrelated(ws []*path) bool {
	a := ws[0].target
	return slices.ContainsFunc(ws, func(w *path) bool {
		b := w.target
		return a.Service != b.Service && a.Host != b.Host && !a.Foreign && !b.Foreign
	})
}

func describeNotAWS(f *facts, ms []match) words {
	ts := targetsOf(ms)
	ws := pathsOf(ms)
	who := "AWS's names resolve"
	if len(hosts(ts)) == 1 {
		who = hostsOf(ts) + " resolves"
	}
	w := words{
		title:  who + " to " + ws[0].addr.String() + ", which is not AWS",
		checks: append(firstOf(1, f.confirmNames(ts)), f.whoAnswers(ws[0])),
		fix: []string{
			"find out where " + f.nameservers() + " gets the answer from: a captive portal that wants a login, a hijacked or filtering resolver, a wildcard record for " + joinAnd(f.domains(ts)),
			"use a nameserver that returns AWS's own addresses",
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

// editHosts names the wrong entries of the hosts file.
func editHosts(_ *facts, ts []*target) []fix.Action {
	return []fix.Action{{Kind: fix.EditHosts, Hosts: appendNew(nil, mapTo(ts, func(t *target) string { return t.Host })...)}}
}
