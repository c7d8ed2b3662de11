package diagnose

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// setProxyFor proposes the proxy settings for the agent's service, for one of the causes
// that a setting fixes.
func setProxyFor(code Code) func(*facts, []*target) []fix.Action {
	return func(f *facts, ts []*target) []fix.Action { return f.proxySettings(code, ts) }
}

func (f *facts) proxySettings(code Code, ts []*target) []fix.Action {
	settings := f.o.Node.Proxy
	x := &proxySettings{f: f}
	x.Kind, x.FoundIn = fix.SetProxy, settings.From
	x.bypass(settings.No)
	found := settings.HTTPS
	switch code {
	case ProxyAgentDiffers:
		found = x.ofOthers()
		x.narrow(ts)
	case ProxyBypassed:
		if u := f.answersThroughUnused(); u != nil {
			found = u.URL
		}
		x.narrow(ts)
	case ProxyInvalid, ProxyAuthRequired:
		found = "" // the user has to supply the address
	case ProxyIMDSNotBypassed:
		found = cmp.Or(found, settings.HTTP)
	case ProxyShadowsEndpoint:
		for _, t := range ts {
			if host, err := endpoint.ParseHost(t.Host); err == nil {
				x.NoProxy = appendNew(x.NoProxy, host)
			}
		}
	}
	x.NoProxy = appendNew(x.NoProxy, metadataAddress.String()) // as in the words of the fix
	if wins := f.environmentFileWins(); wins != "" {
		x.note("This drop-in" + wins + ".")
	}
	x.Proxy = plainProxyURL(found)
	return []fix.Action{x.Action}
}

// proxySettings are the settings that setProxyFor proposes, as they come together.
type proxySettings struct {
	fix.Action
	f *facts
}

// answersThroughUnused is a proxy in the service's configuration that the agent does not
// use, and through which AWS answers. nil: none.
func (f *facts) answersThroughUnused() *observation.UnusedProxy {
	for _, t := range f.targets {
		if t.seen == nil || t.seen.UnusedProxy == nil || t.seen.UnusedProxy.Failure() != nil {
			continue
		}
		var u observation.UnusedProxy
		if t.UnusedProxy != nil {
			u = *t.UnusedProxy
		}
		u.URL = t.seen.UnusedProxy.URL
		return &u
	}
	return nil
}

// ofOthers is the proxy that the agent lacks: from a setting that is not used, which is
// then given as the reason, or from this shell. Exceptions from the same place are
// copied.
func (x *proxySettings) ofOthers() string {
	settings := x.f.o.Node.Proxy
	u := x.f.answersThroughUnused()
	if u == nil {
		x.bypass(settings.ShellNo)
		for _, t := range x.f.o.Targets {
			if t.ShellProxy != nil && t.ShellProxy.Failure() == nil {
				return t.ShellProxy.URL
			}
		}
		return settings.ShellHTTPS
	}
	if line := unusedLine(*u); line != "" {
		x.note("Why the agent has no proxy: " + line + ".")
	}
	if settings.HTTPS == "" && settings.HTTP == "" && settings.No == "" {
		x.FoundIn = "" // no proxy setting was found there
	}
	for _, other := range settings.Unused {
		if other.NoProxy != "" && other.Unit == u.Unit {
			x.note(other.Variable + " is copied from " + other.From + ".")
			x.bypass(other.NoProxy)
		}
	}
	return u.URL
}

func (x *proxySettings) note(sentence string) { x.Notes = appendNew(x.Notes, sentence) }

const maxBypassEntry = 255

// isBypassEntry reports whether an entry of no_proxy is well-formed: a host, a domain,
// an address with or without a port, or a block of addresses.
func isBypassEntry(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	return s != "" && len(s) <= maxBypassEntry && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".*_:[]-", r)
	})
}

// bypass adds the well-formed entries of a no_proxy, and says what it leaves out.
func (x *proxySettings) bypass(noProxy string) {
	entries, missing := noProxyEntries(noProxy)
	for _, entry := range entries {
		if isBypassEntry(entry) {
			x.NoProxy = appendNew(x.NoProxy, entry)
		} else {
			missing = append(missing, "an entry of no_proxy is not a host, domain or address, and is left out: "+
				strconv.QuoteToASCII(entry[:min(len(entry), maxBypassEntry)]))
		}
	}
	for _, m := range missing {
		x.note(m + ".")
	}
}

// narrow removes from no_proxy what covers targets that only the proxy can reach.
func (x *proxySettings) narrow(ts []*target) {
	through := mapTo(filter(ts, func(t *target) bool { return !servedDirectly(t) }), func(t *target) string { return t.Host })
	narrowed := narrowNoProxy(x.f.o, x.NoProxy, through)
	x.NoProxy = slices.DeleteFunc(narrowed.Entries, func(entry string) bool {
		_, err := endpoint.ParseHost(entry)
		return err != nil && !slices.Contains(x.NoProxy, entry)
	})
	for _, r := range narrowed.Removed {
		x.RemovedNoProxy = append(x.RemovedNoProxy, r.Entry)
		x.note(r.String() + ".")
	}
}

// servedDirectly reports whether AWS answers at an address of the target.
func servedDirectly(t *target) bool {
	return t.seen != nil && slices.ContainsFunc(t.seen.Addresses, func(a observation.AddressObservation) bool {
		counts, _ := a.Settled()
		return counts.ProvesAWS()
	})
}

// plainProxyURL is the address of a proxy that can be written down, rebuilt from its
// parts. Empty: it has a user or a password, which the report does not contain, or is
// not usable.
func plainProxyURL(address string) string {
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
	} else if a, err := netip.ParseAddr(host); err == nil && a.Zone() == "" {
		if host = a.String(); a.Is6() {
			host = "[" + host + "]"
		}
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
