package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An outcome is what became of a capability, or of a bucket given with --bucket.
type outcome struct {
	verdict diagnose.Verdict
	because []diagnose.Code
	// name is as on the command line; title is for people.
	name, title string
	bucket      bool
	// accepted: it passes because --ignore accepts its errors.
	accepted bool
	// words say whether it can work, and why not.
	words string
}

// unexplained reports whether an outcome is neither known to work nor known not
// to, without a cause that says why.
func (x outcome) unexplained() bool {
	return len(x.because) == 0 && x.verdict != diagnose.Pass && x.verdict != diagnose.Fail
}

// works reports whether it passes without --ignore.
func (x outcome) works() bool { return x.verdict == diagnose.Pass && !x.accepted }

// ignoredWords name what passes only because --ignore accepts its errors, so that no
// reader takes it for working.
func (v *view) ignoredWords() string {
	capabilities, buckets := v.titles(func(x outcome) bool { return x.accepted })
	if len(buckets) > 0 {
		capabilities = append(capabilities, "the "+plural(len(buckets), "bucket ", "buckets ")+joinAnd(buckets))
	}
	if len(capabilities) == 0 {
		return ""
	}
	return "errors are ignored for " + joinAnd(capabilities) + " (--ignore)"
}

// bucketPrefix begins the name of a target that is a bucket.
const bucketPrefix = "s3:"

func (v *view) allOutcomes() []outcome {
	var all []outcome
	for _, c := range v.Capabilities {
		can := "can work"
		if v.agentStopped() {
			can = "can work once the SSM Agent runs"
		}
		all = append(all, outcome{c.Verdict, c.Because, string(c.Name), c.Name.Title(), false,
			v.errorIgnored(c.Verdict, c.Reason), v.outcomeWords(c.Verdict, c.Because, c.Reason, "work", can)})
	}
	for _, r := range v.ownBuckets() {
		name := strings.TrimPrefix(r.Name, bucketPrefix)
		all = append(all, outcome{r.Verdict, r.Because, name, "Bucket " + name + " (--bucket)", true,
			v.errorIgnored(r.Verdict, r.Reason), v.outcomeWords(r.Verdict, r.Because, r.Reason, "be used", "can be used")})
	}
	return all
}

// ownBuckets are the targets that --bucket requested: no capability needs them.
func (v *view) ownBuckets() []diagnose.TargetReport {
	if v.Observations == nil {
		return nil
	}
	needed := map[string]bool{}
	for _, needs := range v.Observations.Plan.Needs {
		for _, alternatives := range needs {
			for _, name := range alternatives {
				needed[name] = true
			}
		}
	}
	var own []diagnose.TargetReport
	for _, r := range v.Targets {
		if r.Asked && !needed[r.Name] && strings.HasPrefix(r.Name, bucketPrefix) {
			own = append(own, r)
		}
	}
	return own
}

// outcomeWords say whether something can do what verb says, and why not.
func (v *view) outcomeWords(verdict diagnose.Verdict, because []diagnose.Code, reason, verb, can string) string {
	words, why := "unknown whether it can "+verb, ", because of "
	switch verdict {
	case diagnose.Pass:
		words = can
		if v.errorIgnored(verdict, reason) {
			words = "counts as working"
		}
	case diagnose.Warn:
		words, why = can, ", but see "
		if len(because) == 0 {
			words = "may not " + verb
		}
	case diagnose.Fail:
		words = "cannot " + verb
	case diagnose.Skip:
		words = "not checked"
	}
	named := slices.DeleteFunc(slices.Clone(because), func(c diagnose.Code) bool { return c == diagnose.Unexplained })
	if len(named) > 0 {
		words += why + joinAnd(named)
	}
	if len(named) < len(because) {
		words += v.unexplainedWords()
	}
	return words + prefixed("; ", reason)
}

// unexplainedWords are the titles of the findings with the code that says
// nothing by itself.
func (v *view) unexplainedWords() string {
	var titles []string
	for _, f := range v.Findings {
		if f.Code == diagnose.Unexplained && f.Severity != diagnose.Info {
			titles = append(titles, f.Title)
		}
	}
	if len(titles) == 0 {
		return ", because of " + string(diagnose.Unexplained)
	}
	return ": " + strings.Join(titles, "; ") + " (" + string(diagnose.Unexplained) + ")"
}

// agentStopped reports whether the agent is not running. The verdict still judges the
// network.
func (v *view) agentStopped() bool {
	return slices.ContainsFunc(v.Findings, func(f diagnose.Finding) bool {
		return f.Code == diagnose.AgentStopped && f.Severity != diagnose.Info
	})
}

// summarize gives the verdict in words and the findings behind it.
func (v *view) summarize() (string, []diagnose.Finding) {
	words, causes := v.verdictWords()
	if v.agentStopped() {
		words = agentStoppedWords + "; " + words
		if len(causes) == 1 && causes[0].Code == diagnose.AgentStopped {
			words, causes = "the network works; "+agentStoppedWords, nil
		}
	}
	return words, causes
}

const agentStoppedWords = "the SSM Agent is stopped"

func (v *view) verdictWords() (string, []diagnose.Finding) {
	errors := v.withSeverity(diagnose.Error)
	switch {
	case v.Undecided && v.Verdict != diagnose.Fail:
		return v.undecidedWords(), errors
	case v.Verdict == diagnose.Pass:
		words := v.ignoredWords()
		if works, _ := v.titles(outcome.works); len(works) > 0 {
			words = joinNonEmpty("; ", joinAnd(works)+" can work from this node", words)
		}
		return cmp.Or(words, "nothing was requested"), nil
	case v.Verdict == diagnose.Warn:
		return v.warnWords()
	case v.Verdict == diagnose.Fail:
		words := v.failWords(errors)
		if common := v.commonCause(errors); common != "" {
			v.common = true
			return words + ": " + common, nil
		}
		if len(errors) > 1 {
			words += ", for " + count(len(errors), "reason")
		}
		return words, errors
	case v.Verdict == diagnose.Skip:
		return "nothing was checked", nil
	}
	return "there is no verdict", errors
}

// commonCause is what several errors have in common, if it is more than each says:
// that no connection at all is answered. It names their codes.
func (v *view) commonCause(errors []diagnose.Finding) string {
	if len(errors) < 2 || v.Observations == nil {
		return ""
	}
	var codes []string
	for _, f := range errors {
		if f.Code != diagnose.EndpointBlocked && f.Code != diagnose.EgressBlocked && f.Code != diagnose.S3Blocked {
			return ""
		}
		codes = append(codes, string(f.Code))
	}
	classes := map[observation.Class]bool{}
	for i := range v.Observations.Targets {
		t := v.Observations.Targets[i].Settled()
		if t.Proxy != nil {
			return ""
		}
		for _, a := range slices.Concat(t.Addresses, t.Connections) {
			if a.Connect == nil || !a.Connect.Failure.Of(observation.KindTimeout) {
				return ""
			}
			classes[a.Class] = true
		}
	}
	words := "nothing answers this node on TCP port 443"
	if classes[observation.ClassPrivate] && classes[observation.ClassPublic] {
		words += ", private or public"
	}
	return words + " (" + strings.Join(codes, ", ") + ")"
}

// warnWords name what may not work for no known cause; otherwise everything can.
func (v *view) warnWords() (string, []diagnose.Finding) {
	warnings := v.withSeverity(diagnose.Warning)
	capabilities, buckets := v.titles(func(x outcome) bool { return x.verdict == diagnose.Warn && len(x.because) == 0 })
	var unsure []string
	if len(capabilities) > 0 {
		unsure = append(unsure, joinAnd(capabilities)+" can work")
	}
	if len(buckets) > 0 {
		unsure = append(unsure, bucketList(buckets)+" can be used")
	}
	if len(unsure) > 0 {
		return "it is uncertain whether " + strings.Join(unsure, ", and whether "), warnings
	}
	words := "everything requested can work"
	if ignored := v.ignoredWords(); ignored != "" {
		words = ignored + "; everything else requested can work"
	}
	if v.agentStopped() {
		words += " once it runs"
	}
	words += ", with " + count(len(warnings), "warning")
	if v.strict && v.ExitStatus(true) == 1 {
		words += ", which --strict treats as " + plural(len(warnings), "a failure", "failures")
	}
	return words, warnings
}

// failWords name what fails: capabilities, buckets given with --bucket, or that
// the addresses are not of the expected class.
func (v *view) failWords(errors []diagnose.Finding) string {
	var words []string
	capabilities, buckets := v.titles(func(x outcome) bool { return x.verdict == diagnose.Fail })
	if len(capabilities) > 0 {
		words = append(words, joinAnd(capabilities)+" cannot work")
	}
	if len(buckets) > 0 {
		words = append(words, bucketList(buckets)+" cannot be used")
	}
	// If every capability can work, an error at any other target means that
	// --expect is not met.
	own := map[string]bool{}
	for _, r := range v.ownBuckets() {
		own[r.Name] = true
	}
	elsewhere := slices.ContainsFunc(errors, func(f diagnose.Finding) bool {
		return slices.ContainsFunc(f.Targets, func(name string) bool { return !own[name] })
	})
	if len(capabilities) == 0 && (len(buckets) == 0 || elsewhere) {
		words = append(words, string(v.Expect)+" addresses are expected, but some are not")
	}
	return strings.Join(words, ", and ")
}

// bucketList names buckets given with --bucket.
func bucketList(names []string) string {
	return "the " + plural(len(names), "bucket ", "buckets ") + joinAnd(names) + " (--bucket)"
}

// titles names the capabilities and the buckets that pass the test.
func (v *view) titles(test func(outcome) bool) (capabilities, buckets []string) {
	for _, x := range v.outcomes {
		switch {
		case !test(x):
		case x.bucket:
			buckets = append(buckets, x.name)
		default:
			capabilities = append(capabilities, x.title)
		}
	}
	return capabilities, buckets
}

// undecidedWords say what ended the run too early.
func (v *view) undecidedWords() string {
	end := "the run ended"
	if o := v.Observations; o != nil {
		switch o.Ending {
		case observation.EndingDeadline:
			end = "the deadline passed"
		case observation.EndingInterrupted:
			end = "the run was interrupted"
		}
	}
	return end + " before it was known whether everything requested can work"
}
