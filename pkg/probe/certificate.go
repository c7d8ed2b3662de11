package probe

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
)

// Bounds of what is kept of a chain: a person reads two of its links, and a
// hostile one has thousands.
const (
	maxCertificates = 10
	maxNames        = 20
	maxText         = 256
)

func certificate(c *x509.Certificate) Certificate {
	sum := sha256.Sum256(c.Raw)
	out := Certificate{
		Subject:   clip(c.Subject.String(), maxText),
		Issuer:    clip(c.Issuer.String(), maxText),
		NotBefore: inFourDigits(c.NotBefore),
		NotAfter:  inFourDigits(c.NotAfter),
		SHA256:    hex.EncodeToString(sum[:]),
	}
	for _, o := range c.Issuer.Organization {
		if len(out.IssuerOrgs) < 4 {
			out.IssuerOrgs = append(out.IssuerOrgs, clip(o, maxText))
		}
	}
	for _, n := range c.DNSNames {
		if len(out.Names) < maxNames {
			out.Names = append(out.Names, clip(n, maxText))
		}
	}
	return out
}
