package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// line is what happened on a way, in one line of evidence.
func (w *way) line() string {
	s := w.to()
	if w.target.Host != "" {
		s += " (" + w.target.Host + ")"
	}
	s += ": " + w.what()
	if w.leftBy != "" && w.diverted == nil {
		s += "; " + w.leftBy
	}
	return s
}

// what is how far the way leads, and why not further.
func (w *way) what() string {
	c := w.climb
	switch w.state {
	case stateProven, stateStrange:
		what := fmt.Sprintf("answered with HTTP status %d in %s", c.Reply.Status, c.Reply.Elapsed)
		if c.Reply.RequestID != "" {
			return what + ", with an AWS request id"
		}
		return what + ", without an AWS request id"
	case stateConnect:
		if w.locally != "" {
			return w.locally
		}
		what := happened(w.failure, c.Connect.Elapsed)
		if by := w.rejectedBy(); by != "" {
			what += ": " + by
		}
		return what
	case stateHandshake:
		return "connected in " + connectElapsed(c) + ", then in the TLS handshake: " + happened(w.failure, c.Handshake.Elapsed) + w.saidWords()
	case stateUnverified:
		return "the certificate does not verify: " + told(c.Handshake.VerifyText)
	case stateReply:
		return "TLS in " + c.Handshake.Elapsed.String() + ", then: " + happened(w.failure, c.Reply.Elapsed)
	case stateProxy:
		if w.locally != "" {
			return w.locally
		}
		what := happened(w.failure, w.proxyTook())
		if by := w.rejectedBy(); by != "" {
			what += ": " + by
		}
		return what
	case stateUndecided:
		switch {
		case ranOut(w.failure):
			return happened(w.failure, 0)
		case c.Handshake != nil && c.Handshake.VerifyFailure != nil:
			return "the certificate was not verified: " + told(c.Handshake.VerifyFailure.Text)
		}
		return "still open when the run ended"
	}
	return "not tried"
}

// toProxy names the proxy itself, "" for a direct way.
func (w *way) toProxy() string {
	if w.proxy == nil {
		return ""
	}
	return "the proxy " + w.proxy.URL + " (" + w.proxy.Address.String() + ")"
}

func connectElapsed(c observation.Climb) string {
	if c.Connect == nil {
		return "no time"
	}
	return c.Connect.Elapsed.String()
}

func (w *way) proxyTook() observation.Elapsed {
	p := w.proxy
	switch {
	case p.Tunnel != nil:
		return p.Tunnel.Elapsed
	case p.Connect != nil:
		return p.Connect.Elapsed
	case p.Lookup != nil:
		return p.Lookup.Elapsed
	}
	return 0
}

// leaf is the server's own certificate, nil where none was seen.
func (w *way) leaf() *observation.Certificate {
	if h := w.climb.Handshake; h != nil && len(h.Certificates) > 0 {
		return &h.Certificates[0]
	}
	return nil
}

// certificate says whose certificate came.
func (w *way) certificate() string {
	c := w.leaf()
	if c == nil {
		return w.to() + ": no certificate came"
	}
	names := c.Names
	if len(names) > 3 {
		names = names[:3]
	}
	return fmt.Sprintf("%s (%s): certificate for %s, issued by %s, valid from %s to %s",
		w.to(), w.target.Host, told(strings.Join(names, ", ")), told(c.Issuer), day(c.NotBefore), day(c.NotAfter))
}

// page says what answered in place of AWS, "" where nothing did.
func (w *way) page() string {
	r := w.climb.Reply
	if r == nil || r.Failure != nil || r.RequestID != "" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: answered with HTTP status %d and no AWS request id", w.to(), r.Status)
	for _, p := range []struct{ name, value string }{
		{"Server", r.Server}, {"Content-Type", r.ContentType}, {"Location", r.Location},
	} {
		if p.value != "" {
			b.WriteString(", " + p.name + " " + told(p.value))
		}
	}
	if r.Body != "" {
		body := r.Body
		if len(body) > 80 {
			body = body[:80]
		}
		b.WriteString(", beginning with " + told(body))
	}
	return b.String()
}

// addressesOf are the addresses of direct ways, each once.
func addressesOf(ws []*way) []netip.Addr {
	var all []netip.Addr
	for _, w := range ws {
		if w.proxy == nil && !slices.Contains(all, w.addr) {
			all = append(all, w.addr)
		}
	}
	return all
}

// toAll is where all the ways lead to, each once.
func toAll(ws []*way) string {
	var all []string
	for _, w := range ws {
		if to := w.to(); !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return few(all, 6)
}

func linesOf(ws []*way) []string {
	var lines []string
	for _, w := range ws {
		lines = append(lines, w.line())
	}
	return lines
}
