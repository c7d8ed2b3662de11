package node

import (
	"cmp"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/winapi"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
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
	// namespaces of one (Windows takes 50); maxRuleKeys those that are looked at.
	maxRules, maxNamespaces, maxRuleKeys = 64, 64, 1024
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
			// Of an adapter without a gateway the nameservers are not asked by
			// themselves, as by Go's own resolver: a Hyper-V switch has such,
			// but so has a VPN, and the system asks them.
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
	config.Rules, config.Incomplete = nameRules(w)
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

// nameRules are the rules of the Name Resolution Policy Table, and what is missing from
// them. Where the group policy's key exists, even an empty one, those of the machine do not
// count. What is about AWS's names is kept first.
//
// Sources: Microsoft, [MS-GPNRPT] 2.2.2; Tailscale, net/dns/nrpt_windows.go (the empty key).
func nameRules(w winapi.System) (rules []observation.NameRule, incomplete string) {
	const table = "the Name Resolution Policy Table "
	for _, key := range []string{policyKey + rulesKey, clientKey + rulesKey} {
		ids, err := w.Keys(key, maxRuleKeys+1)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, table + "cannot be read: " + observation.Excerpt(err.Error())
		}
		if len(ids) > maxRuleKeys {
			ids, incomplete = ids[:maxRuleKeys], table+"is long: it was not read to its end"
		}
		for _, id := range ids {
			rule, cut, err := nameRule(w, key+`\`+id)
			switch {
			case err != nil:
				incomplete = table + "was not read whole: " + observation.Excerpt(id+": "+err.Error())
			case cut:
				incomplete = table + "is long: of " + observation.Excerpt(id) + " not every name was kept"
			}
			if len(rule.Namespaces) > 0 {
				rules = append(rules, rule)
			}
		}
		if len(rules) > maxRules {
			slices.SortStableFunc(rules, func(a, b observation.NameRule) int {
				return aboutAWS(slices.ContainsFunc(a.Namespaces, mayBeAWS), slices.ContainsFunc(b.Namespaces, mayBeAWS))
			})
			rules, incomplete = rules[:maxRules], table+"is long: not every rule was kept"
		}
		break
	}
	return rules, incomplete
}

// nameRule reads one rule. Without names it is none. cut: it has more names than are kept.
func nameRule(w winapi.System, key string) (rule observation.NameRule, cut bool, err error) {
	rule.From = observation.ShownSetting(key)
	names, err := w.Strings(key, "Name")
	if err != nil {
		return rule, false, present(err)
	}
	// Without the option the names are asked of the adapters' nameservers.
	const genericServers = 0x8
	options, err := w.Integer(key, "ConfigOptions")
	if present(err) != nil {
		return rule, false, err
	}
	if options&genericServers != 0 {
		servers, err := w.String(key, "GenericDNSServers")
		if present(err) != nil {
			return rule, false, err
		}
		rule.Servers = addresses(servers)
	}
	for _, name := range names {
		if name = strings.ToLower(observation.ShownSetting(name)); name != "" {
			rule.Namespaces = append(rule.Namespaces, name)
		}
	}
	if cut = len(rule.Namespaces) > maxNamespaces; cut {
		slices.SortStableFunc(rule.Namespaces, func(a, b string) int { return aboutAWS(mayBeAWS(a), mayBeAWS(b)) })
		rule.Namespaces = rule.Namespaces[:maxNamespaces]
	}
	return rule, cut, nil
}

// present is an error of a value that is there.
func present(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// mayBeAWS reports whether a rule's name may cover names of AWS's: it is below AWS's
// domains, a label or a top-level domain, or everything.
func mayBeAWS(name string) bool {
	return !strings.Contains(strings.TrimPrefix(name, "."), ".") || endpoint.IsAWSName("x"+name)
}

// aboutAWS orders what may be about AWS's names before the rest.
func aboutAWS(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
