package node

import (
	"cmp"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/dnsquery"
)

// windowsFirmware reads what Windows keeps of the SMBIOS tables. nil: it is no Windows.
func windowsFirmware(w winapi.System) []firmwareField {
	if w == nil {
		return nil // then the kind is not known
	}
	const key = `HKLM\HARDWARE\DESCRIPTION\System\BIOS`
	var read []firmwareField
	for _, name := range []string{"SystemManufacturer", "BIOSVendor", "BIOSVersion", "SystemVersion"} {
		if value, err := w.String(key, name); err == nil {
			read = append(read, firmwareField{from: key + `\` + name, value: observation.Excerpt(value)})
		}
	}
	return read
}

// Where Windows keeps what its DNS client goes by. What a group policy sets counts
// instead of what is set on the machine.
const (
	policyKey = `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`
	tcpipKey  = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	rulesKey  = `\DnsPolicyConfig`
	clientKey = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters`
)

const (
	// maxAdapterServers bounds the nameservers of all adapters: each is asked for
	// every name.
	maxAdapterServers = 6
	// maxAdapters bounds the adapters that are kept.
	maxAdapters = 16
	// maxRules and maxNamespaces bound the rules for names that are kept, and the
	// namespaces of one.
	maxRules, maxNamespaces = 64, 16
)

// windowsNameservers are the nameservers of the adapters, in the order of their metric,
// as the DNS client asks them, with the rules that send single names elsewhere.
func windowsNameservers(w winapi.System) observation.ResolverConfig {
	config := observation.ResolverConfig{From: "GetAdaptersAddresses"}
	adapters, err := w.Adapters()
	if err != nil {
		config.Failure = attempt.FailureOf(observation.OpRead, err)
		return config
	}
	slices.SortStableFunc(adapters, func(a, b winapi.Adapter) int { return cmp.Compare(a.MetricIPv4, b.MetricIPv4) })
	for _, a := range adapters {
		if a.Loopback {
			continue
		}
		shown := observation.Adapter{
			Name: observation.ShownSetting(a.Name), MetricIPv4: int(a.MetricIPv4), MetricIPv6: int(a.MetricIPv6), Gateway: a.Gateway,
			Suffix: observation.ShownSetting(a.Suffix),
		}
		for _, address := range a.Servers {
			if isDefaultSiteLocal(address) || len(shown.Servers) == maxAdapterServers {
				continue
			}
			server := netip.AddrPortFrom(address, dnsquery.Port)
			shown.Servers = append(shown.Servers, server)
			// An adapter without a gateway reaches no nameserver of use: Go's
			// own resolver leaves it out too.
			if a.Gateway && !slices.Contains(config.Servers, server) && len(config.Servers) < maxAdapterServers {
				config.Servers = append(config.Servers, server)
			}
		}
		if (len(shown.Servers) > 0 || shown.Suffix != "") && len(config.Adapters) < maxAdapters {
			config.Adapters = append(config.Adapters, shown)
		}
	}
	if list := addresses(text(w, policyKey, "NameServer")); len(list) > 0 {
		config.From, config.Servers = policyKey+`\NameServer`, list
	}
	config.Search = windowsSearch(w, config.Adapters)
	config.Rules, err = nameRules(w)
	if err != nil {
		config.Incomplete = "the Name Resolution Policy Table cannot be read: " + observation.Excerpt(err.Error())
	}
	return config
}

// text is a value that need not be there.
func text(w winapi.System, key, name string) string {
	s, err := w.String(key, name)
	if err != nil {
		return ""
	}
	return s
}

// list splits a setting with several words at what Windows takes between them.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' })
}

// addresses are those of a setting, the first ones.
func addresses(s string) (out []netip.AddrPort) {
	for _, word := range list(s) {
		if a, err := observation.ParseAddress(word); err == nil && len(out) < maxAdapterServers {
			out = append(out, netip.AddrPortFrom(a.Unmap(), dnsquery.Port))
		}
	}
	return out
}

// windowsSearch is the list of suffixes: that of a policy or of the machine, else the
// machine's own domain and those of its adapters.
//
// Source: Microsoft, "DNS client configuration: suffix search list".
func windowsSearch(w winapi.System, adapters []observation.Adapter) (search []string) {
	add := func(domain string) {
		domain = strings.Trim(observation.ShownSetting(domain), ".")
		if domain != "" && !slices.Contains(search, domain) && len(search) < maxSearch {
			search = append(search, domain)
		}
	}
	for _, key := range []string{policyKey, tcpipKey} {
		for _, domain := range list(text(w, key, "SearchList")) {
			add(domain)
		}
		if len(search) > 0 {
			return search
		}
	}
	add(cmp.Or(text(w, tcpipKey, "Domain"), text(w, tcpipKey, "NV Domain")))
	for _, a := range adapters {
		add(a.Suffix)
	}
	return search
}

// nameRules are the rules of the Name Resolution Policy Table. Where a group policy has
// some, those of the machine do not count.
//
// Source: Microsoft, [MS-GPNRPT] 2.2.2.
func nameRules(w winapi.System) (rules []observation.NameRule, err error) {
	for _, key := range []string{policyKey + rulesKey, clientKey + rulesKey} {
		ids, err := w.Keys(key, maxRules)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, id := range ids {
			at := key + `\` + id
			names, err := w.Strings(at, "Name")
			if err != nil {
				return nil, err
			}
			rule := observation.NameRule{From: observation.ShownSetting(at)}
			for _, name := range names[:min(len(names), maxNamespaces)] {
				if name = strings.ToLower(observation.ShownSetting(name)); name != "" {
					rule.Namespaces = append(rule.Namespaces, name)
				}
			}
			// Without the option the names are asked of the adapters' nameservers.
			const genericServers = 0x8
			if options, err := w.Integer(at, "ConfigOptions"); err == nil && options&genericServers != 0 {
				rule.Servers = addresses(text(w, at, "GenericDNSServers"))
			}
			if len(rule.Namespaces) > 0 {
				rules = append(rules, rule)
			}
		}
		if len(rules) > 0 {
			return rules, nil
		}
	}
	return nil, nil
}
