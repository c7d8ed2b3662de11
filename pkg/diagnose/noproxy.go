package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// A NarrowedNoProxy is a no_proxy in which nothing covers the hosts that only
// the proxy reaches.
type NarrowedNoProxy struct {
	Entries []string
	Removed []RemovedNoProxy
}

// A RemovedNoProxy is an entry that covers hosts which only the proxy reaches,
// and the hosts that take its place.
type RemovedNoProxy struct {
	Entry       string
	Covers, Now []string
}

// NarrowNoProxy keeps every entry that covers none of the hosts. Each other one
// is replaced by the hosts under it that have a direct path: AWS answers there,
// or the address is a private endpoint's, also if that is blocked today.
func NarrowNoProxy(o *observation.Observations, entries, through []string) NarrowedNoProxy {
	var out NarrowedNoProxy
	for _, entry := range entries {
		covers := coveredBy(entry, through)
		switch {
		case len(covers) > 0:
			out.Removed = append(out.Removed, RemovedNoProxy{Entry: entry, Covers: covers})
		case !slices.Contains(out.Entries, entry):
			out.Entries = append(out.Entries, entry)
		}
	}
	if len(out.Removed) == 0 {
		return out
	}
	direct := directHosts(o)
	for i := range out.Removed {
		for _, host := range coveredBy(out.Removed[i].Entry, direct) {
			if len(coveredBy(host, through)) > 0 {
				continue
			}
			out.Removed[i].Now = append(out.Removed[i].Now, host)
			if !slices.Contains(out.Entries, host) {
				out.Entries = append(out.Entries, host)
			}
		}
	}
	return out
}

func coveredBy(entry string, hosts []string) []string {
	var covered []string
	for _, host := range hosts {
		if NoProxyCovers(entry, host) && !slices.Contains(covered, host) {
			covered = append(covered, host)
		}
	}
	return covered
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

// String says why the entry goes, and what stands in its place. It is for a fix,
// where backticks begin commands.
func (r RemovedNoProxy) String() string {
	s := told(strings.ReplaceAll(r.Entry, "`", "'")) + " is taken out of no_proxy, because it covers " +
		few(r.Covers, 4) + ", which only the proxy reaches"
	if len(r.Now) > 0 {
		s += "; " + few(r.Now, 4) + plural(len(r.Now), " takes", " take") + " its place"
	}
	if !slices.ContainsFunc(r.Covers, func(host string) bool { return strings.EqualFold(host, r.Entry) }) {
		s += "; whatever else it covers then goes through the proxy: add what must not"
	}
	return s
}

// maxNoProxy is how much of a no_proxy a report holds, in bytes.
const maxNoProxy = 4096

const hiddenEntry = "the report hides an entry of no_proxy that may hold a password: add it by hand"

// NoProxyEntries are the entries of a no_proxy as a report holds it; missing says
// what has to be added by hand.
func NoProxyEntries(text string) (entries, missing []string) {
	if cut := len(text) >= maxNoProxy-3; cut { // a character has up to four bytes
		text = text[:strings.LastIndexByte(text, ',')+1]
		missing = append(missing,
			"the report holds only the first 4096 bytes of no_proxy: add the entries after them by hand")
	}
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		switch {
		case entry == "" || slices.Contains(entries, entry):
		case strings.Contains(entry, "***"):
			if !slices.Contains(missing, hiddenEntry) {
				missing = append(missing, hiddenEntry)
			}
		default:
			entries = append(entries, entry)
		}
	}
	return entries, missing
}

// narrowedNoProxy is the value of no_proxy that leaves these targets to the
// proxy, made of the lists that count today, and what to say about it.
func (f *facts) narrowedNoProxy(ts []*target, lists ...string) (value string, say []string) {
	var entries, missing []string
	for _, text := range lists {
		some, lacks := NoProxyEntries(text)
		entries, missing = append(entries, some...), append(missing, lacks...)
	}
	through := hosts(slices.DeleteFunc(slices.Clone(ts), (*target).works))
	narrowed := NarrowNoProxy(f.o, entries, through)
	if metadata := metadataAddress.String(); !slices.Contains(narrowed.Entries, metadata) {
		narrowed.Entries = append(narrowed.Entries, metadata)
	}
	value = strings.Join(narrowed.Entries, ",")
	if !quote.Printable(value) || strings.Contains(value, "`") { // backquotes begin and end what is copied
		value = f.inPlaceOf(value, "NO_PROXY_LIST")
	}
	for _, r := range narrowed.Removed {
		say = append(say, r.String())
	}
	return value, append(say, missing...)
}

// NoProxyCovers reports whether an entry of no_proxy covers a host name, by the
// rules of golang.org/x/net/http/httpproxy.
func NoProxyCovers(entry, host string) bool {
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
