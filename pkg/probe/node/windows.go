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

// windowsFirmware reads what Windows keeps of the SMBIOS tables. nil: this is not Windows.
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

// Where Windows keeps the settings of its DNS client. A group policy takes precedence
// over the machine's own settings.
const (
	policyKey = `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`
	tcpipKey  = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	rulesKey  = `\DnsPolicyConfig`
	clientKey = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters`
)

const (
	// maxAdapterServers limits the nameservers of all adapters: each is queried for
	// every name.
	maxAdapterServers = 6
	// maxAdapters limits how many adapters are kept.
	maxAdapters = 16
	// maxRules and maxNamespaces limit how many rules for names, and namespaces of
	// one (Windows accepts 50), are kept; maxRuleKeys how many rules are read.
	maxRules, maxNamespaces, maxRuleKeys = 64, 64, 1024
)

// windowsNameservers returns the adapters' nameservers, ordered by metric as the DNS
// client queries them, with the rules that send some names elsewhere.
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
			// The nameservers of an adapter without a gateway are not queried
			// individually, just as Go's own resolver ignores them: a Hyper-V
			// switch has some, but so does a VPN, and the system queries them.
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

// text returns a value that need not exist.
func text(w winapi.System, key, name string) string {
	s, _ := w.String(key, name) // "" with an error
	return s
}

// list splits a setting at the separators that Windows accepts.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' })
}

// addresses returns the first addresses in a setting.
func addresses(s string) (out []netip.AddrPort) {
	for _, word := range list(s) {
		if a, err := observation.ParseAddress(word); err == nil && len(out) < maxAdapterServers {
			out = append(out, netip.AddrPortFrom(a.Unmap(), dnsquery.Port))
		}
	}
	return out
}

// windowsSearch returns the suffix search list: the policy's or the machine's, otherwise
// the machine's own domain and those of its adapters.
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

// nameRules returns the rules of the Name Resolution Policy Table, and what is missing from
// them. If the group policy's key exists, even if empty, the machine's own rules do not
// count. If there are too many, those that may concern AWS's names are kept.
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

// nameRule reads one rule. One without names has no effect. cut: not all names were kept.
func nameRule(w winapi.System, key string) (rule observation.NameRule, cut bool, err error) {
	rule.From = observation.ShownSetting(key)
	names, err := w.Strings(key, "Name")
	if err != nil {
		return rule, false, present(err)
	}
	// Without this option, the adapters' nameservers are queried for the names.
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

// present returns err unless it says that the value does not exist.
func present(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// mayBeAWS reports whether a rule's name may cover names of AWS: it is below AWS's
// domains, or it is a label, a top-level domain or everything.
func mayBeAWS(name string) bool {
	return !strings.Contains(strings.TrimPrefix(name, "."), ".") || endpoint.IsAWSName("x"+name)
}

// aboutAWS orders what may concern AWS's names before the rest.
func aboutAWS(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// defaultSiteLocal contains the nameservers that Windows lists if none is configured
// for IPv6 (fec0:0:0:ffff::1 to ::3, each with the zone of its adapter); they do not
// exist.
var defaultSiteLocal = netip.MustParsePrefix("fec0:0:0:ffff::/64")

// isDefaultSiteLocal reports whether a nameserver is one of those. A prefix contains no
// address with a zone.
func isDefaultSiteLocal(a netip.Addr) bool { return defaultSiteLocal.Contains(a.WithZone("")) }
