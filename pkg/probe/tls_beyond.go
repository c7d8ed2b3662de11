package probe

import "slices"

// smallGroups are the key exchanges that a small ClientHello of the agent offers,
// and largeGroup the one that a large ClientHello offers too.
var smallGroups = []string{"X25519", "P-256", "P-384", "P-521"}

const largeGroup = "X25519MLKEM768"

// insecureSuites are those that crypto/tls has and no agent offers, by their
// names in IANA's registry.
var insecureSuites = []string{
	"TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
	"TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
	"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
}

// Beyond is what a server chose, or asked for, that the agent's own ClientHello
// does not offer: key exchanges and cipher suites by their names. A function of
// what was recorded.
func (h *Handshake) Beyond() (groups, suites []string) {
	if h == nil {
		return nil, nil
	}
	for _, g := range []string{h.Group, h.RetryGroup} {
		if g != "" && !slices.Contains(smallGroups, g) && !(h.Large && g == largeGroup) {
			groups = append(groups, g)
		}
	}
	if slices.Contains(insecureSuites, h.Cipher) {
		suites = []string{h.Cipher}
	}
	return groups, suites
}
