package report

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a report that is not verbose says of what needs no action.

// rowsDiffer reports whether the rows of the outcomes say more than the headline.
func (v *view) rowsDiffer() bool {
	for _, x := range v.outcomes {
		if x.unexplained() || !slices.Equal(x.because, v.outcomes[0].because) && len(x.because) > 0 && len(v.outcomes[0].because) > 0 {
			return true
		}
	}
	return false
}

// remarks are a line each for what works besides, the informational findings, the
// optional targets, and every check that was not made.
func (v *view) remarks() []string {
	var lines []string
	if works, _ := v.titles(func(x outcome) bool { return x.verdict == diagnose.Pass }); v.Verdict == diagnose.Fail && len(works) > 0 && !v.rowsDiffer() {
		lines = append(lines, joinAnd(works)+" can work")
	}
	var infos []string
	for _, f := range v.findings {
		if f.Severity == diagnose.Info && (v.Verdict != diagnose.Pass || f.Code != diagnose.AgentMissing) {
			infos = append(infos, f.Title+" ("+string(f.Code)+")")
		}
	}
	if len(infos) > 0 {
		lines = append(lines, strings.Join(infos, "; "))
	}
	for i := range v.targets {
		if t := &v.targets[i]; t.Asked && t.Verdict != diagnose.Pass && t.Verdict != diagnose.Skip && len(t.Because) == 0 {
			lines = append(lines, t.Name+": "+t.outcome())
		}
	}
	lines = append(lines, v.optionalRemark()...)
	for _, n := range v.Notes {
		if !slices.Contains(v.Normal, n) {
			lines = append(lines, n)
		}
	}
	return lines
}

// optionalRemark names the optional targets that were not reached, each with its
// outcome and what does not work without it. It leaves out those that a problem or
// a note has, and the consequences if all is well.
func (v *view) optionalRemark() []string {
	var list groups
	problems := v.problems()
	for i := range v.targets {
		t := &v.targets[i]
		problem := slices.ContainsFunc(problems, func(f finding) bool { return slices.Contains(t.Because, f.Code) })
		noted := slices.ContainsFunc(v.Notes, func(n string) bool { return t.Reason != "" && strings.HasSuffix(n, ": "+t.Reason) })
		if t.Asked || t.Verdict == diagnose.Pass || problem || noted {
			continue
		}
		key := t.outcome()
		if v.Verdict != diagnose.Pass {
			key = joinNonEmpty("; ", key, t.Breaks)
		}
		list.add(key, t.Name)
	}
	var words []string
	for _, g := range list {
		words = append(words, joinAnd(g.names)+": "+g.key)
	}
	if len(words) == 0 {
		return nil
	}
	return []string{"not required: " + strings.Join(words, "; ")}
}

// A service is what a passing report says of one service.
type service struct {
	name    string
	buckets int
	// where are its addresses or its proxy, took the time of the whole exchange.
	where string
	took  observation.Elapsed
	// doubt says why it is not known to work. Empty: it works.
	doubt string
}

// services are the required targets. Buckets at the addresses of S3 share its line.
// A note says why a target was skipped.
func (v *view) services() []service {
	var list []service
	for i := range v.targets {
		t := &v.targets[i]
		if !t.Asked || t.Verdict == diagnose.Skip {
			continue
		}
		s := service{name: t.Name, where: t.where()}
		s.took, _ = total(t.timings)
		if t.Verdict != diagnose.Pass {
			s.doubt = t.outcome()
		}
		same := func(x service) bool { return x.where == s.where && x.doubt == s.doubt && s.where != "" }
		if at := slices.IndexFunc(list, same); at >= 0 && strings.HasPrefix(t.Name, bucketPrefix) {
			list[at].buckets++
			list[at].took = max(list[at].took, s.took)
			continue
		}
		list = append(list, s)
	}
	return list
}

// title names the service, and how many buckets share its line.
func (s service) title() string {
	if s.buckets == 0 {
		return s.name
	}
	return s.name + " and " + count(s.buckets, "bucket")
}

func (s service) words() string {
	took := ""
	if s.took > 0 && s.doubt == "" {
		took = humanDuration(s.took)
	}
	return joinNonEmpty(", ", s.where, took, s.doubt)
}

// where are the addresses that were used, or the proxy.
func (t *target) where() string {
	var all []string
	for _, p := range t.paths {
		if p.proxy != "" {
			return "through the proxy"
		}
		all = append(all, p.addresses...)
	}
	return joinAtMost(all, 4)
}
