package report

import (
	"fmt"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A step is one rung of the ladder as it is told: how long it took, or why it
// failed. Notes beside the rungs are steps of their own.
type step struct {
	name    string
	elapsed observation.Elapsed
	failure *observation.Failure
	status  int    // of an HTTP answer, where it tells something
	note    string // in place of all the above
}

func (s step) part() part {
	switch {
	case s.note != "":
		return say(s.note)
	case s.failure != nil && s.status != 0:
		return say(fmt.Sprintf("%s: status %d%s", s.name, s.status, took(s.elapsed)))
	case s.failure != nil:
		return say(s.name + ": " + failed(s.failure, s.elapsed))
	case s.status != 0:
		return keep(fmt.Sprintf("%s %d in %s", s.name, s.status, duration(s.elapsed)))
	}
	return keep(s.name + " " + duration(s.elapsed))
}

// like reports whether two steps differ in their time alone.
func (s step) like(x step) bool {
	a, b := "", ""
	if s.failure != nil {
		a = reason(s.failure)
	}
	if x.failure != nil {
		b = reason(x.failure)
	}
	return a == b && s.name == x.name && s.status == x.status && s.note == x.note
}

func parts(steps []step) []part {
	var out []part
	for _, s := range steps {
		out = join(out, []part{s.part()})
	}
	return out
}

// lookup says how the system's own lookup of a host went.
func lookup(s *observation.SystemLookup) step {
	if s.Failure.Of(observation.KindOther) {
		return step{note: "dns: " + lookupFailed + took(s.Elapsed)}
	}
	return step{name: "dns", elapsed: s.Elapsed, failure: s.Failure}
}

// rungs tells how far a climb came.
func (t *text) rungs(c observation.Climb) []step {
	var out []step
	if x := c.Connect; x != nil {
		out = append(out, step{name: "tcp", elapsed: x.Elapsed, failure: x.Failure})
	}
	if x := c.Handshake; x != nil {
		out = append(out, step{name: "tls", elapsed: x.Elapsed, failure: x.Failure})
		if x.Failure == nil && !x.Verified {
			out = append(out, step{note: "certificate " + t.doubt(x)})
		}
	}
	if x := c.Reply; x != nil {
		s := step{name: "http", elapsed: x.Elapsed, failure: x.Failure}
		if x.Failure == nil && (t.o.Verbose || telling(x)) {
			s.status = x.Status
		}
		out = append(out, s)
	}
	return out
}

// telling reports whether the status of an answer says more than its time.
// Where AWS answers an unsigned request, nearly any status is normal.
func telling(x *observation.Reply) bool { return x.RequestID == "" || x.Status == 403 }

// webSocket tells the upgrade where it fails and plain HTTPS does not, and in a
// verbose report always.
func (t *text) webSocket(plain observation.Climb, w *observation.WebSocket) []step {
	switch {
	case w == nil:
		return nil
	case w.Failure() != nil:
		if plain.Failure() != nil && !t.o.Verbose {
			return nil
		}
		return []step{{note: "websocket: " + reason(w.Failure())}}
	case !t.o.Verbose:
		return nil
	case w.Reply == nil:
		return []step{{note: "websocket: not tried"}}
	}
	return []step{{name: "websocket", elapsed: w.Reply.Elapsed, status: w.Reply.Status}}
}

// doubt says why a certificate does not verify, most telling first.
func (t *text) doubt(h *observation.Handshake) string {
	issuer := ""
	if len(h.Certificates) > 0 && t.o.Verbose {
		issuer = " (issuer: " + h.Certificates[0].Issuer + ")"
	}
	switch {
	case h.VerifyFailure != nil:
		return "not verified to the end" + issuer
	case !h.NameMatches:
		return "not for this host" + issuer
	case !h.Trusted:
		return "not trusted by this node" + issuer
	case !h.InTime:
		return "out of its time"
	}
	return "not verified"
}
