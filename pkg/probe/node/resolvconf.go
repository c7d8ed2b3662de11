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
	// maxNameservers is how many nameservers Go's resolver asks, and libc
	// too: those after the third are never asked (resolv.conf(5)).
	maxNameservers = 3
	// maxBehind bounds the servers behind a stub: they are evidence.
	maxBehind = 3
	// maxSearch bounds the search list.
	maxSearch = 32
)

// resolverConfig says which nameservers the system asks.
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

// parseResolvConf reads resolv.conf as Go's resolver does: the first limit
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
	// The root is no domain to Go's resolver.
	return servers, slices.DeleteFunc(search, func(domain string) bool { return domain == "." })
}

// behindStub finds the servers that a nameserver on a loopback address asks,
// in the file where the program that listens there keeps them.
func (p Reader) behindStub(servers []netip.AddrPort) (behind []netip.AddrPort, from string) {
	for _, name := range stubFiles(servers) {
		b, failure := p.ReadFile(name)
		if failure != nil {
			continue
		}
		all, _ := parseResolvConf(b, maxBehind)
		for _, server := range all {
			// A stub that names itself says nothing.
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

// stubFiles are the files that may name the servers behind the stubs, the
// likeliest first.
func stubFiles(servers []netip.AddrPort) []string {
	var resolved, other bool
	for _, s := range servers {
		switch a := s.Addr(); {
		case !a.IsLoopback():
		case a == resolvedStub || a == resolvedProxyStub:
			resolved = true
		case a == dockerStub:
			// Docker keeps them where no container sees them.
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

// The addresses by which a stub is known. Sources: systemd-resolved(8), and
// Docker's embedded DNS server.
var (
	resolvedStub      = netip.AddrFrom4([4]byte{127, 0, 0, 53})
	resolvedProxyStub = netip.AddrFrom4([4]byte{127, 0, 0, 54})
	dockerStub        = netip.AddrFrom4([4]byte{127, 0, 0, 11})
)
