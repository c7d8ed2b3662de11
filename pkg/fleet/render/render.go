// Package render writes a roll-up for people and for programs, a format a file.
// It decides nothing: what counts and what explains what is in the roll-up. It
// opens no file; texts of reports, which come from outside, reach no terminal,
// spreadsheet, page or metric unescaped.
package render

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// Options choose how a roll-up looks.
type Options struct {
	report.TextOptions
	// Top is how many causes a format for people shows. 0: all.
	Top int
}

// JSON writes a roll-up or a diff as one document. What a terminal could take for a
// command is escaped, which changes no value.
func JSON(w io.Writer, r any) error {
	b, err := report.EncodeJSON(r, "  ")
	if err != nil {
		return fmt.Errorf("encode the document: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// shown are the causes to show, and how many there are besides.
func shown(r *fleet.Rollup, o Options) ([]*fleet.Cause, int) {
	if o.Top > 0 && len(r.Causes) > o.Top {
		return r.Causes[:o.Top], len(r.Causes) - o.Top
	}
	return r.Causes, 0
}

// verdict is that of the whole fleet, as the exit status has it.
func verdict(r *fleet.Rollup) string {
	switch r.ExitStatus() {
	case 0:
		if r.Verdicts.Warn > 0 {
			return "WARN"
		}
		return "PASS"
	case 1:
		return "FAIL"
	}
	return "SKIP"
}

// headline counts the verdicts in one line.
func headline(v fleet.Verdicts) string {
	return fmt.Sprintf("%s: %d fail, %d warn, %d pass, %d could not be judged", count(v.Nodes, "node"), v.Fail, v.Warn, v.Pass, v.Undecided)
}

// explained says how few causes explain the failing nodes. It is empty if none
// fails.
func explained(e fleet.Explained) string {
	if e.Failing == 0 {
		return ""
	}
	verb := "explain"
	if e.Causes == 1 {
		verb = "explains"
	}
	s := fmt.Sprintf("%s %s %d of %s", count(e.Causes, "cause"), verb, e.Nodes, count(e.Failing, "failing node"))
	if rest := e.Failing - e.Unexplained - e.Nodes; rest > 0 {
		s += fmt.Sprintf("; other causes explain %d", rest)
	}
	s += "."
	if e.Unexplained > 0 {
		s += fmt.Sprintf(" The reports of %d name no error.", e.Unexplained)
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// share is a part of the failing nodes, rounded, and never to none or to all of
// them. The page has the same.
func share(n, of int) string {
	if of == 0 {
		return "-"
	}
	switch p := (200*n + of) / (2 * of); {
	case p == 0 && n > 0:
		return "<1%"
	case p == 100 && n < of:
		return ">99%"
	default:
		return strconv.Itoa(p) + "%"
	}
}

// object names what a cause is about.
func object(o *fleet.Object) string {
	if o == nil {
		return ""
	}
	return strings.TrimSpace(o.Kind + " " + o.ID)
}

// name names a node: its id and its host name.
func name(n *fleet.NodeRef) string {
	switch {
	case n.ID == "" && n.Hostname == "":
		return "(no name)"
	case n.ID == "" || n.Hostname == "":
		return n.ID + n.Hostname
	}
	return n.ID + " (" + n.Hostname + ")"
}

func names(list []*fleet.NodeRef) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = name(n)
	}
	return strings.Join(out, ", ")
}

// top says which cause explains most of a group's failing nodes.
func top(g *fleet.Group) string {
	if g.Top == "" {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", g.Explain, g.Top, object(g.Object)))
}

func orNone(s string) string { return cmp.Or(s, "(none)") }

// problemWords are what the kinds are called.
var problemWords = map[fleet.Kind]string{
	fleet.Unreadable: "could not be read", fleet.Special: "not regular files", fleet.Empty: "without a report",
	fleet.Damaged: "damaged", fleet.TooLarge: "too large", fleet.Foreign: "not reports of ssmcheck",
	fleet.Newer: "of a newer schema", fleet.Future: "of the future",
}

// maxProblems is how many of each kind are named to a person.
const maxProblems = 3

// Aside lists what rows and metrics have no room for: the remarks, and what could
// not be used.
func Aside(r *fleet.Rollup) []string {
	lines := remarks(r)
	for _, x := range r.Problems {
		s := fmt.Sprintf("not used: %d %s", x.Count, problemWords[x.Kind])
		for _, e := range x.Examples[:min(len(x.Examples), maxProblems)] {
			s += "; " + place(e) + ": " + e.Reason
		}
		lines = append(lines, s)
	}
	return lines
}

// place names where a problem is.
func place(e *fleet.Example) string {
	if e.Line > 1 {
		return e.Path + ":" + strconv.Itoa(e.Line)
	}
	return e.Path
}

// remarks are what a reader must know besides the counts.
func remarks(r *fleet.Rollup) []string {
	var out []string
	add := func(n int, one, many string) {
		if n == 1 {
			out = append(out, "1 "+one)
		} else if n > 1 {
			out = append(out, strconv.Itoa(n)+" "+many)
		}
	}
	if r.Interrupted {
		out = append(out, "Interrupted: not everything was read.")
	}
	add(r.Redacted, "report is redacted and counts as a node of its own.", "reports are redacted; each counts as a node of its own.")
	add(r.Unnamed, "report names no node and counts as one of its own.", "reports name no node; each counts as one of its own.")
	for _, c := range limited(r.Clones) {
		out = append(out, fmt.Sprintf("Possible clone: %s reports as %s.", c.ID, strings.Join(c.Hostnames, " and ")))
	}
	if more := len(r.Clones) - maxListed; more > 0 {
		out = append(out, fmt.Sprintf("And %d more possible clones.", more))
	}
	if len(r.Silent) > 0 {
		out = append(out, fmt.Sprintf("%s without a report in the last %s: %s%s.", count(len(r.Silent), "node"), r.Since,
			lastSeen(limited(r.Silent)), andMore(len(r.Silent))))
	}
	return out
}

// maxListed is how many of a list are written in a text.
const maxListed = 10

func limited[T any](list []T) []T { return list[:min(len(list), maxListed)] }

func andMore(n int) string {
	if n > maxListed {
		return fmt.Sprintf(" and %d more", n-maxListed)
	}
	return ""
}

func lastSeen(list []*fleet.NodeRef) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = name(n) + " since " + n.Last.Format(time.DateTime)
	}
	return strings.Join(out, ", ")
}
