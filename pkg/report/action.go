package report

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// A remedy is what one finding advises.
type remedy struct {
	code  diagnose.Code
	steps []string
	mode  diagnose.FixMode
}

// how says which of the steps to do. Empty: there is only one.
func (r remedy) how() string {
	switch {
	case len(r.steps) < 2:
	case r.mode == diagnose.TryInOrder:
		return "Try in this order"
	case r.mode == diagnose.DoAll:
		return "Do all of these"
	}
	return ""
}

// link is the word before each step but the first. Empty: an older version did
// not say.
func (r remedy) link() string {
	switch r.mode {
	case diagnose.TryInOrder:
		return "or"
	case diagnose.DoAll:
		return "and"
	}
	return ""
}

// remedies are what the problems advise, each step once. restart is that of the
// agent, which comes after all of them. Empty: there is none.
func (v *view) remedies() (list []remedy, restart string) {
	seen := map[string]bool{}
	for _, f := range v.problems() {
		r, after := remedyOf(f.Finding)
		r.steps = slices.DeleteFunc(r.steps, func(step string) bool {
			again := seen[step]
			seen[step] = true
			return again
		})
		switch {
		case len(r.steps) == 0:
		case v.common && len(list) > 0 && f.Severity == diagnose.Error:
			list[0].steps = append(list[0].steps, r.steps...) // one fault, and any of them may be its cause
		default:
			list = append(list, r)
		}
		if restart == "" || after != "" && len(after) < len(restart) {
			restart = after // the longer one has an alternative, which serves its own finding alone
		}
	}
	return list, restart
}

// remedyOf is the remedy of one finding without the agent's restart, which is the
// last step if its actions have it.
func remedyOf(f diagnose.Finding) (r remedy, restart string) {
	r = remedy{code: f.Code, steps: slices.Clone(f.Fix), mode: f.FixMode}
	restarts := slices.ContainsFunc(f.Actions, func(a fix.Action) bool { return a.Kind == fix.RestartAgent })
	if last := len(r.steps) - 1; restarts && last >= 0 {
		r.steps, restart = r.steps[:last], r.steps[last]
	}
	return r, restart
}

// steps are all remedies as a format without groups lists them: the steps of a
// finding among several carry its code, and an alternative says so.
func (v *view) steps() []string {
	list, restart := v.remedies()
	var all []string
	for _, r := range list {
		for i, step := range r.steps {
			switch {
			case i > 0 && r.mode == diagnose.TryInOrder:
				step = "or " + step
			case i == 0 && len(list) > 1:
				step = string(r.code) + ": " + step
			}
			all = append(all, step)
		}
	}
	if restart != "" {
		all = append(all, restart)
	}
	return all
}

// reasons are the evidence of a finding that was not seen before, with one line for
// what is the same at several targets or addresses.
func (v *view) reasons(f diagnose.Finding, seen map[string]bool, most int) []string {
	var list []*reason
	for _, e := range f.Evidence {
		if seen[e] {
			continue
		}
		seen[e] = true
		r := v.reason(e)
		i := slices.IndexFunc(list, func(x *reason) bool { return x.key == r.key })
		if i < 0 {
			list = append(list, r)
			continue
		}
		list[i].places = append(list[i].places, r.places...)
	}
	var lines []string
	for _, r := range list {
		lines = append(lines, r.text(most))
	}
	return lines
}

// A reason is a line of evidence, or several that differ only in where that was
// seen and how long it took.
type reason struct {
	// key is what they have in common.
	key string
	// line is the first of them: it begins with from, an address or a target, and
	// ends in words.
	line, from, words string
	places            []place
}

// A place is an address and a target, as far as a line of evidence names them.
type place struct{ target, address string }

// reason reads a line of evidence as package diagnose words it: "ADDRESS:PORT
// (HOST): WORDS", "FROM (HOST): WORDS" or "SERVER: HOST: WORDS". In any other line an
// address or a host may stand anywhere.
func (v *view) reason(line string) *reason {
	r := v.anyReason(line)
	subject, words, found := strings.Cut(line, ": ")
	if !found {
		return r
	}
	from, host, _ := strings.Cut(subject, " (")
	host = strings.TrimSuffix(host, ")")
	if name, rest, found := strings.Cut(words, ": "); host == "" && found && v.targetAt(name) != "" {
		host, words = name, rest
	}
	p := place{target: v.targetAt(host)}
	if at, err := netip.ParseAddrPort(from); err == nil {
		p.address, from = at.String(), ""
		if at.Port() == 443 {
			p.address = at.Addr().String()
		}
	}
	elsewhere := p.address == "" && len(r.places) > 0 && r.places[0].address != ""
	if p == (place{}) || p.target == "" && host != "" || elsewhere {
		return r
	}
	if host != "" {
		words = strings.ReplaceAll(words, host, hostMark)
	}
	r.key, r.from, r.words, r.places = from+": "+withoutTimes(words), from, words, []place{p}
	return r
}

// anyReason reads a line that names an address or the host of a target anywhere.
func (v *view) anyReason(line string) *reason {
	r := &reason{key: line, line: line}
	p := place{}
	for _, t := range v.Targets {
		if t.Host != "" && strings.Contains(line, t.Host) {
			p.target, r.key = t.Name, strings.ReplaceAll(r.key, t.Host, hostMark)
			break
		}
	}
	for word := range strings.FieldsSeq(line) {
		if at, err := netip.ParseAddrPort(word); err == nil && at.Port() == 443 {
			p.address, r.key = at.Addr().String(), strings.ReplaceAll(r.key, word, "ADDRESS")
			break
		}
	}
	if p != (place{}) {
		r.key, r.places = withoutTimes(r.key), []place{p}
	}
	return r
}

// hostMark replaces the host of each target in words about several. No certificate
// can have that name.
const hostMark = "<host>"

// hostWords is how it is shown.
const hostWords = "the host"

// targetAt is the name of the target at a host. A bucket shares its host with S3
// itself, which comes first. Empty: there is none.
func (v *view) targetAt(host string) string {
	for _, t := range v.Targets {
		if t.Host == host {
			return t.Name
		}
	}
	return ""
}

// maxPlaces is how many addresses a line of evidence lists.
const maxPlaces = 6

// text is the reason in words, at most that many letters of them.
func (r *reason) text(most int) string {
	var targets, addresses []string
	for _, p := range r.places {
		if p.target != "" && !slices.Contains(targets, p.target) {
			targets = append(targets, p.target)
		}
		if p.address != "" && !slices.Contains(addresses, p.address) {
			addresses = append(addresses, p.address)
		}
	}
	if r.words == "" {
		return atMost(r.line, most) + r.likewise(targets, addresses)
	}
	if len(addresses) == 0 && len(targets) < 2 {
		return atMost(r.line, most)
	}
	at := joinNonEmpty(" at ", joinAtMost(targets, maxPlaces), joinAtMost(addresses, maxPlaces))
	words := r.words
	if len(targets) == 1 && strings.Contains(words, hostMark) {
		_, words, _ = strings.Cut(r.line, ": ")
	}
	words = strings.NewReplacer(`"`+hostMark+`"`, hostWords, hostMark, hostWords).Replace(words)
	return joinNonEmpty(": ", r.from, at, atMost(words, most))
}

// atMost is the beginning of s. 0: all of it.
func atMost(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most && most > 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// likewise names the places of a reason but the first, which its line names.
func (r *reason) likewise(targets, addresses []string) string {
	others := targets
	if len(targets) < 2 {
		others = addresses
	}
	if len(others) < 2 {
		return ""
	}
	return "; likewise " + joinAtMost(others[1:], maxPlaces)
}

// withoutTimes replaces every duration: "no answer in 3s" and "no answer in 2.9s"
// are the same evidence.
func withoutTimes(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		w = strings.TrimRight(w, ",;:)")
		number := strings.TrimRight(w, "ms")
		if number != w && number != "" && strings.Trim(number, "0123456789.") == "" {
			words[i] = "TIME"
		}
	}
	return strings.Join(words, " ")
}

// maxChecks is how many commands a report offers.
const maxChecks = 3

// chosenChecks are a few commands that prove the problems by hand: in turn from each,
// and one of them a control that works.
func (v *view) chosenChecks() []diagnose.Check {
	var prove, control []diagnose.Check
	for round := range maxChecks {
		for _, f := range v.problems() {
			all := checksOf(f.Finding)
			switch {
			case round >= len(all):
			case all[round].Control:
				control = append(control, all[round])
			case !slices.Contains(prove, all[round]):
				prove = append(prove, all[round])
			}
		}
	}
	if len(control) > 0 {
		return append(prove[:min(len(prove), maxChecks-1)], control[0])
	}
	return prove[:min(len(prove), maxChecks)]
}

// checksOf are the checks of f. The report of an older version has commands alone.
func checksOf(f diagnose.Finding) []diagnose.Check {
	if len(f.Checks) > 0 {
		return f.Checks
	}
	var all []diagnose.Check
	for _, c := range f.Confirm {
		all = append(all, diagnose.Check{Command: c})
	}
	return all
}

// inert takes from what to expect, which may be words from outside, the signs by which
// a shell runs something: an interactive zsh and Windows' cmd know no comments. The
// evidence has the words as they were.
var inert = strings.NewReplacer(";", "?", "&", "?", "|", "?", "`", "?", "$", "?", "<", "?", ">", "?", "=(", "= (", "\n", " ", "\r", " ")

// expectation says what to expect of a check, as a comment of a shell: who pastes
// the whole line runs the command alone.
func expectation(c diagnose.Check) string {
	words := strings.TrimSpace(inert.Replace(c.Expect))
	if words == "" {
		return ""
	}
	// No arrow: to a zsh that knows no comments its > is a redirection.
	if c.Control {
		return "# for comparison: " + words
	}
	return "# expect: " + words
}

// checkLines are the checks of a finding, a line each.
func checkLines(f diagnose.Finding) []string {
	var lines []string
	for _, c := range checksOf(f) {
		lines = append(lines, checkLine(c))
	}
	return lines
}

// checkLine is a command with what to expect of it.
func checkLine(c diagnose.Check) string {
	command := pasteable(c.Command)
	if command != c.Command {
		return command
	}
	return joinNonEmpty("  ", command, expectation(c))
}
