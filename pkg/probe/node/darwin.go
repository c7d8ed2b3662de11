package node

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// macNameservers are those of resolv.conf, which macOS writes for programs that read it,
// and of /etc/resolver, whose files are for the names below their own. What its own
// configuration names beside them (a VPN's nameservers) only a command shows, and none
// is run. The options of resolv.conf do not count: the agent, like every program, asks
// the system (resolver(5) of macOS).
func (p Reader) macNameservers() observation.ResolverConfig {
	const name, directory = "etc/resolv.conf", "etc/resolver"
	config := observation.ResolverConfig{
		From:       p.Shown(name),
		Incomplete: "macOS may ask further nameservers, which only its own configuration names: scutil --dns was not asked",
	}
	b, failure := p.ReadFile(name)
	config.Failure = failure
	config.Servers, config.Search = parseResolvConf(b, maxNameservers)
	entries, err := files.ListDirectory(p.FS(), directory, maxRules+1)
	if err != nil {
		if !files.IsAbsent(err) {
			config.Incomplete += "; " + p.ReadFailure(directory, err).Text
		}
		return config
	}
	if len(entries) > maxRules {
		entries = entries[:maxRules]
		config.Incomplete += "; " + p.Shown(directory) + " has more files than are read"
	}
	for _, e := range entries {
		b, failure := p.ReadFile(directory + "/" + e.Name())
		if failure != nil {
			config.Incomplete += "; " + failure.Text
			continue
		}
		if rule, ok := macRule(e.Name(), b); ok {
			rule.From = p.Shown(directory + "/" + e.Name())
			config.Rules = append(config.Rules, rule)
		}
	}
	slices.SortFunc(config.Rules, func(a, b observation.NameRule) int { return strings.Compare(a.From, b.From) })
	return config
}

// macRule reads a file of /etc/resolver. Its own name is the domain, where no line
// names another.
func macRule(name string, b []byte) (rule observation.NameRule, ok bool) {
	domain, port := name, uint16(0)
	for _, line := range files.Lines(b) {
		f := files.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "domain":
			domain = f[1]
		case "port":
			port = portNumber(f[1])
		}
	}
	servers, _ := parseResolvConf(b, maxNameservers)
	for _, s := range servers {
		if port != 0 {
			s = netip.AddrPortFrom(s.Addr(), port)
		}
		rule.Servers = append(rule.Servers, s)
	}
	domain = strings.Trim(strings.ToLower(observation.ShownSetting(domain)), ".")
	rule.Namespaces = []string{"." + domain}
	if strings.Contains(domain, ".") { // a single label would be one that names begin with
		rule.Namespaces = append(rule.Namespaces, domain)
	}
	return rule, domain != "" && len(servers) > 0
}

// portNumber is a port of TCP and UDP. 0: it is none.
func portNumber(s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}
