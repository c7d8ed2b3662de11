package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Which nameservers forward what to whom.

// A forwarding is how the configured nameservers forward the names of P, those
// to which the VPC's resolver gives private addresses.
type forwarding struct {
	// filters strip private addresses from their answers.
	filters []*server
	// missing, partial, disagree: at most one has targets.
	missing, partial, disagree []*target
	// filtered are the targets whose addresses the filters strip.
	filtered []*target
	// others are targets that were not asked for, with the same fault.
	others []*target
}

// forwarding compares what the nameservers say of P, first of the names that
// were asked for; where those are well, of the rest.
func (f *facts) forwarding() forwarding {
	asked, all := f.compared()
	if f.vpcAnswered() {
		out := f.compare(asked, all)
		if out.none() {
			return f.compare(all, all)
		}
		var torn []*target // by the servers that disagree about what was asked for
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
	// Nobody who knows the VPC answered. That two servers disagree shows all
	// the same.
	if f.o.Plan.Expect == observation.ExpectPublic {
		return forwarding{}
	}
	known := slices.DeleteFunc(f.direct(), func(t *target) bool { return !t.api() || !f.privateSomewhere(t.Host) })
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
	away := false // a public address or NXDOMAIN was given
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

// answering are the configured nameservers that answer for AWS's names, but
// for those given.
func (f *facts) answering(but []*server) []*server {
	var ss []*server
	for _, s := range f.configured {
		if f.condition(s) == conditionAnswers && !slices.Contains(but, s) {
			ss = append(ss, s)
		}
	}
	return ss
}

// disagreeing are the targets that one of the servers gives private addresses
// for, while another answers with something else.
func (f *facts) disagreeing(ss []*server, p []*target) []*target {
	var ts []*target
	for _, t := range p {
		if f.anyOutcome(ss, t.Host, outcomePrivate) &&
			f.anyOutcome(ss, t.Host, outcomePublic, outcomeNXDomain, outcomeEmpty, outcomeOdd) {
			ts = append(ts, t)
		}
	}
	return ts
}

func (f *facts) anyOutcome(ss []*server, host string, wanted ...outcome) bool {
	return slices.ContainsFunc(ss, func(s *server) bool { return slices.Contains(wanted, s.outcome(host)) })
}

func (f *facts) privateSomewhere(host string) bool {
	return f.anyOutcome(f.configured, host, outcomePrivate)
}

// filters reports whether the server strips private answers: no address,
// REFUSED or SERVFAIL for all of P, and an address for a name of AWS's outside
// it.
func (f *facts) filters(s *server, p, all []*target) bool {
	for _, t := range p {
		switch s.outcome(t.Host) {
		case outcomeEmpty:
		case outcomeRefuses, outcomeServFail:
			// Of one name alone that has many reasons, and where the answer is
			// there with checking disabled it is not stripped.
			if len(hosts(p)) < 2 || s.unchecked(t.Host) != nil {
				return false
			}
		default:
			return false
		}
	}
	return f.outside(s, all) != nil
}

// outside is the server's answer, with an address, for a name of AWS's to
// which the VPC's resolver gives no private one.
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
		return nil // the others have the fault that those who were asked for have
	}
	var ms []match
	for _, t := range slices.Concat(ts, others) {
		m := match{target: t, effect: blocks, forceError: f.notPrivate(t)}
		m.suppressed = !slices.Contains(ts, t) && !(m.forceError && f.channel == channelUnknown)
		if m.suppressed && t.works() {
			m.limit = Info // the finding does not tell of it, nor does a warning at the target then
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

// comparison is what each nameserver and the VPC's resolver say of a host:
// the experiment that proves where the private answer is lost.
func (f *facts) comparison(host string) []string {
	var lines []string
	for _, s := range f.configured {
		if a := s.answerTo(host); a != nil {
			lines = append(lines, answered(s, host, a))
		}
	}
	if f.vpc != nil {
		if a := f.vpc.answerTo(host); a != nil {
			lines = append(lines, "the VPC's resolver "+answered(f.vpc, host, a))
		}
	}
	return lines
}

// wrongServers are the counting servers that do not give a private address for
// a target.
func (f *facts) wrongServers(ts []*target) []*server {
	var ss []*server
	for _, s := range f.configured {
		for _, t := range ts {
			if o := s.outcome(t.Host); o != "" && o != outcomePrivate && f.condition(s) == conditionAnswers && !slices.Contains(ss, s) {
				ss = append(ss, s)
			}
		}
	}
	return ss
}
