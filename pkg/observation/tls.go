package observation

import (
	"slices"
	"time"
)

// A Handshake is one TLS handshake, and what the certificates say. They are
// recorded whether or not they verify.
type Handshake struct {
	// Large: the ClientHello was the large one, with a post-quantum key share
	// (about 1.5 kB); otherwise about 0.3 kB. With ExperimentWideHello: the
	// agent's is.
	Large   bool   `json:"large_hello,omitempty"`
	Version string `json:"version,omitempty"`
	Cipher  string `json:"cipher,omitempty"`
	// Group is the key exchange, by its name in IANA's registry. Empty: none was
	// negotiated, or the version of TLS has none.
	Group   string  `json:"group,omitempty"`
	Elapsed Elapsed `json:"elapsed_ms"`
	// Certificates are as sent, the server's own first, at most ten.
	Certificates []Certificate `json:"certificates,omitempty"`
	// NameMatches: the server's certificate is for the host.
	NameMatches bool `json:"name_matches"`
	// InTime: by this node's clock, no certificate is expired or not yet valid.
	InTime bool `json:"in_time"`
	// Trusted: the chain leads to a root in this node's trust store, regardless of the
	// dates.
	Trusted bool `json:"trusted"`
	// Verified: all three, as crypto/tls, and so the agent, requires.
	Verified bool `json:"verified"`
	// VerifyText is the verification's error, for people.
	VerifyText string `json:"verify_text,omitempty"`
	// VerifyFailure is why the verification did not finish: Trusted and Verified are
	// then meaningless. nil: it did.
	VerifyFailure *Failure `json:"verify_failure,omitempty"`
	Failure       *Failure `json:"failure,omitempty"`
	// Alert is the number of the TLS alert with which the peer ended the handshake.
	// 0: there was none.
	Alert int `json:"alert,omitempty"`
	// RetryGroup is the key exchange that the server requested in a HelloRetryRequest
	// before the handshake failed. Empty: it did not.
	RetryGroup string `json:"retry_group,omitempty"`
	// FirstBytes are what came instead of TLS, at most 64 bytes, quoted.
	FirstBytes string `json:"first_bytes,omitempty"`
}

// A Certificate is the relevant part of a certificate.
type Certificate struct {
	Subject    string   `json:"subject"`
	Issuer     string   `json:"issuer"`
	IssuerOrgs []string `json:"issuer_organizations,omitempty"`
	// Names are the host names it is for, at most twenty.
	Names     []string  `json:"names,omitempty"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"`
}

// smallGroups are the key exchanges that a small ClientHello of the agent offers,
// and largeGroup the one that a large ClientHello offers too.
var smallGroups = []string{"X25519", "P-256", "P-384", "P-521"}

const largeGroup = "X25519MLKEM768"

// insecureSuites are those that crypto/tls supports and no agent offers, by their names in
// IANA's registry.
var insecureSuites = []string{
	"TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
	"TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
	"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
}

// Beyond returns the key exchanges and cipher suites, by name, that a server chose or
// requested and the agent's own ClientHello does not offer.
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
