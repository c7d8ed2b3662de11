package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A step is one stage of an attempt: how long it took, or why it failed. A
// remark about a stage is a step of its own.
type step struct {
	name    string
	elapsed observation.Elapsed
	failure *observation.Failure
	status  int    // of an HTTP answer, if it is informative
	remark  string // instead of all the above
}

func (s step) span() span {
	switch {
	case s.remark != "":
		return textSpan(s.remark)
	case s.failure != nil && s.status != 0:
		return textSpan(fmt.Sprintf("%s: status %d%s", s.name, s.status, inParentheses(s.elapsed)))
	case s.failure != nil:
		return textSpan(s.name + ": " + describeFailure(s.failure, s.elapsed))
	case s.status != 0:
		return nowrap(fmt.Sprintf("%s %d in %s", s.name, s.status, humanDuration(s.elapsed)))
	}
	return nowrap(s.name + " " + humanDuration(s.elapsed))
}

// equalButTime reports whether two steps differ in their time at most.
func (s step) equalButTime(x step) bool {
	return s.name == x.name && s.status == x.status && s.remark == x.remark &&
		failureText(s.failure) == failureText(x.failure)
}

// stepSpans puts commas between steps.
func stepSpans(steps []step) []span {
	var out []span
	for i, s := range steps {
		if i > 0 {
			out = append(out, textSpan(", "))
		}
		out = append(out, s.span())
	}
	return out
}

func stepWords(steps []step) string { return spanWords(stepSpans(steps)) }

// spanWords are the words of spans without their style.
func spanWords(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return b.String()
}

// lookupStep is the system's own lookup of a host.
func lookupStep(s *observation.SystemLookup) step {
	if s.Failure.Of(observation.KindOther) {
		return step{remark: "dns: " + lookupFailed + inParentheses(s.Elapsed)}
	}
	return step{name: "dns", elapsed: s.Elapsed, failure: s.Failure}
}

// stages are the steps of an attempt, as far as it got.
func (o viewOptions) stages(c observation.Stages) []step {
	var out []step
	if x := c.Connect; x != nil {
		out = append(out, step{name: "tcp", elapsed: x.Elapsed, failure: x.Failure})
	}
	if x := c.Handshake; x != nil {
		out = append(out, step{name: "tls", elapsed: x.Elapsed, failure: x.Failure})
		if x.Failure == nil && !x.Verified {
			out = append(out, step{remark: "certificate " + o.certificateDoubt(x)})
		}
	}
	if x := c.Reply; x != nil {
		s := step{name: "http", elapsed: x.Elapsed, failure: x.Failure}
		// AWS answers an unsigned request with nearly any status.
		informative := x.RequestID == "" || x.Status == 403
		if x.Failure == nil && (o.verbose || informative) {
			s.status = x.Status
		}
		out = append(out, s)
	}
	return out
}

// webSocketStages report the upgrade if it fails though plain HTTPS works, and
// always in a verbose report.
func (o viewOptions) webSocketStages(plain observation.Stages, w *observation.WebSocket) []step {
	switch {
	case w == nil:
		return nil
	case w.Failure() != nil:
		if plain.Failure() != nil && !o.verbose {
			return nil
		}
		return []step{{remark: "websocket: " + describeKind(w.Failure())}}
	case !o.verbose:
		return nil
	case w.Reply == nil:
		return []step{{remark: "websocket: not tried"}}
	}
	return []step{{name: "websocket", elapsed: w.Reply.Elapsed, status: w.Reply.Status}}
}

// tunnelStages are the proxy's answer to CONNECT.
func tunnelStages(x *observation.Reply) []step {
	if x == nil {
		return nil
	}
	s := step{name: "connect", elapsed: x.Elapsed, failure: x.Failure}
	switch {
	case x.Failure != nil && x.Socks != "": // SOCKS has no status
		s = step{remark: "connect: " + x.Socks + inParentheses(x.Elapsed)}
	case x.Failure != nil:
		s.status = x.Status
	}
	return []step{s}
}

// certificateDoubt says why a certificate does not verify, the most informative
// reason first.
func (o viewOptions) certificateDoubt(h *observation.Handshake) string {
	issuer := ""
	if len(h.Certificates) > 0 && o.verbose {
		issuer = " (issuer: " + h.Certificates[0].Issuer + ")"
	}
	switch {
	case h.VerifyFailure != nil:
		return "verification did not finish" + issuer
	case !h.NameMatches:
		return "not for this host" + issuer
	case !h.Trusted:
		return "not trusted by this node" + issuer
	case !h.InTime:
		return "expired or not yet valid"
	}
	return "not verified"
}

// A path is one way to a target: through a proxy, or to addresses of one class
// that fared alike, with the times of the slowest.
type path struct {
	class     observation.Class
	addresses []string
	proxy     string
	steps     []step
	// details are for a verbose report.
	details []string
}

// addressPaths groups addresses that fared alike. A verbose report has each on
// its own.
func (v *view) addressPaths(recorded *observation.TargetObservation, list []observation.AddressObservation) []path {
	var paths []path
	for _, a := range list {
		p := path{class: a.Class, addresses: []string{a.Address.String()}}
		p.steps = append(v.stages(a.Stages), v.webSocketStages(a.Stages, a.WebSocket)...)
		if v.verbose {
			p.details = v.addressDetails(recorded, a)
		}
		if v.verbose || !merge(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths
}

// merge adds p to the path that fared as it did, if there is one.
func merge(paths []path, p path) bool {
	for i := range paths {
		x := &paths[i]
		if x.class != p.class || !slices.EqualFunc(x.steps, p.steps, step.equalButTime) {
			continue
		}
		x.addresses = append(x.addresses, p.addresses...)
		for j := range x.steps {
			x.steps[j].elapsed = max(x.steps[j].elapsed, p.steps[j].elapsed)
		}
		return true
	}
	return false
}

// proxyPath is the path through a proxy.
func (v *view) proxyPath(recorded *observation.TargetObservation, p *observation.ProxyObservation) path {
	x := path{proxy: p.URL}
	if p.Lookup != nil {
		x.steps = append(x.steps, lookupStep(p.Lookup))
	}
	if c := p.Connect; c != nil && (p.Lookup == nil || p.Lookup.Failure == nil) {
		x.steps = append(x.steps, step{name: "tcp", elapsed: c.Elapsed, failure: c.Failure})
	}
	x.steps = append(append(x.steps, tunnelStages(p.Tunnel)...), v.stages(p.Inside)...)
	// Without a tunnel no upgrade was sent, whatever the proxy answered to it.
	if p.Tunnel != nil && p.Tunnel.Failure == nil {
		x.steps = append(x.steps, v.webSocketStages(p.Inside, p.WebSocket)...)
	}
	if v.verbose {
		x.details = v.proxyDetails(recorded, p)
	}
	return x
}

// name says where the path leads.
func (p path) name() string {
	if p.proxy != "" {
		return "through " + p.proxy
	}
	return string(p.class) + " " + strings.Join(p.addresses, ", ")
}

// spans are the path on one line.
func (p path) spans() []span {
	steps := stepSpans(p.steps)
	if len(steps) == 0 {
		steps = []span{textSpan("not tried")}
	}
	return append([]span{textSpan(p.name()), textSpan(": ")}, steps...)
}
