package report

import (
	"fmt"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// FailureWords says in a few words at which step an attempt failed, and why:
// "tcp: no answer". They are not sanitised.
func FailureWords(f *probe.Failure) string {
	step := string(f.Op)
	switch f.Op {
	case probe.OpLookup:
		step = "dns"
	case probe.OpConnect:
		step = "tcp"
	case probe.OpHandshake:
		step = "tls"
	case probe.OpReply:
		step = "http"
	}
	switch f.Kind {
	case probe.KindTimeout:
		return step + ": no answer"
	case probe.KindUndecided:
		return step + ": not decided"
	case probe.KindInterrupted:
		return step + ": interrupted"
	case probe.KindOther:
		if f.Op == probe.OpLookup {
			return step + ": " + lookupFailed
		}
	}
	return step + ": " + reason(f)
}

// lookupFailed is said of the system's own lookup where its failure is of no
// kind that is told apart: Go's words for it are not what a nameserver said.
const lookupFailed = "the lookup failed"

// failed says in a few words why an attempt failed after e.
func failed(f *probe.Failure, e probe.Elapsed) string {
	switch f.Kind {
	case probe.KindTimeout:
		return "no answer in " + duration(e)
	case probe.KindUndecided:
		return "not decided in this run" + took(e)
	case probe.KindInterrupted:
		return "interrupted" + took(e)
	}
	return reason(f) + took(e)
}

// reason says what f's kind means. What has no words here is told as the
// system told it.
func reason(f *probe.Failure) string {
	switch f.Kind {
	case probe.KindRefused:
		return "refused"
	case probe.KindReset:
		return "the connection was reset"
	case probe.KindClosed:
		return "closed without an answer"
	case probe.KindNoRoute: // by this node's routes, or by a message from the way
		return "network unreachable"
	case probe.KindHostUnreachable:
		return "host unreachable"
	case probe.KindProhibited:
		return "prohibited"
	case probe.KindInvalid:
		return "dropped by a route"
	case probe.KindNotPermitted:
		return "not permitted by this node's packet filter"
	case probe.KindNoFamily:
		return "this node has no address of the family"
	case probe.KindNoResources:
		return "this node ran out of resources"
	case probe.KindNXDomain:
		return "no address found" // so says the system's lookup, also of an answer without one
	case probe.KindNoAddress:
		return "no address"
	case probe.KindServFail:
		return "SERVFAIL: the server failed"
	case probe.KindRefuses:
		return "the server refuses the question"
	case probe.KindMalformed:
		return "no usable answer"
	case probe.KindNotTLS:
		return "not TLS"
	case probe.KindTLSVersion:
		return "no version of TLS in common"
	case probe.KindTLSAlert:
		return "ended by an alert"
	case probe.KindTooLarge:
		return "the answer is too large"
	case probe.KindStatus:
		return "the answer says no"
	case probe.KindAbsent:
		return "not there"
	case probe.KindDenied:
		return "may not be read"
	case probe.KindUnreadable:
		return "could not be read"
	case probe.KindSyntax:
		return "cannot be parsed"
	}
	if f.Text != "" {
		return f.Text
	}
	return fmt.Sprintf("failed (%s)", f.Kind)
}
