package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Which nameservers forward what, and where to.

// A forwarding is how the configured nameservers forward the names in P: those for which
// the VPC's resolver returns private addresses.
type forwarding struct {
	// filters strip private addresses from their answers.
	filters []*server
	// missing, partial, disagree: at most one has targets.
	missing, partial, disagree []*target
	// filtered are the targets whose addresses the filters strip.
	filtered []*target
	// others are optional targets with the same fault.
	others []*target
}

// forwarding compares what the nameservers answer for P: first for the required names;
// if those are right, for the rest.
func (f *facts) forwarding() forwarding {
	asked, all := f.compared()
	if f.vpcAnswered() {
		out := f.compare(asked, all)
		if out.none() {
			return f.compare(all, all)
		}
		var torn []*target // about which the same servers disagree
		if len(out.disagree) > 0 {
			torn = f.disagreeing(f.answering(out.filters), all)
		}
		for _, t := range all {
			if !slices.Contains(asked, t) && (t.resolved.outcome != outcomePrivate || slices.Contains(torn, t)) {
				out.others = append(out.others, t)
			}
		}
		return out
	}
	// No resolver that knows the VPC answered. That two servers disagree shows
	// anyway.
	if f.o.Plan.Expect == observation.ExpectPublic {
		return forwarding{}
	}
	known := filter(f.direct(), func(t *target) bool { return t.api() && f.privateSomewhere(t.Host) })
	return forwarding{disagree: f.disagreeing(f.answering(nil), known)}
}

func (x forwarding) none() bool {
	return len(x.filters)+len(x.missing)+len(x.partial)+len(x.disagree) == 0
}

func (f *facts) compare(p, all []*target) (out forwarding) {
	if len(p) == 0 {
		return out
	}
	for _, s := range f.configured {
		if f.filters(s, p, all) {
			out.filters = append(out.filters, s)
			out.filtered = p
		}
	}
	rest := f.answering(out.filters)
	if len(rest) == 0 {
		return out
	}
	if out.disagree = f.disagreeing(rest, p); len(out.disagree) > 0 {
		return out
	}
	var private, lacking []*target
	away := false // some server returned a public address or NXDOMAIN
	for _, t := range p {
		switch {
		case f.anyOutcome(rest, t.Host, outcomePrivate):
			private = append(private, t)
		case f.anyOutcome(rest, t.Host, outcomePublic, outcomeNXDomain):
			away = true
			lacking = append(lacking, t)
		case f.anyOutcome(rest, t.Host, outcomeEmpty, outcomeOdd):
			lacking = append(lacking, t)
		}
	}
	switch {
	case len(lacking) == 0:
	case len(private) > 0:
		out.partial = lacking
	case away:
		out.missing = lacking
	}
	return out
}

// answering are the configured nameservers that answer for AWS's names, except for those
// in but.
func (f *facts) answering(but []*server) []*server {
	return filter(f.configured, func(s *server) bool { return f.condition(s) == conditionAnswers && !slices.Contains(but, s) })
}

// disagreeing are the targets for which one of the servers returns private addresses,
// while another answers something else.
func (f *facts) disagreeing(ss []*server, p []*target) []*target {
	return filter(p, func(t *target) bool {
		return f.anyOutcome(ss, t.Host, outcomePrivate) &&
			f.anyOutcome(ss, t.Host, outcomePublic, outcomeNXDomain, outcomeEmpty, outcomeOdd)
	})
}

func (f *facts) anyOutcome(ss []*server, host string, wanted ...outcome) bool {
	return slices.ContainsFunc(ss, func(s *server) bool { return slices.Contains(wanted, s.outcome(host)) })
}

func (f *facts) privateSomewhere(host string) bool {
	return f.anyOutcome(f.configured, host, outcomePrivate)
}

// filters reports whether the server strips private answers: it returns no address,
// REFUSED or SERVFAIL for all of P, and an address for a name of AWS's outside P.
func (f *facts) filters(s *server, p, all []*target) bool {
	for _, t := range p {
		switch s.outcome(t.Host) {
		case outcomeEmpty:
		case outcomeRefuses, outcomeServFail:
			// For a single name that has many possible reasons, and an answer that
			// comes with checking disabled was not stripped.
			if len(hosts(p)) < 2 || s.unchecked(t.Host) != nil {
				return false
			}
		default:
			return false
		}
	}
	return f.outside(s, all) != nil
}

// outside is the server's answer, with an address, for a name of AWS's that has no
// private address at the VPC's resolver.
func (f *facts) outside(s *server, all []*target) *observation.Answer {
	for _, t := range f.direct() {
		if slices.Contains(all, t) || t.Foreign {
			continue
		}
		if o := s.outcome(t.Host); o == outcomePublic {
			return s.answerTo(t.Host)
		}
	}
	for _, host := range f.o.Plan.Lookups {
		if s.outcome(host) == outcomePublic && f.vpc != nil && f.vpc.outcome(host) != outcomePrivate {
			return s.answerTo(host)
		}
	}
	if s.ControlHost != nil && len(s.ControlHost.Addresses) > 0 {
		return s.ControlHost
	}
	return nil
}

// forwardMatches are the matches of a forwarding cause at the targets.
func (f *facts) forwardMatches(ts, others []*target) []match {
	if len(ts) == 0 {
		return nil // the others only share the fault of the required ones
	}
	var ms []match
	for _, t := range slices.Concat(ts, others) {
		m := match{target: t, effect: blocks, forceError: f.notPrivate(t)}
		m.suppressed = !slices.Contains(ts, t) && !(m.forceError && f.needsEC2 == observation.Unknown)
		if m.suppressed && t.works() {
			m.limit = Info // the finding does not list it, so the target gets no warning
		}
		if t.resolved.outcome == outcomePrivate && (t.works() || !m.suppressed) {
			m.effect = affects
		}
		if !m.suppressed {
			m.evidence = f.comparison(t.Host)
		}
		ms = append(ms, m)
	}
	return ms
}

// comparison lists what each nameserver and the VPC's resolver answer for a host:
// the experiment that proves where the private answer is lost.
func (f *facts) comparison(host string) []string { return f.elsewhereAnswered(nil, host) }

// wrongServers are the configured nameservers that do not return a private address for
// one of the targets.
func (f *facts) wrongServers(ts []*target) []*server {
	return filter(f.configured, func(s *server) bool {
		return f.condition(s) == conditionAnswers && slices.ContainsFunc(ts, func(t *target) bool {
			o := s.outcome(t.Host)
			return o != "" && o != outcomePrivate
		})
	})
}
