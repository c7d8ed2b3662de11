package remedy

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// metadataAddress is where the agent learns its identity on EC2, which must
// never go through a proxy.
const metadataAddress = "169.254.169.254"

// addProxy says what the agent's service must be told of the proxy.
func (p planner) addProxy(c cause, ts []probe.PlannedTarget) bool {
	if p.proxy == nil {
		p.proxy = &proxy{not: []string{metadataAddress}, from: p.o.Node.Proxy.From}
		p.proxy.bypass(p.o.Node.Proxy.No)
	}
	x := p.proxy
	x.causes = append(x.causes, c)
	found := p.o.Node.Proxy.HTTPS
	switch c.code {
	case diagnose.ProxyAgentDiffers:
		found = p.o.Node.Proxy.ShellHTTPS
		for _, t := range p.o.Targets {
			if t.UnusedProxy != nil && t.UnusedProxy.Failure() == nil {
				found = t.UnusedProxy.URL
				break
			}
			if t.ShellProxy != nil && t.ShellProxy.Failure() == nil {
				found = t.ShellProxy.URL
				break
			}
		}
		x.bypass(p.o.Node.Proxy.ShellNo)
	case diagnose.ProxyBypassed:
		for _, t := range p.o.Targets {
			if t.UnusedProxy != nil && t.UnusedProxy.Failure() == nil {
				found = t.UnusedProxy.URL
				break
			}
		}
		p.narrow(ts)
	case diagnose.ProxyInvalid, diagnose.ProxyAuthRequired:
		return true // the address is what has to be given
	case diagnose.ProxyIMDSNotBypassed:
		if found == "" {
			found = p.o.Node.Proxy.HTTP
		}
	case diagnose.ProxyShadowsEndpoint:
		for _, t := range ts {
			if host, err := endpoint.ParseHost(t.Host); err == nil && !slices.Contains(x.not, host) {
				x.not = append(x.not, host)
			}
		}
	}
	if x.url == "" {
		x.url = plainProxy(found)
	}
	return true
}

// bypassEntry is the form of an entry of no_proxy: a host, a domain or an
// address, with or without a port. A block of addresses is one too. The length
// is not in the pattern: repeating 255 times costs every start a millisecond.
var bypassEntry = pattern(`^[A-Za-z0-9.*_:\[\]-]+$`)

const maxBypassEntry = 255

// bypass adds the entries of a no_proxy that can be ones.
func (x *proxy) bypass(list string) {
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if strings.Contains(entry, "***") {
			x.hidden = true
			continue
		}
		_, err := netip.ParsePrefix(entry)
		if (err == nil || len(entry) <= maxBypassEntry && bypassEntry().MatchString(entry)) && !slices.Contains(x.not, entry) {
			x.not = append(x.not, entry)
		}
	}
}

// narrow takes out of no_proxy what covers targets that only the proxy reaches,
// and adds the hosts among what that covered which AWS serves directly.
func (p planner) narrow(ts []probe.PlannedTarget) {
	covers := func(entry string) bool {
		return slices.ContainsFunc(ts, func(t probe.PlannedTarget) bool { return diagnose.NoProxyCovers(entry, t.Host) })
	}
	var kept, covering []string
	for _, entry := range p.proxy.not {
		if covers(entry) {
			covering = append(covering, entry)
		} else {
			kept = append(kept, entry)
		}
	}
	p.proxy.not = kept
	for _, t := range p.o.Plan.Targets {
		if slices.ContainsFunc(covering, func(entry string) bool { return diagnose.NoProxyCovers(entry, t.Host) }) && servedDirectly(p.o, t.Name) {
			if host, err := endpoint.ParseHost(t.Host); err == nil && !slices.Contains(p.proxy.not, host) {
				p.proxy.not = append(p.proxy.not, host)
			}
		}
	}
}

// servedDirectly reports whether AWS answers at an address of the target.
func servedDirectly(o *probe.Observations, name string) bool {
	return slices.ContainsFunc(o.Targets, func(t probe.TargetObservation) bool {
		return t.Name == name && slices.ContainsFunc(t.Addresses, func(a probe.AddressObservation) bool {
			counts, _ := a.Settled()
			return counts.ProvesAWS()
		})
	})
}

// plainProxy gives the address of a proxy that can be written down, rebuilt
// from its parts. Empty: it has a user or a password, which the report does not
// hold, or cannot be one.
func plainProxy(address string) string {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Scheme != "http" {
		return ""
	}
	host := u.Hostname()
	if h, err := endpoint.ParseHost(host); err == nil {
		host = h
	} else if a, ok := address4or6(host); ok {
		host = a
	} else {
		return ""
	}
	if u.Port() == "" {
		return "http://" + host
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return ""
	}
	return "http://" + host + ":" + strconv.FormatUint(port, 10)
}

// address4or6 is an IP address as a URL has it.
func address4or6(s string) (string, bool) {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil || a.Zone() != "":
		return "", false
	case a.Is6():
		return "[" + a.String() + "]", true
	}
	return a.String(), true
}
