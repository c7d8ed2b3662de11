package node

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

const (
	// maxNameservers is how many nameservers Go's resolver and libc query: those
	// after the third are never queried (resolv.conf(5)).
	maxNameservers = 3
	// maxBehind limits the servers behind a stub, which are only evidence.
	maxBehind = 3
	// maxSearch limits the search list.
	maxSearch = 32
)

// resolverConfig determines which nameservers the system queries.
func (p Reader) resolverConfig() observation.ResolverConfig {
	if w := p.API(); w != nil {
		return windowsNameservers(w)
	}
	if p.System() == "darwin" {
		return p.macNameservers()
	}
	const name = "etc/resolv.conf"
	config := observation.ResolverConfig{From: p.Shown(name)}
	b, failure := p.ReadFile(name)
	config.Failure = failure
	config.Servers, config.Search = parseResolvConf(b, maxNameservers)
	if _, domain, ok := strings.Cut(p.hostname(), "."); len(config.Search) == 0 && ok && domain != "" {
		config.Search, config.SearchOfHostname = []string{domain}, true // as dnsDefaultSearch of package net
	}
	parseResolverOptions(&config, b)
	parsePassedOver(&config, b)
	config.Order = p.lookupOrder()
	config.Behind, config.BehindFrom = p.behindStub(config.Servers)
	return config
}

// parseResolvConf parses resolv.conf as Go's resolver does: the first limit
// nameservers that are addresses, and the last search or domain line.
func parseResolvConf(b []byte, limit int) (servers []netip.AddrPort, search []string) {
	for _, line := range files.Lines(b) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		f := files.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "nameserver":
			if a, err := observation.ParseAddress(f[1]); err == nil && len(servers) < limit {
				servers = append(servers, netip.AddrPortFrom(a.Unmap(), dnsquery.Port))
			}
		case "domain":
			search = f[1:2]
		case "search":
			search = f[1:min(len(f), maxSearch+1)]
		}
	}
	// Go's resolver ignores the root.
	return servers, slices.DeleteFunc(search, func(domain string) bool { return domain == "." })
}

// behindStub finds the servers that a stub on a loopback address queries, in the file
// where the stub's program keeps them.
func (p Reader) behindStub(servers []netip.AddrPort) (behind []netip.AddrPort, from string) {
	for _, name := range stubFiles(servers) {
		b, failure := p.ReadFile(name)
		if failure != nil {
			continue
		}
		all, _ := parseResolvConf(b, maxBehind)
		for _, server := range all {
			// A stub that names itself tells us nothing.
			if !server.Addr().IsLoopback() {
				behind = append(behind, server)
			}
		}
		if len(behind) > 0 {
			return behind, p.Shown(name)
		}
	}
	return nil, ""
}

// stubFiles returns the files that may name the servers behind the stubs, the most
// likely first.
func stubFiles(servers []netip.AddrPort) []string {
	var resolved, other bool
	for _, s := range servers {
		switch a := s.Addr(); {
		case !a.IsLoopback():
		case a == resolvedStub || a == resolvedProxyStub:
			resolved = true
		case a == dockerStub:
			// Docker keeps them outside the container.
		default:
			other = true
		}
	}
	const resolvedFile = "run/systemd/resolve/resolv.conf"
	var names []string
	if resolved {
		names = append(names, resolvedFile)
	}
	if other {
		names = append(names,
			"run/NetworkManager/no-stub-resolv.conf",
			"etc/resolv.dnsmasq",
			"etc/resolv.dnsmasq.conf",
			"run/dnsmasq/resolv.conf",
			resolvedFile)
	}
	return names
}

// The addresses of known stubs. Sources: systemd-resolved(8), and Docker's embedded
// DNS server.
var (
	resolvedStub      = netip.AddrFrom4([4]byte{127, 0, 0, 53})
	resolvedProxyStub = netip.AddrFrom4([4]byte{127, 0, 0, 54})
	dockerStub        = netip.AddrFrom4([4]byte{127, 0, 0, 11})
)
