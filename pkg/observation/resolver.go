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
	// Order is what nsswitch.conf says about host names.
	Order LookupOrder `json:"order,omitzero"`
	// Adapters are those of Windows that have a nameserver or a suffix, in the order in
	// which they are queried. At most 16.
	Adapters []Adapter `json:"adapters,omitempty"`
	// Rules send some names to other nameservers: those of Windows's Name Resolution
	// Policy Table, or macOS's files in /etc/resolver. At most 64.
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
	// Name is the display name ("Ethernet").
	Name string `json:"name"`
	// MetricIPv4 and MetricIPv6 are the interface's; the lowest is queried first.
	MetricIPv4 int `json:"metric_ipv4,omitempty"`
	MetricIPv6 int `json:"metric_ipv6,omitempty"`
	// Gateway: it has a default gateway. Without one, ssmcheck does not query the adapter's
	// nameservers individually, though Windows may.
	Gateway bool             `json:"gateway,omitempty"`
	Servers []netip.AddrPort `json:"servers,omitempty"`
	// Suffix is the adapter's own DNS suffix. Empty: none.
	Suffix string `json:"suffix,omitempty"`
}

// A NameRule sends some names to other nameservers.
type NameRule struct {
	// From is the registry key, or the file.
	From string `json:"from"`
	// Namespaces are the names: ".example.com" for those below it, "host.example.com" for
	// itself, "host" for names that begin with that label, "." for all. At most 64.
	Namespaces []string `json:"namespaces"`
	// Servers are queried for them. Empty: the same as for other names.
	Servers []netip.AddrPort `json:"servers,omitempty"`
}

// RuleFor returns the rule that applies to a host: the one for the name itself, otherwise
// for its first label, otherwise for the longest matching domain. nil: none.
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

// ServersFor returns the nameservers that the system queries for the hosts, and what names
// them: the rules' if every host has a rule with the same servers, named by the first one;
// otherwise those for names without a rule.
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

// A FileLine is a line of a text file, at most 200 bytes of it.
type FileLine struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// A LookupOrder is where Go's resolver looks for a host name.
type LookupOrder struct {
	// Path is the file that sets it. Empty: there is none, or it could not be read; the
	// resolver then reads the hosts file and queries DNS.
	Path string `json:"path,omitempty"`
	// Sources are as in the file ("files", "dns", "resolve"), without bracketed
	// actions. Empty: it names none.
	Sources []string `json:"sources,omitempty"`
	// At is the first line that names them.
	At FileLine `json:"at,omitzero"`
}

// A HostsFile is what the hosts file says about names under AWS's domains.
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

// OnlyFiles reports whether host names are looked up only in the hosts file, so that no
// nameserver is ever queried. Sources that Go's resolver does not know count as DNS.
func (o LookupOrder) OnlyFiles() bool {
	return len(o.Sources) > 0 && !slices.ContainsFunc(o.Sources, func(s string) bool { return s != "files" })
}
