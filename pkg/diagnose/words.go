package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxQuoted bounds a text from outside in a finding, in bytes.
const maxQuoted = 200

// quoted is a text from outside as it may appear in a sentence: quoted, with everything
// escaped that a terminal might act on.
func quoted(s string) string { return strconv.Quote(clipped(s)) }

// clipped is the beginning of a text that need not be quoted.
func clipped(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	n := maxQuoted
	for n > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// safe escapes what a terminal might act on in a finished line, and what is not text.
func safe(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch _, n := utf8.DecodeRuneInString(s[i:]); {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		case unicode.IsPrint(r):
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

// joinMax is joinAnd with a bound.
func joinMax(names []string, most int) string {
	if len(names) <= most {
		return joinAnd(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func namesOf(ts []*target) []string { return mapTo(ts, func(t *target) string { return t.Name }) }

// subject names targets in a title. A bucket is covered by S3's own target, if that is
// among them.
func subject(ts []*target) string {
	return joinMax(namesOf(filter(ts, func(t *target) bool {
		return t.Bucket == "" || !slices.ContainsFunc(ts, func(o *target) bool { return o.Bucket == "" && o.Host == t.Host })
	})), 4)
}

func serverNames(ss []*server) []string { return appendNew(nil, mapTo(ss, (*server).String)...) }

func addrList(addrs []netip.Addr) string { return joinMax(mapTo(addrs, netip.Addr.String), 6) }

// number gives "1 target", "2 targets".
func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// plural returns one form for one, another for more.
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
	case observation.KindNoResources:
		return "not tried, as this node ran out of open files or of memory for sockets"
	case observation.KindNoFamily:
		return "this node does not have the address family"
	case observation.KindTLSAlert:
		return "ended by a TLS alert (" + quoted(f.Text) + ")" + after
	case observation.KindStatus:
		return "refused with status " + quoted(f.Text) + after
	}
	if came := map[observation.Kind]string{
		observation.KindTimeout:    "no answer",
		observation.KindNXDomain:   "no address found", // the system's lookup also says so of an answer without one
		observation.KindNoAddress:  "an answer with no address",
		observation.KindServFail:   "SERVFAIL",
		observation.KindDNSRefused: "a refusal",
		observation.KindMalformed:  "only bytes that are not an answer",
	}[f.Kind]; came != "" {
		return came + " in " + took.String()
	}
	if how := map[observation.Kind]string{
		observation.KindUndecided:         "still open when the run ended",
		observation.KindInterrupted:       "still open when the run ended",
		observation.KindConnectionRefused: "refused",
		observation.KindReset:             "reset",
		observation.KindClosed:            "closed by the other side",
		observation.KindNoRoute:           "network unreachable (ENETUNREACH)",
		observation.KindHostUnreachable:   "host unreachable (EHOSTUNREACH)",
		observation.KindProhibited:        "prohibited (EACCES)",
		observation.KindInvalid:           "the route drops it (EINVAL)",
		observation.KindNotPermitted:      "not permitted by this node (EPERM)",
		observation.KindTLSVersion:        "no TLS version in common",
		observation.KindNotTLS:            "what answered is not TLS",
	}[f.Kind]; how != "" {
		return how + after
	}
	if f.Text == "" {
		return string(f.Kind) + after
	}
	return quoted(f.Text) + after
}

// lookedUp says how the system's own lookup of a host failed. An error that Go's
// resolver makes up is left out: the nameservers' own answers say more.
func lookedUp(l *observation.SystemLookup) string {
	how := describeFailure(l.Failure, l.Elapsed)
	if l.Failure.Of(observation.KindOther) {
		how = "failed after " + l.Elapsed.String()
	}
	return "the system's own lookup of " + l.Host + ": " + how
}

// answered says what a nameserver answered to one query.
func answered(s *server, name string, a *observation.Answer) string {
	return s.String() + ": " + name + ": " + s.answer(a)
}

// answer says what the server answered. A datagram cannot be refused: the system of a
// server with a closed port sends an ICMP message.
func (s *server) answer(a *observation.Answer) string {
	if a.Transport != "tcp" && a.Failure.Of(observation.KindConnectionRefused) {
		return "port " + strconv.Itoa(int(s.Address.Port())) + " closed (ICMP port unreachable) after " + a.Elapsed.String()
	}
	return answer(a)
}

func answer(a *observation.Answer) string {
	var b strings.Builder
	switch {
	case len(a.Addresses) > 0:
		fmt.Fprintf(&b, "%s in %s", addrList(a.Addresses), a.Elapsed)
	case a.Failure.Of(observation.KindDNSRefused, observation.KindNXDomain) && a.Rcode != "":
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
			b.WriteString(", discarded: " + quoted(d))
		}
	}
	return b.String()
}

// aliasFault says what is wrong with the aliases of an answer, or "" if nothing is: they
// form a circle, or are too many to follow.
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
		return "a chain of aliases that is too long to follow"
	}
	if n > 3 {
		names = slices.Concat(names[:2], []string{"…"}, names[n:])
	}
	return "aliases that form a loop (" + strings.Join(names, " to ") + ")"
}

// day is a certificate's date.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// moment is a time to the second.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// humanDuration is a long duration as a person says it, to the nearest whole unit.
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
