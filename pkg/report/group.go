package report

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A group is addresses of one class that fared alike, told together with the
// times of the slowest.
type group struct {
	class     observation.Class
	addresses []string
	steps     []step
	details   [][]part
}

// group puts addresses of a target together that fared alike. A verbose report
// has each by itself.
func (t *text) group(target string, list []observation.AddressObservation) []group {
	var groups []group
	for _, a := range list {
		g := group{class: a.Class, addresses: []string{a.Address.String()}}
		g.steps = append(t.rungs(a.Climb), t.webSocket(a.Climb, a.WebSocket)...)
		if t.o.Verbose {
			g.details = t.details(target, a)
		}
		if t.o.Verbose || !merge(groups, g) {
			groups = append(groups, g)
		}
	}
	return groups
}

// merge adds g to the group that fared as it did, if there is one.
func merge(groups []group, g group) bool {
	for i := range groups {
		x := &groups[i]
		if x.class != g.class || !slices.EqualFunc(x.steps, g.steps, step.like) {
			continue
		}
		x.addresses = append(x.addresses, g.addresses...)
		for j := range x.steps {
			x.steps[j].elapsed = max(x.steps[j].elapsed, g.steps[j].elapsed)
		}
		return true
	}
	return false
}

// head names the addresses.
func (g group) head() []part {
	return []part{say(string(g.class) + " " + strings.Join(g.addresses, ", "))}
}

// row is the group on one line.
func (g group) row() []part {
	steps := parts(g.steps)
	if len(steps) == 0 {
		steps = []part{say("not tried")}
	}
	return append(append(g.head(), say(": ")), steps...)
}

// join joins groups of parts by a comma, the empty ones left out.
func join(groups ...[]part) []part {
	var out []part
	for _, g := range groups {
		if len(out) > 0 && len(g) > 0 {
			out = append(out, say(", "))
		}
		out = append(out, g...)
	}
	return out
}
