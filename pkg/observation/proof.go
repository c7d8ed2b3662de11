package observation

import "slices"

// ByAmazon reports whether the server's certificate names Amazon as its issuer.
func (h *Handshake) ByAmazon() bool {
	return h != nil && len(h.Certificates) > 0 && slices.Contains(h.Certificates[0].IssuerOrgs, "Amazon")
}

// ProvesAWS reports whether AWS answered. Proof is an AWS request id, or any HTTP reply
// over TLS that verifies for the host with a certificate issued by Amazon. The
// reply's status does not matter: an error from the right server proves the path.
func (c Stages) ProvesAWS() bool {
	h, r := c.Handshake, c.Reply
	if h == nil || h.Failure != nil || r == nil || r.Failure != nil {
		return false
	}
	return r.RequestID != "" || r.Status != 0 && h.Verified && h.ByAmazon()
}

// Serves reports whether that proof came over a connection that the agent would
// use: one whose certificate this node accepts. No other path need be tried then.
func (c Stages) Serves() bool {
	return c.Handshake != nil && c.Handshake.Verified && c.ProvesAWS()
}
