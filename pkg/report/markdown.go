package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// Markdown writes d for a ticket, in GitHub's dialect, which most trackers
// read: what to do, why, and commands in a block that can be copied; then tables of
// the capabilities and of the targets.
//
// What the network or a user supplied is in code spans, in fenced blocks or escaped:
// it cannot end them, make a link or mention anybody.
func Markdown(w io.Writer, d *Document) error {
	m := &markdown{view: newView(d, viewOptions{})}
	m.head()
	m.fixes()
	m.whys()
	m.checks()
	m.infos()
	m.capabilities()
	m.targetTable()
	m.facts()
	if len(d.Notes) > 0 {
		m.line("\n### " + notesHeading + "\n")
		for _, n := range d.Notes {
			m.line("- " + mdText(n))
		}
	}
	_, err := io.WriteString(w, m.String())
	return err
}

// markdown lays a view out as a ticket.
type markdown struct {
	strings.Builder
	*view
}

func (m *markdown) line(s string) { m.WriteString(s + "\n") }

// head says the verdict and its causes, and whose report it is.
func (m *markdown) head() {
	head, causes := "## ssmcheck "+verdictWord(m.Verdict)+": "+mdText(m.summary), m.causes
	if len(causes) == 1 {
		head += ": " + mdText(causes[0].Title) + " (" + mdCode(string(causes[0].Code)) + ")"
		causes = nil
	}
	m.line(head)
	if len(causes) > 0 {
		m.line("")
	}
	for _, f := range causes {
		m.line("- " + mdText(f.Title) + " (" + mdCode(string(f.Code)) + ")")
	}
	m.line("\n" + mdText(m.node))
	if o := m.Observations; o != nil {
		if words := endingWords(o); words != "" {
			m.line("\n" + mdText(words))
		}
	}
}

// facts are how the report was made.
func (m *markdown) facts() {
	m.line("\n### Run\n")
	m.line("| | |")
	m.line("| --- | --- |")
	for _, f := range m.header {
		tableRow(m, f.name, mdCell(f.words))
	}
}

// fixes are what to do: one numbered list over all problems.
func (m *markdown) fixes() {
	list, restart := m.remedies()
	n := 0
	step := func(s string) {
		n++
		m.line(fmt.Sprintf("%d. %s", n, mdProse(s)))
	}
	for i, r := range list {
		if i == 0 {
			m.line("\n### " + fixHeading)
		}
		how := r.how()
		if len(list) > 1 {
			how = joinNonEmpty(": ", "For "+mdCode(string(r.code)), strings.ToLower(how))
		}
		if how != "" {
			m.line("\n" + how + ":")
		}
		m.line("")
		for _, s := range r.steps {
			step(s)
		}
	}
	if restart != "" {
		if n == 0 {
			m.line("\n### " + fixHeading + "\n")
		} else {
			m.line("\nThen:\n")
		}
		step(restart)
	}
}

// whys are the evidence of each problem.
func (m *markdown) whys() {
	seen := map[string]bool{}
	for i, f := range m.problems() {
		if i == 0 {
			m.line("\n### " + evidenceHeading)
		}
		m.line("\n" + severityWord(f.Severity) + " " + mdCode(string(f.Code)) + ": " + mdText(f.Title))
		if f.affects != "" {
			m.line("\nAffects " + mdText(f.affects) + ".")
		}
		if reasons := m.reasons(f.Finding, seen, 0); len(reasons) > 0 {
			m.line("")
			m.fence("text", reasons)
		}
	}
}

// checks are the commands that prove it by hand.
func (m *markdown) checks() {
	var lines []string
	for _, f := range m.problems() {
		lines = append(lines, checkLines(f.Finding)...)
	}
	if len(lines) > 0 {
		m.line("\n### " + confirmHeading + "\n")
		m.fence("sh", lines)
	}
}

// infos are the informational findings.
func (m *markdown) infos() {
	for i, f := range m.withSeverity(diagnose.Info) {
		if i == 0 {
			m.line("\n### " + informationalHeading + "\n")
		}
		m.line("- " + mdText(f.Title) + " (" + mdCode(string(f.Code)) + ")")
		for _, line := range m.reasons(f, map[string]bool{}, 0) {
			m.line("  - " + mdText(line))
		}
	}
}

func (m *markdown) capabilities() {
	if len(m.Capabilities) == 0 {
		return
	}
	m.line("\n### " + capabilitiesHeading + "\n")
	m.line("| | Capability | |")
	m.line("| --- | --- | --- |")
	for _, x := range m.outcomes {
		tableRow(m, verdictWord(x.verdict), mdCell(x.title), mdCell(x.words))
	}
}

func (m *markdown) targetTable() {
	if len(m.targets) == 0 {
		return
	}
	m.line("\n### Targets\n")
	m.line("| | Target | Host | Observed |")
	m.line("| --- | --- | --- | --- |")
	optional := false
	for i := range m.targets {
		t := &m.targets[i]
		verdict := verdictWord(t.Verdict)
		if !t.Asked {
			verdict, optional = "("+verdict+")", true
		}
		tableRow(m, verdict, mdCodeCell(t.Name), mdCodeCell(t.address), observedCell(t))
	}
	if optional {
		m.line("\nIn parentheses: also checked, not required.")
	}
}

// observedCell is why a target does not pass, and what was observed of it.
func observedCell(t *target) string {
	var cells []string
	for _, c := range t.Because {
		cells = append(cells, mdCodeCell(string(c)))
	}
	for _, s := range []string{t.Reason, t.Breaks} {
		if s != "" {
			cells = append(cells, mdCell(s))
		}
	}
	for _, l := range t.lines(func([]span) bool { return true }) {
		cells = append(cells, mdCell(spanWords(l.spans)))
	}
	return strings.Join(cells, "<br>")
}

// fence writes lines in a fenced block whose fence is longer than any row of
// backticks in them.
func (m *markdown) fence(language string, lines []string) {
	safe := make([]string, len(lines))
	for i, l := range lines {
		safe[i] = Sanitise(l, false)
	}
	body := strings.Join(safe, "\n")
	fence := strings.Repeat("`", max(3, backticks(body)+1))
	m.line(fence + language + "\n" + body + "\n" + fence)
}

// tableRow writes a row of a table, of cells that are Markdown.
func tableRow(w io.Writer, cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

// backticks is the length of the longest run of them.
func backticks(s string) int {
	longest, n := 0, 0
	for _, r := range s {
		if r != '`' {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}

// mdCode is s as a code span. It must not be used in a table.
func mdCode(s string) string {
	s = Sanitise(s, false)
	if strings.Trim(s, " ") == "" {
		return "(empty)"
	}
	fence := strings.Repeat("`", backticks(s)+1)
	pad := ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		pad = " "
	}
	return fence + pad + s + pad + fence
}

// mdCodeCell is a code span within a table. No two dialects agree on a
// backslash before a bar there, so none is written.
func mdCodeCell(s string) string { return mdCode(strings.ReplaceAll(s, "|", `\x7c`)) }

// mdProse is a sentence whose backticks mark code.
func mdProse(s string) string {
	pieces := strings.Split(s, "`")
	last := len(pieces) - 1
	if last%2 != 0 || last > 1 && slices.Contains(pieces[1:last], "") {
		return mdText(s) // a backtick by itself is a sign like others
	}
	var b strings.Builder
	for i, p := range pieces {
		if i%2 == 1 {
			b.WriteString(mdCode(p))
			continue
		}
		text := mdText(p)
		if text == "" {
			b.WriteString(strings.Repeat(" ", min(len(p), 1)))
			continue
		}
		if i > 0 && strings.HasPrefix(p, " ") {
			b.WriteString(" ")
		}
		b.WriteString(text)
		if i < last && strings.HasSuffix(p, " ") {
			b.WriteString(" ")
		}
	}
	return b.String()
}

// mdCell is text within a table.
func mdCell(s string) string { return mdText(strings.ReplaceAll(s, "|", `\x7c`)) }

// mdText is text on one line that is nothing but text: what begins a
// construct of Markdown is escaped, and what a tracker would take for a person,
// an issue or an address is broken by an empty comment, as no escape stops it.
func mdText(s string) string {
	s = strings.TrimSpace(Sanitise(s, false))
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '@', r == '#' && i > 0:
			b.WriteRune(r)
			b.WriteString("<!-- -->")
		case r == '#':
			b.WriteString("\\#<!-- -->")
		case strings.ContainsRune("\\`*_[]<>|~$&", r),
			i == 0 && strings.ContainsRune("+-=", r),
			r == ':' && strings.HasPrefix(s[i+1:], "//"),
			(r == '.' || r == ')') && i > 0 && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' '),
			r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
