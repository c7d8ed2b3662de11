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

// writeOption says which line of resolv.conf sets an option, and how the line reads with
// another value. It shows the whole line, so that the other options on it are kept.
func (f *facts) writeOption(name, value string) string {
	lines := f.o.Node.Resolver.Options
	for i := len(lines) - 1; i >= 0; i-- { // the last value counts
		if line, ok := withOption(lines[i], name, value); ok {
			return "change line " + strconv.Itoa(lines[i].Line) + " of " + f.resolverFile() + " to `" + line + "`"
		}
	}
	return "set the option " + name + ":" + value + " in " + f.resolverFile() + f.whereSet() +
		", and keep the options that are already there"
}

// withOption is a line of options with another value for one of them. It is not ok if
// the line lacks that option, or cannot be shown as it is.
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

// quotedLine is a line of a file as evidence: the file, the line number, the text.
func quotedLine(path string, l observation.FileLine) string {
	return path + ", line " + strconv.Itoa(l.Line) + ": " + quoted(l.Text)
}

// optionLines are the lines of resolv.conf that say how this system queries.
func (f *facts) optionLines() []string {
	return mapTo(f.o.Node.Resolver.Options, func(l observation.FileLine) string { return quotedLine(f.resolverFile(), l) })
}

// whereSet says in which line of resolv.conf the options are, if they are in a single
// one.
func (f *facts) whereSet() string {
	if o := f.o.Node.Resolver.Options; len(o) == 1 {
		return " (line " + strconv.Itoa(o[0].Line) + ")"
	}
	return ""
}

// impatient reports whether resolv.conf makes this system wait for an answer for less
// time than one of our attempts takes: then we did not wait longer either.
func (f *facts) impatient() bool {
	t := f.o.Node.Resolver.Timeout
	return t > 0 && t < f.o.Plan.Timeout
}

// onlyFiles reports whether nsswitch.conf makes this system ask no nameserver.
func (f *facts) onlyFiles() bool {
	return f.o.Node.Resolver.Order.OnlyFiles() && !f.serversGiven() && !f.windows()
}

// describeOnlyFiles is for a system whose nsswitch.conf lists only the hosts file for
// host names.
func (f *facts) describeOnlyFiles() words {
	order := f.o.Node.Resolver.Order
	return words{
		title:  order.Path + " makes the system look up host names in the hosts file only: no nameserver is asked",
		checks: []Check{{Command: "grep -n hosts: /etc/nsswitch.conf", Expect: order.At.Text}},
		fix:    []string{"write `hosts: files dns` in line " + strconv.Itoa(order.At.Line) + " of " + order.Path},
	}
}

// describeUnusable says how to correct nameserver lines in which the resolver finds no
// address.
func (f *facts) describeUnusable(w *words) {
	lines := f.o.Node.Resolver.Unusable
	if len(lines) == 0 {
		return
	}
	file := f.resolverFile()
	w.title = "no nameserver is configured on this node: the resolver finds no address in line " + strconv.Itoa(lines[0].Line) + " of " + file + ", " + quoted(lines[0].Text)
	if len(lines) > 1 {
		w.title += ", nor in " + number(len(lines)-1, "other line")
	}
	w.more, w.fix = nil, nil
	for _, l := range lines {
		w.more = append(w.more, quotedLine(file, l))
		if meant := addressesIn(l.Text); len(meant) > 0 {
			w.fix = append(w.fix, "replace line "+strconv.Itoa(l.Line)+" of "+file+", with one address per line: "+joinAnd(meant))
		}
	}
	if len(w.fix) == 0 {
		w.fix = []string{"write the address of a nameserver into line " + strconv.Itoa(lines[0].Line) + " of " + file + ": `nameserver ADDRESS`"}
	}
}

// addressesIn returns nameserver lines for the addresses in a line, however they are
// separated.
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

// noteResolver says what in resolv.conf and nsswitch.conf has no effect, or not the
// effect that it seems to have.
func (f *facts) noteResolver(add func(string)) {
	r := f.o.Node.Resolver
	for _, l := range r.NeverAsked {
		add(quotedLine(f.resolverFile(), l) + ": never asked, as the agent's resolver and the C library use only three nameservers")
	}
	if len(r.Servers) > 0 {
		for _, l := range r.Unusable {
			add(quotedLine(f.resolverFile(), l) + ": ignored, as it contains no address")
		}
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		ts := filter(f.direct(), func(t *target) bool { return f.ruledOut(t.Host) == rule })
		servers := mapTo(rule.Servers, func(s netip.AddrPort) string { return s.Addr().String() })
		if len(ts) > 0 {
			add(safe(clipped(rule.From)) + " sends " + hostsOf(ts) + " to " + joinMax(servers, 3) + ", which " + plural(len(servers), "was", "were") + " not asked separately")
		}
	}
	if r.Rotate && len(f.configured) > 1 {
		add("`options rotate` is set in " + f.resolverFile() + f.whereSet() + ": each lookup begins with the next nameserver")
	}
}

// completion is the answer for the target's name with a search domain appended that gave
// the system its addresses. nil: none did. The names of optional targets are not queried
// this way: for them any such answer counts, as a wildcard returns one address for all.
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
	if f.windows() { // from a list, or the domains of the machine and its adapters
		line = "the DNS client's suffixes: " + quoted(strings.Join(r.Search, " "))
	}
	if r.SearchOfHostname {
		line = f.resolverFile() + " has no search list, so the domain of the host name is used: " + quoted(r.Search[0])
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
		ms = append(ms, match{target: t, effect: blocks, evidence: slices.Concat(f.completed(t), f.comparison(t.Host), linesOf(t.paths))})
	}
	return ms
}

// fullNameGives is the address that the nameservers return for the host itself.
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
			": a name with a dot is then first looked up as it is (Kubernetes: dnsConfig.options of the pod)")
	}
	without := "remove " + quoted(domain) + " from the search list of " + f.resolverFile()
	switch {
	case f.windows():
		without = "remove " + quoted(domain) + " from the suffix search list: `Set-DnsClientGlobalSetting -SuffixSearchList`, or the group policy that sets it"
	case r.SearchOfHostname:
		without = "write a `search` line with another domain into " + f.resolverFile() + ": without one, the domain of the host name is used"
	}
	w.fix = append(w.fix, without,
		"remove the record (most likely a wildcard) that answers for "+quoted(a.Name))
	return w
}

// isTailscale reports whether the server is Tailscale's own resolver, which no
// nameserver configuration changes.
func isTailscale(s *server) bool { return observation.IsTailscale(s.Address.Addr()) }

// tailscale says how to make Tailscale's resolver answer correctly for the targets: only
// Tailscale's settings can change it.
func (f *facts) tailscale(ts []*target) string {
	to := f.forwardTo(nil)
	if f.ec2() {
		to = f.vpcPlusTwo()
	}
	return "this is Tailscale's resolver on this node: run `tailscale set --accept-dns=false` here, so that the system's own nameservers are used again; or, in the DNS settings of the tailnet, add a nameserver for " +
		joinAnd(f.domains(ts)) + " (split DNS): " + to
}

// ruledOut is the rule by which the system looks a host up at nameservers that were not
// asked separately: what the others answer is not what the agent gets. nil: none.
func (f *facts) ruledOut(host string) *observation.NameRule {
	rule := f.o.Node.Resolver.RuleFor(host)
	if rule == nil || len(rule.Servers) == 0 || f.serversGiven() {
		return nil
	}
	asked := func(a netip.AddrPort) bool {
		return slices.ContainsFunc(f.configured, func(s *server) bool { return s.Address == a })
	}
	if every(rule.Servers, asked) {
		return nil
	}
	return rule
}

// askedElsewhere reports whether the system has the target's name from nameservers that
// were not asked separately: because of a rule or, on Windows, because the private
// address comes from an adapter without a gateway (a VPN's), and none that was asked
// returns one.
func (f *facts) askedElsewhere(t *target) bool {
	if f.ruledOut(t.Host) != nil {
		return true
	}
	others := slices.ContainsFunc(f.o.Node.Resolver.Adapters, func(a observation.Adapter) bool { return !a.Gateway && len(a.Servers) > 0 })
	return others && !f.serversGiven() && t.lookup != nil && !f.pinned(t) &&
		addressOutcome(t.lookup.Addresses, f.o.Class) == outcomePrivate && !f.privateSomewhere(t.Host)
}
