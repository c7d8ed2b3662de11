package observation

import (
	"net/netip"
	"slices"
	"strings"
)

// A ResolverConfig is which nameservers the system queries, and how.
type ResolverConfig struct {
	// From is the file, or the system call, that named the servers.
	From    string           `json:"from"`
	Servers []netip.AddrPort `json:"servers,omitempty"`
	// Search is the search list. SearchOfHostname: resolv.conf has none, and Go's
	// resolver takes the domain of the host name instead.
	Search           []string `json:"search,omitempty"`
	SearchOfHostname bool     `json:"search_of_hostname,omitempty"`
	// UseTCP: the system queries only over TCP (`options use-vc`; `usevc` and
	// `tcp` mean the same to Go's resolver).
	UseTCP bool `json:"use_tcp,omitempty"`
	// Rotate: each lookup begins with the next server (`options rotate`).
	Rotate bool `json:"rotate,omitempty"`
	// Ndots is how many dots a name must have to be queried unchanged before
	// the search list is tried. nil: the file does not say, which means one.
	Ndots *int `json:"ndots,omitempty"`
	// Attempts is how often Go's resolver queries each server, and Timeout how
	// long it waits each time. 0: the file does not say, which means 2, and 5
	// seconds.
	Attempts int     `json:"attempts,omitempty"`
	Timeout  Elapsed `json:"timeout_ms,omitempty"`
	// Options are the lines that set one of the five, the first ones.
	Options []FileLine `json:"options,omitempty"`
	// Unusable are `nameserver` lines in which Go's resolver finds no address:
	// it ignores them.
	Unusable []FileLine `json:"unusable,omitempty"`
	// NeverAsked are the lines of nameservers after the third, which neither
	// Go's resolver nor the C library ever queries.
	NeverAsked []FileLine `json:"never_asked,omitempty"`
	// Order is what nsswitch.conf says of host names.
	Order LookupOrder `json:"order,omitzero"`
	// Adapters are those of Windows that name a nameserver or a suffix, the first asked
	// first. At most 16.
	Adapters []Adapter `json:"adapters,omitempty"`
	// Rules send single names to nameservers of their own: those of Windows's Name
	// Resolution Policy Table, or macOS's files in /etc/resolver. At most 64.
	Rules []NameRule `json:"rules,omitempty"`
	// Behind are the servers that a stub on a loopback address queries, and
	// BehindFrom the file that names them.
	Behind     []netip.AddrPort `json:"behind,omitempty"`
	BehindFrom string           `json:"behind_from,omitempty"`
	// Incomplete says what From does not contain (macOS keeps more than
	// resolv.conf). Empty: nothing.
	Incomplete string   `json:"incomplete,omitempty"`
	Failure    *Failure `json:"failure,omitempty"`
}

// An Adapter is a network adapter of Windows that is up.
type Adapter struct {
	// Name is as people know it ("Ethernet").
	Name string `json:"name"`
	// MetricIPv4 and MetricIPv6 are those of the interface; the lowest is asked first.
	MetricIPv4 int `json:"metric_ipv4,omitempty"`
	MetricIPv6 int `json:"metric_ipv6,omitempty"`
	// Gateway: it has a default gateway. Of one without, ssmcheck does not ask the
	// nameservers by themselves. Windows may.
	Gateway bool             `json:"gateway,omitempty"`
	Servers []netip.AddrPort `json:"servers,omitempty"`
	// Suffix is the adapter's own DNS suffix. Empty: none.
	Suffix string `json:"suffix,omitempty"`
}

// A NameRule has names looked up at nameservers of its own.
type NameRule struct {
	// From is the registry key, or the file.
	From string `json:"from"`
	// Namespaces are the names: ".example.com" for those below it, "host.example.com"
	// for that one, "host" for those that begin with the label, "." for all. At most 64.
	Namespaces []string `json:"namespaces"`
	// Servers are asked for them. Empty: those that are asked for the others too.
	Servers []netip.AddrPort `json:"servers,omitempty"`
}

// RuleFor is the rule by which a host is looked up: the one for the name itself, else
// for its first label, else for the longest of the domains that it is below. nil: none.
//
// Source: Microsoft, [MS-GPNRPT]; resolver(5) of macOS.
func (c ResolverConfig) RuleFor(host string) *NameRule {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	label, _, _ := strings.Cut(host, ".")
	var found *NameRule
	best := 0
	for i := range c.Rules {
		for _, name := range c.Rules[i].Namespaces {
			weight := 0
			switch {
			case name == host:
				weight = 1000
			case name == label:
				weight = 999
			case name == ".":
				weight = 1
			case strings.HasPrefix(name, ".") && strings.HasSuffix(host, name):
				weight = len(name)
			}
			if weight > best {
				found, best = &c.Rules[i], weight
			}
		}
	}
	return found
}

// ServersFor are the nameservers that the system asks for all of some hosts, and who
// names them: those of the rules, where each host has one and all name the same, by the
// first of them; else those for names without a rule.
func (c ResolverConfig) ServersFor(hosts []string) (servers []netip.AddrPort, from string) {
	var rule *NameRule
	for i, host := range hosts {
		r := c.RuleFor(host)
		if r == nil || len(r.Servers) == 0 || i > 0 && !slices.Equal(r.Servers, rule.Servers) {
			return c.Servers, c.From
		}
		if i == 0 {
			rule = r
		}
	}
	if rule == nil {
		return c.Servers, c.From
	}
	return rule.Servers, rule.From
}

// A FileLine is a line of a text file as it stands there, at most 200 bytes.
type FileLine struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// A LookupOrder is where Go's resolver looks for a host name.
type LookupOrder struct {
	// Path is the file that says it. Empty: there is none, or it could not be
	// read: the resolver then reads the hosts file and queries DNS.
	Path string `json:"path,omitempty"`
	// Sources are as the file names them ("files", "dns", "resolve"), without
	// what stands in brackets. Empty: it names none.
	Sources []string `json:"sources,omitempty"`
	// At is the line that names them, the first one.
	At FileLine `json:"at,omitzero"`
}

// A HostsFile is what the hosts file says of names under AWS's domains.
type HostsFile struct {
	Path    string       `json:"path"`
	Entries []HostsEntry `json:"entries,omitempty"`
	Failure *Failure     `json:"failure,omitempty"`
}

// A HostsEntry is one name of the hosts file and its address.
type HostsEntry struct {
	Name    string     `json:"name"`
	Address netip.Addr `json:"address"`
	Line    int        `json:"line"`
}

// OnlyFiles reports whether host names are looked up in the hosts file alone,
// and no nameserver is ever asked. A source that Go's resolver does not know
// counts as DNS.
func (o LookupOrder) OnlyFiles() bool {
	return len(o.Sources) > 0 && !slices.ContainsFunc(o.Sources, func(s string) bool { return s != "files" })
}
