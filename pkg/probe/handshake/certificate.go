package handshake

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Limits on what is kept of a chain: people read two certificates, and a hostile
// chain has thousands.
const (
	maxCertificates = 10
	maxNames        = 20
	// maxNameBytes and maxNameParts limit the name from which a subject's or an
	// issuer's text is made: pkix.Name.String takes quadratic time in the number of
	// parts, and a real name has six in 200 bytes.
	maxNameBytes = 4 << 10
	maxNameParts = 16
)

// recorded returns the first certificates of a chain.
func recorded(chain []*x509.Certificate) (out []observation.Certificate) {
	for _, c := range chain[:min(len(chain), maxCertificates)] {
		out = append(out, certificate(c))
	}
	return out
}

func certificate(c *x509.Certificate) observation.Certificate {
	sum := sha256.Sum256(c.Raw)
	out := observation.Certificate{
		Subject:   nameText(c.Subject, len(c.RawSubject)),
		Issuer:    nameText(c.Issuer, len(c.RawIssuer)),
		NotBefore: observation.ClampYear(c.NotBefore),
		NotAfter:  observation.ClampYear(c.NotAfter),
		SHA256:    hex.EncodeToString(sum[:]),
	}
	for _, o := range c.Issuer.Organization {
		if len(out.IssuerOrgs) < 4 {
			out.IssuerOrgs = append(out.IssuerOrgs, observation.Truncate(o, observation.MaxText))
		}
	}
	for _, n := range c.DNSNames {
		if len(out.Names) < maxNames {
			out.Names = append(out.Names, observation.Truncate(n, observation.MaxText))
		}
	}
	return out
}

// nameText returns a subject or issuer as text. size is its length in the
// certificate, in bytes.
func nameText(n pkix.Name, size int) string {
	if size > maxNameBytes {
		return "(a name of " + strconv.Itoa(size) + " bytes, which is more than is told)"
	}
	if len(n.Names) > maxNameParts {
		var parts pkix.RDNSequence
		for _, part := range n.Names[:maxNameParts] {
			parts = append(parts, pkix.RelativeDistinguishedNameSET{part})
		}
		n = pkix.Name{}
		n.FillFromRDNSequence(&parts)
	}
	return observation.Truncate(n.String(), observation.MaxText)
}
