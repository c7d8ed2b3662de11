package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxQuoted bounds one text from outside within a finding.
const maxQuoted = 200

// quoted is a text from outside as it may stand in a sentence: quoted, with
// everything that a terminal might act on escaped.
func quoted(s string) string { return strconv.Quote(clipped(s)) }

// clipped is the beginning of a text that need not be quoted.
func clipped(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}

// safe escapes what a terminal might act on in a finished line.
func safe(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRuneToASCII(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}

// joinAnd joins names as a sentence does: "a, b and c".
func joinAnd(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// joinMax is list with a bound.
func joinMax(names []string, most int) string {
	if len(names) <= most {
		return joinAnd(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func namesOf(ts []*target) []string {
	var names []string
	for _, t := range ts {
		names = append(names, t.Name)
	}
	return names
}

// subject names targets in a title. A bucket is named by S3's own target, where
// that is among them.
func subject(ts []*target) string {
	var names []string
	for _, t := range ts {
		if t.Bucket != "" && slices.ContainsFunc(ts, func(o *target) bool { return o.Bucket == "" && o.Host == t.Host }) {
			continue
		}
		names = append(names, t.Name)
	}
	return joinMax(names, 4)
}

func serverNames(ss []*server) []string {
	var names []string
	for _, s := range ss {
		if n := s.String(); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func addrList(addrs []netip.Addr) string {
	var all []string
	for _, a := range addrs {
		all = append(all, a.String())
	}
	return joinMax(all, 6)
}

// number gives "1 target", "2 targets".
func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// plural gives one form for one, another for more.
func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// describeFailure says how an attempt failed, in a few words.
func describeFailure(f *observation.Failure, took observation.Elapsed) string {
	if f == nil {
		return "answered in " + took.String()
	}
	after := " after " + took.String()
	if took == 0 {
		after = ""
	}
	switch f.Kind {
	case observation.KindTimeout:
		return "no answer in " + took.String()
	case observation.KindUndecided, observation.KindInterrupted:
		return "still open when the run ended" + after
	case observation.KindNoResources:
		return "not tried, as this node ran out of open files or of memory for sockets"
	case observation.KindRefused:
		return "refused" + after
	case observation.KindReset:
		return "reset" + after
	case observation.KindClosed:
		return "closed by the other side" + after
	case observation.KindNoRoute:
		return "network unreachable (ENETUNREACH)" + after
	case observation.KindHostUnreachable:
		return "host unreachable (EHOSTUNREACH)" + after
	case observation.KindProhibited:
		return "prohibited (EACCES)" + after
	case observation.KindInvalid:
		return "the route drops it (EINVAL)" + after
	case observation.KindNotPermitted:
		return "not permitted by this node (EPERM)" + after
	case observation.KindNoFamily:
		return "this node does not have the address family"
	case observation.KindNXDomain:
		return "no address found in " + took.String() // so says the system's lookup, also of an answer without one
	case observation.KindNoAddress:
		return "an answer with no address in " + took.String()
	case observation.KindServFail:
		return "SERVFAIL in " + took.String()
	case observation.KindRefuses:
		return "a refusal in " + took.String()
	case observation.KindMalformed:
		return "only bytes that are no answer in " + took.String()
	case observation.KindTLSAlert:
		return "ended by a TLS alert (" + quoted(f.Text) + ")" + after
	case observation.KindTLSVersion:
		return "no version of TLS in common" + after
	case observation.KindNotTLS:
		return "what answered is not TLS" + after
	case observation.KindStatus:
		return "refused with status " + quoted(f.Text) + after
	}
	if f.Text == "" {
		return string(f.Kind) + after
	}
	return quoted(f.Text) + after
}

// lookedUp says how the system's own lookup of a host failed. What Go's resolver
// makes of an answer is left out where it is none of these: the nameservers'
// own answers say more.
func lookedUp(l *observation.SystemLookup) string {
	how := describeFailure(l.Failure, l.Elapsed)
	if l.Failure.Of(observation.KindOther) {
		how = "failed after " + l.Elapsed.String()
	}
	return "the system's own lookup of " + l.Host + ": " + how
}

// answered says what a nameserver said to one question.
func answered(s *server, name string, a *observation.Answer) string {
	return s.String() + ": " + name + ": " + s.answer(a)
}

// answer says what the server said. Nobody refuses a datagram: a closed port has
// the system of the server send an ICMP message.
func (s *server) answer(a *observation.Answer) string {
	if a.Transport != "tcp" && a.Failure.Of(observation.KindRefused) {
		return "port " + strconv.Itoa(int(s.Address.Port())) + " closed (ICMP port unreachable) after " + a.Elapsed.String()
	}
	return answer(a)
}

func answer(a *observation.Answer) string {
	var b strings.Builder
	switch {
	case len(a.Addresses) > 0:
		fmt.Fprintf(&b, "%s in %s", addrList(a.Addresses), a.Elapsed)
	case a.Failure.Of(observation.KindRefuses, observation.KindNXDomain) && a.Rcode != "":
		fmt.Fprintf(&b, "%s in %s", a.Rcode, a.Elapsed)
	case aliasFault(a) != "":
		b.WriteString(aliasFault(a) + " in " + a.Elapsed.String())
	case a.Failure == nil && a.Rcode != "":
		fmt.Fprintf(&b, "%s in %s", a.Rcode, a.Elapsed)
	default:
		b.WriteString(describeFailure(a.Failure, a.Elapsed))
	}
	if a.Transport == "tcp" {
		b.WriteString(" over TCP")
	}
	for _, e := range a.ExtendedErrors {
		b.WriteString(", extended error " + quoted(e))
	}
	for i, d := range a.Discarded {
		if i < 2 && aliasFault(a) == "" {
			b.WriteString(", thrown away: " + quoted(d))
		}
	}
	return b.String()
}

// aliasFault says what is wrong with the aliases of an answer, "" where nothing
// is: they lead in a circle, or are too many to be followed.
func aliasFault(a *observation.Answer) string {
	if a == nil || a.Rcode != "NOERROR" || !a.Failure.Of(observation.KindMalformed) {
		return ""
	}
	names := append([]string{a.Name}, a.CNAMEs...)
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".")
	}
	n := len(names) - 1
	if n == 0 || !slices.ContainsFunc(names[:n], func(s string) bool { return sameName(s, names[n]) }) {
		return "a chain of aliases that is too long to be followed"
	}
	if n > 3 {
		names = slices.Concat(names[:2], []string{"…"}, names[n:])
	}
	return "aliases that lead in a circle (" + strings.Join(names, " to ") + ")"
}

// day is a certificate's date.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// moment is a time of day to the second.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// humanDuration is a long duration as a person says it, to the nearest whole.
func humanDuration(d time.Duration) string {
	d = d.Abs()
	for _, of := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d.Round(of.unit/60) >= 2*of.unit {
			return strconv.Itoa(int(d.Round(of.unit)/of.unit)) + " " + of.name
		}
	}
	return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + " seconds"
}

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

// what is how far the path leads, and why not further.
func (w *path) what() string {
	c := w.climb
	switch w.state {
	case reachedAWS:
		status := "HTTP " + strconv.Itoa(c.Reply.Status)
		if c.Reply.Status/100 == 4 && (w.target.PublicKey == "" || c.Reply.Status != 403) { // nothing signed was asked for
			status += " is normal here"
		}
		return "AWS answered in " + c.Reply.Elapsed.String() + " (" + status + ")"
	case reachedOther:
		return fmt.Sprintf("answered with HTTP status %d in %s, without an AWS request id", c.Reply.Status, c.Reply.Elapsed)
	case stateConnect:
		if w.refusedLocally() {
			return w.refusal.String()
		}
		what := describeFailure(w.failure, c.Connect.Elapsed)
		if by := w.rejectedBy(); by != "" {
			what += ": " + by
		}
		return what
	case stateHandshake:
		return "connected in " + connectElapsed(c) + ", then in the TLS handshake: " + describeFailure(w.failure, c.Handshake.Elapsed) + w.saidWords()
	case stateUnverified:
		return "the certificate does not verify: " + quoted(c.Handshake.VerifyText)
	case stateReply:
		return "TLS in " + c.Handshake.Elapsed.String() + ", then: " + describeFailure(w.failure, c.Reply.Elapsed)
	case stateProxy:
		if w.refusedLocally() {
			return w.refusal.String()
		}
		what := describeFailure(w.failure, w.proxyTook())
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

func connectElapsed(c observation.Climb) string {
	if c.Connect == nil {
		return "no time"
	}
	return c.Connect.Elapsed.String()
}

func (w *path) proxyTook() observation.Elapsed {
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
func (w *path) leaf() *observation.Certificate {
	if h := w.climb.Handshake; h != nil && len(h.Certificates) > 0 {
		return &h.Certificates[0]
	}
	return nil
}

// certificate says whose certificate came.
func (w *path) certificate() string {
	c := w.leaf()
	if c == nil {
		return w.to() + ": no certificate came"
	}
	names := c.Names
	if len(names) > 3 {
		names = names[:3]
	}
	return fmt.Sprintf("%s (%s): certificate for %s, issued by %s, valid from %s to %s",
		w.to(), w.target.Host, quoted(strings.Join(names, ", ")), quoted(c.Issuer), day(c.NotBefore), day(c.NotAfter))
}

// page says what answered in place of AWS, "" where nothing did.
func (w *path) page() string {
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
			b.WriteString(", " + p.name + " " + quoted(p.value))
		}
	}
	if r.Body != "" {
		body := r.Body
		if len(body) > 80 {
			body = body[:80]
		}
		b.WriteString(", beginning with " + quoted(body))
	}
	return b.String()
}

// addressesOf are the addresses of direct paths, each once.
func addressesOf(ws []*path) []netip.Addr {
	var all []netip.Addr
	for _, w := range ws {
		if w.proxy == nil && !slices.Contains(all, w.addr) {
			all = append(all, w.addr)
		}
	}
	return all
}

// toAll is where all the paths lead to, each once.
func toAll(ws []*path) string {
	var all []string
	for _, w := range ws {
		if to := w.to(); !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return joinMax(all, 6)
}

func linesOf(ws []*path) []string {
	var lines []string
	for _, w := range ws {
		lines = append(lines, w.line())
	}
	return lines
}

// experimentName says what an experiment changed.
func experimentName(e *observation.Experiment) string {
	switch e.Kind {
	case observation.ExperimentRepeat:
		return "a retry"
	case observation.ExperimentNoServerName:
		return "a handshake that names no host"
	case observation.ExperimentOtherServerName:
		return "a handshake that names " + e.ServerName
	case observation.ExperimentSmallSegments:
		return "a handshake in small segments"
	case observation.ExperimentSmallHello:
		return "a small ClientHello"
	case observation.ExperimentLargeHello:
		return "a large ClientHello"
	case observation.ExperimentLargeHelloSmallSegments:
		return "a large ClientHello in small segments"
	case observation.ExperimentOldTLS:
		return "a handshake that also offers TLS 1.0 and 1.1"
	case observation.ExperimentWideHello:
		return "a ClientHello that offers every key exchange and cipher suite that ssmcheck has"
	case observation.ExperimentUDPConnect:
		return "connecting a UDP socket, which sends nothing"
	case observation.ExperimentUDPSend:
		return "a UDP datagram"
	}
	return ""
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
	return "nothing was seen"
}

func (r localRefusal) String() string {
	failed := describeFailure(r.failure, 0) + " in " + microseconds(r.took)
	switch r.sign {
	case signEPERM:
		return "this node's own system refuses the connection (EPERM)"
	case signDatagramEPERM:
		return "no answer in " + r.took.String() + ", and this node's own system refuses a datagram to the same address and port (EPERM)"
	case signICMP:
		return "rejected by this node itself, " + r.message.From.String() + " (" + messageName(r.message) + "), in " + microseconds(r.took)
	case signNothingSent:
		return failed + ", by this node itself: nothing was sent"
	case signTooSoon:
		if r.fastest == 0 {
			return failed + ", sooner than a packet can return"
		}
		return failed + ", sooner than a packet can return: the quickest answer of the run took " + microseconds(r.fastest)
	case signLikeAnother:
		return failed + ", as " + r.like.to() + " was"
	}
	return ""
}
