package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Check is a command that proves a finding by hand, as pasted. It ends by
// itself and prints a few lines.
type Check struct {
	Command string `json:"command"`
	// Expect is what it shows if the finding holds, in a few words.
	Expect string `json:"expect,omitempty"`
	// Control: it works, which shows that the fault is where the finding says.
	Control bool `json:"control,omitempty"`
}

// A FixMode says which steps of a fix to do.
type FixMode string

// The modes of a fix.
const (
	// DoAll: every step is needed.
	DoAll FixMode = "all"
	// TryInOrder: one step is enough; the first is the most likely one.
	TryInOrder FixMode = "any"
)

// maxChecks bounds the checks of a finding.
const maxChecks = 3

// What a check shows, in the words that a person sees. What begins with lookFor is
// for a person to judge.
const (
	timesOut      = "times out"
	cannotConnect = "cannot connect: curl: (7)"
	cutOff        = "is cut off in the TLS handshake: curl: (35)"
	untrusted     = "the certificate is not accepted: curl: (60)"
	endsEmpty     = "ends without an answer: curl: (52) or (56)"
	printsNothing = "prints nothing"
	unreached     = "no servers could be reached"
	established   = "CONNECTION ESTABLISHED"
	portClosed    = "connection refused (port 53 is closed)"
	lookFor       = "look for "
)

// boundedChecks are the checks of a finding: each command once, only with programs that
// the node has, a control last, and at most maxChecks.
func (f *facts) boundedChecks(all []Check) []Check {
	all = filter(all, func(c Check) bool { return c.Command != "" && f.canRun(c.Command) })
	var out []Check
	add := func(control bool, most int) {
		for _, c := range all {
			c.Command, c.Expect = safe(c.Command), safe(c.Expect)
			if c.Control == control && len(out) < most && !slices.ContainsFunc(out, func(o Check) bool { return o.Command == c.Command }) {
				out = append(out, c)
			}
		}
	}
	room := maxChecks
	if slices.ContainsFunc(all, func(c Check) bool { return c.Control }) {
		room-- // for one control
	}
	add(false, room)
	add(true, len(out)+1)
	return out
}

// controls turns checks into controls.
func controls(all ...Check) []Check {
	for i := range all {
		all[i].Control = true
		if strings.HasPrefix(all[i].Expect, "HTTP 4") {
			all[i].Expect += " (normal here)"
		}
	}
	return all
}

// try reaches a target on one path, as the probe did.
func (f *facts) try(w *path) Check {
	if !f.has(observation.CommandCurl) {
		return f.tryWithoutCurl(w)
	}
	c := Check{Command: f.curl(w), Expect: w.expect()}
	if c.Expect == timesOut {
		c.Command = strings.Replace(c.Command, "--max-time 5", "--max-time "+strconv.Itoa(f.patience(5)), 1)
	}
	if c.Expect == untrusted && strings.Contains(c.Command, "--cacert") {
		c.Expect += " or (77)" // the file is not there
	}
	return c
}

// patience is how long a command waits for what timed out in this run, in seconds: no
// longer than the run did.
func (f *facts) patience(most int) int {
	if f.o.Plan.Timeout <= 0 {
		return most
	}
	return min(max(int(time.Duration(f.o.Plan.Timeout).Seconds()), 1), most)
}

// works is a control: a path on which AWS answers.
func (f *facts) works(w *path) Check { return controls(f.try(w))[0] }

// tryAll tries one path of each target, then the others.
func (f *facts) tryAll(ws []*path) []Check {
	var first, more []Check
	seen := make(map[*target]bool)
	for _, w := range ws {
		if seen[w.target] {
			more = append(more, f.try(w))
		} else {
			first = append(first, f.try(w))
		}
		seen[w.target] = true
	}
	return append(first, more...)
}

// expect is what curl shows on a path.
func (w *path) expect() string {
	switch failed := w.failure; {
	case w.state == reachedAWS:
		return "HTTP " + strconv.Itoa(w.stages.Reply.Status) + " from AWS"
	case w.state == reachedOther:
		return "HTTP " + strconv.Itoa(w.stages.Reply.Status) + ", not from AWS"
	case w.state == stateUnverified:
		return untrusted
	case failed.Of(observation.KindTimeout):
		return timesOut
	case w.state == stateProxy:
		return w.expectOfProxy()
	case w.state == stateConnect:
		return cannotConnect
	case w.state == stateHandshake:
		return cutOff
	case w.state == stateReply && failed.Of(observation.KindClosed, observation.KindReset):
		return endsEmpty
	case w.state == stateReply:
		return "curl reports an error"
	}
	return ""
}

// expectOf is what curl shows on the first of the paths, or "".
func expectOf(ws []*path) string {
	if len(ws) == 0 {
		return ""
	}
	return ws[0].expect()
}

// expectOfProxy is what curl shows if the proxy opens no tunnel.
func (w *path) expectOfProxy() string {
	p := w.proxy
	switch {
	case p.Lookup != nil && p.Lookup.Failure != nil:
		return "cannot resolve the proxy: curl: (5)"
	case p.Tunnel != nil && p.Tunnel.Socks != "":
		return "the proxy refuses: curl: (97)"
	case p.Tunnel != nil && p.Tunnel.Status != 0:
		return "the proxy answers " + strconv.Itoa(p.Tunnel.Status)
	case p.Tunnel != nil:
		return "the proxy opens no tunnel: curl: (35), (52), (56) or (97)"
	}
	return cannotConnect
}

// workingPathBeside is a path, not among ws, on which AWS answers: of one of the targets
// if possible, otherwise of any. It goes through a proxy if ws do.
func (f *facts) workingPathBeside(ts []*target, ws []*path) *path {
	for _, from := range [][]*target{ts, f.where(func(t *target) bool { return t.needed }), f.targets} {
		for _, t := range from {
			for _, x := range t.paths {
				if x.state == reachedAWS && (x.proxy == nil) == (ws[0].proxy == nil) && !slices.Contains(ws, x) {
					return x
				}
			}
		}
	}
	return nil
}

// ask asks a nameserver for the target's host.
func (f *facts) ask(s *server, host string) Check {
	pair := s.answers[hostKey(host)]
	if a := pair.a; a == nil && pair.aaaa != nil || a != nil && len(a.Addresses) == 0 && pair.aaaa != nil && len(pair.aaaa.Addresses) > 0 {
		return f.askType(s, host, pair.aaaa)
	}
	return f.askType(s, host, pair.a)
}

// askType asks for what an answer is about.
func (f *facts) askType(s *server, host string, a *observation.Answer) Check {
	if !f.has(observation.CommandDig) {
		return f.askWithoutDig(s, host, a)
	}
	if a != nil && a.Type != "A" && a.Type != "" {
		return f.asked(f.digType(s.Address, host, a.Type), a)
	}
	return f.asked(f.dig(s.Address, host), a)
}

// asked is the check for a query to a nameserver that was answered with a.
func (f *facts) asked(cmd string, a *observation.Answer) Check {
	if f.windows() {
		c := Check{Command: cmd, Expect: windowsAnswer(cmd, a)}
		if a != nil && len(a.Addresses) > 0 {
			c.Expect = expectAnswer(a)
		}
		return c
	}
	show, wait := " +short", 3
	if replied(a) && len(a.Addresses) == 0 {
		show = " +noall +comments"
	}
	if a != nil && a.Failure.Of(observation.KindTimeout) {
		wait = f.patience(wait)
		if f.impatient() {
			wait = min(wait, max(int(time.Duration(f.o.Node.Resolver.Timeout).Seconds()), 1))
		}
	}
	return Check{Command: cmd + show + " +time=" + strconv.Itoa(wait) + " +tries=1", Expect: expectAnswer(a)}
}

// expectAnswer is what dig shows of an answer.
func expectAnswer(a *observation.Answer) string {
	switch {
	case a == nil:
		return ""
	case len(a.Addresses) > 2:
		return a.Addresses[0].String() + " and " + strconv.Itoa(len(a.Addresses)-1) + " more"
	case len(a.Addresses) > 0:
		return addrList(a.Addresses)
	case a.Rcode == "NOERROR" && a.Type != "NS":
		return "status: NOERROR, without an address"
	case a.Rcode != "":
		return "status: " + a.Rcode
	case a.Failure.Of(observation.KindTimeout):
		return timesOut
	case a.Failure.Of(observation.KindConnectionRefused):
		return portClosed
	case a.Failure.Of(observation.KindNotPermitted), noRoute(a.Failure), len(a.Discarded) > 0:
		return unreached // what else dig says depends on its version
	case a.Failure != nil:
		return "an error"
	}
	return ""
}

// askControl asks a nameserver what any working one answers.
func (f *facts) askControl(s *server) Check {
	c := f.asked(f.digType(s.Address, "com.", "NS"), s.ControlQuery)
	if s.ControlQuery == nil && !f.windows() {
		c.Expect = "status: NOERROR"
	}
	c.Command = strings.Replace(c.Command, "+short", "+noall +comments", 1)
	return c
}

// system looks the target up as programs on this system do.
func (f *facts) system(t *target) Check {
	c := Check{Command: f.lookUp(t.Host)}
	switch l := t.lookup; {
	case l == nil:
	case len(l.Addresses) > 0:
		c.Expect = l.Addresses[0].String()
	case l.Failure != nil && !f.windows():
		c.Expect = printsNothing
	}
	return c
}

// controlOf is a check that works, in contrast to what was matched: AWS on another path,
// or another nameserver. nil: none.
func (f *facts) controlOf(ms []match) []Check {
	if ss := serversOf(ms); len(ss) > 0 {
		return f.otherServer(ss, ms)
	}
	ws := pathsOf(ms)
	if len(ws) == 0 {
		return nil
	}
	if x := f.workingPathBeside(targetsOf(ms), ws); x != nil {
		return []Check{f.works(x)}
	}
	return nil
}

// otherServer is a nameserver with an address for a name for which the others fail, or
// otherwise one of those, asked for a name that it knows.
func (f *facts) otherServer(but []*server, ms []match) []Check {
	for _, t := range targetsOf(ms) {
		for _, s := range f.resolvers() {
			if !slices.Contains(but, s) && s.outcome(t.Host).hasAddress() {
				return controls(f.ask(s, t.Host))
			}
		}
	}
	for _, s := range but {
		for _, t := range f.direct() {
			if s.outcome(t.Host).hasAddress() {
				return controls(f.ask(s, t.Host))
			}
		}
		if s.ControlQuery != nil && s.ControlQuery.Rcode == "NOERROR" {
			return controls(f.askControl(s))
		}
	}
	return nil
}

// overTCP is what a nameserver answered over TCP, or nil if it was not asked.
func (f *facts) overTCP(s *server, host string) *observation.Answer {
	if a := s.answerTo(host); a != nil && a.Transport == "tcp" {
		return a
	}
	return s.OverTCP
}

// slowQuestion repeats a query that was answered late.
func (f *facts) slowQuestion(s *server, host string, a *observation.Answer) Check {
	c := f.askType(s, host, a)
	if a.Rcode != "" && !f.windows() {
		c.Command = f.digType(s.Address, host, a.Type) + " +noall +stats +time=9 +tries=1"
		c.Expect = "Query time: " + strconv.FormatInt(time.Duration(a.Elapsed).Milliseconds(), 10) + " msec, approximately"
	}
	return c
}

// noRouteTo shows that there is no route to an address.
func (f *facts) noRouteTo(a netip.Addr) Check {
	return Check{Command: f.routeTo(a), Expect: f.bySystem("an error: no route", "an error: not in table", "an error: no route")}
}

// expectNameservers is what a search for nameservers in resolv.conf shows.
func (f *facts) expectNameservers() string {
	if f.o.Node.Resolver.Failure.Of(observation.KindAbsent) {
		return "an error: there is no such file"
	}
	if unusable := f.o.Node.Resolver.Unusable; len(unusable) > 0 {
		return strconv.Itoa(unusable[0].Line) + ":" + unusable[0].Text
	}
	return printsNothing
}
