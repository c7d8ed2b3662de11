package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Markdown writes d for a ticket, in GitHub's dialect, which most trackers
// read: tables of what was asked for and of the targets,
// then each cause, its commands in blocks that can be copied.
//
// What the network or a user gave stands in code spans, in fenced blocks or
// escaped: it ends none of them, makes no link and calls nobody.
func Markdown(w io.Writer, d *Document) error {
	m := &markdown{d: d, words: &text{printer: newPrinter(io.Discard, TextOptions{}), d: d, facts: index(d.Observations)}}
	m.head()
	m.capabilities()
	m.targets()
	for _, f := range d.Findings {
		m.finding(f)
	}
	m.notes()
	_, err := io.WriteString(w, m.String())
	return err
}

// markdown is a ticket that grows line by line.
type markdown struct {
	strings.Builder
	d     *Document
	words *text // the text report's words; it writes nothing here
}

func (m *markdown) line(s string) { m.WriteString(s + "\n") }

// head says the verdict and its causes, and whose report it is.
func (m *markdown) head() {
	d := m.d
	what, causes := summary(d, false)
	m.line("## ssmcheck " + verdictWord(d.Verdict) + ": " + mdText(what))
	if len(causes) > 0 {
		m.line("")
	}
	for _, f := range causes {
		m.line("- " + mdText(f.Title) + " (" + mdCode(string(f.Code)) + ")")
	}
	m.line("")
	rows := [][2]string{{"Node", mdCell(m.words.nodeWords())}}
	if s := m.words.expectWords(); s != "" {
		rows = append(rows, [2]string{"Addresses", mdCell(s)})
	}
	if o := d.Observations; o != nil {
		if s := nameserverWords(o); s != "" {
			rows = append(rows, [2]string{"DNS", mdCell(s)})
		}
		switch proxy, words := proxyWords(o); {
		case proxy != "":
			rows = append(rows, [2]string{"Proxy", mdCodeCell(proxy) + " " + mdCell(words)})
		case words != "":
			rows = append(rows, [2]string{"Proxy", mdCell(words)})
		}
		switch o.Ending {
		case observation.EndingDeadline:
			rows = append(rows, [2]string{"Ended", "by its deadline, before everything was looked at"})
		case observation.EndingInterrupted:
			rows = append(rows, [2]string{"Ended", "by an interrupt: this is what was seen until then"})
		}
	}
	rows = append(rows, [2]string{"Run", mdCell(fmt.Sprintf("%s %s, %s, took %s", d.Tool.Name, d.Tool.Version,
		d.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"), duration(d.Duration)))})
	m.line("| | |")
	m.line("| --- | --- |")
	for _, r := range rows {
		m.line("| " + r[0] + " | " + r[1] + " |")
	}
}

func (m *markdown) capabilities() {
	if len(m.d.Capabilities) == 0 {
		return
	}
	m.line("\n### What was asked for\n")
	m.line("| | Capability | |")
	m.line("| --- | --- | --- |")
	for _, a := range askedFor(m.d) {
		m.line("| " + verdictWord(a.verdict) + " | " + mdCell(a.title) + " | " + mdCell(a.words) + " |")
	}
}

func (m *markdown) targets() {
	if len(m.d.Targets) == 0 {
		return
	}
	m.line("\n### Targets\n")
	m.line("| | Target | Host | Seen |")
	m.line("| --- | --- | --- | --- |")
	for _, r := range m.d.Targets {
		verdict := verdictWord(r.Verdict)
		if !r.Asked {
			verdict = "(" + verdict + ")"
		}
		m.line("| " + strings.Join([]string{verdict, mdCodeCell(r.Name), mdCodeCell(fmt.Sprintf("%s:%d", r.Host, r.Port)), m.seen(r)}, " | ") + " |")
	}
	for _, r := range m.d.Targets {
		if !r.Asked {
			m.line("\nIn brackets: only looked at, nothing asked for needs it.")
			return
		}
	}
}

// seen is why a target is no pass, and what was observed of it.
func (m *markdown) seen(r diagnose.TargetReport) string {
	var cells []string
	for _, c := range r.Because {
		cells = append(cells, mdCodeCell(string(c)))
	}
	if r.Reason != "" {
		cells = append(cells, mdCell(r.Reason))
	}
	if r.Breaks != "" {
		cells = append(cells, mdCell(r.Breaks))
	}
	for _, row := range m.words.seen(r) {
		var s strings.Builder
		for _, p := range row {
			s.WriteString(p.text)
		}
		if s.Len() > 0 {
			cells = append(cells, mdCell(s.String()))
		}
	}
	if read := unread(r); read != "" {
		cells = append(cells, read)
	}
	return strings.Join(cells, "<br>")
}

func (m *markdown) finding(f diagnose.Finding) {
	m.line("\n### " + severityWord(f.Severity) + " " + mdCode(string(f.Code)) + ": " + mdText(f.Title))
	if s := m.words.concerns(f); s != "" {
		m.line("\nConcerns " + mdText(s) + ".")
	}
	if len(f.Evidence) > 0 {
		m.line("\nSeen:\n")
		m.fence("text", f.Evidence)
	}
	if len(f.Confirm) > 0 {
		m.line("\nConfirm by hand:\n")
		m.fence("sh", pasteables(f.Confirm))
	}
	if len(f.Fix) > 0 {
		m.line("\nFix:\n")
		for i, x := range f.Fix {
			m.line(fmt.Sprintf("%d. %s", i+1, mdProse(x)))
		}
	}
}

func (m *markdown) notes() {
	if len(m.d.Notes) == 0 {
		return
	}
	m.line("\n### Notes\n")
	for _, n := range m.d.Notes {
		m.line("- " + mdText(n))
	}
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

// backticks is the length of the longest row of them.
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

// mdCode is s as a code span. It must not be empty, and not stand in a table.
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

// mdProse is a sentence, with what stands in backticks as code.
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
