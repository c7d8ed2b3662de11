package report

import (
	"fmt"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A target is a target with what was observed of it, in words.
type target struct {
	diagnose.TargetReport
	// address is its host and port.
	address string
	// why says why the target does not pass, in fields of their own: causes, the
	// diagnosis's reason, what fails without it.
	why []string
	// lookup is the system's own lookup. nil: there was none on this path.
	lookup *step
	paths  []path
	// remarks are further lines.
	remarks []string
	// timings are those of the stages that succeeded; took is the time until the
	// slowest address answered, 0 if none did; waited is the time spent on the
	// target, also by what failed.
	timings      []timing
	took, waited observation.Elapsed
}

// A line is a line about a target; a detail belongs to the line before it.
type line struct {
	spans  []span
	detail bool
}

func (v *view) allTargets() []target {
	observed := map[string]*observation.TargetObservation{}
	system := map[string]*observation.SystemLookup{}
	if o := v.Observations; o != nil {
		for i := range o.Targets {
			observed[o.Targets[i].Name] = &o.Targets[i]
		}
		for i := range o.System {
			system[o.System[i].Host] = &o.System[i]
		}
	}
	all := make([]target, len(v.Targets))
	for i, r := range v.Targets {
		all[i] = v.target(r, observed[r.Name], system[r.Host])
	}
	return all
}

func (v *view) target(
	r diagnose.TargetReport, recorded *observation.TargetObservation, lookup *observation.SystemLookup,
) target {
	t := target{TargetReport: r, address: fmt.Sprintf("%s:%d", r.Host, r.Port)}
	for _, s := range []string{joinAnd(r.Because), r.Reason, r.Breaks} {
		if s != "" {
			t.why = append(t.why, s)
		}
	}
	if recorded != nil {
		settled := recorded.Settled()
		t.timings, t.took, t.waited = timings(settled, lookup)
		v.observedPaths(&t, recorded, settled, lookup)
	}
	if read := readProblem(r); read != "" {
		t.remarks = append(t.remarks, read)
	}
	return t
}

// observedPaths adds what was observed. settled has the attempts that decided,
// recorded all that were made.
func (v *view) observedPaths(
	t *target, recorded, settled *observation.TargetObservation, lookup *observation.SystemLookup,
) {
	switch {
	case settled.NotTried != "" && settled.NotTried != t.Reason:
		t.remarks = append(t.remarks, "not tried: "+settled.NotTried)
		return
	case settled.Proxy != nil:
		t.paths = []path{v.proxyPath(recorded, settled.Proxy)}
		return
	}
	if lookup != nil {
		s := lookupStep(lookup)
		t.lookup = &s
	}
	// Only a connection was made to further addresses; those that failed count.
	tried := slices.Clone(settled.Addresses)
	var connected []observation.AddressObservation
	var slowest observation.Elapsed
	for _, a := range settled.Connections {
		if a.Failure() != nil {
			tried = append(tried, a)
			continue
		}
		connected = append(connected, a)
		if a.Connect != nil {
			slowest = max(slowest, a.Connect.Elapsed)
		}
	}
	t.paths = v.addressPaths(recorded, tried)
	if n := len(connected); n > 0 && v.verbose {
		t.remarks = append(t.remarks, moreAddresses(n)+" connected, in at most "+humanDuration(slowest))
	}
	if n := len(settled.Untried); n > 0 && v.verbose {
		t.remarks = append(t.remarks, moreAddresses(n)+" not tried")
	}
}

func moreAddresses(n int) string {
	return fmt.Sprintf("%d more %s", n, plural(n, "address", "addresses"))
}

// lines are what was observed of a target. fits says whether a line is short
// enough; a path that does not fit next to the lookup takes two lines.
func (t *target) lines(fits func([]span) bool) []line {
	var lines []line
	add := func(spans []span) { lines = append(lines, line{spans: spans}) }
	addDetails := func(p path) {
		for _, s := range p.details {
			lines = append(lines, line{spans: []span{textSpan(s)}, detail: true})
		}
	}
	var lookup []span
	if t.lookup != nil {
		lookup = []span{t.lookup.span()}
	}
	if len(t.paths) == 1 && len(t.paths[0].details) == 0 {
		p := t.paths[0]
		prefix := lookup
		if len(lookup) > 0 {
			prefix = append(lookup, textSpan(", "))
		}
		one := append(slices.Clone(prefix), p.spans()...)
		if p.proxy != "" || len(p.addresses) == 1 && fits(one) {
			add(one)
		} else {
			add([]span{textSpan(p.name())})
			if len(p.steps) > 0 {
				add(append(slices.Clone(prefix), stepSpans(p.steps)...))
			} else if len(lookup) > 0 {
				add(lookup)
			}
		}
	} else {
		if len(lookup) > 0 {
			add(lookup)
		}
		for _, p := range t.paths {
			add(p.spans())
			addDetails(p)
		}
	}
	for _, s := range t.remarks {
		add([]span{textSpan(s)})
	}
	return lines
}

// readProblem says why it is not proved that a bucket that answered can be read.
func readProblem(r diagnose.TargetReport) string {
	switch {
	case r.Read != "not proved":
		return ""
	case slices.Contains(r.Because, diagnose.S3PolicyDenies):
		return "read: refused"
	case slices.Contains(r.Because, diagnose.S3BucketMissing):
		return "read: no such bucket"
	}
	return "read: not proved"
}

// outcome says what became of a target that does not pass, in a few words.
// Whether it was reached nevertheless is for the cause to say.
func (t *target) outcome() string {
	switch {
	case len(t.Because) > 0:
		return "see " + joinAnd(t.Because)
	case t.Verdict == diagnose.Skip && t.Reason == diagnose.NotWaitedFor:
		return t.Reason
	case t.Verdict == diagnose.Skip && t.Reason != "":
		return "skipped (" + t.Reason + ")"
	case t.Verdict == diagnose.Skip:
		return "not checked"
	case t.Verdict == diagnose.Fail:
		return "not reached"
	case t.Reason != "":
		return t.Reason
	}
	return "unknown"
}

// groups are names by what they have in common, in the order of the first.
type groups []group

type group struct {
	key   string
	names []string
}

func (g *groups) add(key, name string) {
	i := slices.IndexFunc(*g, func(x group) bool { return x.key == key })
	if i < 0 {
		i = len(*g)
		*g = append(*g, group{key: key})
	}
	(*g)[i].names = append((*g)[i].names, name)
}
