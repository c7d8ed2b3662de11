package remedy

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// metadataAddress is where the agent learns its identity on EC2, which must
// never go through a proxy.
const metadataAddress = "169.254.169.254"

// addProxy says what the agent's service must be told of the proxy.
func (p planner) addProxy(c cause, ts []observation.PlannedTarget) bool {
	settings := p.o.Node.Proxy
	if p.proxy == nil {
		p.proxy = &proxy{not: []string{metadataAddress}, from: settings.From}
		p.proxy.bypass(settings.No)
	}
	x := p.proxy
	x.causes = append(x.causes, c)
	found := settings.HTTPS
	switch c.code {
	case diagnose.ProxyAgentDiffers:
		found = p.proxyOfOthers(ts)
	case diagnose.ProxyBypassed:
		if u := p.answersThroughUnused(); u != nil {
			found = u.URL
		}
		p.narrow(ts)
	case diagnose.ProxyInvalid, diagnose.ProxyAuthRequired:
		return true // the address is what has to be given
	case diagnose.ProxyIMDSNotBypassed:
		if found == "" {
			found = settings.HTTP
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

// answersThroughUnused is a proxy of the service's configuration that the agent
// does not use, and through which AWS answers. nil: none.
func (p planner) answersThroughUnused() *observation.UnusedProxy {
	for _, seen := range p.o.Targets {
		if seen.UnusedProxy == nil || seen.UnusedProxy.Failure() != nil {
			continue
		}
		for _, t := range p.o.Plan.Targets {
			if t.Name == seen.Name && t.UnusedProxy != nil {
				u := *t.UnusedProxy
				u.URL = seen.UnusedProxy.URL
				return &u
			}
		}
		return &observation.UnusedProxy{URL: seen.UnusedProxy.URL}
	}
	return nil
}

// proxyOfOthers is the proxy that the agent does not have: of a setting that is
// not used, which then is named as the reason, or of this shell. What goes around
// it there goes around it here.
func (p planner) proxyOfOthers(ts []observation.PlannedTarget) string {
	x, settings := p.proxy, p.o.Node.Proxy
	found := settings.ShellHTTPS
	if u := p.answersThroughUnused(); u != nil {
		found = u.URL
		if line := diagnose.UnusedLine(*u); line != "" {
			x.say("Why the agent has no proxy: " + line + ".")
		}
		if settings.HTTPS == "" && settings.HTTP == "" && settings.No == "" {
			x.from = "" // nothing of a proxy was found there
		}
		for _, other := range settings.Unused {
			if other.NoProxy != "" && other.Unit == u.Unit {
				x.say(other.Variable + " is taken over from " + other.From + ".")
				x.bypass(other.NoProxy)
			}
		}
	} else {
		for _, t := range p.o.Targets {
			if t.ShellProxy != nil && t.ShellProxy.Failure() == nil {
				found = t.ShellProxy.URL
				break
			}
		}
		x.bypass(settings.ShellNo)
	}
	p.narrow(ts)
	return found
}

// say adds a sentence about the proxy, once.
func (x *proxy) say(sentence string) {
	if !slices.Contains(x.notes, sentence) {
		x.notes = append(x.notes, sentence)
	}
}

// bypassEntry is the form of an entry of no_proxy: a host, a domain or an
// address, with or without a port. A block of addresses is one too. The length
// is not in the pattern: repeating 255 times costs every start a millisecond.
var bypassEntry = pattern(`^[A-Za-z0-9.*_:\[\]-]+$`)

const maxBypassEntry = 255

// bypass adds the entries of a no_proxy that can be ones, and says what it
// leaves out.
func (x *proxy) bypass(list string) {
	entries, missing := diagnose.NoProxyEntries(list)
	for _, entry := range entries {
		_, err := netip.ParsePrefix(entry)
		switch {
		case err != nil && (len(entry) > maxBypassEntry || !bypassEntry().MatchString(entry)):
			missing = append(missing, "an entry of no_proxy is no host, domain or address, and is left out: "+
				strconv.QuoteToASCII(entry[:min(len(entry), maxBypassEntry)]))
		case !slices.Contains(x.not, entry):
			x.not = append(x.not, entry)
		}
	}
	for _, m := range missing {
		x.say(m + ".")
	}
}

// narrow takes out of no_proxy what covers targets that only the proxy reaches.
func (p planner) narrow(ts []observation.PlannedTarget) {
	var through []string
	for _, t := range ts {
		if !servedDirectly(p.o, t.Name) {
			through = append(through, t.Host)
		}
	}
	narrowed := diagnose.NarrowNoProxy(p.o, p.proxy.not, through)
	p.proxy.not = slices.DeleteFunc(narrowed.Entries, func(entry string) bool {
		_, err := endpoint.ParseHost(entry)
		return err != nil && !slices.Contains(p.proxy.not, entry)
	})
	for _, r := range narrowed.Removed {
		p.proxy.say(r.String() + ".")
	}
}

// servedDirectly reports whether AWS answers at an address of the target.
func servedDirectly(o *observation.Observations, name string) bool {
	return slices.ContainsFunc(o.Targets, func(t observation.TargetObservation) bool {
		return t.Name == name && slices.ContainsFunc(t.Addresses, func(a observation.AddressObservation) bool {
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
