package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TextOptions choose how a text report looks. They never change what it says
// is wrong.
type TextOptions struct {
	// Color colours words; every colour repeats what a word says.
	Color bool
	// ASCII keeps to ASCII, for terminals without UTF-8.
	ASCII bool
	// Width is the number of columns to fit in. 0: DefaultWidth.
	Width int
	// Verbose tells every observation with its time, also where all is well.
	Verbose bool
	// Brief leaves out what is well and how it was reached: the verdict and
	// the causes only.
	Brief bool
	// Strict: a warning makes the run fail, and the headline says so.
	Strict bool
}

// Where the columns of the report begin.
const (
	bodyColumn   = 6  // after "PASS  "
	detailColumn = 19 // after "PASS  ssmmessages  "
)

// Text writes d for a person: the verdict and its cause first, then the
// capabilities, the targets, each cause with its evidence and its fix, and what
// was not checked. It says less when all is well. The error is the writer's
// first.
func Text(w io.Writer, d *Document, o TextOptions) error {
	t := &text{printer: newPrinter(w, o), d: d, o: o, facts: index(d.Observations)}
	t.headline()
	if !o.Brief {
		t.node()
		t.capabilities()
		t.targets()
		t.servers()
		t.observed()
	}
	t.findings()
	if !o.Brief {
		t.notes()
	}
	return t.flush()
}

// text is one text report on its way to the writer.
type text struct {
	*printer
	d     *Document
	o     TextOptions
	facts facts
}

// allWell: there is nothing to explain.
func (t *text) allWell() bool { return t.d.Verdict == diagnose.Pass }

// verdict is the word for v in its colour.
func (t *text) verdict(v diagnose.Verdict) part {
	style := t.warning
	switch v {
	case diagnose.Pass:
		style = t.good
	case diagnose.Fail:
		style = t.bad
	case diagnose.Skip:
		style = t.quiet
	}
	return part{text: verdictWord(v), style: style}
}

// severity is the word for s in its colour.
func (t *text) severity(s diagnose.Severity) part {
	style := t.warning
	switch s {
	case diagnose.Error:
		style = t.bad
	case diagnose.Info:
		style = t.quiet
	}
	return part{text: severityWord(s), style: style}
}

// unknownWord stands where a verdict should. It has the width of the others.
const unknownWord = "????"

// verdictWord is the word for v. The zero value is no verdict, and says so.
func verdictWord(v diagnose.Verdict) string {
	switch v {
	case diagnose.Pass:
		return "PASS"
	case diagnose.Warn:
		return "WARN"
	case diagnose.Fail:
		return "FAIL"
	case diagnose.Skip:
		return "SKIP"
	}
	return unknownWord
}

// severityWord is the word for s: the verdict that it leads to.
func severityWord(s diagnose.Severity) string {
	switch s {
	case diagnose.Error:
		return "FAIL"
	case diagnose.Warning:
		return "WARN"
	case diagnose.Info:
		return "INFO"
	}
	return unknownWord
}

// node says whose report this is, and how it was made.
func (t *text) node() {
	d := t.d
	t.blank()
	t.para(bodyColumn, nil, say(t.nodeWords()))
	if s := t.expectWords(); s != "" {
		t.para(bodyColumn, nil, say(s))
	}
	if o := d.Observations; o != nil {
		switch proxy, words := proxyWords(o); {
		case proxy != "":
			t.para(bodyColumn, nil, say("proxy "+proxy+" "+words))
		case words != "":
			t.para(bodyColumn, nil, say(words))
		}
		if !t.allWell() || t.o.Verbose {
			if s := nameserverWords(o); s != "" {
				t.para(bodyColumn, nil, say(s))
			}
		}
		if o.Ending == observation.EndingInterrupted {
			t.para(bodyColumn, nil, say("the run was interrupted: this is what was seen until then"))
		}
		if o.Ending == observation.EndingDeadline {
			t.para(bodyColumn, nil, say("the deadline of "+duration(o.Plan.Deadline)+" passed before everything was looked at"))
		}
	}
	t.para(bodyColumn, nil, say(fmt.Sprintf("%s %s, %s, took %s",
		d.Tool.Name, d.Tool.Version, d.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"), duration(d.Duration))))
}

func (t *text) nodeWords() string {
	n := t.d.Node
	var b strings.Builder
	switch n.Kind {
	case observation.NodeEC2:
		b.WriteString("EC2 instance")
	case observation.NodeHybrid:
		b.WriteString("server outside EC2")
	default:
		b.WriteString("node of a kind not known")
	}
	if n.InstanceID != "" {
		b.WriteString(" " + n.InstanceID)
	}
	if n.Region != "" {
		b.WriteString(regionWords(t.d))
		if n.RegionFrom != "" {
			b.WriteString(" (by " + n.RegionFrom + ")")
		}
	}
	if o := t.d.Observations; o != nil && o.Node.Container != "" {
		b.WriteString(", in a container")
	}
	return b.String()
}

// regionWords say where the node is, and which Region was tested where that is
// another.
func regionWords(d *Document) string {
	tested := d.Node.Region
	if o := d.Observations; o != nil {
		if r := o.Node.Registration.Region; r != "" && r != tested {
			return " registered in " + r + "; tested for " + tested
		} else if own := o.Metadata.Region; r == "" && own != "" && own != tested {
			return " in " + own + "; tested for " + tested
		}
	}
	return " in " + tested
}

// proxyWords say which proxy was gone through and by whose word, or without it
// that one was left out. Both are empty where there is none.
func proxyWords(o *observation.Observations) (proxy, words string) {
	found := o.Node.Proxy
	switch {
	case o.Plan.Proxy == observation.ProxyGiven:
		for _, t := range o.Plan.Targets {
			if t.Proxy != "" {
				return t.Proxy, "(by --proxy)"
			}
		}
	case o.Plan.Proxy == observation.ProxyNone && found.HTTPS != "":
		return "", "no proxy (--proxy none); left out: " + found.HTTPS + " (from " + found.From + ")"
	case o.Plan.Proxy == observation.ProxyNone:
		return "", "no proxy (--proxy none)"
	case found.HTTPS != "":
		return found.HTTPS, "(from " + found.From + ")"
	}
	return "", ""
}

func (t *text) expectWords() string {
	if t.d.Expect == "" {
		return ""
	}
	s := string(t.d.Expect) + " addresses expected"
	if t.d.ExpectFrom != "" {
		s += ": " + t.d.ExpectFrom
	}
	return s
}

func nameserverWords(o *observation.Observations) string {
	var names []string
	from := ""
	for _, s := range o.Plan.Servers {
		if s.Role == observation.RoleConfigured {
			names = append(names, server(s.Address))
			from = s.From
		}
	}
	if len(names) == 0 {
		return ""
	}
	word := "nameserver "
	if len(names) > 1 {
		word = "nameservers "
	}
	s := word + strings.Join(names, ", ")
	if from != "" {
		s += " (" + from + ")"
	}
	return s
}

// capabilities tells what was asked for; where all can work the headline has.
func (t *text) capabilities() {
	if t.allWell() && !t.o.Verbose || len(t.d.Capabilities) == 0 {
		return
	}
	t.heading("What was asked for")
	for _, a := range askedFor(t.d) {
		t.para(bodyColumn, []part{t.verdict(a.verdict)}, part{text: a.title, style: t.strong}, say(": "+a.words))
	}
}

// notes say what was not checked, and what is normal though it looks odd.
func (t *text) notes() {
	if len(t.d.Notes) == 0 {
		return
	}
	t.heading("Notes")
	for _, n := range t.d.Notes {
		t.para(2, []part{say("-")}, say(n))
	}
}

func codes(list []diagnose.Code) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = string(c)
	}
	return out
}

// and joins a list as a sentence does: "a, b and c".
func and(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// took is how long something took, in brackets where it says more than zero.
func took(e observation.Elapsed) string {
	if e <= 0 {
		return ""
	}
	return " (" + duration(e) + ")"
}

// duration is e as short as it still tells something: to a tenth of a
// millisecond below one, to a millisecond below a second, to a tenth of a
// second above.
func duration(e observation.Elapsed) string {
	d := time.Duration(e)
	switch {
	case d < time.Millisecond:
		return strconv.FormatFloat(e.Milliseconds(), 'f', 1, 64) + "ms"
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + "ms"
	}
	return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + "s"
}
