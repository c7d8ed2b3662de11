package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The words that every format shares. Each kind of failure, each duration and
// each list is worded here and nowhere else.

// failureWords says what each kind of failure means. A kind that is not here has
// only the system's own text.
var failureWords = map[observation.Kind]string{
	observation.KindUndecided:         "not decided in this run",
	observation.KindInterrupted:       "interrupted",
	observation.KindConnectionRefused: "refused",
	observation.KindReset:             "connection reset",
	observation.KindClosed:            "closed without a response",
	observation.KindNoRoute:           "network unreachable", // by this node's routes or an ICMP message
	observation.KindHostUnreachable:   "host unreachable",
	observation.KindProhibited:        "prohibited",
	observation.KindInvalid:           "dropped by a route",
	observation.KindNotPermitted:      "not permitted by this node's packet filter",
	observation.KindNoFamily:          "this node has no address of this family",
	observation.KindNoResources:       "this node ran out of resources",
	observation.KindNXDomain:          "no address found", // the system's lookup does not distinguish NXDOMAIN from an empty answer
	observation.KindNoAddress:         "no address",
	observation.KindServFail:          "SERVFAIL: the server failed",
	observation.KindDNSRefused:        "REFUSED: the server rejects the query",
	observation.KindMalformed:         "no usable response",
	observation.KindNotTLS:            "not TLS",
	observation.KindTLSVersion:        "no common TLS version",
	observation.KindTLSAlert:          "ended by a TLS alert",
	observation.KindTooLarge:          "the response is too large",
	observation.KindStatus:            "the response is an error",
	observation.KindAbsent:            "not found",
	observation.KindDenied:            "permission denied",
	observation.KindUnreadable:        "could not be read",
	observation.KindSyntax:            "cannot be parsed",
}

// lookupFailed describes a failure of the system's own lookup that has no kind:
// Go's text for it is not what a nameserver said.
const lookupFailed = "the lookup failed"

// describeKind says what f's kind means, or what the system said if the kind has
// no words.
func describeKind(f *observation.Failure) string {
	return cmp.Or(failureWords[f.Kind], f.Text, fmt.Sprintf("failed (%s)", f.Kind))
}

// describeFailure says why an attempt failed, and after which time.
func describeFailure(f *observation.Failure, after observation.Elapsed) string {
	if f.Kind == observation.KindTimeout {
		return "no answer in " + humanDuration(after)
	}
	return describeKind(f) + inParentheses(after)
}

// stageWords are the stages that texts call otherwise than observations do.
var stageWords = map[observation.Op]string{
	observation.OpLookup: "dns", observation.OpConnect: "tcp", observation.OpHandshake: "tls", observation.OpReply: "http",
}

// FailureWords says at which stage an attempt failed, and why: "tcp: no answer".
// The words are not sanitised.
func FailureWords(f *observation.Failure) string {
	stage := cmp.Or(stageWords[f.Op], string(f.Op))
	switch {
	case f.Kind == observation.KindTimeout:
		return stage + ": no answer"
	case f.Kind == observation.KindOther && f.Op == observation.OpLookup:
		return stage + ": " + lookupFailed
	}
	return stage + ": " + describeKind(f)
}

// The words for verdicts, for severities (the verdict that each leads to), for kinds
// of nodes and for the roles of nameservers. The last two have words for all others.
var (
	verdictWords = map[diagnose.Verdict]string{
		diagnose.Pass: "PASS", diagnose.Warn: "WARN", diagnose.Fail: "FAIL", diagnose.Skip: "SKIP",
	}
	severityWords = map[diagnose.Severity]string{
		diagnose.Error: "FAIL", diagnose.Warning: "WARN", diagnose.Info: "INFO",
	}
	kindWords = map[observation.NodeKind]string{
		observation.NodeEC2: "EC2 instance", observation.NodeHybrid: "non-EC2 server", "": "node of unknown kind",
	}
	roleWords = map[observation.ServerRole]string{
		observation.RoleBehindStub: "upstream of the local stub", observation.RoleVPC: "resolves the VPC's private names",
		"": "used by the system",
	}
)

// unknownWord stands in for a missing verdict. It is as wide as the others.
const unknownWord = "????"

// verdictWord is the word for v. The zero value is not a verdict.
func verdictWord(v diagnose.Verdict) string { return cmp.Or(verdictWords[v], unknownWord) }

func severityWord(s diagnose.Severity) string { return cmp.Or(severityWords[s], unknownWord) }

// bareServer is a nameserver's address, with its port only if that is not 53.
func bareServer(a netip.AddrPort) string {
	if a.Port() == 53 {
		return a.Addr().String()
	}
	return a.String()
}

// humanDuration is precise to 0.1 ms below a millisecond, to a millisecond below
// a second, and to 0.1 s above.
func humanDuration(e observation.Elapsed) string {
	d := time.Duration(e)
	switch {
	case d < time.Millisecond:
		return strconv.FormatFloat(e.Milliseconds(), 'f', 1, 64) + "ms"
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + "ms"
	}
	return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + "s"
}

// inParentheses is " (12ms)", and empty if e is not positive.
func inParentheses(e observation.Elapsed) string {
	if e <= 0 {
		return ""
	}
	return " (" + humanDuration(e) + ")"
}

// timestamp is t in UTC, to the second.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// joinAnd joins a list as a sentence does: "a, b and c".
func joinAnd[T ~string](list []T) string {
	var b strings.Builder
	for i, s := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}

// wordsOf are the words for each element of a list.
func wordsOf[T any](list []T, words func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = words(x)
	}
	return out
}

// joinAtMost is joinAnd with a bound.
func joinAtMost(list []string, most int) string {
	if len(list) <= most {
		return joinAnd(list)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// joinNonEmpty joins the strings that are not empty.
func joinNonEmpty(separator string, list ...string) string {
	var b strings.Builder
	for _, s := range list {
		if s != "" && b.Len() > 0 {
			b.WriteString(separator)
		}
		b.WriteString(s)
	}
	return b.String()
}

// prefixed puts a prefix before s, unless s is empty.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// count is "a warning", "2 warnings".
func count(n int, word string) string {
	if n <= 1 {
		return "a " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// bypassedWords say which required targets no_proxy keeps from the proxy, "" if none.
func bypassedWords(o *observation.Observations) string {
	var names []string
	proxied := false
	for _, t := range o.Plan.Targets {
		switch {
		case !t.Asked:
		case t.Proxy != "":
			proxied = true
		case t.UnusedProxy != nil && t.UnusedProxy.Kind == observation.UnusedNoProxy:
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	to := "AWS"
	if proxied {
		to = joinAtMost(names, 4)
	}
	return "; not used for " + to + ": NO_PROXY has " + atMost(o.Node.Proxy.No, 80)
}
