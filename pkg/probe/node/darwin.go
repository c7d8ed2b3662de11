package node

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// macNameservers reads resolv.conf, which macOS writes for programs that read it, and
// /etc/resolver, where each file is for the domain that it is named after. Other
// nameservers in macOS's own configuration, such as a VPN's, are shown only by a command,
// and none is run. The options in resolv.conf do not count: the agent, like every program,
// asks the system (resolver(5) on macOS).
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

// macRule parses a file of /etc/resolver. The domain is the file's name, unless a line
// names another one.
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
			port, _ = service.ParsePort(f[1]) // 0: the usual one
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
	if strings.Contains(domain, ".") { // a single label would match names that begin with it
		rule.Namespaces = append(rule.Namespaces, domain)
	}
	return rule, domain != "" && len(servers) > 0
}
