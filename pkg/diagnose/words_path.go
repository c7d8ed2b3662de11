package diagnose

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Words for paths.

// line is what happened on a path, in one line of evidence.
func (w *path) line() string {
	s := w.to()
	if w.target.Host != "" {
		s += " (" + w.target.Host + ")"
	}
	s += ": " + w.what()
	if w.leftThrough != "" && w.diverted == nil {
		s += "; " + w.leftThrough
	}
	return s
}

// lines is line alone, as evidence.
func (w *path) lines() []string { return []string{w.line()} }

// linesShown is that, and what the experiments showed.
func (w *path) linesShown() []string { return append(w.lines(), w.shown()...) }

// what says how far the path leads, and why not further.
func (w *path) what() string {
	c := w.stages
	switch w.state {
	case reachedAWS:
		status := "HTTP " + strconv.Itoa(c.Reply.Status)
		if c.Reply.Status/100 == 4 && (w.target.PublicKey == "" || c.Reply.Status != 403) { // the request was not signed
			status += " is normal here"
		}
		return "AWS answered in " + c.Reply.Elapsed.String() + " (" + status + ")"
	case reachedOther:
		return fmt.Sprintf("answered with HTTP status %d in %s, without an AWS request id", c.Reply.Status, c.Reply.Elapsed)
	case stateHandshake:
		return "connected in " + connectElapsed(c) + ", then in the TLS handshake: " + describeFailure(w.failure, c.Handshake.Elapsed) + w.saidWords()
	case stateUnverified:
		return "the certificate does not verify: " + quoted(c.Handshake.VerifyText)
	case stateReply:
		return "TLS in " + c.Handshake.Elapsed.String() + ", then: " + describeFailure(w.failure, c.Reply.Elapsed)
	case stateConnect, stateProxy:
		if w.refusedLocally() {
			return w.refusal.String()
		}
		what := describeFailure(w.failure, w.connectTook())
		if by := w.rejectedBy(); by != "" {
			what += ": " + by
		}
		return what
	case stateUndecided:
		switch {
		case ranOut(w.failure):
			return describeFailure(w.failure, 0)
		case c.Handshake != nil && c.Handshake.VerifyFailure != nil:
			return "the certificate was not verified: " + quoted(c.Handshake.VerifyFailure.Text)
		}
		return "still open when the run ended"
	}
	return "not tried"
}

// toProxy names the proxy itself, "" for a direct path.
func (w *path) toProxy() string {
	if w.proxy == nil {
		return ""
	}
	return "the proxy " + w.proxy.URL + " (" + w.proxy.Address.String() + ")"
}

func connectElapsed(c observation.Stages) string {
	if c.Connect == nil {
		return "no time"
	}
	return c.Connect.Elapsed.String()
}

// connectTook is how long the connection took that failed, or the proxy's part.
func (w *path) connectTook() observation.Elapsed {
	p := w.proxy
	switch {
	case p == nil:
		return w.stages.Connect.Elapsed
	case p.Tunnel != nil:
		return p.Tunnel.Elapsed
	case p.Connect != nil:
		return p.Connect.Elapsed
	case p.Lookup != nil:
		return p.Lookup.Elapsed
	}
	return 0
}

// leaf is the server's own certificate, or nil if none was seen.
func (w *path) leaf() *observation.Certificate {
	if h := w.stages.Handshake; h != nil && len(h.Certificates) > 0 {
		return &h.Certificates[0]
	}
	return nil
}

// certificate describes the certificate that came.
func (w *path) certificate() string {
	c := w.leaf()
	if c == nil {
		return w.to() + ": no certificate came"
	}
	names := c.Names[:min(len(c.Names), 3)]
	return fmt.Sprintf("%s (%s): certificate for %s, issued by %s, valid from %s to %s",
		w.to(), w.target.Host, quoted(strings.Join(names, ", ")), quoted(c.Issuer), day(c.NotBefore), day(c.NotAfter))
}

// page describes what answered instead of AWS, or "" if nothing did.
func (w *path) page() string {
	r := w.stages.Reply
	if r == nil || r.Failure != nil || r.RequestID != "" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: answered with HTTP status %d and no AWS request id", w.to(), r.Status)
	for _, p := range []struct{ name, value string }{
		{"Server", r.Server}, {"Content-Type", r.ContentType}, {"Location", r.Location},
	} {
		if p.value != "" {
			b.WriteString(", " + p.name + " " + quoted(p.value))
		}
	}
	if r.Body != "" {
		b.WriteString(", beginning with " + quoted(r.Body[:min(len(r.Body), 80)]))
	}
	return b.String()
}

// addressesOf are the addresses of direct paths, each once.
func addressesOf(ws []*path) []netip.Addr {
	var all []netip.Addr
	for _, w := range ws {
		if w.proxy == nil {
			all = appendNew(all, w.addr)
		}
	}
	return all
}

// toAll says where something answers on the paths, each place once: at addresses, or
// through the proxy.
func toAll(ws []*path) string {
	all := appendNew(nil, mapTo(ws, (*path).to)...)
	if ws[0].proxy != nil {
		return joinMax(all, 6)
	}
	return "at " + joinMax(all, 6)
}

// way is "to" an address, or "through" the proxy.
func (w *path) way() string {
	if w.proxy != nil {
		return w.to()
	}
	return "to " + w.to()
}

// leadsTo says, after "check that", that the path ends at AWS.
func (w *path) leadsTo() string {
	if w.proxy != nil {
		return "the proxy " + w.proxy.URL + " leads to AWS"
	}
	return w.to() + " is AWS's"
}

// lookFor says where to look for what interferes with connections: at the proxy, or on
// the path.
func (f *facts) lookFor(ws []*path, kinds, does string) string {
	if p := ws[0].proxy; p != nil {
		return "check the proxy " + p.URL + " and any firewall in front of or behind it: one of them " + does + ", and its log names the rule"
	}
	return "look for a " + kinds + " between " + f.source(ws) + " and " + ws[0].to() + " that " + does + ": its log names the rule"
}

func linesOf(ws []*path) []string { return mapTo(ws, (*path).line) }

// experimentName says what an experiment changed, "" for one that is not worded.
func experimentName(e *observation.Experiment) string {
	if e.Kind == observation.ExperimentOtherServerName {
		return "a handshake that names " + e.ServerName
	}
	return map[observation.ExperimentKind]string{
		observation.ExperimentRepeat:                  "a retry",
		observation.ExperimentNoServerName:            "a handshake that names no host",
		observation.ExperimentSmallSegments:           "a handshake in small segments",
		observation.ExperimentSmallHello:              "a small ClientHello",
		observation.ExperimentLargeHello:              "a large ClientHello",
		observation.ExperimentLargeHelloSmallSegments: "a large ClientHello in small segments",
		observation.ExperimentOldTLS:                  "a handshake that also offers TLS 1.0 and 1.1",
		observation.ExperimentWideHello:               "a ClientHello that offers every key exchange and cipher suite that ssmcheck has",
		observation.ExperimentUDPConnect:              "connecting a UDP socket, which sends nothing",
		observation.ExperimentUDPSend:                 "a UDP datagram",
	}[e.Kind]
}

// experimentOutcome says how an experiment went.
func experimentOutcome(e *observation.Experiment) string {
	if e.NotMade != "" {
		return "not tried: " + e.NotMade
	}
	c := e.Result
	if p := e.Proxy; p != nil && p.Tunnel != nil && p.Tunnel.Failure != nil {
		return tunnelSaid(p.Tunnel)
	}
	switch f := c.Failure(); {
	case f != nil && c.Reply != nil && c.Reply.Failure != nil:
		return describeFailure(f, c.Reply.Elapsed)
	case f != nil && c.Handshake != nil && c.Handshake.Failure != nil:
		return describeFailure(f, c.Handshake.Elapsed)
	case f != nil && c.Connect != nil:
		return describeFailure(f, c.Connect.Elapsed)
	case c.Handshake != nil:
		passes := "it passes, with " + c.Handshake.Version
		groups, suites := c.Handshake.Beyond()
		for _, name := range append(groups, suites...) {
			passes += " and " + quoted(name)
		}
		return passes
	case c.Connect != nil:
		return "it passes"
	}
	return "nothing was recorded"
}

func (r localRefusal) String() string {
	failed := describeFailure(r.failure, 0) + " in " + microseconds(r.took)
	switch r.sign {
	case signEPERM:
		return "this node itself refuses the connection (EPERM)"
	case signDatagramEPERM:
		return "no answer in " + r.took.String() + ", and this node itself refuses a datagram to the same address and port (EPERM)"
	case signICMP:
		return "rejected by this node itself, " + r.message.From.String() + " (" + messageName(r.message) + "), in " + microseconds(r.took)
	case signNothingSent:
		return failed + ", by this node itself: nothing was sent"
	case signTooSoon:
		if r.fastest == 0 {
			return failed + ", sooner than a packet can return"
		}
		return failed + ", sooner than a packet can return: the fastest answer in this run took " + microseconds(r.fastest)
	case signLikeAnother:
		return failed + ", as " + r.like.to() + " was"
	}
	return ""
}

// messageName says what an ICMP message means, in the terms of its RFCs (792, 1812,
// 4443).
func messageName(m *observation.ICMPMessage) string {
	names := map[[2]int]string{
		{3, 0}: "network unreachable", {3, 1}: "host unreachable", {3, 2}: "protocol unreachable", {3, 3}: "port unreachable",
		{3, 9}: "network administratively prohibited", {3, 10}: "host administratively prohibited", {3, 13}: "administratively prohibited",
		{11, 0}: "time to live exceeded",
	}
	protocol := "ICMP"
	if !m.From.Is4() {
		protocol = "ICMPv6"
		names = map[[2]int]string{
			{1, 0}: "no route", {1, 1}: "administratively prohibited", {1, 3}: "address unreachable", {1, 4}: "port unreachable",
			{1, 5}: "source address failed policy", {1, 6}: "rejected by a route", {3, 0}: "hop limit exceeded",
		}
	}
	numbers := fmt.Sprintf("%s type %d code %d", protocol, m.Type, m.Code)
	if name := names[[2]int{m.Type, m.Code}]; name != "" {
		return name + ", " + numbers
	}
	return numbers
}

// rejectedBy says who rejected a connection, as far as is known; otherwise "".
func (w *path) rejectedBy() string {
	m := w.icmp()
	switch {
	case m == nil:
		return ""
	case w.noNeighbour:
		return "nothing in this node's own subnet has the address (" + messageName(m) + ", by this node itself)"
	}
	if m.From == w.dialled() {
		return "rejected as if by " + m.From.String() + " (" + messageName(m) + ")"
	}
	return "rejected by " + m.From.String() + " (" + messageName(m) + ")"
}
