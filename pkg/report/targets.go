package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// targets tells those asked for, one after the other, and then the rest in a
// few lines.
func (t *text) targets() {
	var beside []diagnose.TargetReport
	first := true
	for _, r := range t.d.Targets {
		if !r.Asked && !t.o.Verbose {
			beside = append(beside, r)
			continue
		}
		if first {
			t.heading("Targets")
			first = false
		}
		t.target(r)
	}
	t.beside(beside)
}

// target is a line or two where all is well, and more where not.
func (t *text) target(r diagnose.TargetReport) {
	label := []part{t.verdict(r.Verdict), say("  "), {text: r.Name, style: t.strong}}
	rows := append([][]part{t.because(r)}, t.seen(r)...)
	if read := unread(r); read != "" {
		rows = append(rows, []part{say(read)})
	}
	for _, row := range rows {
		if len(row) == 0 {
			continue
		}
		hang := detailColumn
		if row[0].inner {
			hang += 2
		}
		t.para(hang, label, row...)
		label = nil
	}
	if label != nil {
		t.para(detailColumn, label)
	}
}

// unread says of a bucket that answered why reading it is not proved, "" where
// there is nothing to say.
func unread(r diagnose.TargetReport) string {
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

// because is the line that says why a target is no pass, and in a verbose
// report which host it is.
func (t *text) because(r diagnose.TargetReport) []part {
	var out []string
	if t.o.Verbose {
		out = append(out, fmt.Sprintf("%s:%d", r.Host, r.Port))
		if !r.Asked {
			out = append(out, "nothing asked for needs it")
		}
	}
	if len(r.Because) > 0 {
		out = append(out, and(codes(r.Because)))
	}
	if r.Reason != "" {
		out = append(out, r.Reason)
	}
	if r.Breaks != "" {
		out = append(out, r.Breaks)
	}
	if len(out) == 0 {
		return nil
	}
	return []part{say(strings.Join(out, "; "))}
}

// seen gives the lines of what was observed of a target.
func (t *text) seen(r diagnose.TargetReport) [][]part {
	o := t.facts.targets[r.Name]
	if o == nil {
		return nil
	}
	if o.NotTried != "" && o.NotTried != r.Reason {
		return [][]part{{say("not tried: " + o.NotTried)}}
	}
	if o.Proxy != nil {
		rows := [][]part{t.proxied(o.Proxy)}
		if t.o.Verbose {
			rows = append(rows, inner(t.firstThrough(r.Name, o.Proxy))...)
		}
		return rows
	}
	var dns []part
	if s := t.facts.system[r.Host]; s != nil {
		dns = []part{lookup(s).part()}
	}
	open, failed := parted(o.Connections)
	groups := t.group(r.Name, slices.Concat(o.Addresses, failed))
	var rows [][]part
	switch {
	case len(groups) == 0:
		rows = append(rows, dns)
	case len(groups) == 1 && !t.o.Verbose:
		rows = t.together(dns, groups[0])
	default:
		rows = append(rows, dns)
		for _, g := range groups {
			rows = append(append(rows, g.row()), g.details...)
		}
	}
	if n := len(open); n > 0 && t.o.Verbose {
		rows = append(rows, []part{say(fmt.Sprintf("%d more %s connected to, in %s at most", n, plural(n, "address", "addresses"), duration(slowest(open))))})
	}
	if n := len(o.Untried); n > 0 && t.o.Verbose {
		rows = append(rows, []part{say(fmt.Sprintf("%d more %s not tried", n, plural(n, "address", "addresses")))})
	}
	return rows
}

// parted tells the addresses to which only connections were made apart by what
// became of them.
func parted(list []observation.AddressObservation) (open, failed []observation.AddressObservation) {
	for _, a := range list {
		if a.Failure() == nil {
			open = append(open, a)
		} else {
			failed = append(failed, a)
		}
	}
	return open, failed
}

// slowest is the longest time that a connection to one of them took.
func slowest(list []observation.AddressObservation) (most observation.Elapsed) {
	for _, a := range list {
		if a.Connect != nil {
			most = max(most, a.Connect.Elapsed)
		}
	}
	return most
}

// together puts the only group on one line with the lookup, or its addresses
// and its times on one each.
func (t *text) together(dns []part, g group) [][]part {
	if row := join(dns, g.row()); len(g.addresses) == 1 && t.fits(detailColumn, row) {
		return [][]part{row}
	}
	return [][]part{g.head(), join(dns, parts(g.steps))}
}

// proxied tells the way through a proxy.
func (t *text) proxied(p *observation.ProxyObservation) []part {
	var steps []step
	if p.Lookup != nil {
		steps = append(steps, lookup(p.Lookup))
	}
	if x := p.Connect; x != nil && (p.Lookup == nil || p.Lookup.Failure == nil) {
		steps = append(steps, step{name: "tcp", elapsed: x.Elapsed, failure: x.Failure})
	}
	steps = append(append(steps, t.tunnel(p.Tunnel)...), t.rungs(p.Inside)...)
	// Without a tunnel no upgrade was sent, whatever the proxy said to it.
	if p.Tunnel != nil && p.Tunnel.Failure == nil {
		steps = append(steps, t.webSocket(p.Inside, p.WebSocket)...)
	}
	if len(steps) == 0 {
		steps = []step{{note: "not tried"}}
	}
	return append([]part{say("through " + p.URL), say(": ")}, parts(steps)...)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
