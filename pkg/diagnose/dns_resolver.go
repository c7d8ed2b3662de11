package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

const DNSSearchList Code = "dns-search-list"

// writeOption says which line of resolv.conf sets an option, and how the line
// reads with another value. A line of options is written as a whole, so that the
// others on it have to be kept.
func (f *facts) writeOption(name, value string) string {
	lines := f.o.Node.Resolver.Options
	for i := len(lines) - 1; i >= 0; i-- { // the last value counts
		if line, ok := withOption(lines[i], name, value); ok {
			return "change line " + strconv.Itoa(lines[i].Line) + " of " + f.resolverFile() + " to `" + line + "`"
		}
	}
	return "set the option " + name + ":" + value + " in " + f.resolverFile() + f.whereSet() +
		", beside the options that are there"
}

// withOption is a line of options with another value of one of them. It is not
// ok if the line does not have that option, or cannot be shown as it is.
func withOption(l observation.FileLine, name, value string) (string, bool) {
	words, found := strings.Fields(l.Text), false
	kept := words[:0:0]
	for i, w := range words {
		if i == 0 || !strings.HasPrefix(w, name+":") {
			kept = append(kept, w)
			continue
		}
		if !found {
			kept = append(kept, name+":"+value)
		}
		found = true
	}
	line := strings.Join(kept, " ")
	return line, found && quote.Printable(line) && !strings.Contains(line, "`")
}

// quotedLine is a line of a file, as evidence: the file, the line's number, its text.
func quotedLine(path string, l observation.FileLine) string {
	return path + ", line " + strconv.Itoa(l.Line) + ": " + quoted(l.Text)
}

// optionLines are the lines of resolv.conf that say how this system asks.
func (f *facts) optionLines() []string {
	var lines []string
	for _, l := range f.o.Node.Resolver.Options {
		lines = append(lines, quotedLine(f.resolverFile(), l))
	}
	return lines
}

// whereSet says in which line of resolv.conf the options are, where it is one.
func (f *facts) whereSet() string {
	if o := f.o.Node.Resolver.Options; len(o) == 1 {
		return " (line " + strconv.Itoa(o[0].Line) + ")"
	}
	return ""
}

// impatient reports whether resolv.conf has this system wait for an answer for
// less time than an attempt of ours takes: no longer was it then waited for.
func (f *facts) impatient() bool {
	t := f.o.Node.Resolver.Timeout
	return t > 0 && t < f.o.Plan.Timeout
}

// onlyFiles reports whether this system asks no nameserver, by nsswitch.conf.
func (f *facts) onlyFiles() bool {
	return f.o.Node.Resolver.Order.OnlyFiles() && !f.serversGiven() && !f.windows()
}

// describeOnlyFiles is for a system whose nsswitch.conf has nothing but the hosts
// file for host names.
func (f *facts) describeOnlyFiles() words {
	order := f.o.Node.Resolver.Order
	return words{
		title:  order.Path + " has host names looked up in the hosts file alone: no nameserver is asked",
		checks: []Check{{Command: "grep -n hosts: /etc/nsswitch.conf", Expect: order.At.Text}},
		fix:    []string{"write `hosts: files dns` in line " + strconv.Itoa(order.At.Line) + " of " + order.Path},
	}
}

// describeUnusable says what to write in place of nameserver lines in which the
// resolver finds no address.
func (f *facts) describeUnusable(w *words) {
	lines := f.o.Node.Resolver.Unusable
	if len(lines) == 0 {
		return
	}
	file := f.resolverFile()
	w.title = "no nameserver is configured on this node: the resolver reads no address in line " + strconv.Itoa(lines[0].Line) + " of " + file + ", " + quoted(lines[0].Text)
	if len(lines) > 1 {
		w.title += ", nor in " + number(len(lines)-1, "other line")
	}
	w.more, w.fix = nil, nil
	for _, l := range lines {
		w.more = append(w.more, quotedLine(file, l))
		if meant := addressesIn(l.Text); len(meant) > 0 {
			w.fix = append(w.fix, "write in place of line "+strconv.Itoa(l.Line)+" of "+file+", one address a line: "+joinAnd(meant))
		}
	}
	if len(w.fix) == 0 {
		w.fix = []string{"write the address of a nameserver into line " + strconv.Itoa(lines[0].Line) + " of " + file + ": `nameserver ADDRESS`"}
	}
}

// addressesIn are nameserver lines for the addresses that a line has, however
// they are parted.
func addressesIn(line string) []string {
	var lines []string
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" \t,;|\"'[]", r) }) {
		a, err := netip.ParseAddr(word)
		if err != nil {
			if at, err := netip.ParseAddrPort(word); err == nil {
				a = at.Addr()
			}
		}
		if a.IsValid() && a.Zone() == "" && len(lines) < 3 {
			lines = append(lines, "`nameserver "+a.String()+"`")
		}
	}
	return lines
}

// noteResolver says what of resolv.conf and nsswitch.conf has no effect, or
// another one than it seems.
func (f *facts) noteResolver(add func(string)) {
	r := f.o.Node.Resolver
	for _, l := range r.NeverAsked {
		add(quotedLine(f.resolverFile(), l) + ": never asked, as the agent's resolver and the C library read three nameservers")
	}
	if len(r.Servers) > 0 {
		for _, l := range r.Unusable {
			add(quotedLine(f.resolverFile(), l) + ": passed over, as no address stands there")
		}
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		var hosts, servers []string
		for _, t := range f.direct() {
			if f.ruledOut(t.Host) == rule && !slices.Contains(hosts, t.Host) {
				hosts = append(hosts, t.Host)
			}
		}
		for _, s := range rule.Servers {
			servers = append(servers, s.Addr().String())
		}
		if len(hosts) > 0 {
			add(safe(clipped(rule.From)) + " sends " + joinMax(hosts, 2) + " to " + joinMax(servers, 3) + ", which " + plural(len(servers), "was", "were") + " not asked by " + plural(len(servers), "itself", "themselves"))
		}
	}
	if r.Rotate && len(f.configured) > 1 {
		add("`options rotate` is set in " + f.resolverFile() + f.whereSet() + ": each lookup begins with the next nameserver")
	}
}

// dnsSearchList is the cause of names that the system completes before it asks
// for them as they are.
func dnsSearchList() cause {
	return cause{
		code: DNSSearchList, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver, DNSHostsOverride},
		find: findSearchList, describe: describeSearchList,
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
	for _, s := range f.configured {
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
	line := f.resolverFile() + ": search " + quoted(strings.Join(r.Search, " "))
	if f.windows() { // a list, or the domains of the machine and its adapters
		line = "the DNS client's suffixes: " + quoted(strings.Join(r.Search, " "))
	}
	if r.SearchOfHostname {
		line = f.resolverFile() + " has no search list, so the domain of the host name counts: " + quoted(r.Search[0])
	}
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
		m := match{target: t, effect: blocks, evidence: append(f.completed(t), f.comparison(t.Host)...)}
		for _, w := range t.paths {
			m.evidence = append(m.evidence, w.line())
		}
		ms = append(ms, m)
	}
	return ms
}

// fullNameGives is the address that the nameservers give for a host itself.
func (f *facts) fullNameGives(host string) string {
	for _, s := range f.configured {
		if addrs := s.addresses(host); len(addrs) > 0 {
			return addrs[0].String()
		}
	}
	return "another address"
}

func describeSearchList(f *facts, ms []match) words {
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
		title: "this system tries " + hostsOf(ts) + " with its search domain " + quoted(domain) + " appended before the name itself, and gets another name's address",
	}
	for _, t := range ts[:min(len(ts), 2)] {
		w.checks = append(w.checks, f.system(t), Check{Command: f.lookUp(t.Host + "."), Expect: f.fullNameGives(t.Host), Control: true})
	}
	dots := strings.Count(strings.TrimSuffix(ts[0].Host, "."), ".")
	if r.Ndots != nil && *r.Ndots > dots {
		w.fix = append(w.fix, f.writeOption("ndots", "1")+
			": names with a dot are then tried as they are first (Kubernetes: dnsConfig.options of the pod)")
	}
	without := "or take " + quoted(domain) + " out of the search list of " + f.resolverFile()
	switch {
	case f.windows():
		without = "or take " + quoted(domain) + " out of the suffix search list: `Set-DnsClientGlobalSetting -SuffixSearchList`, or the group policy that sets it"
	case r.SearchOfHostname:
		without = "or write a `search` line with another domain into " + f.resolverFile() + ": without one, that of the host name counts"
	}
	w.fix = append(w.fix, without,
		"or remove the record (a wildcard, most likely) that answers for "+quoted(a.Name))
	return w
}

// IsTailscale reports whether the address is that of Tailscale's own resolver,
// which no configuration of a nameserver changes.
func IsTailscale(a netip.Addr) bool { return observation.IsTailscale(a) }

func isTailscale(s *server) bool { return IsTailscale(s.Address.Addr()) }

// tailscale says how Tailscale's resolver comes to answer rightly for the
// targets: nothing can be configured on it but by Tailscale's settings.
func (f *facts) tailscale(ts []*target) string {
	to := f.forwardTo(nil)
	if f.ec2() {
		to = f.vpcPlusTwo()
	}
	return "it is Tailscale's resolver on this node: run `tailscale set --accept-dns=false` here, so that the system's own nameservers are asked again; or, in the DNS settings of the tailnet, add a nameserver for " +
		joinAnd(f.domains(ts)) + " (split DNS): " + to
}

// ruledOut is the rule by which the system looks a host up at nameservers that were not
// asked by themselves: what the others say of it is not what the agent gets. nil: none.
func (f *facts) ruledOut(host string) *observation.NameRule {
	rule := f.o.Node.Resolver.RuleFor(host)
	if rule == nil || len(rule.Servers) == 0 || f.serversGiven() {
		return nil
	}
	for _, address := range rule.Servers {
		if !slices.ContainsFunc(f.configured, func(s *server) bool { return s.Address == address }) {
			return rule
		}
	}
	return nil
}

// askedElsewhere reports whether the system has the target's name from nameservers that
// were not asked by themselves: by a rule, or, on Windows, a private address from those of
// an adapter without a gateway (a VPN's), where none that was asked gives one.
func (f *facts) askedElsewhere(t *target) bool {
	if f.ruledOut(t.Host) != nil {
		return true
	}
	others := slices.ContainsFunc(f.o.Node.Resolver.Adapters, func(a observation.Adapter) bool { return !a.Gateway && len(a.Servers) > 0 })
	return others && !f.serversGiven() && t.lookup != nil && !f.pinned(t) &&
		addressOutcome(t.lookup.Addresses, f.o.Class) == outcomePrivate && !f.privateSomewhere(t.Host)
}
