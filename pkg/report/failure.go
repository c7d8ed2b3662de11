package report

import (
	"fmt"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// FailureWords says in a few words at which step an attempt failed, and why:
// "tcp: no answer". They are not sanitised.
func FailureWords(f *observation.Failure) string {
	step := string(f.Op)
	switch f.Op {
	case observation.OpLookup:
		step = "dns"
	case observation.OpConnect:
		step = "tcp"
	case observation.OpHandshake:
		step = "tls"
	case observation.OpReply:
		step = "http"
	}
	switch f.Kind {
	case observation.KindTimeout:
		return step + ": no answer"
	case observation.KindUndecided:
		return step + ": not decided"
	case observation.KindInterrupted:
		return step + ": interrupted"
	case observation.KindOther:
		if f.Op == observation.OpLookup {
			return step + ": " + lookupFailed
		}
	}
	return step + ": " + reason(f)
}

// lookupFailed is said of the system's own lookup where its failure is of no
// kind that is told apart: Go's words for it are not what a nameserver said.
const lookupFailed = "the lookup failed"

// failed says in a few words why an attempt failed after e.
func failed(f *observation.Failure, e observation.Elapsed) string {
	switch f.Kind {
	case observation.KindTimeout:
		return "no answer in " + duration(e)
	case observation.KindUndecided:
		return "not decided in this run" + took(e)
	case observation.KindInterrupted:
		return "interrupted" + took(e)
	}
	return reason(f) + took(e)
}

// reason says what f's kind means. What has no words here is told as the
// system told it.
func reason(f *observation.Failure) string {
	switch f.Kind {
	case observation.KindRefused:
		return "refused"
	case observation.KindReset:
		return "the connection was reset"
	case observation.KindClosed:
		return "closed without an answer"
	case observation.KindNoRoute: // by this node's routes, or by a message from the way
		return "network unreachable"
	case observation.KindHostUnreachable:
		return "host unreachable"
	case observation.KindProhibited:
		return "prohibited"
	case observation.KindInvalid:
		return "dropped by a route"
	case observation.KindNotPermitted:
		return "not permitted by this node's packet filter"
	case observation.KindNoFamily:
		return "this node has no address of the family"
	case observation.KindNoResources:
		return "this node ran out of resources"
	case observation.KindNXDomain:
		return "no address found" // so says the system's lookup, also of an answer without one
	case observation.KindNoAddress:
		return "no address"
	case observation.KindServFail:
		return "SERVFAIL: the server failed"
	case observation.KindRefuses:
		return "the server refuses the question"
	case observation.KindMalformed:
		return "no usable answer"
	case observation.KindNotTLS:
		return "not TLS"
	case observation.KindTLSVersion:
		return "no version of TLS in common"
	case observation.KindTLSAlert:
		return "ended by an alert"
	case observation.KindTooLarge:
		return "the answer is too large"
	case observation.KindStatus:
		return "the answer says no"
	case observation.KindAbsent:
		return "not there"
	case observation.KindDenied:
		return "may not be read"
	case observation.KindUnreadable:
		return "could not be read"
	case observation.KindSyntax:
		return "cannot be parsed"
	}
	if f.Text != "" {
		return f.Text
	}
	return fmt.Sprintf("failed (%s)", f.Kind)
}
