package report

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a report that is not verbose says of what needs no action.

// stops names what a cause of several stops, if it is not all that does not work.
func (v *view) stops(c diagnose.Code) string {
	var stopped []string
	failing := 0
	for _, x := range v.outcomes {
		if x.verdict == diagnose.Fail {
			failing++
			if slices.Contains(x.because, c) {
				stopped = append(stopped, x.title)
			}
		}
	}
	if len(stopped) == failing {
		return ""
	}
	return prefixed(": ", joinAnd(stopped))
}

// causesSay reports whether the headline has several causes and each outcome that
// does not work is stopped by some of them.
func (v *view) causesSay() bool {
	return len(v.causes) > 1 && !slices.ContainsFunc(v.outcomes, func(x outcome) bool {
		return !x.works() && (x.verdict != diagnose.Fail || !slices.ContainsFunc(v.causes, func(f diagnose.Finding) bool {
			return slices.Contains(x.because, f.Code)
		}))
	})
}

// rowsDiffer reports whether the rows of the outcomes say more than the headline.
func (v *view) rowsDiffer() bool {
	if v.causesSay() {
		return false
	}
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
	if works, _ := v.titles(outcome.works); v.Verdict == diagnose.Fail && len(works) > 0 && !v.rowsDiffer() {
		lines = append(lines, "the network is fine for "+joinAnd(works))
	}
	var infos []string
	for _, f := range v.findings {
		if f.Severity == diagnose.Info && (v.Verdict != diagnose.Pass || f.Code != diagnose.AgentMissing) {
			words := f.Title
			if f.Code == diagnose.AgentMissing && v.Verdict == diagnose.Fail {
				words += ": install it as well"
			}
			infos = append(infos, words+" ("+string(f.Code)+")")
		}
	}
	if len(infos) > 0 {
		lines = append(lines, strings.Join(infos, "; "))
	}
	for i := range v.targets {
		if t := &v.targets[i]; t.Asked && t.Verdict != diagnose.Pass && t.Verdict != diagnose.Skip && len(t.Because) == 0 && !v.rowSays(t.Name, t.outcome()) {
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

// rowSays reports whether a bucket has a row of its own, with these words.
func (v *view) rowSays(target, words string) bool {
	bucket, ok := strings.CutPrefix(target, "s3:")
	return ok && v.rowsDiffer() && slices.ContainsFunc(v.outcomes, func(o outcome) bool {
		return strings.Contains(o.title, bucket) && strings.Contains(o.words, words)
	})
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
		if t.Reason == diagnose.NotWaitedFor {
			key = "not waited for (--for all waits)"
		}
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

// s3Target is the name of the target that is S3 itself.
const s3Target = "s3"

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
		s.took = t.took
		switch {
		case t.Verdict != diagnose.Pass:
			s.doubt = t.outcome()
		case v.errorIgnored(t.Verdict, t.Reason):
			s.doubt = t.Reason
		}
		same := func(x service) bool {
			return (x.name == s3Target || strings.HasPrefix(x.name, bucketPrefix)) && x.where == s.where && x.doubt == s.doubt && s.where != ""
		}
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

// where are the addresses that answered, or the proxy. If none did, they are those
// that were tried.
func (t *target) where() string {
	var worked, all []string
	for _, p := range t.paths {
		if p.proxy != "" {
			return "through the proxy"
		}
		all = append(all, p.addresses...)
		if !p.failed() {
			worked = append(worked, p.addresses...)
		}
	}
	if len(worked) > 0 {
		all = worked
	}
	return joinAtMost(all, 4)
}

// failed reports whether a stage of the path failed.
func (p path) failed() bool {
	return slices.ContainsFunc(p.steps, func(s step) bool { return s.failure != nil })
}

// endpointsUsed says whether the required targets were reached at private
// addresses. Empty: none was reached at an address, as behind a proxy, which has its
// own way.
func (v *view) endpointsUsed() string {
	words := ""
	for i := range v.targets {
		for _, p := range v.targets[i].paths {
			switch {
			case !v.targets[i].Asked || p.failed():
			case p.class == observation.ClassPrivate:
				return "VPC endpoints in use"
			case p.class == observation.ClassPublic:
				words = "no VPC endpoints in use"
			}
		}
	}
	return words
}

// nextWords say what comes after a network that works: the agent, and the role.
func (v *view) nextWords() string {
	o, words, untested := v.Observations, "", ""
	if o == nil {
		return ""
	}
	if !o.Plan.Signed {
		untested = "The IAM role was not tested: ssmcheck --signed"
	}
	switch {
	case o.Node.Agent.Installed == observation.No:
		words = "Next: install the SSM Agent" + activation(o.Node.Kind) + "."
	case untested != "":
		words = "Still not in Fleet Manager?"
	}
	return joinNonEmpty(" ", words, untested)
}

// activation is what a server outside EC2 needs in addition to the agent.
func activation(k observation.NodeKind) string {
	if k == observation.NodeHybrid {
		return " and register it with a hybrid activation"
	}
	return ""
}
