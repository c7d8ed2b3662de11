package diagnose

import "strings"

// boxOf names the box that signed the way's certificate, by a word of the
// issuer that it signs with by default. "" for an issuer that is not known.
func boxOf(w *way) string {
	c := w.leaf()
	if c == nil {
		return ""
	}
	name := strings.ToLower(c.Issuer)
	for _, box := range []struct{ word, who string }{
		{"zscaler", "Zscaler"},
		{"palo alto", "a Palo Alto Networks firewall"},
		{"globalprotect", "Palo Alto Networks GlobalProtect"},
		{"fortigate", "a Fortinet FortiGate"},
		{"fortinet", "a Fortinet FortiGate"},
		{"cisco umbrella", "Cisco Umbrella"},
		{"opendns", "Cisco Umbrella"},
		{"cisco", "a Cisco firewall or proxy"},
		{"netskope", "Netskope"},
		{"goskope", "Netskope"},
		{"sophos", "a Sophos firewall"},
		{"blue coat", "a Blue Coat proxy"},
		{"bluecoat", "a Blue Coat proxy"},
		{"symantec web", "Symantec Web Security"},
		{"forcepoint", "Forcepoint"},
		{"websense", "Forcepoint"},
		{"check point", "a Check Point firewall"},
		{"checkpoint", "a Check Point firewall"},
		{"sonicwall", "a SonicWall firewall"},
		{"watchguard", "a WatchGuard firewall"},
		{"barracuda", "a Barracuda firewall"},
		{"mcafee", "Skyhigh (McAfee) Web Gateway"},
		{"skyhigh", "Skyhigh (McAfee) Web Gateway"},
		{"trend micro", "Trend Micro"},
		{"kaspersky", "Kaspersky"},
		{"cloudflare gateway", "Cloudflare Gateway"},
		{"gateway ca - cloudflare", "Cloudflare Gateway"},
		{"untangle", "Untangle"},
		{"pfsense", "a pfSense proxy"},
		{"opnsense", "an OPNsense proxy"},
		{"mitmproxy", "mitmproxy"},
		{"squid", "a squid proxy"},
		{"charles proxy", "Charles Proxy"},
	} {
		if strings.Contains(name, box.word) {
			return box.who
		}
	}
	return ""
}
