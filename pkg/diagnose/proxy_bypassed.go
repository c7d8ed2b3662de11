package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

const ProxyBypassed Code = "proxy-bypassed"

// unusedPath is the path to a target through the proxy that the agent seems to have but
// does not use for it. nil: it was not tried.
func (f *facts) unusedPath(t *target) *path {
	if t.proxied || t.UnusedProxy == nil || t.seen == nil || t.seen.UnusedProxy == nil || f.proxyChosen() != observation.ProxyAuto {
		return nil
	}
	return f.proxyPath(t, t.seen.UnusedProxy)
}

func findBypassed(f *facts) []match {
	if f.o.Node.Proxy.Known != observation.Yes {
		return nil
	}
	private := func(t *target) bool {
		return slices.ContainsFunc(t.paths, func(w *path) bool { return w.class == observation.ClassPrivate })
	}
	var ms []match
	for _, t := range f.direct() {
		w := f.unusedPath(t)
		if w == nil || !t.UnusedProxy.Kind.Bypassed() || w.state != reachedAWS || t.works() || anyUndecided(t.paths) || private(t) {
			continue
		}
		m := match{target: t, path: w, effect: blocks, evidence: []string{f.bypassedLine(t), w.line()}}
		ms = append(ms, m.without(t))
	}
	if len(ms) == 0 {
		return nil
	}
	// An optional target was not tried through the proxy, and fails directly like
	// the rest.
	for _, t := range f.direct() {
		if !t.needed && !t.works() && !anyUndecided(t.paths) && !private(t) && t.UnusedProxy != nil && t.seen != nil && t.seen.UnusedProxy == nil {
			ms = append(ms, match{target: t, effect: blocks, suppressed: true})
		}
	}
	return ms
}

// without adds what was seen on the direct path.
func (m match) without(t *target) match {
	for _, w := range t.paths {
		m.evidence = append(m.evidence, w.line()+", without the proxy")
	}
	if len(t.paths) == 0 && t.lookup != nil && t.lookup.Failure != nil {
		m.evidence = append(m.evidence, lookedUp(t.lookup)+", without the proxy")
	}
	return m
}

// bypassedLine says why the agent does not use its proxy for the target.
func (f *facts) bypassedLine(t *target) string {
	u := t.UnusedProxy
	line := f.proxySettingsFrom() + ": "
	if u.Kind == observation.UnusedHTTPOnly {
		line += safe(u.Variable) + " is " + quoted(u.URL) + ", which the agent uses for http:// only, and https_proxy is not set"
		if !u.InNoProxy {
			return line
		}
		line += "; "
	}
	return line + "no_proxy (" + quoted(f.o.Node.Proxy.No) + ") covers " + t.Host
}

// unusedEvidence is what the service's configuration contains about proxies that the
// agent does not use, for a finding about direct paths that fail: whoever wrote it
// believes that they are used.
func (f *facts) unusedEvidence(code Code, ts []*target) []string {
	if code == ProxyBypassed || code == ProxyAgentDiffers || f.proxyChosen() != observation.ProxyAuto {
		return nil
	}
	var lines []string
	for _, t := range ts {
		if t.proxied || t.works() || !t.tried() {
			continue
		}
		for _, u := range f.o.Node.Proxy.Unused {
			lines = append(lines, unusedLine(u))
		}
		w := f.unusedPath(t)
		if w == nil || w.state != reachedAWS || !t.UnusedProxy.Kind.Bypassed() {
			continue
		}
		lines = append(lines, "AWS answers through the agent's proxy, which does not apply here: "+f.bypassedLine(t))
	}
	return lines
}

// noteStrayDropIns names drop-ins that systemd does not read.
func (f *facts) noteStrayDropIns(add func(string)) {
	for _, file := range f.o.Node.Agent.StrayDropIns {
		add(quoted(file) + " is a drop-in for a unit that does not exist here: the agent's unit is " + f.agentUnit())
	}
}

func describeBypassed(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	u := ts[0].UnusedProxy
	proxy := ws[0].proxy.URL
	w := words{
		title:  "no_proxy makes the agent bypass its proxy for " + subject(ts) + ", which only the proxy can reach",
		checks: []Check{f.settingsCheck(), f.through(proxy, f.url(ws[0]), ws[0].expect(), true)},
	}
	var assignments []string
	var unknown []string
	if u.Kind == observation.UnusedHTTPOnly {
		w.title = "the agent has http_proxy only, so it connects to " + subject(ts) + " without a proxy"
		var setting string
		setting, unknown = f.proxySetting(proxy)
		assignments = append(assignments, "https_proxy="+setting)
	}
	var say []string
	if u.InNoProxy {
		var value string
		value, say = f.narrowedNoProxy(ts, f.o.Node.Proxy.No)
		// Go prefers the upper-case name.
		assignments = append(assignments, "no_proxy="+value, "NO_PROXY="+value)
	}
	w.fix, w.mode = append(f.setEnvironment(assignments, unknown), say...), DoAll
	return w
}

// setEnvironment says where and how to set variables of the agent's service. unknown has
// the placeholders for what the report does not contain.
func (f *facts) setEnvironment(assignments, unknown []string) []string {
	unit := f.linux() && f.o.Node.Agent.Installed == observation.Yes
	percent := "with special characters as %40 and the like"
	var steps []string
	switch {
	case f.windows():
		steps = []string{"set in the value Environment (REG_MULTI_SZ) of " + fix.WindowsService + ": " + joinAnd(assignments)}
	case f.macOS():
		steps = []string{"set in " + macProxy + ": " + macAssignments(assignments)}
	case unit:
		steps = []string{f.dropIn(fix.ProxyDropIn, assignments...) + f.environmentFileWins()}
		percent = "with special characters as %%40 and the like: systemd wants each percent sign twice"
	default:
		steps = []string{"set in " + f.proxyFile() + ": " + joinAnd(assignments)}
	}
	if len(unknown) > 0 {
		steps = append(steps, "put the proxy's own "+joinAnd(unknown)+" there, "+percent)
	}
	if unit {
		steps = append(steps, "then `systemctl daemon-reload`")
	}
	return steps
}

// A narrowedList is a no_proxy that covers none of the hosts that only the proxy can
// reach.
type narrowedList struct {
	Entries []string
	Removed []removedEntry
}

// A removedEntry is an entry that covers hosts which only the proxy can reach, and the
// hosts that replace it.
type removedEntry struct {
	Entry       string
	Covers, Now []string
}

// narrowNoProxy keeps every entry that covers none of the hosts. Each other entry is
// replaced by those hosts under it that have a direct path: AWS answers there, or the
// address is a private endpoint's, even one that is blocked today.
func narrowNoProxy(o *observation.Observations, entries, through []string) narrowedList {
	var out narrowedList
	for _, entry := range entries {
		covers := coveredBy(entry, through)
		switch {
		case len(covers) > 0:
			out.Removed = append(out.Removed, removedEntry{Entry: entry, Covers: covers})
		default:
			out.Entries = appendNew(out.Entries, entry)
		}
	}
	if len(out.Removed) == 0 {
		return out
	}
	direct := directHosts(o)
	for i := range out.Removed {
		for _, host := range coveredBy(out.Removed[i].Entry, direct) {
			if len(coveredBy(host, through)) == 0 {
				out.Removed[i].Now = append(out.Removed[i].Now, host)
				out.Entries = appendNew(out.Entries, host)
			}
		}
	}
	return out
}

func coveredBy(entry string, hosts []string) []string {
	return appendNew(nil, filter(hosts, func(host string) bool { return noProxyCovers(entry, host) })...)
}

// directHosts are the hosts of the targets that have a direct path.
func directHosts(o *observation.Observations) []string {
	var hosts []string
	for _, t := range o.Plan.Targets {
		i := slices.IndexFunc(o.Targets, func(seen observation.TargetObservation) bool { return seen.Name == t.Name })
		if i < 0 || !slices.ContainsFunc(o.Targets[i].Addresses, func(a observation.AddressObservation) bool {
			counts, _ := a.Settled()
			return counts.ProvesAWS() || o.Class(a.Address) == observation.ClassPrivate
		}) {
			continue
		}
		if host := strings.TrimSuffix(t.Host, "."); host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// String says why the entry is removed, and what replaces it. It is for a fix, where
// backticks begin commands.
func (r removedEntry) String() string {
	s := quoted(strings.ReplaceAll(r.Entry, "`", "'")) + " is removed from no_proxy, because it covers " +
		joinMax(r.Covers, 4) + ", which only the proxy can reach"
	if len(r.Now) > 0 {
		s += "; " + joinMax(r.Now, 4) + plural(len(r.Now), " takes", " take") + " its place"
	}
	if !slices.ContainsFunc(r.Covers, func(host string) bool { return strings.EqualFold(host, r.Entry) }) {
		s += "; everything else that it covers then goes through the proxy: add what must not"
	}
	return s
}

// maxNoProxy is how much of a no_proxy a report contains, in bytes.
const maxNoProxy = 4096

const hiddenEntry = "the report hides an entry of no_proxy that may contain a password: add it by hand"

// noProxyEntries are the entries of a no_proxy as a report has it. missing says what
// must be added by hand.
func noProxyEntries(text string) (entries, missing []string) {
	if cut := len(text) >= maxNoProxy-3; cut { // a character has up to four bytes
		text = text[:strings.LastIndexByte(text, ',')+1]
		missing = append(missing,
			"the report contains only the first 4096 bytes of no_proxy: add the remaining entries by hand")
	}
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		switch {
		case entry == "" || slices.Contains(entries, entry):
		case strings.Contains(entry, "***"):
			missing = appendNew(missing, hiddenEntry)
		default:
			entries = append(entries, entry)
		}
	}
	return entries, missing
}

// narrowedNoProxy is a value of no_proxy that leaves these targets to the proxy, made
// from the lists in use today, and what to say about it.
func (f *facts) narrowedNoProxy(ts []*target, lists ...string) (value string, say []string) {
	var entries, missing []string
	for _, text := range lists {
		some, lacks := noProxyEntries(text)
		entries, missing = append(entries, some...), append(missing, lacks...)
	}
	through := hosts(filter(ts, func(t *target) bool { return !t.works() }))
	narrowed := narrowNoProxy(f.o, entries, through)
	value = strings.Join(appendNew(narrowed.Entries, metadataAddress.String()), ",")
	if !quote.Printable(value) || strings.Contains(value, "`") { // backquotes begin and end what is copied
		value = f.inPlaceOf(value, "NO_PROXY_LIST")
	}
	return value, append(mapTo(narrowed.Removed, removedEntry.String), missing...)
}

// noProxyCovers reports whether an entry of no_proxy covers a host name, by the
// rules of golang.org/x/net/http/httpproxy.
func noProxyCovers(entry, host string) bool {
	entry = strings.ToLower(entry)
	if entry == "*" {
		return true
	}
	name, port, ok := strings.Cut(entry, ":")
	if ok && port != "443" {
		return false
	}
	if strings.HasPrefix(name, "*.") {
		name = name[1:]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return name == host || name != "" && strings.HasSuffix(host, "."+strings.TrimPrefix(name, "."))
}
