package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// Large packets and a large ClientHello.
const (
	MTUBlackHole      Code = "mtu-black-hole"
	LargeHelloBlocked Code = "large-hello-blocked"
)

// A ClientHello has two possible sizes. The agent's decides, and the other one is an
// experiment.

// firstLarge is the first agent that sends the large ClientHello (RELEASENOTES of
// amazon-ssm-agent, 3.3.2299.0: built with Go 1.23).
const firstLarge = "3.3.2299.0"

// largeFailed returns how the large ClientHello failed on the path while the small one
// passed: as the agent's own, or as the first of the two that it may send. nil: it did
// not fail.
func (w *path) largeFailed() *observation.Handshake {
	hs := w.stages.Handshake
	if w.instead != nil {
		hs = w.instead.Handshake
	} else if w.state != stateHandshake {
		return nil
	}
	if hs == nil || !hs.Large || !passed(w.experiments, observation.ExperimentSmallHello) ||
		passed(w.experiments, observation.ExperimentNoServerName) || passed(w.experiments, observation.ExperimentOtherServerName) ||
		!hs.Failure.Of(observation.KindTimeout, observation.KindReset, observation.KindClosed, observation.KindConnectionRefused, observation.KindTLSAlert, observation.KindOther) {
		return nil
	}
	return hs
}

// settleHellos treats an unanswered large ClientHello as a lost packet if others of its
// size passed on the same kind of path, to S3 or to APIs: what blocks one blocks all.
// That the small one passed is then an ordinary repeat.
func (f *facts) settleHellos() {
	type route struct {
		class observation.Class
		s3    bool
		proxy string
	}
	of := func(w *path) route { return route{w.class, !w.target.api(), w.proxyURL()} }
	proven := map[route]bool{}
	ws := f.paths(func(*path) bool { return true })
	for _, w := range ws {
		if hs := w.stages.Handshake; w.state == reachedAWS && hs.Large {
			proven[of(w)] = true
		}
	}
	for _, w := range ws {
		if w.instead == nil || !proven[of(w)] || passed(w.experiments, observation.ExperimentSmallSegments) {
			continue // small segments prove a black hole, which may be on the path to one target only
		}
		if failed := w.instead.Failure(); failed.Of(observation.KindTimeout) {
			w.instead, w.first = nil, failed
		}
	}
}

// largeHellos matches the paths for which ok holds. If the small ClientHello stands in,
// AWS answers, and the agent may send that one.
func (f *facts) largeHellos(ok func(*path, *observation.Failure) bool) []match {
	var ms []match
	for _, w := range f.paths(func(*path) bool { return true }) {
		hs := w.largeFailed()
		if hs == nil || !ok(w, hs.Failure) {
			continue
		}
		m := match{target: w.target, path: w, effect: blocks}
		if w.instead != nil {
			m.effect, m.limit = affects, Warning
		}
		m.evidence = append([]string{f.agentSends(), w.to() + ": a large ClientHello: " + describeFailure(hs.Failure, hs.Elapsed)}, w.shown()...)
		ms = append(ms, m)
	}
	return ms
}

// largeHello returns the target at which the large ClientHello of an experiment failed
// while the agent's small one passed, and the experiments there.
func (f *facts) largeHello() (*target, []observation.Experiment) {
	es := f.o.LargeHello
	first := experiment(es, observation.ExperimentLargeHello)
	if first == nil || first.Result.Handshake == nil ||
		!first.Result.Handshake.Failure.Of(observation.KindTimeout, observation.KindReset, observation.KindClosed, observation.KindTLSAlert) {
		return nil, nil
	}
	// A repeat that the end of the run cut off does not rule out a lost packet.
	again := experiment(es, observation.ExperimentRepeat)
	if again == nil || again.Result.Failure() == nil || isUndecided(again.Result.Failure()) {
		return nil, nil
	}
	t := f.byName[first.Target]
	if t == nil || !t.tried() {
		return nil, nil
	}
	small := slices.ContainsFunc(slices.Concat(t.paths, t.direct), func(w *path) bool {
		return w.addr == first.Address.Unmap() && w.state >= stateUnverified
	})
	if !small {
		return nil, nil
	}
	return t, es
}

// smallSegmentsFailed reports whether the large ClientHello also failed in small
// segments. If those were not tried, could not connect, or were cut off by the end of
// the run, a filter and an MTU black hole cannot be told apart.
func smallSegmentsFailed(es []observation.Experiment) bool {
	e := experiment(es, observation.ExperimentLargeHelloSmallSegments)
	return e != nil && e.Result.Handshake != nil && e.Result.Handshake.Failure != nil && !isUndecided(e.Result.Handshake.Failure)
}

func findBlackHole(f *facts) []match {
	small := func(w *path) bool {
		return passed(w.experiments, observation.ExperimentSmallSegments)
	}
	ms := f.handshakes(func(w *path) bool { return w.failure.Of(observation.KindTimeout) && small(w) })
	ms = append(ms, f.largeHellos(func(w *path, failed *observation.Failure) bool {
		return w.instead != nil && failed.Of(observation.KindTimeout) && small(w)
	})...)
	if t, es := f.largeHello(); t != nil && passed(es, observation.ExperimentLargeHelloSmallSegments) {
		ms = append(ms, match{target: t, effect: affects, limit: Warning, evidence: append([]string{f.agentSends()}, largeEvidence(t, es)...)})
	}
	return ms
}

func findLargeHello(f *facts) []match {
	ms := f.largeHellos(func(w *path, _ *observation.Failure) bool {
		return !passed(w.experiments, observation.ExperimentSmallSegments)
	})
	if t, es := f.largeHello(); t != nil && smallSegmentsFailed(es) {
		ms = append(ms, match{target: t, effect: affects, limit: Warning, evidence: append([]string{f.agentSends()}, largeEvidence(t, es)...)})
	}
	return ms
}

// upwardOnly reports whether a small ClientHello passes wherever a large one is lost:
// packets of that size that come back are not lost.
func (f *facts) upwardOnly(ms []match) bool {
	return every(pathsOf(ms), func(w *path) bool { return w.largeFailed() != nil })
}

// noteLargeHello says what the experiment does not show.
func (f *facts) noteLargeHello(add func(string)) {
	if t, es := f.largeHello(); t != nil && !smallSegmentsFailed(es) && !passed(es, observation.ExperimentLargeHelloSmallSegments) {
		add("a large ClientHello is lost on the path to " + t.Host + ", while the agent's small one passes: an MTU black hole or a filter of handshakes. Small segments would tell them apart, but that attempt was not completed")
	}
	first := experiment(f.o.LargeHello, observation.ExperimentLargeHello)
	if first != nil && first.Result.Connect != nil && isUndecided(first.Result.Failure()) && !f.cutOff() {
		if key := f.switchedOff(); key != "" {
			add("this node's agent sends the small ClientHello (" + key + "=0); the large one, which it would send without that setting, had not been answered when the run ended: keep that setting")
			return
		}
		add("the large ClientHello, which agents from " + firstLarge + " on send, had not been answered when the run ended")
	}
}

// switchedOff is the GODEBUG setting that makes an agent send the small ClientHello
// although its version would send the large one, or "".
func (f *facts) switchedOff() string {
	h := f.o.Node.Agent.Hello
	if h.Size != observation.HelloSmall || h.Switch != observation.SwitchKyber && h.Switch != observation.SwitchMLKEM {
		return ""
	}
	return h.Switch
}

// agentSends says which ClientHello this node's agent sends, and how that is known.
func (f *facts) agentSends() string {
	h := f.o.Node.Agent.Hello
	from := ""
	if h.From != "" {
		from = " (" + h.From + ")"
	}
	switch h.Size {
	case observation.HelloLarge:
		return "this node's agent sends the large ClientHello, of about 1.5 kB" + from
	case observation.HelloSmall:
		if f.switchedOff() != "" {
			return "this node's agent sends the small ClientHello, of about 0.3 kB" + from + "; without that setting it would send the large one"
		}
		return "this node's agent sends the small ClientHello, of about 0.3 kB" + from + "; agents from " + firstLarge + " on send the large one"
	}
	if f.o.Node.Agent.Installed == observation.No {
		return "no agent is installed: agents from " + firstLarge + " on send the large ClientHello, of about 1.5 kB"
	}
	return "which ClientHello this node's agent sends is not known" + from + ": agents from " + firstLarge + " on send the large one, of about 1.5 kB"
}

func describeLargeHello(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title: "the large ClientHello, which this node's agent sends, is dropped on the path to " + subject(ts),
	}
	switch agent := f.o.Node.Agent; {
	case f.switchedOff() != "":
		w.title = "a large ClientHello, which this node's agent would send without " + f.switchedOff() + "=0, is dropped on the path to " + subject(ts)
	case agent.Hello.Size == observation.HelloSmall, agent.Installed == observation.No:
		w.title = "a large ClientHello, which newer agents send, is dropped on the path to " + subject(ts)
	case agent.Hello.Size == "":
		w.title = "a large ClientHello, which this node's agent may send, is dropped on the path to " + subject(ts)
	}
	if len(ws) > 0 {
		where := "firewall or proxy between " + f.source(ws) + " and " + ws[0].to()
		if p := ws[0].proxy; p != nil {
			where = "proxy " + p.URL + ", or the firewall in front of or behind it"
		}
		w.fix = []string{"update the " + where + ": it must accept a ClientHello of more than one packet"}
		w.checks = f.twoHellos(ws[0])
	} else if e := experiment(f.o.LargeHello, observation.ExperimentLargeHello); e != nil {
		w.fix = []string{"update the firewall on the path to " + e.Address.String() + ": it must accept a ClientHello of more than one packet"}
		w.checks = f.twoHellos(&path{target: ts[0], addr: e.Address.Unmap()})
	}
	w.fix = append(w.fix, f.sendSmall())
	for _, x := range ws {
		if hs := x.largeFailed(); x.proxy == nil && hs != nil && hs.Failure.Of(observation.KindTimeout) && experiment(x.experiments, observation.ExperimentSmallSegments) == nil {
			w.more = append(w.more, "small segments were not tried: an MTU black hole is not ruled out")
			break
		}
	}
	return w
}

// twoHellos are commands that send a small ClientHello and a large one: a list of
// protocols makes it long with every version of OpenSSL.
func (f *facts) twoHellos(w *path) []Check {
	if !f.has(observation.CommandOpenSSL) {
		return nil
	}
	if !f.hasBrief(w) {
		c := f.try(w)
		if w.state != reachedAWS {
			c.Expect = "" // curl's own ClientHello may be the small one
		}
		return []Check{c}
	}
	return []Check{
		{Command: f.openssl(w, ` -brief -alpn "http/1.1,$(seq -s, 100 520)"`), Expect: "no " + established},
		{Command: f.openssl(w, " -brief -tls1_2"), Expect: established, Control: true},
	}
}

// smallHello is the value of GODEBUG that makes an agent send the small ClientHello:
// what its service has now, plus the setting for its version of Go.
func smallHello(h observation.AgentHello) string {
	key := h.Switch
	if key != observation.SwitchKyber {
		key = observation.SwitchMLKEM
	}
	var settings []string
	for item := range strings.SplitSeq(h.GODEBUG, ",") {
		name, value, ok := strings.Cut(item, "=")
		if ok && name != key && settingWord(name) && settingWord(value) {
			settings = append(settings, item)
		}
	}
	return strings.Join(append(settings, key+"=0"), ",")
}

// settingWord reports whether one side of a setting has the usual form (netdns=go+1).
// A saved report may hold anything in its place.
func settingWord(s string) bool {
	return len(s) <= 32 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && !strings.ContainsRune(".+-", r)
	})
}

// sendSmall says how to make the agent send the small ClientHello.
func (f *facts) sendSmall() string {
	h := f.o.Node.Agent.Hello
	assignment := "GODEBUG=" + smallHello(h)
	if key := f.switchedOff(); key != "" {
		return "keep " + key + "=0 for the agent, so that it sends the small ClientHello"
	}
	if h.Size == observation.HelloSmall {
		return "before the agent is updated to " + firstLarge + " or newer: that agent needs this, or `" + assignment + "` in the environment of its service"
	}
	whose, how := "the agent", ""
	if f.o.Node.Agent.Installed == observation.No {
		whose = "an agent, once one is installed,"
	}
	switch f.o.Node.OS {
	case "windows":
		how = "set " + assignment + " in the value Environment (REG_MULTI_SZ) of " + fix.WindowsService + ", in place of any GODEBUG there, and leave what else it has: " +
			f.setServiceEnvironment(fix.WindowsGODEBUG, assignment)
	case "darwin":
		how = "`" + assignment + "` in the EnvironmentVariables of its launchd job (" + launchdJob + ")"
	default:
		how = f.dropIn(fix.GODEBUGDropIn, assignment) + ", then `systemctl daemon-reload`"
	}
	if h.Switch == "" {
		how += " (agents from " + firstLarge + " to 3.3.3050.0 need " + observation.SwitchKyber + "=0 instead of " + observation.SwitchMLKEM + "=0)"
	}
	return "have " + whose + " send the small one: " + how
}

// dropIn says which drop-in of the agent's unit sets the variables.
func (f *facts) dropIn(name string, assignments ...string) string {
	return "create `/etc/systemd/system/" + f.agentUnit() + ".d/" + name + "` with the line `[Service]`, followed by the line `Environment=" + strings.Join(mapTo(assignments, quote.Systemd), " ") + "`"
}
